import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from outcomes.evidence import poisson
from outcomes.evidence.design import build_design
from outcomes.evidence.poisson import fit_poisson
from outcomes.evidence.question import Question, parse_covariates
from outcomes.evidence.spells import build_spells

from .rows import AS_OF, from_rows, published, simulate


def spells_and_matrix(covariates="site:category", people=250):
    units = from_rows(simulate(people, seed=9, teams=30))
    question = Question("acme", covariates=parse_covariates(covariates), clock="month")
    spells = build_spells(units, question, AS_OF)
    design, _ = build_design(question.covariates, units.covariates, len(units))
    return spells, design.matrix(spells.unit_index), pd.factorize(units.team[spells.unit_index])[0]


def person_months(spells, matrix, team):
    """One row for each month of each spell, written out the long way."""
    rows = []
    for i in range(len(spells)):
        for tenure in range(int(spells.start[i]), int(spells.stop[i])):
            quarter = int(spells.origin_month[i] + tenure) // 3
            left = bool(spells.event[i]) and tenure + 1 == spells.stop[i]
            rows.append((tenure, quarter, float(tenure >= spells.exposed_from[i]), matrix[i, 0], team[i], float(left)))
    return pd.DataFrame(rows, columns=["tenure", "quarter", "exposed", "site", "team", "left"])


@pytest.mark.parametrize("people", [250, 80])  # of 80 people one alone leaves in one of the quarters
def test_cells_equal_statsmodels_on_all_person_months(people):
    spells, matrix, team = spells_and_matrix(people=people)
    months = person_months(spells, matrix, team)
    for column in ("tenure", "quarter"):
        months = months[months.groupby(column)["left"].transform("sum") > 0]
    dummies = pd.get_dummies(months[["tenure", "quarter"]].astype(str), drop_first=True, dtype=float)
    design = sm.add_constant(pd.concat([months[["exposed", "site"]], dummies], axis=1))
    model = sm.GLM(months["left"], design, family=sm.families.Poisson())
    naive, clustered = model.fit(), model.fit(cov_type="cluster", cov_kwds={"groups": months["team"], "use_correction": False})

    ours = fit_poisson(spells, matrix, None)
    assert (ours.value, ours.se) == (
        pytest.approx(naive.params["exposed"], abs=1e-6),
        pytest.approx(naive.bse["exposed"], rel=1e-5),
    )
    by_team = fit_poisson(spells, matrix, team)
    n_teams = team.max() + 1
    assert by_team.value == pytest.approx(ours.value, abs=1e-9)
    assert by_team.se == pytest.approx(clustered.bse["exposed"] * np.sqrt(n_teams / (n_teams - 1)), rel=1e-5)


def test_nothing_where_covariates_take_too_many_values(monkeypatch):
    monkeypatch.setattr(poisson, "MAX_PATTERNS", 10)
    spells, matrix, team = spells_and_matrix()
    assert fit_poisson(spells, matrix, team) is not None
    assert fit_poisson(spells, np.arange(len(matrix), dtype=float)[:, None], team) is None


def test_where_all_were_hired_in_one_month_tenure_stands_for_the_calendar():
    """Quarters then say what tenures say already: the figure is that of a fit with tenures alone."""
    rows = [row | {"origin": "2022-01-01", "observed_from": "2022-01-01"} for row in simulate(300, seed=10)]
    spells = build_spells(from_rows(rows), Question("acme", clock="month"), AS_OF)
    months = person_months(spells, np.zeros((len(spells), 1)), np.zeros(len(spells)))
    months = months[months.groupby("tenure")["left"].transform("sum") > 0]
    dummies = pd.get_dummies(months["tenure"].astype(str), drop_first=True, dtype=float)
    design = sm.add_constant(pd.concat([months[["exposed"]], dummies], axis=1))
    model = sm.GLM(months["left"], design, family=sm.families.Poisson()).fit()
    ours = fit_poisson(spells, np.empty((len(spells), 0)), None)
    assert ours.value == pytest.approx(model.params["exposed"], abs=1e-6)
    assert ours.se == pytest.approx(model.bse["exposed"], rel=1e-5)


def test_few_exits_over_many_quarters_are_compared_over_longer_spans():
    """75 deaths in 28 quarters run away with quarters of their own; half-years and years do not."""
    units = published("stanford_heart")
    spells = build_spells(units, Question("acme", clock="month"), AS_OF)
    fit = fit_poisson(spells, np.empty((len(spells), 0)), None)
    assert abs(fit.value) < 1
    assert 0.2 < fit.se < 0.5


def test_covariates_far_from_nought_do_no_harm():
    spells, matrix, team = spells_and_matrix("site:category")
    near, far = (fit_poisson(spells, matrix + shift, team) for shift in (0.0, 1e6))
    assert (far.value, far.se) == (pytest.approx(near.value, rel=1e-6), pytest.approx(near.se, rel=1e-6))


def test_large_organisations_have_their_calendar_looked_at():
    """As many patterns and months as those of 100,000 people: no row for each cell is ever made."""
    units = from_rows(simulate(2000, seed=9, teams=30))
    spells = build_spells(units, Question("acme", clock="month"), AS_OF)
    patterns = np.random.default_rng(1).integers(0, 2, (len(spells), 9)).astype(float)
    fit = fit_poisson(spells, patterns, None)
    assert abs(fit.value - fit_poisson(spells, np.empty((len(spells), 0)), None).value) < fit.se
