"""Fits of our own equal those of the library, on all rows and without some of them."""

import numpy as np
import pytest

from outcomes.evidence import cells
from outcomes.evidence.cells import index_rows
from outcomes.evidence.cox import fit_cox
from outcomes.evidence.fits import FitError
from outcomes.evidence.likelihood import cumulative_hazard, partial_likelihood, refit, subset_rows

from .rows import from_rows, published, simulate
from .test_cox import start_stop


@pytest.mark.parametrize(
    ("units", "covariates", "clock"),
    [("sim_workforce", "grade:category", "month"), ("stanford_heart", "age_minus_48,accept_year", "day")],
)
def test_a_fit_of_our_own_equals_the_library_s(units, covariates, clock):
    indexed = index_rows(*start_stop(published(units), covariates, clock))
    theirs, ours = fit_cox(indexed), refit(indexed, np.zeros(indexed.covariates.shape[1]))
    assert ours.beta == pytest.approx(theirs.beta, abs=1e-6)
    assert np.sqrt(np.diag(ours.covariance)) == pytest.approx(np.sqrt(np.diag(theirs.covariance)), abs=1e-6)


def test_where_the_library_begins_changes_no_answer():
    indexed = index_rows(*start_stop(from_rows(simulate(400, seed=3)), "site:category", "day"))
    beginning = refit(indexed, np.zeros(2)).beta
    assert fit_cox(indexed, beginning).beta == pytest.approx(fit_cox(indexed).beta, abs=1e-7)


def test_without_some_rows_it_equals_a_fit_that_never_had_them():
    rows, matrix = start_stop(from_rows(simulate(300, seed=6)), "age", "day")
    indexed = index_rows(rows, matrix)
    kept = rows.spell_index % 7 != 0
    without = refit(subset_rows(indexed, kept[indexed.risk_row_index]), np.zeros(2))
    assert without.beta == pytest.approx(fit_cox(index_rows(rows.subset(kept), matrix)).beta, abs=1e-6)


def test_the_information_is_the_slope_of_the_score():
    indexed = index_rows(*start_stop(from_rows(simulate(200, seed=8)), "age,site:category", "month"))
    beta, step = np.array([0.3, -0.01, 0.2]), 1e-5
    for i in range(3):
        either_side = [partial_likelihood(beta + sign * step * np.eye(3)[i], indexed).score for sign in (1, -1)]
        slope = -(either_side[0] - either_side[1]) / (2 * step)
        assert slope == pytest.approx(partial_likelihood(beta, indexed).information[i], rel=1e-5)


@pytest.mark.parametrize("rows_per_block", [1, 7, 100])
def test_in_however_many_blocks_it_is_summed(rows_per_block, monkeypatch):
    rows, matrix = start_stop(from_rows(simulate(60, seed=8)), "age,site:category", "month")
    beta = np.array([0.3, -0.01, 0.2])
    whole = partial_likelihood(beta, index_rows(rows, matrix))
    monkeypatch.setattr(cells, "ROWS_PER_BLOCK", rows_per_block)
    indexed = index_rows(rows, matrix)
    parts = partial_likelihood(beta, indexed)
    assert indexed.scale == pytest.approx(indexed.covariates.std(axis=0))
    assert parts.score == pytest.approx(whole.score, rel=1e-9)
    assert parts.information == pytest.approx(whole.information, rel=1e-9)
    assert parts.cumulative_hazard == pytest.approx(cumulative_hazard(beta, indexed), rel=1e-12)


def test_a_fit_that_runs_away_is_refused():
    rows = [row | {"gone": float(row["exit"] is not None)} for row in simulate(300, seed=5)]
    indexed = index_rows(*start_stop(from_rows(rows), "gone", "month"))
    with pytest.raises(FitError) as caught:
        refit(indexed, np.zeros(2))
    assert caught.value.code == "no_stable_answer"
