import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from statsmodels.duration.hazard_regression import PHReg

from outcomes.evidence.cells import index_rows
from outcomes.evidence.cox import fit_cox
from outcomes.evidence.fits import CoxFit
from outcomes.evidence.result import CALENDAR, HEADLINE
from outcomes.evidence.sandwich import clustered_covariance, score_residuals
from outcomes.evidence.spells import RiskRows

from .rows import ask, from_rows, simulate
from .test_cox import start_stop


def indexed_rows(ties):
    """Rows with late entry and clusters; exits on the same day only with `ties`."""
    rows, matrix = start_stop(from_rows(simulate(300, seed=7)), "age,site:category", "day")
    if not ties:
        nudge = np.random.default_rng(0).uniform(0, 0.5, len(rows.stop)) * rows.event
        rows = RiskRows(rows.spell_index, rows.start, rows.stop - nudge, rows.exposed, rows.event)
    return index_rows(rows, matrix), rows


def errors(covariance):
    return np.sqrt(np.diag(covariance))


def test_without_ties_it_equals_statsmodels():
    indexed, rows = indexed_rows(ties=False)
    cluster = rows.spell_index[indexed.risk_row_index] % 40
    model = PHReg(
        indexed.stop, indexed.covariates, status=indexed.event.astype(int), entry=indexed.start + 0.5, ties="efron"
    ).fit(groups=cluster)
    fit = CoxFit(model.params, fit_cox(indexed).covariance, "")
    assert errors(clustered_covariance(fit, indexed, cluster)) == pytest.approx(model.bse * np.sqrt(40 / 39), rel=1e-6)


def test_one_column_is_that_of_all():
    indexed, rows = indexed_rows(ties=True)
    cluster, fit = rows.spell_index[indexed.risk_row_index] % 40, fit_cox(indexed)
    one = clustered_covariance(fit, indexed, cluster, slice(1, 2))
    assert one[0, 0] == pytest.approx(clustered_covariance(fit, indexed, cluster)[1, 1], rel=1e-9)


@pytest.mark.parametrize("ties", [True, False])
def test_score_residuals_add_up_to_the_score(ties):
    indexed, _ = indexed_rows(ties)
    fit = fit_cox(indexed)
    assert score_residuals(fit.beta, indexed).sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-5)


def test_with_ties_every_residual_is_the_derivative_of_its_share_in_the_likelihood():
    # four leave at one time: the sum over all rows is the gradient of Efron's log-likelihood, by hand
    rows = RiskRows(
        np.arange(5), np.zeros(5), np.array([1.0, 1, 1, 1, 2]), np.array([1, 0, 1, 0, 0]) == 1, np.array([1, 1, 1, 1, 0]) == 1
    )
    indexed = index_rows(rows, np.empty((5, 0)))
    beta = 0.4

    def likelihood(b):
        risk, tied = 3 + 2 * np.exp(b), 2 + 2 * np.exp(b)
        return 2 * b - sum(np.log(risk - share / 4 * tied) for share in range(4))

    slope = (likelihood(beta + 1e-6) - likelihood(beta - 1e-6)) / 2e-6
    assert score_residuals(np.array([beta]), indexed).sum() == pytest.approx(slope, abs=1e-6)


def test_the_trap_lifelines_forgets_late_entry_in_clustered_errors():
    # the reason for our own sandwich; should lifelines mend it, this fails and ours can go
    indexed, rows = indexed_rows(ties=False)
    cluster = rows.spell_index[indexed.risk_row_index] % 40
    frame = pd.DataFrame(indexed.covariates).add_prefix("x")
    frame = frame.assign(entry=indexed.start, stop=indexed.stop, event=indexed.event, cluster=cluster)
    theirs = CoxPHFitter().fit(frame, "stop", "event", entry_col="entry", cluster_col="cluster")
    fit = fit_cox(indexed)
    assert theirs.params_.to_numpy() == pytest.approx(fit.beta, abs=1e-4)
    ours = errors(clustered_covariance(fit, indexed, cluster))
    assert np.abs(theirs.standard_errors_.to_numpy() / ours - 1).max() > 0.05


def test_errors_by_team_stand_beside_the_primary_ones():
    result = ask(from_rows(simulate(800, seed=8, teams=40)), "site:category", clock="month")
    methods = [(e.method, e.primary, e.clusters, e.df) for e in result.estimates if e.method in HEADLINE + CALENDAR]
    assert methods == [
        ("cox_time_varying", True, None, None),
        ("cox_time_varying_clustered", False, 40, 39),
        ("poisson_cells_clustered", False, 40, 39),
    ]


def test_under_twenty_teams_the_jackknife_stands_alone_and_it_is_said():
    result = ask(from_rows(simulate(800, seed=8, teams=19)), "site:category", clock="month")
    methods = [e.method for e in result.estimates if e.method in HEADLINE + CALENDAR]
    assert methods == ["cox_time_varying", "cox_time_varying_jackknife", "poisson_cells"]
    (message,) = [w.message for w in result.warnings if w.code == "few_teams"]
    assert message.startswith("The data have fewer than 20 teams,")


def test_under_five_teams_nothing_can_allow_for_them_and_it_is_said():
    result = ask(from_rows(simulate(800, seed=8, teams=4)), "site:category", clock="month")
    assert [e.method for e in result.estimates if e.method in HEADLINE] == ["cox_time_varying"]
    (message,) = [w.message for w in result.warnings if w.code == "too_few_teams_to_cluster"]
    assert "needs at least 5 teams, and the data have fewer" in message


def test_without_teams_nothing_is_said_about_them():
    rows = [row | {"team": ""} for row in simulate(800, seed=8)]
    result = ask(from_rows(rows), "site:category")
    assert [e.method for e in result.estimates if e.method in HEADLINE + CALENDAR] == ["cox_time_varying", "poisson_cells"]
    assert "too_few_teams_to_cluster" not in [w.code for w in result.warnings]
