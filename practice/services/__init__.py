"""Writes of workplace agreements: by the learner, and by the other party through a link."""

from practice.services.answering import answer_revision
from practice.services.drafting import delete_agreement, reopen, save_draft, take_over
from practice.services.sending import remind, resend, send_agreement

__all__ = ["answer_revision", "delete_agreement", "remind", "reopen", "resend", "save_draft", "send_agreement", "take_over"]
