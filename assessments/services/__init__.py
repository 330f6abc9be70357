"""Writes of the item bank and of what learners answer."""

from assessments.services.attempts import (
    record_shown,
    save_response,
    save_responses,
    start_attempt,
    submit_attempt,
    submit_if_due,
)
from assessments.services.blueprints import upsert_drawn_instrument
from assessments.services.checks import answer_check, mark_check
from assessments.services.drawing import Plan, forecast, plan_of, rests_on_authors
from assessments.services.exporting import Export, LeftOut, export_questions
from assessments.services.importing import ImportResult, import_questions
from assessments.services.instruments import Settings, change_settings, settings_of
from assessments.services.items import retire_instruments, set_enemies, upsert_instrument, upsert_item
from assessments.services.rescoring import plan_rescoring, rescore
from assessments.services.rescoring_checks import plan_rescoring_of_checks, rescore_checks
from assessments.services.retiring import retire_item, take_back_item
from assessments.services.skill_checks import keep_check, save_check, start_check, submit_check
from assessments.services.taking_keys import take_panel_key
from assessments.services.timing import give_extra_time, give_extra_time_alone

__all__ = [
    "Export",
    "ImportResult",
    "LeftOut",
    "Plan",
    "Settings",
    "answer_check",
    "change_settings",
    "export_questions",
    "forecast",
    "give_extra_time",
    "give_extra_time_alone",
    "import_questions",
    "keep_check",
    "mark_check",
    "plan_of",
    "plan_rescoring",
    "plan_rescoring_of_checks",
    "record_shown",
    "rescore",
    "rescore_checks",
    "rests_on_authors",
    "retire_instruments",
    "retire_item",
    "save_check",
    "save_response",
    "save_responses",
    "set_enemies",
    "settings_of",
    "start_attempt",
    "start_check",
    "submit_attempt",
    "submit_check",
    "submit_if_due",
    "take_back_item",
    "take_panel_key",
    "upsert_drawn_instrument",
    "upsert_instrument",
    "upsert_item",
]
