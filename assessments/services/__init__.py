"""Writes of the item bank and of what learners answer."""

from assessments.services.adaptive import answer_adaptive, go_on
from assessments.services.adaptive_bank import AdaptivePlan, SkillPlan, adaptive_plan_of, calibration_state, plan_of_sitting
from assessments.services.alone import AloneSettings, Asks, asks_of, set_offered, start_alone, upsert_alone
from assessments.services.assigned_results import GroupResult, Mean, group_result
from assessments.services.assigning import AssignedSettings, assign_instrument, change_assigned, withdraw_assigned
from assessments.services.attempts import (
    record_shown,
    save_response,
    save_responses,
    start_attempt,
    submit_attempt,
    submit_if_due,
    was_met,
)
from assessments.services.blueprints import upsert_drawn_instrument
from assessments.services.calibrating import keep_calibration
from assessments.services.checks import answer_check, mark_check
from assessments.services.drawing import Plan, forecast, plan_of, rests_on_authors
from assessments.services.exporting import Export, LeftOut, export_questions
from assessments.services.fixed_forms import leave_out, move_question, pick_questions, picked, questions_to_pick
from assessments.services.importing import ImportResult, import_questions, not_kept
from assessments.services.instruments import Settings, change_settings, settings_of
from assessments.services.items import retire_instruments, set_enemies, translations_of, upsert_instrument, upsert_item
from assessments.services.pictures import keep_picture
from assessments.services.rescoring import plan_rescoring, rescore
from assessments.services.rescoring_checks import plan_rescoring_of_checks, rescore_checks
from assessments.services.retiring import put_on_trial, retire_item, take_back_item
from assessments.services.skill_checks import keep_check, save_check, start_check, submit_check
from assessments.services.taking_keys import take_panel_key
from assessments.services.timing import give_extra_time, give_extra_time_alone
from assessments.services.uploads import forget_files_of, keep_file, remove_file

__all__ = [
    "AdaptivePlan",
    "AloneSettings",
    "Asks",
    "AssignedSettings",
    "Export",
    "GroupResult",
    "ImportResult",
    "LeftOut",
    "Mean",
    "Plan",
    "Settings",
    "SkillPlan",
    "adaptive_plan_of",
    "answer_adaptive",
    "answer_check",
    "asks_of",
    "assign_instrument",
    "calibration_state",
    "change_assigned",
    "change_settings",
    "export_questions",
    "forecast",
    "forget_files_of",
    "give_extra_time",
    "give_extra_time_alone",
    "go_on",
    "group_result",
    "import_questions",
    "keep_calibration",
    "keep_check",
    "keep_file",
    "keep_picture",
    "leave_out",
    "mark_check",
    "move_question",
    "not_kept",
    "pick_questions",
    "picked",
    "plan_of",
    "plan_of_sitting",
    "plan_rescoring",
    "plan_rescoring_of_checks",
    "put_on_trial",
    "questions_to_pick",
    "record_shown",
    "remove_file",
    "rescore",
    "rescore_checks",
    "rests_on_authors",
    "retire_instruments",
    "retire_item",
    "save_check",
    "save_response",
    "save_responses",
    "set_enemies",
    "set_offered",
    "settings_of",
    "start_alone",
    "start_attempt",
    "start_check",
    "submit_attempt",
    "submit_check",
    "submit_if_due",
    "take_back_item",
    "take_panel_key",
    "translations_of",
    "upsert_alone",
    "upsert_drawn_instrument",
    "upsert_instrument",
    "upsert_item",
    "was_met",
    "withdraw_assigned",
]
