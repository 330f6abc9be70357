"""Pure numbers: counts in, dataclasses out. Knows no Django; the services load and store."""

from assessments.scoring.agreement import Agreement, agreement
from assessments.scoring.allocation import BLOCK_LENGTH, first_form
from assessments.scoring.change import Change, change
from assessments.scoring.intervals import Interval, difference_interval, wilson_interval

__all__ = [
    "BLOCK_LENGTH",
    "Agreement",
    "Change",
    "Interval",
    "agreement",
    "change",
    "difference_interval",
    "first_form",
    "wilson_interval",
]
