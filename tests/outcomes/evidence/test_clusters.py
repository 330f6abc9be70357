"""Teams as clusters: errors from leaving each out, and people without a team."""

import numpy as np
import pytest

from outcomes.evidence.cells import index_rows
from outcomes.evidence.clusters import Clusters, clustered_error, jackknife_error, share_between_teams
from outcomes.evidence.cox import fit_cox
from outcomes.evidence.question import Question
from outcomes.evidence.result import HEADLINE, side_of_one
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


def whole_teams(n, seed, teams, *, half_on_their_own=False):
    """People of a few teams, each of which completes on a day of its own; as many leave in one as in the next."""
    rng = np.random.default_rng(seed)
    rows = simulate(n, seed, yearly=0.8, teams=teams)
    days = {f"t{i}": str(np.datetime64("2022-04-01") + int(rng.integers(0, 800))) for i in range(teams)}
    for i, row in enumerate(rows):
        if half_on_their_own and i % 2:
            continue
        done = max(days[row["team"]], str(row["origin"]))
        row["exposed_on"] = done if done < str(row["exit"] or row["observed_until"]) else None
    return rows


@pytest.mark.parametrize("clock", ["day", "month"])
@pytest.mark.parametrize("teams", [2, 3, 4])
def test_of_fewer_than_five_whole_teams_nothing_is_said_and_the_words_say_why(teams, clock):
    """All that the two sides differ by may be their team: without the rule a third of such answers were wrong."""
    rows = [row | {"exit": None} if row["team"] == "t0" and i % 3 else row for i, row in enumerate(whole_teams(900, 5, teams))]
    result = ask(from_rows(rows), clock=clock)
    answer = summarise(result)
    assert [w.code for w in result.warnings if "team" in w.code] == ["too_few_whole_teams"]
    assert result.direction == "open"
    assert "We could not tell" in answer.answer
    assert "this may be a difference between the teams" in answer.answer
    assert answer.what_would_change_our_mind[0] == "More teams, or people of one team who complete at different times."
    assert not [words for words in answer.how_we_know if "4 times in 5" in words]


def test_people_of_three_teams_who_complete_when_they_like_are_still_answered():
    result = ask(from_rows(simulate(900, seed=8, teams=3, log_hazard_ratio=-1.2)))
    assert result.direction == "lower"
    assert [w.code for w in result.warnings if "team" in w.code] == ["too_few_teams_to_cluster"]


def test_the_share_between_teams_is_one_for_whole_teams_and_none_for_people_on_their_own():
    def share(rows):
        units = from_rows(rows)
        spells = build_spells(units, Question("acme", clock="month"), AS_OF)
        return share_between_teams(spells, Clusters.of_teams(units.team[spells.unit_index], spells.person_code))

    assert share(whole_teams(600, 5, 3)) > 0.85
    assert share(simulate(600, 5, teams=3)) < 0.02
    assert 0.1 < share(whole_teams(600, 5, 3, half_on_their_own=True)) < 0.6
    by_hand = [
        {"unit_id": f"p{i}", "team": "ab"[i % 2], "origin": "2024-01-01", "observed_until": "2024-02-29"}
        | ({"exposed_on": "2024-01-15"} if i in (0, 2, 1) else {})
        for i in range(8)
    ]
    # In February 2 of 4 of team a have completed and 1 of 4 of team b: 8 (1/8)² between, 8 · 3/8 · 5/8 in all.
    assert share(by_hand) == pytest.approx(8 / 64 / (8 * 15 / 64))
    everybody = [row | {"team": ""} for row in by_hand]
    assert share(everybody) == 0


def test_three_teams_that_leave_and_complete_more_than_each_other_are_no_answer():
    """Nothing but the team has to do with leaving; within each team those who completed leave as often as the others."""
    rows = []
    for team, (yearly, share) in enumerate([(0.2, 80), (0.5, 50), (1.0, 25)]):
        for i, row in enumerate(simulate(1000, seed=20 + team, yearly=yearly)):
            completes = row["exposed_on"] if i % 100 < share else None
            rows.append(row | {"unit_id": f"{team}-{i}", "team": f"t{team}", "exposed_on": completes})
    result = ask(from_rows(rows))
    assert side_of_one(result.primary) == side_of_one(result.calendar) == "lower"
    assert [w.code for w in result.warnings if "team" in w.code] == ["too_few_teams_that_differ"]
    assert result.direction == "open"
    assert "We could not tell" in summarise(result).answer


def test_where_one_team_decides_nothing_is_said():
    """Six teams, without one of which nobody would have completed."""
    rows = [row if row["team"] == "t1" else row | {"exposed_on": None} for row in whole_teams(1800, 5, 6)]
    rows = [row | {"exit": None} if row["team"] == "t1" and i % 3 else row for i, row in enumerate(rows)]
    result = ask(from_rows(rows))
    assert [w.code for w in result.warnings if "team" in w.code] == ["one_team_decides"]
    assert side_of_one(result.primary) == "lower"
    assert result.direction == "open"
