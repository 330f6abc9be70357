"""Who was where, when: periods that may not overlap, and who has changed teams since training was offered."""

from datetime import date

import pytest

from common.small_counts import shown_of
from imports.services import withdraw
from stakeholders.coverage import coverage_of
from stakeholders.history import (
    Movers,
    Period,
    Periods,
    is_by_first_team_only,
    knows_teams_over_time,
    movers,
    person_periods,
)
from stakeholders.models import CustomerPeriod, PersonPeriod
from tests.stakeholders.conftest import address, counts

pytestmark = pytest.mark.django_db


def findings(organisation):
    return {finding.title: finding for coverage in coverage_of(organisation, exact=True) for finding in coverage.findings}


# Files --------------------------------------------------------------------------------------------------------------------


def test_columns_called_like_words_of_sql_are_kept_changed_and_taken_back(bring):
    first = bring("person_history", "person_id,from,to,team\n1,2020-01-01,,Sales\n2,2020-01-01,2020-06-30,Care\n")
    again = bring("person_history", "person_id,from,to,team\n1,2020-01-01,2020-12-31,\n1,2021-01-01,,Care\n")
    assert counts(again) == ("applied", 1, 1, 0)
    assert list(
        PersonPeriod.objects.order_by("person_id", "from_date").values_list("person_id", "from_date", "to_date", "team")
    ) == [
        ("1", date(2020, 1, 1), date(2020, 12, 31), "Sales"),
        ("1", date(2021, 1, 1), None, "Care"),
        ("2", date(2020, 1, 1), date(2020, 6, 30), "Care"),
    ]
    withdraw(staged=again)
    assert PersonPeriod.objects.get(person_id="1").to_date is None
    withdraw(staged=first)
    assert not PersonPeriod.objects.exists()


def test_periods_that_overlap_are_refused_with_both_rows_named(bring, complaints):
    staged = bring(
        "person_history",
        "person_id,from,to,team\n1,2021-01-01,,Care\n1,2020-01-01,2021-03-31,Sales\n2,2020-01-01,2020-12-31,A\n2,2021-01-01,,B\n",
    )
    assert complaints(staged) == [
        (
            2,
            "from",
            "",
            "This period of the same person_id begins before the one in row 3 ends. Correct one of the two.",
        )
    ]
    assert staged.findings["skippable"] == 2


@pytest.mark.parametrize("rows", ["1,2020-01-01,\n1,2021-01-01,\n", "1,2020-01-01,2021-01-01\n1,2021-01-01,\n"])
def test_a_period_without_an_end_lasts_until_the_next_and_a_day_in_common_is_no_overlap(bring, organisation, rows):
    assert counts(bring("person_history", f"person_id,from,to\n{rows}")) == ("applied", 2, 0, 0)
    first, second = person_periods(organisation)["1"]
    assert (first.last, second.last) == (date(2020, 12, 31), date.max)


def test_a_period_that_ends_before_it_begins_is_refused(bring, complaints):
    staged = bring("customer_history", "customer_id,from,to\nC1,2021-01-01,2020-12-31\n")
    assert complaints(staged) == [
        (2, "to", "2020-12-31", "The period ends before it begins on 2021-01-01. Correct one of the two.")
    ]


def test_amounts_of_a_period_are_minor_units_of_the_organisations_currency(bring):
    bring("customer_history", "customer_id,from,annual_value\nC1,2021-01-01,1500\n")
    assert CustomerPeriod.objects.get().annual_value == 150_000


def test_a_day_in_a_gap_is_in_no_period():
    periods = Periods([Period(date(2020, 1, 1), date(2020, 1, 31), "A"), Period(date(2020, 3, 1), date.max, "B")])
    at = [periods.at(day) for day in (date(2019, 12, 31), date(2020, 1, 31), date(2020, 2, 1), date(2030, 1, 1))]
    assert [period and period.team for period in at] == [None, "A", None, "B"]


# Movers -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def offered(bring):
    bring("teams", "team,offered_on\nA,2022-02-01\nB,2022-06-01\nC,\n")


def staff(bring, n=100):
    """All there from 2020; the last has left before anything was offered."""
    rows = [f"P{i:03d},2020-01-01,,A" for i in range(n)] + ["GONE,2020-01-01,2021-01-01,A"]
    return bring("people", "\n".join(["person_id,hire_date,exit_date,team", *rows]) + "\n", leavers_from="2020-01-01")


@pytest.mark.parametrize(
    ("moved", "first_only", "tone"), [(0, False, ""), (4, False, ""), (6, True, ""), (12, True, "caution")]
)
def test_who_moved_since_the_first_offer_is_counted_by_history(bring, organisation, offered, moved, first_only, tone):
    staff(bring)
    rows = ["person_id,from,team"]
    for i in range(100):
        rows.append(f"P{i:03d},2020-01-01,A")
        if i < moved:
            rows.append(f"P{i:03d},2022-08-01,B")
        if i == 50:
            rows += ["P050,2021-01-01,C", "P050,2021-06-01,A"]  # moved, and back, before anything was offered
    bring("person_history", "\n".join([*rows, "GONE,2020-01-01,A", "GONE,2022-09-01,B"]) + "\n")
    found = movers(organisation)
    assert found == Movers(moved, 100)
    assert is_by_first_team_only(found) is first_only
    line = findings(organisation)["Changed teams since the first offer"]
    assert (line.found, line.meaning) == (shown_of(moved, 100), "Above 5% only the team at the first offer is analysed.")
    assert line.tone == tone


def test_a_move_after_the_exit_is_none(bring, organisation, offered):
    bring("people", "person_id,hire_date,exit_date,team\n1,2020-01-01,2022-05-01,A\n")
    bring("person_history", "person_id,from,team\n1,2020-01-01,A\n1,2022-05-02,B\n")
    assert movers(organisation) == Movers(0, 1)


def roster(bring, day, teams):
    rows = [f"P{i:03d},2020-01-01,{team}" for i, team in enumerate(teams)]
    text = "\n".join(["person_id,hire_date,team", *rows]) + "\n"
    return bring("people", text, leavers_from="2020-01-01", leavers_until=day)


def test_two_dated_rosters_around_the_offers_say_who_moved(bring, organisation, offered):
    roster(bring, "2022-01-31", ["A"] * 50)
    assert (knows_teams_over_time(organisation), movers(organisation)) == (False, None)
    assert findings(organisation)["Changed teams since the first offer"].found == "not known"
    roster(bring, "2022-03-31", ["B"] * 5 + ["A"] * 45)
    assert movers(organisation) is None  # the last offer is later
    roster(bring, "2022-12-31", ["B"] * 3 + ["A"] * 2 + ["C"] * 5 + ["A"] * 40)
    assert knows_teams_over_time(organisation)
    assert movers(organisation) == Movers(8, 50)


def test_the_page_shows_no_small_number_of_movers(bring, organisation, offered, partner):
    staff(bring)
    bring(
        "person_history",
        "person_id,from,team\n" + "".join(f"P{i:03d},2020-01-01,A\n" for i in range(100)) + "P001,2023-01-01,B\n",
    )
    page = partner.get(address("outcomes_data", organisation)).content.decode()
    assert "1–9 of 100" in page
    assert "1 of 100" not in page


def test_an_organisation_without_offers_has_no_movers(bring, organisation):
    staff(bring)
    assert movers(organisation) is None
    assert "Changed teams since the first offer" not in findings(organisation)
