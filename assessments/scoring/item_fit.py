"""Whether the curve of a question describes its answers, and whether it works the same in two groups: by mirt, in the worker.

mirt brings scipy and pandas, which no web process loads: import this module inside the work that needs it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import mirt
import numpy as np
import numpy.typing as npt
from mirt.diagnostics import compute_dif

from assessments.scoring.classical import Floats
from assessments.scoring.readiness import DIF, may_test_dif

VERSION: str = mirt.__version__
TOLERANCE, POINTS = 1e-8, 61
DIF_TOLERANCE = 1e-6
"""For the two fits of each question of which only the likelihoods are compared."""

Groups = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ItemFit:
    """S-X² with its degrees of freedom; `p` corrected for the number of questions. None where it cannot be worked out.

    Orlando and Thissen (2000), Likelihood-based item-fit indices for dichotomous item response theory models, Applied
    Psychological Measurement 24, 50–64; correction: Benjamini and Hochberg (1995), JRSS B 57, 289–300.
    """

    statistic: float | None
    freedom: float | None
    p: float | None


@dataclass(frozen=True)
class ItemDif:
    """By how many standard deviations the question is harder for the second group at the same level. `p` of the
    likelihood-ratio test, corrected as in `ItemFit`. `category`: "A" negligible, "B" moderate, "C" large, as ETS sorts them.
    """

    harder: float | None
    p: float | None
    category: str


def usable(points: Floats) -> tuple[Floats, list[int]]:
    """Of `points` (sittings, items) those who were asked everything, and the columns in which they differ."""
    complete = points[~np.isnan(points).any(axis=1)]
    if not len(complete):
        return complete, []
    shares = complete.mean(axis=0)
    return complete, np.flatnonzero((shares > 0) & (shares < 1)).tolist()


def fit_items(points: Floats) -> list[ItemFit | None]:
    """Of each column; None for those in which all answer alike. Raises ValueError under 500 complete sittings."""
    complete, columns = usable(points)
    if len(complete) < DIF:
        raise ValueError(f"{len(complete)} complete sittings are too few.")
    found: list[ItemFit | None] = [None] * points.shape[1]
    codes = complete[:, columns].astype(np.int64)
    fitted = mirt.fit_mirt(codes, "2PL", tol=TOLERANCE, n_quadpts=POINTS)
    table = mirt.itemfit(fitted, codes, statistics=["S_X2"], p_adjust="fdr_bh", n_quadpts=POINTS)
    rows = zip(table["S_X2"], table["df"], table["p_value_adjusted"], strict=True)
    for column, (statistic, freedom, p) in zip(columns, rows, strict=True):
        found[column] = ItemFit(_known(statistic), _known(freedom), _known(p))
    return found


def differences(points: Floats, is_second: Groups) -> list[ItemDif | None]:
    """Of each column, for the sittings (sittings,) of the second group beside the others; levels may differ between the groups.

    Raises ValueError where there are fewer than 500 complete sittings in which everybody differs, or 200 in a group.
    """
    complete, columns = usable(points)
    groups = is_second[~np.isnan(points).any(axis=1)]
    if not may_test_dif(sizes(points, is_second)):
        raise ValueError("The groups are too small.")
    # A question that one whole group answers alike has no parameters there.
    columns = [column for column in columns if _varies(complete[:, column], groups)]
    found: list[ItemDif | None] = [None] * points.shape[1]
    codes = complete[:, columns].astype(np.int64)
    result = compute_dif(
        codes, groups.astype(np.int64), model="2PL", n_quadpts=POINTS, tol=DIF_TOLERANCE, focal_group=1, p_adjust="fdr_bh"
    )
    rows = zip(result["effect_size"], result["p_value_adjusted"], result["classification"], result["converged"], strict=True)
    for column, (harder, p, category, converged) in zip(columns, rows, strict=True):
        if bool(converged):
            found[column] = ItemDif(_known(harder), _known(p), str(category))
    return found


def sizes(points: Floats, is_second: Groups) -> tuple[int, int]:
    """Complete sittings of the first and of the second group."""
    groups = is_second[~np.isnan(points).any(axis=1)]
    return int((~groups).sum()), int(groups.sum())


def _varies(column: Floats, groups: Groups) -> bool:
    parts: Sequence[Floats] = (column[groups], column[~groups])
    return all(0 < part.mean() < 1 for part in parts)


def _known(value: float) -> float | None:
    return float(value) if isfinite(value) else None
