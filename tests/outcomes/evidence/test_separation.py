"""How well a number alone tells leavers from stayers, against figures of other libraries."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, rankdata
from statsmodels.duration.hazard_regression import PHReg

from outcomes.evidence.cells import index_rows
from outcomes.evidence.question import Question
from outcomes.evidence.separation import separation
from outcomes.evidence.spells import build_spells, split_at_exposure

from .rows import AS_OF, from_rows, simulate


def separated(rows, values):
    spells = build_spells(from_rows(rows), Question("acme"), AS_OF)
    return separation(values[spells.unit_index], spells, indexed(spells, values)), spells


def indexed(spells, values):
    return index_rows(split_at_exposure(spells), values[spells.unit_index][:, None])


def test_where_all_stayers_are_there_all_the_time_the_share_is_that_of_mann_and_whitney():
    hired, until = date(2022, 1, 1), date(2024, 12, 31)
    exits = [hired + timedelta(days=30 + 9 * i) if i < 70 else None for i in range(200)]
    rows = [{"unit_id": str(i), "origin": hired, "exit": day, "observed_until": until} for i, day in enumerate(exits)]
    values = np.random.default_rng(3).integers(0, 12, 200) + np.where(np.arange(200) < 70, 2.0, 0.0)  # with ties
    found, _ = separated(rows, values)
    assert found.share == pytest.approx(mannwhitneyu(values[:70], values[70:]).statistic / (70 * 130), abs=1e-12)


def test_the_test_of_the_ranks_is_the_score_test_of_statsmodels():
    rows = simulate(400, seed=41)
    values = np.random.default_rng(4).lognormal(10, 2, len(rows))
    found, spells = separated(rows, values)
    at = indexed(spells, values)
    ranks = (rankdata(values[spells.unit_index]) / len(spells))[at.spell_index]
    model = PHReg(
        at.stop, np.column_stack([at.exposures, ranks]), status=at.event.astype(int), entry=at.start + 0.5, ties="efron"
    )
    none = np.zeros(2)
    assert found.z == pytest.approx(model.score(none)[1] / np.sqrt(-model.hessian(none)[1, 1]), abs=1e-6)


def test_neither_scale_nor_sign_matters():
    rows = simulate(400, seed=42)
    values = np.random.default_rng(5).normal(0, 1, len(rows)) + np.array([1.0 if row["exit"] else 0.0 for row in rows])
    plain, stretched, turned = (separated(rows, array)[0] for array in (values, np.exp(3 * values), -values))
    assert (stretched.share, stretched.z) == pytest.approx((plain.share, plain.z))
    assert (turned.share, turned.z) == pytest.approx((plain.share, -plain.z))


@pytest.mark.parametrize("seed", range(6))
def test_what_goes_by_the_calendar_alone_is_no_more_than_chance(seed):
    rows = simulate(600, seed=seed)
    found, _ = separated(rows, np.array([float(row["origin"].toordinal()) for row in rows]))
    assert (abs(found.z) < 4, found.share < 0.65) == (True, True)
