"""Writes of the item bank and of what learners answer."""

from assessments.services.attempts import record_shown, save_response, save_responses, start_attempt, submit_attempt
from assessments.services.checks import answer_check, mark_check
from assessments.services.importing import ImportResult, import_questions
from assessments.services.items import retire_instruments, set_enemies, upsert_instrument, upsert_item
from assessments.services.rescoring import plan_rescoring, rescore

__all__ = [
    "ImportResult",
    "answer_check",
    "import_questions",
    "mark_check",
    "plan_rescoring",
    "record_shown",
    "rescore",
    "retire_instruments",
    "save_response",
    "save_responses",
    "set_enemies",
    "start_attempt",
    "submit_attempt",
    "upsert_instrument",
    "upsert_item",
]
