"""Files in which something is missing: days of leaving, people, completions of leavers. Nothing of it goes by in silence."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pytest

from outcomes.analysis.computing import compute_result
from outcomes.analysis.gaps import look_at_gaps
from outcomes.analysis.loading.loaded import Loaded
from outcomes.evidence.observation import lacks_completions_of_leavers
from outcomes.evidence.question import Question
from outcomes.evidence.units import Units
from outcomes.models import AnalysisRequest
from outcomes.services import require_known, with_keys_of_courses
from stakeholders.coverage import coverage_of
from stakeholders.observed import days_observed
from stakeholders.windows import Extent, FileWindow
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2022, 1, 1), date(2024, 12, 31)
WINDOW = {"leavers_from": FIRST.isoformat(), "leavers_until": LAST.isoformat()}


@dataclass
class Person:
    """One row of a file, with what really happened to them."""

    person_id: str
    hire_date: date
    exit_date: date | None
    completed_on: date | None
    team: str


def workforce(n=400, seed=2, yearly=0.35, teams=12):
    """People who leave at one rate whether they have completed or not."""
    chance = random.Random(seed)
    people = []
    for i in range(n):
        hired = FIRST + timedelta(days=chance.randrange(-1400, 900))
        begins = max(hired, FIRST)
        done = begins + timedelta(days=chance.randrange(1, 730)) if chance.random() < 0.7 else None
        left = begins + timedelta(days=1 + int(chance.expovariate(yearly / 365.25)))
        left = left if left <= LAST else None
        if done and (done > LAST or (left and done >= left)):
            done = None
        people.append(Person(f"{1000 + i}", hired, left, done, f"Team {chance.randrange(teams)}"))
    return people


def csv(names, rows):
    return "\n".join([names, *(",".join("" if cell is None else str(cell) for cell in row) for row in rows)]) + "\n"


def people_file(people, **more):
    """`more`: further columns, each by what it says of a person."""
    rows = [(p.person_id, p.hire_date, p.exit_date, p.team, *(says(p) for says in more.values())) for p in people]
    return csv(",".join(["person_id,hire_date,exit_date,team", *more]), rows)


def completions_file(people, of=lambda p: p.person_id):
    return csv("person_id,course,completed_on", [(of(p), "Listening", p.completed_on) for p in people if p.completed_on])


def ask(organisation, **asked):
    request = AnalysisRequest("employee_exit", **({"as_of": LAST.isoformat()} | asked))
    return compute_result(organisation, request, with_charts=False).result


def codes(result, what="refusals"):
    return [notice["code"] for notice in result[what]]


def found(organisation):
    return {finding.title: finding.found for finding in coverage_of(organisation, exact=True)[0].findings}


# Who has left, and nobody says when ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "leaver"),
    [("Employment Status", "Terminated"), ("Beschäftigungsstatus", "ausgeschieden"), ("exit_kind", "voluntary")],
)
def test_whoever_is_said_to_have_left_without_a_day_is_told_of_at_import_on_the_page_and_in_answers(
    organisation, bring, column, leaver
):
    people = workforce()
    is_gone = {p.person_id for p in people if p.exit_date}
    stays = "" if column == "exit_kind" else "Active"
    says = {column: lambda p: leaver if p.person_id in is_gone else stays, "completion_date": lambda p: p.completed_on}
    undated = [p for p in people if p.exit_date][::10]
    for p in undated:
        p.exit_date = None
    staged = bring("people", people_file(people, **says), **WINDOW)
    assert f"{len(undated)} rows say that somebody has left" in " ".join(staged.notes)
    assert found(organisation)["Left, and no day of leaving"] == str(len(undated))
    answer = ask(organisation)
    assert (codes(answer), "exits_without_day" in codes(answer, "warnings")) == ([], True)
    assert "about 10% have no day" in next(n["message"] for n in answer["warnings"] if n["code"] == "exits_without_day")


def test_where_a_third_of_those_who_left_have_no_day_there_is_no_answer(organisation, bring):
    people = workforce()
    says = {"Status": lambda p: "Terminated" if p.exit_date else "Active", "completion_date": lambda p: p.completed_on}
    text = people_file(people, **says).splitlines()
    for i, row in [(i, row) for i, row in enumerate(text) if "Terminated" in row][::3]:
        cells = row.split(",")
        text[i] = ",".join([*cells[:2], "", *cells[3:]])
    bring("people", "\n".join(text) + "\n", **WINDOW)
    assert codes(ask(organisation)) == ["exit_days_unknown"]


def test_with_every_day_nothing_is_said(organisation, bring):
    people = workforce()
    says = {"Status": lambda p: "Terminated" if p.exit_date else "Active", "completion_date": lambda p: p.completed_on}
    staged = bring("people", people_file(people, **says), **WINDOW)
    assert not any("day of leaving" in note for note in staged.notes)
    assert "Left, and no day of leaving" not in found(organisation)
    answer = ask(organisation)
    assert (codes(answer), "exits_without_day" in codes(answer, "warnings")) == ([], False)


NOBODY = Units.from_columns({"unit_id": [], "origin": []})
OF_EXITS = Question("Acme", exposure="rollout")


@pytest.mark.parametrize(("n", "said"), [(0, []), (1, ["exits_without_day"]), (20, ["exits_without_day"])])
def test_of_all_who_left_a_fifth_may_have_no_day(n, said):
    refusals, warnings = look_at_gaps(Loaded(NOBODY, n_undated=n, n_exits=100 - n), OF_EXITS)
    assert ([one.code for one in refusals], [one.code for one in warnings]) == ([], said)
    refusals, _warnings = look_at_gaps(Loaded(NOBODY, n_undated=21, n_exits=79), OF_EXITS)
    assert [one.code for one in refusals] == ["exit_days_unknown"]


@pytest.mark.parametrize(("n", "said"), [(4, []), (5, ["earlier_rows_open"]), (20, ["earlier_rows_open"])])
def test_of_all_who_ended_a_fifth_may_have_an_earlier_row_without_an_end(n, said):
    refusals, warnings = look_at_gaps(Loaded(NOBODY, n_left_open=n, n_exits=100 - n), OF_EXITS)
    assert ([one.code for one in refusals], [one.code for one in warnings]) == ([], said)
    refusals, _warnings = look_at_gaps(Loaded(NOBODY, n_left_open=21, n_exits=79), OF_EXITS)
    assert [one.code for one in refusals] == ["rows_left_open"]


# Whose completions they are -----------------------------------------------------------------------------------------------


def test_completions_of_ids_with_a_decimal_are_named_and_refused_where_they_are_many(organisation, bring):
    people = workforce()
    bring("people", people_file(people), **WINDOW)
    done = [p for p in people if p.completed_on]
    met = [p for p in done if int(p.person_id) % 10]
    of = lambda p: p.person_id if int(p.person_id) % 10 else f"{p.person_id}.0"  # noqa: E731
    notes = " ".join(bring("completions", completions_file(people, of)).notes)
    assert f"{len(met)} of {len(done)} rows are of people in the data" in notes
    other = next(p.person_id for p in done if p not in met)
    assert "The IDs of 21 rows differ from those of the people only by zeros" in notes
    assert f"{other}" not in notes  # it stays when the file is withdrawn
    assert found(organisation)["Of the people in files of completions, in the data"] == "about 90%"
    answer = ask(organisation)
    assert (codes(answer), "completions_of_others" in codes(answer, "warnings")) == ([], True)
    assert other not in str(answer["warnings"])


def test_where_half_of_them_are_of_nobody_there_is_no_answer(organisation, bring):
    people = workforce()
    bring("people", people_file(people), **WINDOW)
    of = lambda p: p.person_id + (".0" if int(p.person_id) % 2 else "")  # noqa: E731
    bring("completions", completions_file(people, of))
    assert codes(ask(organisation)) == ["completions_unmatched"]


def test_lost_zeros_are_seen_across_files(organisation, bring):
    people = workforce()
    for i, p in enumerate(people):
        p.person_id = f"{37 * i:05d}"
    bring("people", people_file(people), **WINDOW)
    notes = " ".join(bring("completions", completions_file(people, lambda p: str(int(p.person_id)))).notes)
    assert "only by zeros before them" in notes
    assert codes(ask(organisation)) == ["completions_unmatched"]


def test_whoever_completed_before_the_window_and_is_in_no_file_of_people_has_left_before(organisation, bring):
    people = workforce()
    bring("people", people_file(people), **WINDOW)
    gone = [Person(f"X{i}", FIRST, None, FIRST - timedelta(days=400 - i), "") for i in range(200)]
    bring("completions", completions_file([*people, *gone]))
    answer = ask(organisation)
    assert (codes(answer), "completions_of_others" in codes(answer, "warnings")) == ([], False)


def test_an_id_written_otherwise_is_of_somebody_in_the_data_whenever_they_completed(organisation, bring):
    people = workforce()
    bring("people", people_file(people), **WINDOW)
    long_ago = [Person(f"{p.person_id}.0", FIRST, None, FIRST - timedelta(days=400), "") for p in people[:200]]
    bring("completions", completions_file([*people, *long_ago]))
    assert codes(ask(organisation)) == ["completions_unmatched"]


# Completions of those who left --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("forgets", [True, False])
def test_a_training_system_that_forgot_those_who_left_is_seen(organisation, bring, forgets):
    people = workforce(600)
    bring("people", people_file(people), **WINDOW)
    kept = [p for p in people if not (forgets and p.exit_date and p.exit_date < date(2024, 1, 1))]
    bring("completions", completions_file(kept))
    assert ("completions_of_leavers_missing" in codes(ask(organisation), "warnings")) == forgets


def test_where_completing_halves_exits_no_completions_are_missed():
    chance = random.Random(5)
    n = 1500
    hired = np.array([FIRST + timedelta(days=chance.randrange(-1400, 900)) for _ in range(n)], dtype="datetime64[D]")
    begins = np.maximum(hired, np.datetime64(FIRST))
    done = begins + np.array([chance.randrange(1, 700) for _ in range(n)])
    early, late = (np.array([1 + int(chance.expovariate(rate)) for _ in range(n)]) for rate in (1 / 900, 1 / 2700))
    left = np.where(begins + early <= done, begins + early, done + late)
    units = Units.from_columns(
        {
            "unit_id": [str(i) for i in range(n)],
            "origin": hired,
            "exit": np.where(left <= np.datetime64(LAST), left, np.datetime64("NaT")),
            "observed_from": np.full(n, np.datetime64(FIRST)),
            "observed_until": np.full(n, np.datetime64(LAST)),
        }
    )
    brought = np.where(done < left, done, np.datetime64("NaT"))
    assert not lacks_completions_of_leavers(units, brought, LAST)
    forgotten = np.where(left < np.datetime64("2024-01-01"), np.datetime64("NaT"), brought)
    assert lacks_completions_of_leavers(units, forgotten, LAST)


# Teams -------------------------------------------------------------------------------------------------------------------


def test_a_team_spelled_in_several_ways_is_one_team(organisation, bring):
    people = workforce()
    once = people_file(people, completion_date=lambda p: p.completed_on)
    ways = ("Team", "TEAM", "Team ", "team")
    for i, p in enumerate(people):
        p.team = p.team.replace("Team", ways[i % 4])
    staged = bring("people", people_file(people, completion_date=lambda p: p.completed_on), **WINDOW)
    assert any("“TEAM 0” / “Team" in note and "and 7 more" in note for note in staged.notes)
    assert ask(organisation)["counts"]["teams"] == 12
    assert ask(organisation, teams=("TEAM 3",))["counts"]["units"] == sum(p.team.lower().split()[1] == "3" for p in people)
    other = OrganisationFactory()
    bring("people", once, to=other, **WINDOW)
    assert ask(organisation)["estimates"] == ask(other)["estimates"]


def test_a_history_of_one_person_says_nothing_of_the_teams_of_the_others(organisation, bring):
    people = [p for p in workforce() if p.hire_date < date(2023, 6, 1)]
    bring("people", people_file(people), **WINDOW)
    bring("teams", csv("team,offered_on", [(f"Team {i}", "2023-07-01" if i % 2 else None) for i in range(12)]))
    there = [p for p in people if not (p.exit_date and p.exit_date <= date(2023, 7, 1))]

    def history(some):
        bring("person_history", csv("person_id,from,team", [(p.person_id, p.hire_date, p.team) for p in some]))
        return compute_result(organisation, AnalysisRequest("employee_exit", exposure="rollout"), with_charts=False).result

    assert codes(history(there[:1])) == ["history_needed"]
    most = history(there[: int(0.85 * len(there))])
    assert ("history_needed" in codes(most), "teams_of_then_unknown" in codes(most, "warnings")) == (False, True)
    assert found(organisation)["Team at the first offer known"].endswith("(85%)")
    everybody = history(people)
    assert ("history_needed" in codes(everybody), "teams_of_then_unknown" in codes(everybody, "warnings")) == (False, False)


# Notices, rows left open, ends to come ------------------------------------------------------------------------------------


def test_a_notice_after_which_somebody_stayed_is_no_exit(organisation, bring):
    people = workforce()
    stays = {p.person_id for p in [p for p in people if not p.exit_date and p.hire_date < date(2023, 6, 1)][:30]}
    done = {"completion_date": lambda p: p.completed_on}
    bring("people", people_file(people, **done, notice_date=lambda p: "2023-09-01" if p.person_id in stays else ""), **WINDOW)
    answer = ask(organisation)
    assert answer["counts"]["events"] == sum(p.exit_date is not None and p.exit_date > p.hire_date for p in people)
    assert "30 notices are not counted as exits" in str(answer["warnings"])


def test_an_earlier_row_that_nobody_ended_is_told_of_and_refused_where_it_is_often_so(organisation, bring):
    people = workforce()
    gone = [p for p in people if p.exit_date and (p.exit_date - p.hire_date).days > 60]

    def answer(n):
        text = people_file(people, completion_date=lambda p: p.completed_on)
        text += "".join(f"{p.person_id},{p.hire_date - timedelta(days=200)},,{p.team},\n" for p in gone[:n])
        to = OrganisationFactory()
        bring("people", text, to=to, **WINDOW)
        return ask(to)

    some = answer(20)
    assert (codes(some), "earlier_rows_open" in codes(some, "warnings")) == ([], True)
    assert "ends_that_go_on" not in codes(some, "warnings")  # no row begins after these ends
    assert codes(answer(len(gone) // 2)) == ["rows_left_open"]


def test_ends_to_come_need_no_kind_and_are_no_exits_on_the_page(organisation, bring):
    people = workforce()
    n = sum(p.exit_date is not None for p in people)
    kinds = {p.person_id for p in people if p.exit_date}
    for p in people:
        p.exit_date = p.exit_date or date(2999, 12, 31)
    says = {"exit_kind": lambda p: "voluntary" if p.person_id in kinds else "", "completion_date": lambda p: p.completed_on}
    bring("people", people_file(people, **says), **WINDOW)
    answer = ask(organisation, events=("voluntary",))
    assert ("exit_kinds_unknown" in codes(answer), "exit_kinds_missing" in codes(answer, "warnings")) == (False, False)
    [coverage] = coverage_of(organisation, exact=True)
    assert found(organisation)["Size"] == f"400 people, {n} exits"
    assert (coverage.months[0][0], coverage.months[-1][0]) == ("Jan 2022", "Oct 2024")  # by quarter


def test_with_a_horizon_those_who_had_been_there_for_longer_are_named_so(organisation, bring):
    people = workforce()
    bring("people", people_file(people, completion_date=lambda p: p.completed_on), **WINDOW)
    said = next(n["message"] for n in ask(organisation, horizon_months=24)["warnings"] if n["code"] == "rows_excluded")
    assert "had been there for longer than is asked about" in said
    assert "never under observation" not in said


# Days --------------------------------------------------------------------------------------------------------------------


def test_the_day_of_tenure_figures_is_the_day_of_the_answer(organisation, bring):
    rows = [(i, 1 + i % 50, "yes" if i % 3 else "no", "2024-12-31") for i in range(200)]
    bring("tenure", csv("unit_id,months,left,as_of", rows))
    request = AnalysisRequest("tenure_exit", as_of="2026-06-30")
    answer = compute_result(organisation, request, with_charts=False).result
    assert "data_older_than_question" in codes(answer, "warnings")
    assert answer["question"]["estimand"].endswith("as of 31 December 2024")


@pytest.mark.parametrize(("since", "last"), [(None, date(2023, 12, 31)), (date(2024, 1, 1), LAST)])
def test_changes_without_every_exit_break_the_chain_unless_the_next_say_since_when(since, last):
    windows = [
        FileWindow(1, "a", FIRST, date(2023, 12, 31), Extent.EVERYBODY, every_exit=False),
        FileWindow(2, "b", None, date(2024, 6, 30), Extent.CHANGES, every_exit=False),
        FileWindow(3, "c", since, LAST, Extent.CHANGES, every_exit=True),
    ]
    assert days_observed(0, None, (), windows) == (FIRST, last)


# Names -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["fire safety", "Fire Safety", " FIRE  safety"])
def test_a_course_is_asked_about_by_the_name_that_files_or_refusals_give_it(organisation, bring, written):
    bring("completions", "person_id,course,completed_on\n1,Fire safety,2024-01-01\n1,Listening,2024-01-01\n")
    request = with_keys_of_courses(AnalysisRequest(courses=(written,)), organisation)
    require_known(request, organisation)
    assert request.courses == ("fire safety",)


def test_the_header_of_one_of_the_usual_systems_is_read(organisation, bring):
    staged = bring("people", "Employee #,Hire Date,Termination Date\n17,2020-01-01,\n")
    assert (staged.state, staged.rows_new) == ("applied", 1)
