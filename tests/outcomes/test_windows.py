"""What a file knows of leavers: whoever was not observed is not counted as having stayed."""

import csv
import io
import random
from datetime import date, timedelta

import numpy as np
import pytest
from django.core.management import CommandError

from common.months import first_day, silences
from imports.services import withdraw
from outcomes.analysis.computing import compute_result
from outcomes.analysis.loading.people import load_people
from outcomes.evidence.observation import look_at_window, observe, quiet_months, refuse_unobserved
from outcomes.evidence.units import Units
from outcomes.models import AnalysisRequest, Release
from stakeholders.findings import known_window
from stakeholders.models import EmploymentStint
from stakeholders.windows import Extent, FileWindow, propose
from tests.outcomes.test_commands import ask
from tests.stakeholders.conftest import DATA, run_command

pytestmark = pytest.mark.django_db


def codes(answer, what="refusals"):
    return [notice["code"] for notice in answer[what]]


def primary(answer):
    return next((round(estimate["value"], 5) for estimate in answer["estimates"] if estimate["primary"]), None)


@pytest.fixture
def workforce(organisation, tmp_path):
    """Import sim_workforce without some of its columns, and with what the command says of it."""

    def run(*arguments, without=()):
        with (DATA / "sim_workforce/people.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        path = tmp_path / "people.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [name for name in rows[0] if name not in without], extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        run_command("outcomes_import", organisation.slug, "people", str(path), *arguments)
        return organisation

    return run


GRADE = ("--covariates", "grade:category")


def test_a_file_that_does_not_say_when_it_ends_is_refused_and_with_its_end_it_gives_the_known_figures(workforce):
    """0.42 was answered here, of 0.75. By day -0.28657, by month -0.28601: the README beside the data."""
    organisation = workforce(without=["observed_until"])
    answer = ask(organisation, *GRADE)
    assert (codes(answer), answer["estimates"], answer["curves"]) == (["observation_end_unknown"], [], [])
    workforce("--leavers-until", "2024-12-31", without=["observed_until"])
    assert primary(ask(organisation, *GRADE)) == -0.28657
    assert primary(ask(organisation, *GRADE, "--clock", "month")) == -0.28601


def test_a_file_that_does_not_say_when_it_begins_is_refused_and_with_its_beginning_it_gives_the_known_figures(workforce):
    """1.57 was answered here, of 0.75."""
    organisation = workforce(without=["observed_from"])
    assert codes(ask(organisation, *GRADE)) == ["observation_start_unknown"]
    workforce("--leavers-from", "2022-01-01", without=["observed_from"])
    assert primary(ask(organisation, *GRADE)) == -0.28657


def test_a_beginning_that_the_exits_contradict_is_refused(workforce):
    organisation = workforce("--leavers-from", "2010-01-01", without=["observed_from"])
    answer = ask(organisation, *GRADE)
    assert (codes(answer), primary(answer)) == (["observation_start_doubtful"], None)
    assert "since 2022-01-01" in answer["refusals"][0]["message"]


def test_an_end_that_the_exits_contradict_is_refused(workforce):
    organisation = workforce("--leavers-until", "2026-06-30", without=["observed_until"])
    answer = ask(organisation, *GRADE)
    assert (codes(answer), primary(answer)) == (["observation_end_doubtful"], None)
    assert "until 2024-12-31" in answer["refusals"][0]["message"]


def test_what_is_asked_stands_in_the_record_and_no_two_days_share_a_digest(workforce):
    organisation = workforce("--leavers-until", "2024-12-31", without=["observed_until"])
    earlier, later = (ask(organisation, "--as-of", day) for day in ("2023-12-31", "2024-06-30"))
    assert earlier["provenance"]["data_digest"] != later["provenance"]["data_digest"]
    assert earlier["question"]["as_of"] == earlier["provenance"]["as_of"] == "2023-12-31"
    assert (later["provenance"]["leavers_from"], later["provenance"]["leavers_until"]) == ("2022-01-01", "2024-12-31")
    assert len(later["provenance"]["imports"]) == 1
    assert earlier["counts"]["events"] < later["counts"]["events"]
    assert "data_older_than_question" in codes(ask(organisation), "warnings")
    assert "data_older_than_question" not in codes(later, "warnings")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["people", "--leavers-from", "2024-02-01", "--leavers-until", "2024-01-01"], "which is earlier"),
        (["people", "--leavers-until", "2999-01-01"], "has not come yet"),
        (["people", "--every-exit-listed", "--leavers-until", "2024-01-01"], "Only a file of changes"),
        (["people", "--changes-only", "--every-exit-listed"], "until when"),
        (["teams", "--leavers-from", "2024-01-01"], "know no leavers"),
    ],
)
def test_what_cannot_be_said_of_a_file_ends_with_2_before_anything_is_read(organisation, arguments, message):
    kind, *options = arguments
    with pytest.raises(CommandError, match=message) as caught:
        run_command("outcomes_import", organisation.slug, kind, "/nowhere.csv", *options)
    assert caught.value.returncode == 2


# Constant leaving, no effect, and a file that ends before the question is asked -----------------------------------------------


@pytest.fixture
def steady():
    """1,500 people who leave at one rate whether they complete or not; exported on 31 January 2025."""
    chance = random.Random(20)
    rows = []
    for i in range(1500):
        hired = date(2021, 1, 1) + timedelta(days=chance.randrange(1300))
        left = hired + timedelta(days=1 + int(chance.expovariate(1 / 900)))
        done = date(2024, 6, 1) + timedelta(days=chance.randrange(240)) if i % 2 else None
        is_gone = left <= date(2025, 1, 31)
        rows.append((f"P{i:04d}", hired, left if is_gone else "", done if done and hired < done < left else ""))
    text = io.StringIO()
    csv.writer(text).writerows([("person_id", "hire_date", "exit_date", "completion_date"), *rows])
    return text.getvalue()


def test_an_old_file_does_not_turn_no_effect_into_an_effect(organisation, bring, steady):
    """Asked months later, 0.43 was answered here."""
    bring("people", steady, leavers_from="2021-01-01", leavers_until="2025-01-31")
    asked = []
    for day in ("2025-01-31", "2026-10-31"):
        asked.append(compute_result(organisation, AnalysisRequest(as_of=day), with_charts=False).result)
        Release.objects.all().delete()
    first, later = asked
    assert first["estimates"] == later["estimates"]
    assert first["estimates"][0]["ci_low"] < 0 < first["estimates"][0]["ci_high"]


# Files one after the other --------------------------------------------------------------------------------------------------


def day(text):
    return date.fromisoformat(text) if text else None


def window(number, first, last, extent=Extent.EVERYBODY, *, every_exit=False):
    return FileWindow(number, str(number), day(first), day(last), extent, every_exit)


CHANGES = Extent.CHANGES


@pytest.mark.parametrize(
    ("windows", "source", "missing", "left", "expected"),
    [
        pytest.param([window(1, "2022-01-01", "2023-01-31")], 1, {}, "", ("2022-01-01", "2023-01-31"), id="one file"),
        pytest.param([window(1, "", "")], 1, {}, "", ("NaT", "NaT"), id="nothing said"),
        pytest.param([window(1, "2022-01-01", "")], 1, {}, "", ("2022-01-01", "NaT"), id="half said"),
        pytest.param(
            [window(1, "2022-01-01", "2023-01-31"), window(2, "2023-02-01", "2023-02-28")],
            1, {}, "", ("2022-01-01", "2023-02-28"), id="windows that meet",
        ),
        pytest.param(
            [window(1, "2022-01-01", "2022-12-31"), window(2, "2023-06-01", "2023-12-31")],
            1, {}, "", ("2023-06-01", "2023-12-31"), id="after a gap nobody could be seen to leave in",
        ),
        pytest.param(
            [window(1, "2022-01-01", "2022-12-31"), window(2, "2023-06-01", "2023-12-31")],
            1, {}, "2022-03-01", ("2022-01-01", "2022-12-31"), id="had left before the gap",
        ),
        pytest.param(
            [window(1, "2022-01-01", "2023-01-31"), window(2, "2022-01-01", "2023-06-30")],
            1, {2: [7]}, "", ("2022-01-01", "2023-01-31"), id="missing from the later file",
        ),
        pytest.param(
            [window(1, "2022-01-01", "2023-01-31"), window(2, "", "2023-06-30", CHANGES)],
            1, {}, "", ("2022-01-01", "2023-01-31"), id="changes that may lack exits",
        ),
        pytest.param(
            [window(1, "2022-01-01", "2023-01-31"), window(2, "", "2023-06-30", CHANGES, every_exit=True)],
            1, {}, "", ("2022-01-01", "2023-06-30"), id="changes with every exit",
        ),
        pytest.param(
            [window(1, "2022-01-01", "2023-01-31"), window(2, "2023-03-01", "2023-06-30", CHANGES, every_exit=True)],
            1, {}, "", ("2022-01-01", "2023-01-31"), id="changes after a gap",
        ),
        pytest.param(
            [window(1, "2022-01-01", "2023-01-31"), window(2, "", "2023-06-30", CHANGES, every_exit=True)],
            2, {}, "", ("2022-01-01", "2023-06-30"), id="new among the changes",
        ),
        pytest.param(
            [
                window(1, "2022-01-01", "2022-06-30"), window(2, "2022-01-01", "2023-01-31"),
                window(3, "", "2023-06-30", CHANGES, every_exit=True),
            ],
            1, {2: [7]}, "", ("2022-01-01", "2022-06-30"), id="missing from the last whole file: changes say nothing of them",
        ),
        pytest.param(
            [window(2, "2022-01-01", "2023-01-31")], 1, {}, "", ("2022-01-01", "2023-01-31"), id="brought by a forgotten file",
        ),
    ],
)  # fmt: skip
def test_each_row_is_observed_as_its_files_say(windows, source, missing, left, expected):
    found = observe(
        np.array([7]),
        np.array([source]),
        np.array([left or "NaT"], dtype="datetime64[D]"),
        windows,
        missing,
    )
    assert (str(found.first[0]), str(found.last[0])) == expected


def observed(organisation):
    units = load_people(organisation, ()).units
    return {name: str(last) for name, last in zip(units.unit_id, units.observed_until, strict=True)}


def test_the_same_rows_from_another_file_have_another_digest(workforce):
    """An import that was withdrawn and brought again: the record names another one, so it is another record."""
    organisation = workforce()
    before = ask(organisation, "--as-of", "2024-06-30")["provenance"]
    assert ask(organisation, "--as-of", "2024-06-30")["provenance"]["data_digest"] == before["data_digest"]
    withdraw(staged=organisation.imports.get())
    workforce()
    after = ask(organisation, "--as-of", "2024-06-30")["provenance"]
    assert set(before["imports"]).isdisjoint(after["imports"])
    assert len(before["imports"]) == len(after["imports"]) == 1
    assert before["data_digest"] != after["data_digest"]


def test_people_missing_from_a_later_complete_file_end_at_the_window_of_the_earlier_one(organisation, bring):
    known = {"leavers_from": "2020-01-01"}
    bring("people", "person_id,hire_date\n1,2020-01-01\n2,2020-01-01\n", leavers_until="2021-12-31", **known)
    staged = bring("people", "person_id,hire_date\n1,2020-01-01\n3,2022-01-01\n", leavers_until="2022-12-31", **known)
    assert observed(organisation) == {"1": "2022-12-31", "2": "2021-12-31", "3": "2022-12-31"}
    assert staged.results["missing"] == 1
    withdraw(staged=staged)
    assert observed(organisation) == {"1": "2021-12-31", "2": "2021-12-31"}


def test_who_left_is_not_missing_from_a_file_of_those_who_are_there(organisation, bring):
    known = {"leavers_from": "2020-01-01"}
    bring(
        "people", "person_id,hire_date,exit_date\n1,2020-01-01,\n2,2020-01-01,2021-05-01\n", leavers_until="2021-12-31", **known
    )
    staged = bring("people", "person_id,hire_date\n1,2020-01-01\n", leavers_from="2022-01-01", leavers_until="2022-12-31")
    assert staged.results["missing"] == 0
    assert observed(organisation) == {"1": "2022-12-31", "2": "2021-12-31"}


def test_missing_people_of_another_organisation_are_not_looked_for(organisation, bring, neighbour_org):
    bring("people", "person_id,hire_date\n1,2020-01-01\n", to=neighbour_org)
    staged = bring("people", "person_id,hire_date\n2,2020-01-01\n")
    assert staged.results["missing"] == 0


@pytest.fixture
def neighbour_org(db):
    from tests.factories import OrganisationFactory

    return OrganisationFactory()


def page_and_question(organisation):
    """Whether the page promises a window, and whether questions are refused for want of one; its days are those loaded."""
    units = load_people(organisation, ()).units
    refused = {notice.code for notice in refuse_unobserved(units, "employee_exit")}
    days = [day for day in (*units.observed_from.tolist(), *units.observed_until.tolist()) if day]
    known = known_window(organisation, "people", EmploymentStint.objects.filter(organisation=organisation))
    assert not days or (known.first, known.last) == (
        min((day for day in units.observed_from.tolist() if day), default=None),
        max((day for day in units.observed_until.tolist() if day), default=None),
    )
    return known.is_known, bool(refused)


WINDOW_OF_2021 = {"leavers_from": "2021-01-01", "leavers_until": "2021-12-31"}


@pytest.mark.parametrize(
    ("files", "is_known"),
    [
        ([("hire_date", "2020-01-01", WINDOW_OF_2021), ("hire_date", "2020-01-01", {})], False),
        ([("hire_date", "2020-01-01", {}), ("hire_date", "2020-01-01", WINDOW_OF_2021)], False),
        ([("hire_date", "2020-01-01", {"leavers_from": "2021-01-01"})], False),
        ([("hire_date,observed_until", "2020-01-01,2021-12-31", {"leavers_from": "2021-01-01"})], True),
        ([("hire_date,exit_date", "2020-01-01,2021-05-05", {"leavers_from": "2021-01-01"})], True),
        ([("hire_date", "2020-01-01", WINDOW_OF_2021), ("hire_date", "2020-01-01", {"extent": "changes"})], True),
        ([("hire_date", "2020-01-01", WINDOW_OF_2021), ("hire_date", "2020-01-01", {"extent": ""})], False),
        ([("hire_date", "2020-01-01", WINDOW_OF_2021 | {"extent": "changes"})], False),
    ],
)
def test_the_page_promises_a_window_only_where_questions_are_answered(organisation, bring, files, is_known):
    """Each file holds somebody of its own; one without a window is of people who are in no other."""
    for number, (columns, cells, known) in enumerate(files):
        bring("people", f"person_id,{columns}\n{number},{cells}\n", **known)
    assert page_and_question(organisation) == (is_known, not is_known)


def test_page_and_questions_agree_on_any_files(organisation, bring):
    """Random files of twelve people: with and without window, of everybody or of changes, with own days or none."""
    draw, seen = random.Random(20261130), set()
    for _round in range(12):
        for staged in organisation.imports.filter(state="applied").order_by("-applied_at", "-pk"):
            withdraw(staged=staged)
        for _file in range(draw.randint(1, 3)):
            known = {name: day for name, day in WINDOW_OF_2021.items() if draw.random() < 0.9}
            extent = draw.choice(["everybody", "everybody", "everybody", "changes", ""])
            people = draw.sample(range(12), draw.choice([6, 12]))
            exits = [draw.choice(["", "", "2020-06-01", "2021-06-01"]) for _person in people]
            own = [draw.choice([",", "2020-02-02,2021-11-11"]) if draw.random() < 0.5 else "," for _person in people]
            rows = [f"{i},2020-01-01,{left},{days}" for i, left, days in zip(people, exits, own, strict=True)]
            header = "person_id,hire_date,exit_date,observed_from,observed_until"
            bring("people", "\n".join([header, *rows]) + "\n", extent=extent, **known)
        is_known, is_refused = page_and_question(organisation)
        assert is_known is not is_refused
        seen.add(is_known)
    assert seen == {True, False}


# Months without exits -------------------------------------------------------------------------------------------------------


def test_stretches_without_exits_are_found_where_some_were_to_be_expected():
    exits = [0, 0, 0, 5, 5, 0, 0, 5, 5, 0]
    found = silences([100.0] * 10, exits)
    assert (found.before.first, found.before.last) == (0, 2)
    assert found.before.expected == pytest.approx(10)  # 20 exits in 600 months, and 300 months before
    assert found.after is None  # 3.3 were to be expected
    assert found.within == ()  # 6.7
    assert silences([100.0] * 10, [0] * 10).before is None
    assert silences([], []).before is None


def test_a_few_leavers_of_long_ago_do_not_begin_the_time_in_which_exits_are_known():
    """Three of nine years, and then a dozen a month for three: by the window from the first of them, no effect was 4.10."""
    old = [0] * 108
    old[0] = old[50] = old[98] = 1
    found = silences([400.0] * 144, old + [12] * 36)
    assert (found.before.first, found.before.last, found.before.exits, found.within) == (0, 107, 3, ())
    late = silences([400.0] * 48, [12] * 36 + [0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0])
    assert (late.before, late.after.first, late.after.last, late.after.exits) == (None, 36, 47, 2)
    fewer = silences([400.0] * 48, [4] * 24 + [12] * 24)
    assert (fewer.before, fewer.after) == (None, None), "it got worse, and nobody is missing"


def test_a_leaver_from_before_the_window_of_the_file_stops_no_question(organisation, bring, steady):
    rows = [*steady.splitlines(), "OLD0,2015-01-01,2019-01-01,"]
    bring("people", "\n".join(rows) + "\n", leavers_from="2021-01-01", leavers_until="2025-01-31")
    answer = compute_result(organisation, AnalysisRequest(as_of="2025-01-31"), with_charts=False).result
    assert answer["refusals"] == []
    assert answer["counts"]["units"] == 1500


def test_customers_whose_contracts_run_a_year_are_not_called_missing():
    """Nobody leaves in the first year, and all began in 2022: no exit before 2023, and none is missing."""
    chance = random.Random(3)
    begins = [date(2022, 1, 1) + timedelta(days=chance.randrange(700)) for _ in range(2000)]
    ends = [begin + timedelta(days=366 + int(chance.expovariate(1 / 500))) for begin in begins]
    units = Units.from_columns(
        {
            "unit_id": [str(i) for i in range(2000)],
            "origin": begins,
            "exit": [end if end < date(2025, 1, 1) else None for end in ends],
            "observed_from": begins,
            "observed_until": [date(2024, 12, 31)] * 2000,
        }
    )
    found, first = quiet_months(units, date(2025, 1, 1))
    assert (found.before, found.after, found.within) == (None, None, ())
    assert first_day(first) == date(2022, 1, 1)
    lost = Units.from_columns(
        {
            "unit_id": units.unit_id,
            "origin": units.origin,
            "exit": np.where(units.exit < np.datetime64("2024-01-01"), np.datetime64("NaT", "D"), units.exit),
            "observed_from": units.observed_from,
            "observed_until": units.observed_until,
        }
    )
    assert quiet_months(lost, date(2025, 1, 1))[0].before is not None


def test_a_file_proposes_the_window_that_its_dates_suggest():
    month = lambda text: int(text[:4]) * 12 + int(text[5:]) - 1  # noqa: E731
    hires = {month("2015-03"): 300, month("2022-05"): 20}
    exits = {month("2022-01") + i: 5 for i in range(30)}
    last = date(2024, 6, 28)
    assert propose(hires, exits, last) == {"from": "2022-01-01", "until": "2024-06-28", "none_before": "yes", "none_after": ""}
    assert propose(hires, exits, date(2026, 6, 28))["until"] == "2024-06-30"
    all_along = {month("2015-04") + i: 1 for i in range(110)}
    assert propose(hires, all_along, last)["from"] == "2015-03-01"
    assert propose({}, {}, None) == {"from": "", "until": ""}


@pytest.mark.parametrize("is_quiet", [True, False])
def test_a_month_without_exits_among_months_with_many_is_named(is_quiet):
    rng = np.random.default_rng(1)
    begins = date(2021, 1, 1)
    days = [begins + timedelta(days=int(day)) for day in rng.integers(1, 900, 1500)]
    exits = [day for day in days if not (is_quiet and (day.year, day.month) == (2022, 1))]
    n = len(exits)
    until = begins + timedelta(days=900)
    units = Units.from_columns(
        {
            "unit_id": np.array([f"p{i}" for i in range(n)], dtype=object),
            "origin": np.array([begins - timedelta(days=int(d)) for d in rng.integers(0, 2000, n)], dtype="datetime64[D]"),
            "exit": np.array(exits, dtype="datetime64[D]"),
            "exposed_on": np.full(n, np.datetime64("NaT", "D")),
            "observed_from": np.full(n, np.datetime64(begins, "D")),
            "observed_until": np.full(n, np.datetime64(until, "D")),
        },
        {},
    )
    _refusals, warnings = look_at_window(units, until, "employee_exit")
    said = [notice for notice in warnings if notice.code == "months_without_exits"]
    assert len(said) == is_quiet
    assert all("2022-01" in notice.message for notice in said)
