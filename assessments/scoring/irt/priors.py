"""What is believed of a slope before anybody has answered."""

from dataclasses import dataclass

import numpy as np

from assessments.scoring.irt.responses import Floats


@dataclass(frozen=True)
class LognormalPrior:
    """ln a is normal with this `mean` and `sd`, so that a slope is positive and rarely far from 1.

    Mislevy (1986), Bayes modal estimation in item response models, Psychometrika 51, 177–195; the default sd of 0.5 is that of
    BILOG (Mislevy and Bock 1990).
    """

    mean: float = 0.0
    sd: float = 0.5

    def log_density(self, slope: Floats) -> Floats:
        """Up to a constant; minus infinity for slopes that are not positive."""
        is_positive = slope > 0
        log_slope = np.log(np.where(is_positive, slope, 1.0))
        return np.where(is_positive, -log_slope - ((log_slope - self.mean) / self.sd) ** 2 / 2, -np.inf)

    def derivatives(self, slope: Floats) -> tuple[Floats, Floats]:
        """First and second derivative of the logarithm of the density, for positive slopes."""
        distance = (np.log(slope) - self.mean) / self.sd**2
        return -(1 + distance) / slope, (1 + distance - 1 / self.sd**2) / slope**2
