"""Of what may be read: counts are rounded by a threshold that nobody knows."""

import numpy as np
import pytest

from outcomes.evidence.disclosure import Rounding
from outcomes.evidence.result import Counts

pytestmark = pytest.mark.once

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
