"""Of what may be read: rounded by a threshold that nobody knows, and so coarse that leaving out one person changes little."""

from dataclasses import replace

import numpy as np
import pytest

from outcomes.evidence import estimates
from outcomes.evidence.blurred import blurred, step_for
from outcomes.evidence.disclosure import Rounding
from outcomes.evidence.result import Counts

from .rows import ask, from_rows, simulate

pytestmark = pytest.mark.once

SHOWN = ("cox_time_varying", "cox_time_varying_clustered", "poisson_cells_clustered")
THRESHOLDS = np.linspace(0.0005, 0.9995, 1000)


@pytest.mark.parametrize("step", [5, 10, 20, 50])
@pytest.mark.parametrize("n", [0, 10, 97, 98, 120, 143.5, 1003])
def test_a_count_is_a_multiple_less_than_a_step_away_and_right_on_average(n, step):
    rounded = [Rounding(step, lambda _name, at=at: at).of(n, "units") for at in THRESHOLDS]
    assert {one % step for one in rounded} == {0}
    assert max(abs(one - n) for one in rounded) < step
    assert np.mean(rounded) == pytest.approx(n, abs=step / 500)


def test_a_part_is_never_more_than_what_it_is_a_part_of():
    up = Rounding(20, lambda name: 0.0 if "exposed" in name else 0.99)
    counts = up.of_counts(Counts(units=131, events=90, exposed_units=121, events_exposed=85, unit_months=None))
    assert (counts.units, counts.events, counts.exposed_units, counts.events_exposed) == (120, 80, 120, 80)
    assert counts.unit_months is None


def figures(result, threshold):
    """All that is told of the ratio where few completions are known to Accord alone."""
    told = blurred(result, lambda _name: threshold)
    return [(one.value, one.se, one.ci_low, one.ci_high, one.p) for one in told.estimates], told.diagnostics


def test_leaving_out_any_one_person_gives_the_same_figures_as_often_as_not(monkeypatch):
    """All figures together, mostly of leavers, who weigh most. Sides of the question are not told, so not worked out here."""
    monkeypatch.setattr(estimates, "_other_sides", lambda _model: ([], {}))
    monkeypatch.setattr(estimates, "_by_other_clock", lambda *_: [])
    rows = simulate(260, seed=3, teams=60)
    left_out = [i for i, row in enumerate(rows) if row["exit"]][::30] + [i for i, row in enumerate(rows) if not row["exit"]][:2]
    all_of_them, *without = (ask(from_rows([row for j, row in enumerate(rows) if j != i])) for i in (None, *left_out))
    thresholds = (0.1, 0.3, 0.5, 0.7, 0.9)
    same = [figures(one, at) == figures(all_of_them, at) for one in without for at in thresholds]
    assert np.mean(same) >= 0.5
    assert len({one.primary.value for one in without}) == len(without)  # in full each is told from the others


def test_the_ratio_alone_is_told_then_and_nothing_that_can_be_worked_out():
    exact = ask(from_rows(simulate(500, seed=5)), "site:category")
    told = blurred(exact, lambda _name: 0.4)
    assert len(told.estimates) < len(exact.estimates)
    step = step_for(min(one.se for one in exact.estimates if one.method in SHOWN) * exact.primary.se)
    assert {round(one.value / step, 6) % 1 for one in told.estimates if one.name == "log_hazard_ratio"} == {0}
    assert abs(told.primary.value - exact.primary.value) < step
    assert told.diagnostics.minimum_detectable_effect != exact.diagnostics.minimum_detectable_effect
    for one in told.estimates:  # nothing open becomes less or more
        before = exact.estimate(one.method)
        assert one.ci_low <= 0 if before.ci_low <= 0 else one.ci_low >= 0
        assert one.ci_high >= 0 if before.ci_high >= 0 else one.ci_high <= 0


def test_warnings_say_no_figures_then():
    exact = ask(from_rows(simulate(500, seed=5)))
    found = [replace(notice, code="wide_interval", message="0.51 to 1.93") for notice in exact.warnings[:1]]
    told = blurred(replace(exact, warnings=tuple(found)), lambda _name: 0.4)
    assert not any(letter.isdigit() for letter in told.warnings[0].message)
