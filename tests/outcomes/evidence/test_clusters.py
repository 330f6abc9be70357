"""Teams as clusters: errors from leaving each out, and people without a team."""

import numpy as np
import pytest

from outcomes.evidence.cells import index_rows
from outcomes.evidence.clusters import Clusters, clustered_error, jackknife_error
from outcomes.evidence.cox import fit_cox
from outcomes.evidence.question import Question
from outcomes.evidence.result import HEADLINE
from outcomes.evidence.spells import build_spells, split_at_exposure
from outcomes.evidence.summary import summarise

from .rows import AS_OF, ask, from_rows, simulate


def fitted(rows):
    """The rows by team, their fit and the code of each row's team."""
    units = from_rows(rows)
    spells = build_spells(units, Question("acme"), AS_OF)
    risk_rows = split_at_exposure(spells)
    indexed = index_rows(risk_rows, np.empty((len(spells), 0)))
    clusters = Clusters.of_teams(units.team[spells.unit_index], spells.person_code)
    return risk_rows, indexed, fit_cox(indexed), clusters


def test_the_jackknife_is_that_of_fits_without_each_team():
    rows, indexed, fit, clusters = fitted(simulate(300, seed=4, teams=12))
    code, n_teams = clusters.in_use(indexed, rows.spell_index)
    assert n_teams == 12
    none = np.empty((len(clusters.code), 0))
    without = [fit_cox(index_rows(rows.subset(clusters.code[rows.spell_index] != team), none)).beta[0] for team in range(12)]
    by_hand = np.sqrt(11 / 12 * np.square(np.array(without) - fit.beta[0]).sum())
    assert jackknife_error(fit, indexed, code, 12) == pytest.approx(by_hand, rel=1e-5)


def test_the_jackknife_is_wider_than_the_sandwich_with_few_teams():
    rows, indexed, fit, clusters = fitted(simulate(600, seed=4, teams=8))
    code, _ = clusters.in_use(indexed, rows.spell_index)
    assert jackknife_error(fit, indexed, code, 8) > clustered_error(fit, indexed, code)


def test_one_team_that_alone_has_completed_gives_no_interval():
    rows = [row | {"exposed_on": row["exposed_on"] if row["team"] == "t0" else None} for row in simulate(2000, seed=4, teams=8)]
    result = ask(from_rows(rows))
    assert [e.method for e in result.estimates if e.method in HEADLINE] == ["cox_time_varying"]
    assert "one_team_decides" in [w.code for w in result.warnings]


def test_people_without_a_team_are_no_teams():
    rows = [row | {"team": row["team"] if i % 3 else ""} for i, row in enumerate(simulate(900, seed=8, teams=25))]
    result = ask(from_rows(rows), "site:category")
    by_method = {e.method: e for e in result.estimates}
    assert result.counts.teams == 25
    assert [by_method[method].clusters for method in HEADLINE] == [None, 25, 25]
    assert by_method["cox_time_varying_clustered"].df == 24
    assert by_method["poisson_cells_clustered"].clusters == 25
    assert "Allowing for 25 teams" in " ".join(summarise(result).how_we_know)
