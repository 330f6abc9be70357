"""The fast fits equal lifelines' CoxTimeVaryingFitter on the rows themselves, and splitting rows changes nothing."""

from datetime import timedelta
from importlib.metadata import version

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import CoxTimeVaryingFitter
from lifelines.exceptions import ConvergenceError

from outcomes.evidence import cells, cox
from outcomes.evidence.cells import index_rows, weighted_rows
from outcomes.evidence.cox import TIMES_PER_BLOCK, fit_cox
from outcomes.evidence.design import build_design
from outcomes.evidence.fits import FitError
from outcomes.evidence.question import Question, parse_covariates
from outcomes.evidence.spells import build_spells, split_at_exposure

from .rows import AS_OF, ask, from_rows, published, simulate


def start_stop(units, covariates, clock):
    question = Question("acme", covariates=parse_covariates(covariates), clock=clock)
    spells = build_spells(units, question, AS_OF)
    design, _ = build_design(question.covariates, units.covariates, len(units))
    return split_at_exposure(spells), design.matrix(spells.unit_index)


def reference(rows, matrix):
    """lifelines on every start-stop row, no reduction: estimate and error of each column, the exposure first."""
    frame = pd.DataFrame(matrix[rows.spell_index]).add_prefix("x")
    frame.insert(0, "exposed", rows.exposed.astype(float))
    frame = frame.assign(id=rows.spell_index, start=rows.start, stop=rows.stop, event=rows.event)
    fit = CoxTimeVaryingFitter().fit(frame, id_col="id", event_col="event", start_col="start", stop_col="stop")
    return fit.params_.to_numpy(), fit.standard_errors_.to_numpy()


@pytest.mark.parametrize("clock", ["day", "month"])
@pytest.mark.parametrize("covariates", ["", "site:category", "age", "age,site:category"])
def test_all_three_fits_equal_the_reference(covariates, clock, monkeypatch):
    rows, matrix = start_stop(from_rows(simulate(400, seed=3)), covariates, clock)
    indexed = index_rows(rows, matrix)
    value, error = reference(rows, matrix)
    for n_cells, n_rows, library in [
        (10**9, 0, "lifelines 0.30.3"),
        (0, 10**9, "statsmodels 0.15.0"),
        (0, 0, f"numpy {version('numpy')}"),
    ]:
        monkeypatch.setattr(cells, "MAX_CELLS", n_cells)
        monkeypatch.setattr(cox, "MAX_ROWS", n_rows)
        fit = fit_cox(indexed)
        assert fit.library == library
        assert fit.beta == pytest.approx(value, abs=1e-6)
        assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(error, abs=1e-6)


def test_cells_equal_the_reference_on_the_workforce_by_day():
    # several blocks of exit times, thousands of rows
    rows, matrix = start_stop(published("sim_workforce"), "grade:category", "day")
    indexed = index_rows(rows, matrix)
    assert indexed.n_times > TIMES_PER_BLOCK
    value, error = reference(rows, matrix)
    fit = fit_cox(indexed)
    assert fit.beta == pytest.approx(value, abs=1e-6)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(error, abs=1e-6)


def test_cells_are_few():
    rows, matrix = start_stop(published("sim_workforce"), "grade:category", "month")
    indexed = index_rows(rows, matrix)
    frame = weighted_rows(indexed)
    assert len(frame) <= indexed.n_times * 6 + indexed.event.sum()
    assert frame["weight"].sum() == sum(indexed.stop - indexed.start)


def test_late_entry_is_not_at_risk_at_the_moment_of_entry():
    # statsmodels' PHReg alone would count those who enter at t as at risk at t; R and lifelines do not
    rows, matrix = start_stop(published("stanford_heart"), "", "day")
    indexed = index_rows(rows, matrix)
    value, _ = reference(rows, matrix)
    assert fit_cox(indexed).beta == pytest.approx(value, abs=1e-6)


def test_two_covariates_that_say_the_same_are_refused():
    rows = [row | {"again": row["age"] * 2 + 1} for row in simulate(300, seed=4)]
    indexed = index_rows(*start_stop(from_rows(rows), "age,again", "month"))
    with pytest.raises(FitError, match="carry the same information") as caught:
        fit_cox(indexed)
    assert caught.value.code == "collinear_covariates"


@pytest.mark.parametrize("limit", [10**9, 0])
def test_a_covariate_that_separates_leavers_from_stayers_is_refused(limit, monkeypatch):
    monkeypatch.setattr(cells, "MAX_CELLS", limit)
    rows = [row | {"gone": float(row["exit"] is not None)} for row in simulate(300, seed=5)]
    indexed = index_rows(*start_stop(from_rows(rows), "gone", "month"))
    with pytest.raises(FitError, match="no stable estimate") as caught:
        fit_cox(indexed)
    assert caught.value.code == "no_stable_answer"


def test_what_lifelines_gives_up_on_is_refused(monkeypatch):
    def give_up(*args, **kwargs):
        raise ConvergenceError("delta contains nan value(s)")

    monkeypatch.setattr(CoxTimeVaryingFitter, "fit", give_up)
    with pytest.raises(FitError) as caught:
        fit_cox(index_rows(*start_stop(from_rows(simulate(60, seed=5)), "", "month")))
    assert caught.value.code == "no_stable_answer"


ROWS = simulate(250, seed=6, log_hazard_ratio=-0.3)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.floats(0.05, 0.95), min_size=len(ROWS), max_size=len(ROWS)))
def test_splitting_what_was_observed_changes_no_estimate_by_day(shares):
    whole = ask(from_rows(ROWS), "age,site:category")
    parts = ask(
        from_rows([part for row, share in zip(ROWS, shares, strict=True) for part in halves(row, share)]), "age,site:category"
    )
    assert parts.counts == whole.counts
    assert parts.curves == whole.curves
    same_figures(whole, parts)


@settings(max_examples=4, deadline=None)
@given(st.lists(st.integers(1, 34), min_size=len(ROWS), max_size=len(ROWS)))
def test_splitting_at_the_end_of_a_month_changes_no_estimate_by_month(months):
    whole = ask(from_rows(ROWS), "site:category", clock="month")
    split_rows = [part for row, month in zip(ROWS, months, strict=True) for part in at_month(row, month)]
    parts = ask(from_rows(split_rows), "site:category", clock="month")
    assert parts.counts == whole.counts
    same_figures(whole, parts)


def same_figures(whole, parts):
    """But for those by the other clock: a month cut in two within counts whole in either part, and days lie between months."""
    other = {"cox_by_month", "poisson_cells_clustered"} if whole.question.clock == "day" else {"cox_by_day"}
    compared = 0
    for unsplit, split in zip(whole.estimates, parts.estimates, strict=True):
        assert unsplit.method == split.method
        if unsplit.method not in other:
            compared += 1
            assert (split.value, split.se) == (pytest.approx(unsplit.value, abs=1e-6), pytest.approx(unsplit.se, abs=1e-6))
    assert compared >= 5


def halves(row, share):
    """The same stint, observed in two parts that meet on a day."""
    end = min(row["exit"] or row["observed_until"], row["observed_until"])
    day = row["observed_from"] + timedelta(days=int((end - row["observed_from"]).days * share))
    if not row["observed_from"] < day < end:
        return [row]
    return [row | {"observed_until": day}, row | {"observed_from": day}]


def at_month(row, month):
    """The same stint, observed until the end of a month and from the first of the next."""
    first = row["observed_from"].replace(year=2022 + month // 12, month=month % 12 + 1, day=1)
    end = min(row["exit"] or row["observed_until"], row["observed_until"])
    if not row["observed_from"] < first <= end:
        return [row]
    return [row | {"observed_until": first - timedelta(days=1)}, row | {"observed_from": first}]


def fitted(seed, truth):
    """Log hazard ratio and error from one simulated organisation."""
    fit = fit_cox(index_rows(*start_stop(from_rows(simulate(400, seed, log_hazard_ratio=truth)), "site:category", "day")))
    return fit.beta[0], np.sqrt(fit.covariance[0, 0])


def test_intervals_cover_a_known_truth():
    # 40 simulated organisations; at 95 % two misses are expected, and more than six happen once in 200 times
    truth = -0.4
    values, errors = np.array([fitted(seed, truth) for seed in range(100, 140)]).T
    assert (np.abs(values - truth) > 1.96 * errors).sum() <= 6
    assert values.mean() == pytest.approx(truth, abs=3 * values.std() / np.sqrt(40))


def test_time_before_completion_is_not_credited_to_it():
    # nobody's rate changes with completion; only those who stay long complete
    values, _ = np.array([fitted(seed, 0.0) for seed in range(200, 220)]).T
    assert values.mean() == pytest.approx(0, abs=3 * values.std() / np.sqrt(20))
