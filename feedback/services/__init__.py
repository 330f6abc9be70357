"""Writes of rounds of feedback: by the learner, by those who are asked, and by the day on which a round closes."""

from feedback.services.answering import answer, decline, decline_by_link, save_own_answers, take_back
from feedback.services.asking import add_person, remind, remove_person, send_round
from feedback.services.closing import cancel_round, close_round, close_rounds
from feedback.services.starting import begin_round, discard_draft

__all__ = [
    "add_person",
    "answer",
    "begin_round",
    "cancel_round",
    "close_round",
    "close_rounds",
    "decline",
    "decline_by_link",
    "discard_draft",
    "remind",
    "remove_person",
    "save_own_answers",
    "send_round",
    "take_back",
]
