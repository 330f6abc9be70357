from panels.services.judging import (
    change_ratings,
    decline,
    forget_expert,
    is_finished,
    mark_of_judgement,
    save_judgement,
    stop_by_link,
    submit,
    unfinished,
)
from panels.services.keys import take_key
from panels.services.opening import (
    Invited,
    close_panel,
    go_on,
    invite_experts,
    invited_words,
    minutes_of,
    open_panel,
    why_not,
    withdraw_invitation,
)
from panels.services.sweeping import keep_up, remind_experts

__all__ = [
    "Invited",
    "change_ratings",
    "close_panel",
    "decline",
    "forget_expert",
    "go_on",
    "invite_experts",
    "invited_words",
    "is_finished",
    "keep_up",
    "mark_of_judgement",
    "minutes_of",
    "open_panel",
    "remind_experts",
    "save_judgement",
    "stop_by_link",
    "submit",
    "take_key",
    "unfinished",
    "why_not",
    "withdraw_invitation",
]
