import pytest
from scipy.stats import chi2

from common.poisson_limits import LIMITS
from common.small_counts import SMALL


def test_limits_are_those_of_garwood():
    """Lower and upper 95 % limit by quantiles of chi-squared with twice the count, and twice the count plus two, degrees."""
    assert len(LIMITS) == SMALL
    for count, (low, high) in enumerate(LIMITS):
        assert low == pytest.approx(chi2.ppf(0.025, 2 * count) / 2 if count else 0, abs=0.005)
        assert high == pytest.approx(chi2.ppf(0.975, 2 * count + 2) / 2, abs=0.005)
