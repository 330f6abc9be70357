"""What is found where the truth is known. Few draws: the tables of many are `benchmarks/simulations.py`."""

import numpy as np
import pytest

from outcomes.evidence.rollouts.panel import NEVER
from outcomes.evidence.rollouts.refits import placebos, without_each_team
from outcomes.evidence.rollouts.staggered import fit
from outcomes.evidence.rollouts.trends import bounds_with_drift, pre_trends

from .made import panel_of, simulated

pytestmark = pytest.mark.once


def test_an_effect_that_is_there_is_found_about_as_large_as_it_is():
    found = [fit(simulated(seed, effect=-0.01, teams=30, yearly=0.36, people=4.5)).overall for seed in range(12)]
    mean, error = np.mean([effect.value for effect in found]), np.std([effect.value for effect in found]) / np.sqrt(12)
    assert mean == pytest.approx(-0.01, abs=3 * error)
    assert mean + 3 * error < -0.004
    assert sum(effect.low <= -0.01 <= effect.high for effect in found) >= 10


def test_without_an_effect_most_intervals_hold_nought():
    found = [fit(simulated(seed)).overall for seed in range(20)]
    assert sum(effect.low <= 0 <= effect.high for effect in found) >= 16
    assert all(effect.df == 22 for effect in found)
    assert all((effect.p < 0.05) == (not effect.low <= 0 <= effect.high) for effect in found)


def test_teams_that_had_drifted_apart_before_fail_the_test():
    drifting = [simulated(seed, drift=0.007, people=6) for seed in range(6)]
    steady = [simulated(seed, people=6) for seed in range(6)]
    failed = [[pre_trends(panel, fit(panel, base="universal")).has_failed for panel in panels] for panels in (drifting, steady)]
    assert sum(failed[0]) >= 5
    assert sum(failed[1]) <= 2


def test_the_drift_that_is_said_to_be_found_4_times_in_5_is():
    """On values whose noise does not grow with the drift, and one wave, as those of another would drift among the controls."""

    def drawn(seed, drift=0.0):
        rng, made = np.random.default_rng(seed), simulated(0, waves=(14,), teams=30)
        line = drift * np.arange(len(made.months))[None, :] * (made.first[:, None] != NEVER)
        return panel_of(rng.normal(size=made.values.shape) + line, made.first)

    said = np.mean([pre_trends(p, fit(p, base="universal")).detectable for p in map(drawn, range(12))])
    found = [pre_trends(p, fit(p, base="universal")).has_failed for p in (drawn(seed, said) for seed in range(100, 160))]
    assert 0.65 <= np.mean(found) <= 0.93


def test_a_steady_drift_is_taken_off_the_first_month():
    panels = [simulated(seed, drift=0.007, people=6) for seed in range(8)]
    universal = [fit(panel, base="universal") for panel in panels]
    first = [one.event_study.values[one.event_study.months.tolist().index(0)] for one in universal]
    bounds = [bounds_with_drift(panel, one) for panel, one in zip(panels, universal, strict=True)]
    assert np.mean(first) == pytest.approx(0.006, abs=0.004)
    assert abs(np.mean([(low + high) / 2 for low, high in bounds])) < np.mean(first) / 2
    assert sum(low <= 0 <= high for low, high in bounds) >= 6


def test_pretended_dates_show_nothing_where_there_was_nothing_and_a_drift_where_there_was():
    assert all(placebo.effect.low <= 0.01 for placebo in placebos(simulated(4)))
    drifted = placebos(simulated(4, drift=0.002, people=6))
    assert [placebo.earlier for placebo in drifted] == [1, 2, 3, 4, 5, 6]
    assert np.mean([placebo.effect.value for placebo in drifted]) > 0.002


def test_pretended_dates_need_months_before_them():
    assert placebos(simulated(4, waves=(2, 5), months=12)) == []


def test_each_team_is_left_out_in_turn():
    panel = simulated(5, teams=15, effect=-0.01)
    overall, found = fit(panel).overall.value, without_each_team(panel)
    assert (found.fits, found.decides) == (15, False)
    assert found.lowest < overall < found.highest


def test_where_every_team_is_offered_it_in_the_end_the_estimate_ends_with_the_last_wave():
    panel = simulated(6)
    panel = panel.offered_as(np.where(panel.first == NEVER, 22, panel.first))
    assert (panel.has_controls_to_the_end, panel.covered) == (False, 22)
    assert fit(panel).event_study.months.max() == 22 - 14 - 1


def test_weights_count():
    panel = simulated(7)
    alike = fit(panel.offered_as(panel.first)).overall.value
    unlike = fit(simulated(7).__class__(**{**panel.__dict__, "weight": np.ones(len(panel.teams))})).overall.value
    assert alike != pytest.approx(unlike, abs=1e-6)


def test_of_many_teams_none_is_left_out():
    found = without_each_team(simulated(8, teams=101))
    assert (found.fits, found.decides) == (0, False)
