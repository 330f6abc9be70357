"""Exact 95 % limits of the mean of a Poisson count of 0 to 9: for pages, which load no statistics library.

Garwood (1936), Fiducial limits for the Poisson distribution, Biometrika 28, 437-442; a test compares them with scipy.
"""

LIMITS = (
    (0.0, 3.69),
    (0.03, 5.57),
    (0.24, 7.22),
    (0.62, 8.77),
    (1.09, 10.24),
    (1.62, 11.67),
    (2.2, 13.06),
    (2.81, 14.42),
    (3.45, 15.76),
    (4.12, 17.08),
)
"""Lower and upper limit for each count, to two decimals."""
