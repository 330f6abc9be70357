"""Writes of workplace agreements: by the learner, and by the other party through a link."""

from practice.services.answering import answer_revision
from practice.services.asking import ask_about_reviews
from practice.services.drafting import delete_agreement, reopen, save_draft, take_over
from practice.services.reviewing import agree_next_review, answer_review
from practice.services.sending import remind, resend, send_agreement
from practice.services.simulating import is_published, play, publish_case, save_map, start_run
from practice.services.stopping import set_party_wants_mails, stop_by_link

__all__ = [
    "agree_next_review",
    "answer_review",
    "answer_revision",
    "ask_about_reviews",
    "delete_agreement",
    "is_published",
    "play",
    "publish_case",
    "remind",
    "reopen",
    "resend",
    "save_draft",
    "save_map",
    "send_agreement",
    "set_party_wants_mails",
    "start_run",
    "stop_by_link",
    "take_over",
]
