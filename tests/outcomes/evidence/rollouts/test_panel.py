"""Rates of teams by month, from stays of people."""

from datetime import date

import numpy as np
import pytest

from outcomes.evidence.rollouts.panel import NEVER, Stays, first_of_periods, tabulate, team_of_first_offer

pytestmark = pytest.mark.once


def stays(*rows):
    """(team, first day, day after the last, left)"""
    team, begins, ends, left = zip(*rows, strict=True)
    days = [np.array([np.datetime64(day, "D") for day in column]) for column in (begins, ends)]
    return Stays(np.array(team, dtype=object), *days, np.array(left))


LONG = "2030-01-01"


def test_exits_are_counted_in_the_team_of_the_day_and_a_month_in_part_counts_in_part():
    found = tabulate(
        stays(
            ("A", "2020-01-01", "2023-02-15", False),  # moves to B
            ("B", "2023-02-15", "2023-03-10", True),
            ("A", "2020-01-01", LONG, False),
            ("B", "2020-01-01", LONG, False),
        ),
        {"A": date(2023, 3, 20), "B": None},
        date(2023, 1, 1),
        date(2023, 4, 30),
    )
    assert found.teams == ("A", "B")
    assert found.months.astype(str).tolist() == ["2023-01-01", "2023-02-01", "2023-03-01", "2023-04-01"]
    assert found.exits.tolist() == [[0, 0, 0, 0], [0, 0, 1, 0]]
    assert found.at_risk[0] == pytest.approx([2, 1.5, 1, 1])
    assert found.at_risk[1] == pytest.approx([1, 1.5, 1 + 9 / 31, 1])
    assert found.values[1, 2] == pytest.approx(1 / (1 + 9 / 31))
    assert found.first.tolist() == [2, NEVER]
    assert found.weight.tolist() == [1, 1]  # on 20 March
    assert found.covered == 4


def test_only_whole_months_count():
    alone = stays(("A", "2020-01-01", LONG, False))
    found = tabulate(alone, {"A": None}, date(2023, 1, 2), date(2023, 3, 30))
    assert found.months.astype(str).tolist() == ["2023-02-01"]
    with pytest.raises(ValueError, match="no whole month"):
        tabulate(alone, {"A": None}, date(2023, 1, 2), date(2023, 2, 27))


def test_a_team_that_stood_empty_is_left_out_and_counted():
    found = tabulate(
        stays(
            ("A", "2020-01-01", LONG, False), ("B", "2020-01-01", "2023-02-01", True), ("C", "2023-03-01", LONG, False),
            ("elsewhere", "2020-01-01", LONG, False),
        ),
        {"A": date(2023, 2, 1), "B": None, "C": None},
        date(2023, 1, 1),
        date(2023, 4, 30),
    )  # fmt: skip
    assert (found.teams, found.dropped) == (("A",), 2)


def test_offers_before_and_after_the_months_that_are_known():
    found = tabulate(
        stays(("A", "2020-01-01", LONG, False), ("B", "2020-01-01", LONG, False)),
        {"A": date(2021, 1, 1), "B": date(2025, 1, 1)},
        date(2023, 1, 1),
        date(2023, 4, 30),
    )
    assert found.first.tolist() == [0, NEVER]
    assert not found.up_to(2).has_controls_to_the_end or found.up_to(2).first.tolist() == [0, NEVER]


def test_people_who_move_are_counted_in_the_team_of_the_first_offer():
    moved = stays(
        ("A", "2020-01-01", "2023-06-01", False),
        ("B", "2023-06-01", LONG, False),
        ("B", "2020-01-01", "2022-01-01", True),  # gone before anybody was offered anything
        ("B", "2023-09-01", "2024-01-01", False),  # hired after it
        ("A", "2024-01-01", LONG, False),
    )
    person = np.array(["one", "one", "two", "three", "three"], dtype=object)
    found = team_of_first_offer(moved.team, moved.begins, moved.ends, person, date(2023, 3, 1))
    assert found.tolist() == ["A", "A", "B", "B", "B"]


def test_three_months_are_counted_together_from_where_offers_stand_at_their_beginning():
    found = tabulate(
        stays(("A", "2020-01-01", "2023-07-16", True), ("A", "2020-01-01", LONG, False), ("B", "2020-01-01", LONG, False)),
        {"A": date(2023, 6, 20), "B": None},
        date(2023, 1, 1),
        date(2023, 12, 31),
        span=3,
    )
    assert found.months.astype(str).tolist() == [
        "2023-03-01",
        "2023-06-01",
        "2023-09-01",
    ]  # January, February, December are over
    assert (found.first.tolist(), found.last, found.span) == ([1, NEVER], date(2023, 11, 30), 3)
    assert found.exits.tolist() == [[0, 1, 0], [0, 0, 0]]
    assert found.at_risk[0] == pytest.approx([6, 3 + 1 + 15 / 31, 3])
    assert found.values[0, 1] == pytest.approx(1 / (4 + 15 / 31))


@pytest.mark.parametrize(
    ("offers", "start"),
    [([14], 2), ([14, 18], 2), ([14, 17], 2), ([13, 14, 14, 14], 2), ([12, 13], 0), ([NEVER], 0), ([0, 14], 2), ([5, 6, 6], 0)],
)
def test_as_few_months_as_possible_before_an_offer_count_as_after_it(offers, start):
    assert first_of_periods(np.array(offers), 3) == start


def test_a_team_that_stood_empty_for_a_month_of_three_is_followed():
    rows = stays(("A", "2020-01-01", "2023-02-01", True), ("A", "2023-03-01", LONG, False), ("B", "2020-01-01", LONG, False))
    offers = {"A": date(2023, 4, 1), "B": None}
    by_month, by_three = (tabulate(rows, offers, date(2023, 1, 1), date(2023, 6, 30), span=span) for span in (1, 3))
    assert (by_month.teams, by_three.teams) == (("B",), ("A", "B"))


def test_an_offer_before_the_months_that_are_known_sets_no_weights():
    rows = stays(("A", "2023-01-01", LONG, False), ("B", "2023-01-01", LONG, False), ("C", "2023-01-01", LONG, False))
    offers = {"A": date(2015, 1, 1), "B": date(2023, 4, 1), "C": None}
    assert tabulate(rows, offers, date(2023, 1, 1), date(2023, 6, 30)).weight.tolist() == [1, 1, 1]
