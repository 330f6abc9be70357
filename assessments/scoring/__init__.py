"""Pure numbers: counts in, dataclasses out. Knows no Django; the services load and store."""

from assessments.scoring.agreement import Agreement, estimate_agreement
from assessments.scoring.allocation import BLOCK_LENGTH, first_form
from assessments.scoring.change import (
    Change,
    CohortChange,
    ReliableChange,
    estimate_change,
    mean_change,
    reliable_change,
)
from assessments.scoring.intervals import Interval, difference_interval, mean_interval, wilson_interval

__all__ = [
    "BLOCK_LENGTH",
    "Agreement",
    "Change",
    "CohortChange",
    "Interval",
    "ReliableChange",
    "difference_interval",
    "estimate_agreement",
    "estimate_change",
    "first_form",
    "mean_change",
    "mean_interval",
    "reliable_change",
    "wilson_interval",
]
