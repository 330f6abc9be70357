"""Writes of workplace agreements, of simulations and of negotiations in pairs."""

from practice.services.answering import answer_revision
from practice.services.asking import ask_about_reviews
from practice.services.bargaining import choose_sheet, save_notes, stop, take_turn
from practice.services.drafting import delete_agreement, reopen, save_draft, take_over
from practice.services.pair_ending import settle, settle_pairs
from practice.services.pairing import (
    answer,
    ask_partner,
    close_call,
    join,
    open_call,
    pair_everybody,
    propose,
    settle_report,
    withdraw,
)
from practice.services.reviewing import agree_next_review, answer_review
from practice.services.sending import remind, resend, send_agreement
from practice.services.simulating import (
    digest_of,
    is_published,
    of_another_kind,
    play,
    publish_case,
    save_map,
    start_run,
    withdraw_case,
)
from practice.services.stopping import set_party_wants_mails, stop_by_link

__all__ = [
    "agree_next_review",
    "answer",
    "answer_review",
    "answer_revision",
    "ask_about_reviews",
    "ask_partner",
    "choose_sheet",
    "close_call",
    "delete_agreement",
    "digest_of",
    "is_published",
    "join",
    "of_another_kind",
    "open_call",
    "pair_everybody",
    "play",
    "propose",
    "publish_case",
    "remind",
    "reopen",
    "resend",
    "save_draft",
    "save_map",
    "save_notes",
    "send_agreement",
    "set_party_wants_mails",
    "settle",
    "settle_pairs",
    "settle_report",
    "start_run",
    "stop",
    "stop_by_link",
    "take_over",
    "take_turn",
    "withdraw",
    "withdraw_case",
]
