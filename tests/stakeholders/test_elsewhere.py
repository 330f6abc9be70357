"""Completions of files that are of nobody, and people who have left on no day: said by the import, the page and the answer."""

import pytest

from outcomes.analysis.computing import compute_result
from outcomes.analysis.loading import load_people
from outcomes.models import AnalysisRequest
from stakeholders.coverage import coverage_of
from stakeholders.elsewhere import matched_completions, written_otherwise

pytestmark = pytest.mark.django_db
WINDOW = {"leavers_from": "2020-01-01", "leavers_until": "2024-12-31"}


def notes(staged):
    return " ".join(staged.notes)


def people(bring, ids, exits=0):
    rows = "".join(f"{name},2020-01-01,{'2022-05-01' if i < exits else ''}\n" for i, name in enumerate(ids))
    return bring("people", "person_id,hire_date,exit_date\n" + rows, **WINDOW)


def test_ids_that_are_written_otherwise_are_named_beside_those_of_the_people(organisation, bring):
    ids = [f"{i:04d}" for i in range(1, 101)]
    people(bring, ids)
    rows = [*(f"{i}.0" for i in range(1, 21)), *(f"{i:04d}" for i in range(21, 61)), "Q7"]
    staged = bring("completions", "person_id,course,completed_on\n" + "".join(f"{name},Talk,2022-03-01\n" for name in rows))
    said = notes(staged)
    assert "21 rows are of nobody in the people file" in said
    assert "“1.0 / 0001”" in said
    assert "Q7" not in said
    assert (matched_completions(organisation).nobody, matched_completions(organisation).total) == (21, 61)
    [found] = [one for one in coverage_of(organisation)[0].findings if one.title.startswith("Completions in files")]
    assert (found.found, found.tone) == ("about 70%", "caution")


def test_completions_before_the_people_are_not_complained_of(organisation, bring):
    staged = bring("completions", "person_id,course,completed_on\nQ7,Talk,2022-03-01\n")
    assert "nobody" not in notes(staged)
    assert written_otherwise({"q7", "37", "1234.0", "9"}, {"Q7", "0037", "1234"}) == [
        ("1234.0", "1234"),
        ("37", "0037"),
        ("q7", "Q7"),
    ]


@pytest.mark.parametrize(("unknown", "is_said"), [(30, True), (9, False)])
def test_an_answer_says_that_many_completions_count_for_nobody(organisation, bring, unknown, is_said):
    people(bring, [f"P{i}" for i in range(200)], exits=60)
    rows = [*(f"P{i}" for i in range(80)), *(f"X{i}" for i in range(unknown))]
    bring("completions", "person_id,course,completed_on\n" + "".join(f"{name},Talk,2021-03-01\n" for name in rows))
    answer = compute_result(organisation, AnalysisRequest(as_of="2024-12-31"), with_charts=False).result
    said = [one["message"] for one in answer["warnings"] if one["code"] == "completions_of_nobody"]
    assert [one.split(" of the")[0] for one in said] == ["About 30%"] * is_said


def test_who_has_left_on_no_day_is_counted_in_the_report(organisation, bring):
    text = "person_id,hire_date,exit_date,exit_kind,Employment Status\n"
    text += "".join(f"P{i},2020-01-01,,,Terminated\n" for i in range(12))
    text += "".join(f"Q{i},2020-01-01,,voluntary,Active\n" for i in range(3))
    text += "".join(f"R{i},2020-01-01,2022-01-01,voluntary,Terminated\n" for i in range(5))
    said = notes(bring("people", text, **WINDOW))
    assert "12 rows have left, as “employment status” says, and have no day of leaving" in said
    assert "3 rows have left, as “exit_kind” says" in said


def test_a_notice_that_was_withdrawn_is_no_exit(organisation, bring):
    rows = ["A,2020-01-01,,2022-03-01", "B,2020-01-01,2022-06-30,2022-03-01", "C,2020-01-01,,2024-11-01"]
    bring("people", "\n".join(["person_id,hire_date,exit_date,notice_date", *rows]) + "\n", **WINDOW)
    units = load_people(organisation, ()).units
    assert dict(zip(units.unit_id, units.exit.astype(str), strict=True)) == {"A": "NaT", "B": "2022-03-01", "C": "2024-11-01"}
