"""Whether something is missing among those who left as it is not among those who stayed."""

from __future__ import annotations

from math import sqrt

from . import limits
from .arrays import Bools


def is_apart(missing: Bools, event: Bools) -> bool:
    """Whether the share of `missing` (spells,) differs between those with the `event` (spells,) and the others."""
    n_leavers, n_stayers = int(event.sum()), int((~event).sum())
    if not n_leavers or not n_stayers:
        return False
    difference = abs(float(missing[event].mean()) - float(missing[~event].mean()))
    overall = float(missing.mean())
    error = sqrt(overall * (1 - overall) * (1 / n_leavers + 1 / n_stayers))
    return difference >= limits.MISSING_APART and difference >= limits.MISSING_Z * error
