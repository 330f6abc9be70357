"""The clock, one case at a time, with figures worked out by hand."""

from datetime import date

import pytest

from outcomes.evidence.question import Question
from outcomes.evidence.spells import build_spells, split_at_exposure

from .rows import AS_OF, from_rows, person


def spells_of(*rows, as_of=AS_OF, **question):
    return build_spells(from_rows(list(rows)), Question("acme", **question), as_of)


def rows_of(*rows, **question):
    """(start, stop, exposed, event) of every start-stop row."""
    rows = split_at_exposure(spells_of(*rows, **question))
    return list(zip(rows.start, rows.stop, rows.exposed, rows.event, strict=True))


def test_days_at_risk_end_on_the_day_of_exit():
    assert rows_of(person("2024-01-01", "2024-01-31")) == [(0, 30, False, True)]


def test_whoever_stays_is_at_risk_until_observation_ends():
    assert rows_of(person("2024-12-01", observed_until="2024-12-31")) == [(0, 30, False, False)]


def test_exposed_strictly_after_the_day_of_completion():
    assert rows_of(person("2024-01-01", "2024-01-31", "2024-01-11")) == [(0, 10, False, False), (10, 30, True, True)]


def test_an_exit_on_the_day_of_completion_is_not_exposed():
    assert rows_of(person("2024-01-01", "2024-01-11", "2024-01-11")) == [(0, 10, False, True)]


@pytest.mark.parametrize("completed", ["2023-06-01", "2024-01-01"])
def test_completion_before_or_on_hire_exposes_from_hire_on(completed):
    assert rows_of(person("2024-01-01", "2024-01-31", completed)) == [(0, 30, True, True)]


def test_late_entry_begins_with_the_tenure_reached_when_observation_begins():
    assert rows_of(person("2021-12-22", "2022-01-21", observed_from="2022-01-01")) == [(10, 30, False, True)]


def test_completion_before_observation_exposes_from_its_beginning():
    row = person("2021-12-22", "2022-01-21", "2021-12-25", observed_from="2022-01-01")
    assert rows_of(row) == [(10, 30, True, True)]


def test_observation_from_before_hire_begins_at_hire():
    assert rows_of(person("2024-01-01", "2024-01-31", observed_from="2020-01-01")) == [(0, 30, False, True)]


def test_an_exit_after_observation_ended_has_not_happened():
    spells = spells_of(person("2024-12-01", "2025-02-01", observed_until="2024-12-31"))
    assert (spells.stop[0], spells.event[0]) == (30, False)
    assert spells.ignored["exit_after_observation"] == 1


def test_an_exit_announced_for_the_future_has_not_happened():
    spells = spells_of(person("2024-12-01", "2025-02-01", observed_until=None), as_of=date(2024, 12, 31))
    assert (spells.stop[0], spells.event[0]) == (30, False)


def test_nothing_is_observed_after_the_day_of_asking():
    spells = spells_of(person("2024-12-01", observed_until="2030-01-01"), as_of=date(2024, 12, 31))
    assert spells.stop[0] == 30


def test_an_exit_on_the_last_day_of_observation_counts():
    assert rows_of(person("2024-12-01", "2024-12-31", observed_until="2024-12-31")) == [(0, 30, False, True)]


def test_completion_after_exit_is_ignored_and_counted():
    spells = spells_of(person("2024-01-01", "2024-01-31", "2024-03-01"))
    assert list(split_at_exposure(spells).exposed) == [False]
    assert spells.ignored["completion_after_exit"] == 1


def test_completion_in_the_future_exposes_nobody():
    assert rows_of(person("2024-12-01", completed="2025-06-01", observed_until="2024-12-31")) == [(0, 30, False, False)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (person("2024-02-01", "2024-01-01"), "exit_before_origin"),
        (person("", "2024-01-01"), "no_origin"),
        (person("2020-01-01", "2021-01-01", observed_from="2022-01-01"), "left_before_observation"),
        (person("2025-06-01", observed_until="2024-12-31"), "not_yet_observed"),
        (person("2027-06-01", observed_until=None), "not_yet_observed"),
        (person("2024-01-01", "2024-01-01"), "no_time_at_risk"),
        (person("2024-12-31", observed_until="2024-12-31"), "no_time_at_risk"),
    ],
)
def test_rows_without_time_at_risk_are_counted_by_reason(row, reason):
    spells = spells_of(row, person("2024-01-01", unit_id="b"))
    assert (len(spells), dict(spells.excluded)) == (1, {reason: 1})


def test_stints_of_one_person_have_each_their_own_tenure():
    stints = [person("2022-01-01", "2022-01-31"), person("2023-01-01", "2023-03-02", "2022-06-01")]
    assert rows_of(*stints) == [(0, 30, False, True), (0, 60, True, True)]


def test_of_stints_that_overlap_the_first_stays():
    stints = [person("2022-03-01", "2023-01-01"), person("2022-01-01", "2022-12-31"), person("2023-06-01", "2023-07-01")]
    spells = spells_of(*stints, person("2022-02-01", "2022-03-01", unit_id="b"))
    assert (spells.unit_index.tolist(), dict(spells.excluded)) == ([1, 2, 3], {"overlapping_stint": 1})


def test_whoever_comes_back_on_the_day_of_exit_is_at_risk_in_both_stints():
    # the day of exit belongs to the first stint, the day of hire to none: no day counts twice
    stints = [person("2022-01-01", "2022-01-31"), person("2022-01-31", "2022-03-02")]
    assert rows_of(*stints) == [(0, 30, False, True), (0, 30, False, True)]
    a_day_sooner = spells_of(stints[0], person("2022-01-30", "2022-03-02"))
    assert (a_day_sooner.unit_index.tolist(), dict(a_day_sooner.excluded)) == ([0], {"overlapping_stint": 1})


def test_a_stint_inside_an_earlier_one_overlaps_even_behind_a_third():
    stints = [person("2022-01-01", "2024-01-01"), person("2022-02-01", "2022-03-01"), person("2022-04-01", "2022-05-01")]
    assert spells_of(*stints).unit_index.tolist() == [0]


def test_by_month_a_month_with_someone_there_counts_whole():
    # hired in January, left in March: at risk in tenure months 1, 2 and 3
    assert rows_of(person("2024-01-20", "2024-03-02"), clock="month") == [(0, 3, False, True)]


def test_by_month_an_exit_in_the_month_of_hire_has_one_month_at_risk():
    assert rows_of(person("2024-01-05", "2024-01-05"), clock="month") == [(0, 1, False, True)]


def test_by_month_a_completion_exposes_from_the_next_month():
    row = person("2024-01-20", "2024-03-02", "2024-02-01")
    assert rows_of(row, clock="month") == [(0, 2, False, False), (2, 3, True, True)]


def test_by_month_an_exit_in_the_month_of_completion_is_not_exposed():
    assert rows_of(person("2024-01-20", "2024-03-28", "2024-03-02"), clock="month") == [(0, 3, False, True)]


def test_by_month_late_entry_begins_with_the_month_of_observation():
    # hired in October 2021, first seen in January 2022: three months of tenure are behind them
    row = person("2021-10-15", "2022-02-03", observed_from="2022-01-01")
    assert rows_of(row, clock="month") == [(3, 5, False, True)]


def test_by_month_an_exit_after_observation_in_the_same_month_has_not_happened():
    row = person("2024-01-10", "2024-03-30", observed_until="2024-03-15")
    assert rows_of(row, clock="month") == [(0, 3, False, False)]


def test_a_horizon_ends_everyones_time_at_risk():
    long, short = person("2020-01-10", "2024-01-10"), person("2020-01-10", "2020-03-10", unit_id="b")
    assert rows_of(long, short, clock="month", horizon_months=12) == [(0, 12, False, False), (0, 3, False, True)]


def test_only_voluntary_exits_count_where_they_are_asked_for():
    stays = {"exit_kind": "involuntary"}
    rows = [person("2024-01-01", "2024-01-31", **stays), person("2024-01-01", "2024-01-31", unit_id="b", exit_kind="voluntary")]
    assert rows_of(*rows, event_kinds=("voluntary",)) == [(0, 30, False, False), (0, 30, False, True)]
    assert rows_of(*rows) == [(0, 30, False, True), (0, 30, False, True)]
