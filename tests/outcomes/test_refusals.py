"""Of every refusal that there is, whether it is of how it was asked: then the answer before it stays the latest."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

import outcomes
from outcomes.evidence import fits
from outcomes.evidence.result import Counts, Notice
from outcomes.evidence.summary import summarise
from outcomes.evidence.words.notices import QUESTION_ERRORS, REFUSALS
from tests.outcomes.evidence.rows import ask, from_rows, simulate

OF_THE_DATA = {
    "completions_unmatched",
    "exit_days_unknown",
    "rows_left_open",
    "everyone_exposed",
    "no_one_exposed",
    "no_overlap",
    "names_do_not_meet",
    "no_team_offered",
    "no_teams_to_compare",
    "observation_end_doubtful",
    "observation_end_unknown",
    "observation_start_doubtful",
    "observation_start_unknown",
    "owners_missing_among_leavers",
    "owners_unknown",
    "sides_not_comparable",
    "sides_too_few",
    "too_few_events",
    "too_few_events_in_arm",
    "too_few_exposed",
    "too_few_in_accord",
    "too_few_people",
    "too_few_teams",
    "teams_missing_among_leavers",
    "teams_unknown",
}
"""Refusals that any question would meet: the data are what they are, and the newest answer says so."""

WARNED = {
    "calendar_not_looked_at", "completion_is_self_selected", "completions_of_leavers_missing", "completions_of_others",
    "earlier_rows_open", "exits_without_day", "notices_without_exit",
    "covariate_may_know_completion", "covariate_may_know_outcome",
    "covariate_partly_missing", "covariate_stands_out", "curve_starts_late", "data_older_than_question",
    "estimates_rounded", "exit_kinds_missing", "few_events_exaggerate", "few_exposed_events", "few_teams",
    "levels_without_events", "many_coefficients", "months_without_exits", "one_team_decides", "rests_on_columns",
    "rows_excluded", "sides_not_shown", "too_few_teams_that_differ", "too_few_teams_to_cluster", "too_few_whole_teams",
    "unadjusted", "wide_interval",
    # of teams that were offered a training
    "teams_of_then_unknown",
    "anticipation_moves_it", "chosen_after_bad_year", "drift_explains_it", "ends_with_last_wave", "few_teams_in_a_wave",
    "few_teams_on_a_side", "not_seen_both_ways", "offer_is_what_counts", "one_team_moves_it", "plain_regression_differs",
    "new_people_move_it", "no_year_before", "part_of_a_year", "people_without_team", "pretended_offer_shows",
    "teams_without_people", "trends_cannot_be_tested", "trends_differed",
}  # fmt: skip
"""Codes of warnings, which refuse nothing."""

MAKE_NOTICES = {"Notice", "refusal", "warning", "_notice", "_refusal", "_warning"}


def codes_in(tree: ast.AST) -> set[str]:
    """What notices are made of: codes that stand in a call or in a variable called `code`, and those of fits that failed."""
    found = set()
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "id", getattr(node.func, "attr", "")) in MAKE_NOTICES
            and node.args
        ):
            found |= _texts(node.args[0])
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "FitError":
            [argument] = node.args
            found.add(getattr(fits, argument.value.id)[0])
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "code":
            found |= _texts(node.value)
    return found


def _texts(node: ast.AST) -> set[str]:
    """Also of either side of a choice."""
    parts = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]
    return {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}


OTHER_WORDS = {"too_few_events_in_all"}
"""Second texts of a refusal, whose code has a first one."""


def all_codes() -> set[str]:
    of_texts = {name for name in REFUSALS if name not in OTHER_WORDS}
    files = [file for file in Path(outcomes.__file__).parent.rglob("*.py") if "migrations" not in file.parts]
    return of_texts.union(*(codes_in(ast.parse(file.read_text(encoding="utf-8"))) for file in files))


def test_of_every_refusal_it_is_said_whether_it_is_of_how_it_was_asked():
    said = [*QUESTION_ERRORS, *OF_THE_DATA, *WARNED]
    assert len(said) == len(set(said))
    assert all_codes() ^ set(said) == set()


@pytest.mark.parametrize("code", QUESTION_ERRORS)
def test_whoever_asked_wrongly_reads_that_another_question_would_help(code):
    result = ask(from_rows(simulate(20, seed=1)))
    refused = replace(result, grade="refused", refusals=(Notice(code, "…"),), counts=Counts(), estimates=())
    assert summarise(refused).what_would_change_our_mind != ()
