"""The simulations at their smallest: what they draw is what they say they draw, and they count what the engine says."""

import numpy as np
import pytest

from benchmarks import simulations
from benchmarks.simulations import DAYS, FIRST, MONTH, SCENARIOS, Scenario, Tally, draw, simulate, simulate_on

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


def drawn(scenario, seed=1):
    return draw(scenario, np.random.default_rng(seed))


def test_a_draw_can_be_drawn_again():
    assert drawn(SCENARIOS[0]).digest() == drawn(SCENARIOS[0]).digest() != drawn(SCENARIOS[0], seed=2).digest()


def test_whole_teams_complete_on_one_day():
    units = drawn(BY_NAME["null, 20 whole teams, frailty 0.5"])
    there = units.observed_from < units.exposed_on
    days = {team: set(units.exposed_on[(units.team == team) & there].tolist()) for team in set(units.team)}
    assert len(days) == 20
    assert [len(found) for found in days.values() if found] == [1] * 10


def test_nobody_completes_within_the_notice():
    units = drawn(BY_NAME["null, nobody completes in the last 2 months"])
    both = ~np.isnat(units.exit) & ~np.isnat(units.exposed_on)
    assert both.sum() > 50
    assert ((units.exit - units.exposed_on)[both].astype(int) > 2 * MONTH).all()


@pytest.mark.parametrize(("turn", "low", "high"), [(1.0, 0.8, 1.2), (0.5, 0.4, 0.6), (2.0, 1.6, 2.4)])
def test_quits_turn_for_everyone_in_the_middle(turn, low, high):
    units = drawn(Scenario("large", people=20_000, turn=turn))
    middle = FIRST + int(18 * MONTH)
    there = np.fmin(units.exit, FIRST + DAYS)  # (people,)
    rates = []
    for begins, ends in ((FIRST, middle), (middle, FIRST + DAYS)):
        days = np.maximum((np.minimum(there, ends) - np.maximum(units.observed_from, begins)).astype(int), 0).sum()
        rates.append(((units.exit > begins) & (units.exit <= ends)).sum() / days)
    assert low < rates[1] / rates[0] < high


def test_the_ratio_that_was_drawn_is_found():
    scenario = Scenario("large", people=6000, hazard_ratio=0.6)
    tally = simulate(scenario, 1)
    assert tally.ratios[0] == pytest.approx(scenario.truth, abs=0.15)
    assert (tally.covered["widest"], tally.said["lower"], tally.wrong(tally.said)) == (1, 1, 0)


@pytest.mark.slow
def test_more_processes_find_the_same():
    scenario = Scenario("small", people=300, yearly=0.6)
    alone, together = simulate(scenario, 2), simulate_on(2, scenario, 2)
    assert (together.row(), together.ratios) == (alone.row(), alone.ratios)


@pytest.mark.parametrize(("ratio", "wrong"), [(1.0, 0.5), (0.75, 0.125), (1.3, 0.375)])
def test_a_sentence_is_wrong_where_it_says_more_than_is_true(ratio, wrong):
    tally = Tally(Scenario("x", hazard_ratio=ratio))
    tally.said.update({"lower": 3, "higher": 1, "open": 4})
    assert tally.wrong(tally.said) == wrong


def test_the_table_has_a_row_for_each_scenario_asked_for(capsys, monkeypatch):
    monkeypatch.setattr(simulations, "SCENARIOS", (Scenario("small", people=300, yearly=0.6), Scenario("other")))
    simulations.main(["--draws", "2", "--only", "small"])
    header, _line, row = capsys.readouterr().out.splitlines()
    assert row.startswith("| small | 2 | ")
    assert row.count("|") == header.count("|")
