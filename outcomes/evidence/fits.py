"""What a Cox fit gives, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass

from .arrays import Floats


class FitError(Exception):
    """The model could not be fitted; `code` and message are those of the refusal."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


UNSTABLE = (
    "no_stable_answer",
    "The model found no stable estimate; a covariate may separate those who left from those who stayed. Use fewer covariates.",
)
UNSTABLE_BY = (
    "The model found no stable estimate. Alone already {columns} tells those who left from those who stayed, as a column does "
    "that was written down, or changed, because of the exit. Use it as it was at the start, or leave it out."
)
COLLINEAR = (
    "collinear_covariates",
    "Two or more of the covariates carry the same information, so their effects cannot be told apart. Leave one of them out.",
)


@dataclass(frozen=True)
class CoxFit:
    """Log hazard ratios `beta` (1 + p,), the exposure first, and their model-based `covariance` (1 + p, 1 + p)."""

    beta: Floats
    covariance: Floats
    library: str
