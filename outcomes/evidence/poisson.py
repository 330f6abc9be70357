"""A further estimate on cells: exit rates by tenure month, calendar quarter and covariates.

Poisson regression of exits on person-months, which takes out what changed for everyone over
calendar time. Fitted by statsmodels on cells without teams, which leaves the estimates as they are;
errors clustered by team come from the residuals of the cells with teams.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from .cells import patterns
from .spells import Spells

MAX_PATTERNS = 500
MAX_ENTRIES = 20_000_000


@dataclass(frozen=True)
class PoissonFit:
    """Log rate ratio of the exposure; `clusters` is None where the error is model-based."""

    value: float
    se: float
    clusters: int | None
    library: str


def fit_poisson(spells: Spells, matrix: np.ndarray, cluster: np.ndarray | None) -> PoissonFit | None:
    """Rates by month cells, for spells by the monthly clock and categorical covariates `matrix` (n, p).

    `cluster` (n,) holds the number of each spell's team, or is None. None where cells would not be
    fewer than rows.
    """
    found = patterns(matrix, limit=MAX_PATTERNS)
    if found is None:
        return None
    codes, table = found
    grid = _Grid.around(spells, len(table))
    cells = _reduce(spells, codes, grid)
    design = _cell_design(cells, grid, table)
    if design is None:
        return None
    model = GLM(cells.events, design, family=Poisson(), offset=np.log(cells.months))
    if model.df_model + 1 < design.shape[1]:  # tenure and calendar say the same, as when all were hired in one month
        return None
    fitted = model.fit(method="newton", start_params=_rates_by_tenure(cells, grid, design.shape[1]))
    library = f"statsmodels {version('statsmodels')}"
    if not fitted.mle_retvals["converged"]:
        return None
    if cluster is None:
        return PoissonFit(float(fitted.params[1]), float(fitted.bse[1]), None, library)
    residual = _Residual(cells, fitted.fittedvalues / cells.months, design @ np.asarray(fitted.normalized_cov_params)[1])
    sums = residual.by_cluster(grid.months(spells, codes), cluster)
    factor = len(sums) / (len(sums) - 1)  # as for the Cox model
    return PoissonFit(float(fitted.params[1]), float(np.sqrt(factor * (sums**2).sum())), len(sums), library)


@dataclass(frozen=True)
class _Grid:
    """The cells there could be: tenure month, calendar quarter, exposed or not, covariate pattern."""

    first_month: int
    last_month: int
    tenures: int
    patterns: int

    @classmethod
    def around(cls, spells: Spells, k: int) -> _Grid:
        first = int((spells.origin_month + spells.start).min())
        last = int((spells.origin_month + spells.stop).max()) - 1
        return cls(first, last, int(spells.stop.max()), k)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return self.tenures, self.last_month // 3 - self.first_month // 3 + 1, 2, self.patterns

    def months(self, spells: Spells, codes: np.ndarray) -> Iterator[_Month]:
        for month in range(self.first_month, self.last_month + 1):
            tenure = month - spells.origin_month
            here = np.flatnonzero((spells.start <= tenure) & (tenure < spells.stop))
            tenure = tenure[here].astype(np.int64)
            quarter = np.full(len(here), month // 3 - self.first_month // 3)
            exposed = (spells.switch[here] <= tenure).astype(np.int64)
            key = np.ravel_multi_index((tenure, quarter, exposed, codes[here]), self.shape)
            yield _Month(here, key, spells.event[here] & (spells.stop[here] == tenure + 1))


@dataclass(frozen=True)
class _Month:
    """One calendar month: the spells at risk in it, the key of the cell of each, and who left."""

    spell: np.ndarray
    key: np.ndarray
    event: np.ndarray


@dataclass(frozen=True)
class _Cells:
    """Cells in tenures and quarters with exits: `key`, person-`months` and `events` of each."""

    key: np.ndarray
    months: np.ndarray
    events: np.ndarray


def _reduce(spells: Spells, codes: np.ndarray, grid: _Grid) -> _Cells:
    """Tenures and quarters without a single exit fit perfectly at rate zero and say nothing: left out."""
    size = int(np.prod(grid.shape))
    months, events = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for month in grid.months(spells, codes):
        months += np.bincount(month.key, minlength=size)
        events += np.bincount(month.key[month.event], minlength=size)
    by_cell = events.reshape(grid.shape)
    telling = (by_cell.sum(axis=(1, 2, 3)) > 0)[:, None, None, None] & (by_cell.sum(axis=(0, 2, 3)) > 0)[None, :, None, None]
    key = np.flatnonzero((months > 0) & np.broadcast_to(telling, grid.shape).ravel())
    return _Cells(key, months[key], events[key])


def _cell_design(cells: _Cells, grid: _Grid, table: np.ndarray) -> np.ndarray | None:
    """Columns: one, exposed, covariates, tenures, quarters. None if too large."""
    tenure, quarter, exposed, pattern = np.unravel_index(cells.key, grid.shape)
    tenures, quarters = np.unique(tenure)[1:], np.unique(quarter)[1:]
    if len(cells.key) * (len(tenures) + len(quarters)) > MAX_ENTRIES:
        return None
    dummies = [tenure[:, None] == tenures, quarter[:, None] == quarters]
    return np.column_stack([np.ones(len(cells.key)), exposed, table[pattern], *dummies])


def _rates_by_tenure(cells: _Cells, grid: _Grid, p: int) -> np.ndarray:
    """Where to begin: the rate of each tenure month, and no other differences."""
    tenure = np.unravel_index(cells.key, grid.shape)[0]
    _, code = np.unique(tenure, return_inverse=True)
    rates = np.log(np.bincount(code, cells.events) / np.bincount(code, cells.months))
    quarters = len(np.unique(np.unravel_index(cells.key, grid.shape)[1])) - 1
    start = np.zeros(p)
    start[0] = rates[0]
    start[p - quarters - len(rates) + 1 : p - quarters] = rates[1:] - rates[0]
    return start


@dataclass(frozen=True)
class _Residual:
    """What each exit adds to the estimate: `rate` expected in each cell, and the `influence` of one exit there."""

    cells: _Cells
    rate: np.ndarray
    influence: np.ndarray

    def by_cluster(self, months: Iterator[_Month], cluster: np.ndarray) -> np.ndarray:
        """Exits less those expected, times their influence, summed by cluster (G,)."""
        names, team = np.unique(cluster, return_inverse=True)
        place = np.full(int(self.cells.key.max()) + 1, -1)
        place[self.cells.key] = np.arange(len(self.cells.key))
        sums = np.zeros(len(names))
        for month in months:
            known = month.key < len(place)
            at = place[month.key[known]]
            inside = at >= 0
            at, spell = at[inside], month.spell[known][inside]
            pull = (month.event[known][inside] - self.rate[at]) * self.influence[at]
            sums += np.bincount(team[spell], pull, minlength=len(names))
        return sums
