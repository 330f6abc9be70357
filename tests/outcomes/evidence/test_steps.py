from itertools import pairwise

import numpy as np
import pytest

from outcomes.evidence.curves import published_curves, retention_curves
from outcomes.evidence.question import Question
from outcomes.evidence.result import EVERYONE, EXPOSED, NOT_YET
from outcomes.evidence.spells import build_spells, split_at_exposure
from outcomes.evidence.steps import last_month, steps

from .rows import AS_OF, from_rows, published, simulate


def by_month(**counts):
    months = np.zeros(max(int(name[1:]) for name in counts) + 1, dtype=np.int64)
    for name, n in counts.items():
        months[int(name[1:])] = n
    return months


def test_a_step_holds_nobody_or_at_least_ten():
    exits = by_month(m3=4, m5=7, m9=12, m12=0, m13=3, m20=30, m24=9)
    chosen = steps(0, 24, [exits])
    within = [int(exits[a + 1 : b + 1].sum()) for a, b in pairwise(chosen)]
    assert all(n == 0 or n >= 10 for n in within)
    assert 12 in chosen  # a whole year is kept where it can be


def test_where_a_whole_curve_holds_one_to_nine_there_is_none():
    assert steps(0, 24, [by_month(m3=4, m24=2)]) == []


def test_the_few_beyond_a_curve_are_not_what_is_missing_from_it():
    exits = by_month(m1=40, m10=12, m11=15, m30=3)
    assert last_month(0, 20, exits) == 10  # up to 20, three would be missing from all 70


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("clock", ["day", "month"])
def test_no_two_points_of_any_curves_tell_of_fewer_than_ten(seed, clock):
    """Works out, between all months of two curves and outside of them, who left on each side and who completed."""
    question = Question("acme", clock=clock)
    units = from_rows(simulate(60 + 90 * (seed % 4), seed=seed))
    spells = build_spells(units, question, AS_OF)
    rows = split_at_exposure(spells)
    curves = published_curves(spells, rows)
    months = {group: [p.month for p in curves if p.group == group] for group in (EVERYONE, NOT_YET, EXPOSED)}
    length = spells.time_per_month
    sides = {
        EVERYONE: spells.stop[spells.event],
        NOT_YET: rows.stop[rows.event & ~rows.exposed],
        EXPOSED: rows.stop[rows.event & rows.exposed],
    }
    moved = spells.exposed_from[(spells.start < spells.exposed_from) & (spells.exposed_from < spells.stop)]

    def apart(times, first, last):
        return int(((times > first * length) & (times <= last * length)).sum())

    def is_told(n):
        assert n == 0 or n >= 10

    for i, first in enumerate(months[EVERYONE]):
        for last in months[EVERYONE][i + 1 :]:
            is_told(apart(sides[EVERYONE], first, last))
    if months[EVERYONE]:
        within = apart(sides[EVERYONE], months[EVERYONE][0], months[EVERYONE][-1])
        is_told(len(sides[EVERYONE]) - within)
    both = sorted({*months[NOT_YET], *months[EXPOSED]})
    for i, first in enumerate(both):
        for last in both[i + 1 :]:
            for times in (sides[NOT_YET], sides[EXPOSED], moved):
                is_told(apart(times, first, last))
    assert set(both) <= set(months[EVERYONE])


def test_shares_are_those_of_the_curve_by_month():
    units = published("sim_workforce")
    question = Question("acme")
    spells = build_spells(units, question, AS_OF)
    rows = split_at_exposure(spells)
    whole = {p.month: p for p in retention_curves(spells, rows) if p.group == EVERYONE}
    shown = [p for p in published_curves(spells, rows) if p.group == EVERYONE]
    assert {12, 24, 36} <= {p.month for p in shown}
    for point in shown:
        assert point.retained == pytest.approx(whole[point.month].retained, abs=1e-5)
        assert point.at_risk == whole[point.month].at_risk
