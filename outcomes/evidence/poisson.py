"""A further estimate on cells: exit rates by tenure month, calendar quarter and covariates.

Poisson regression of exits on person-months, which takes out what changed for everyone over
calendar time. Fitted by statsmodels on cells without teams, which leaves the estimates as they are;
errors clustered by team come from the residuals of the cells with teams.

Months, and never days: exits pile up on the last day of a month, and a rate that is constant within
cells of days would take the days before a completion in that month for time without risk.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from scipy.linalg import qr
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from .arrays import Bools, Floats, Ints
from .cells import covariate_patterns, sum_by_code
from .spells import Spells

MAX_PATTERNS = 500
MAX_ENTRIES = 20_000_000
"""Of the grid and of the design matrix, 160 MB of floats each; more than that is not worth a further estimate."""

STEPS = ((1, 3), (3, 6), (6, 12))
"""Months of tenure and of the calendar that make a cell: quarters, and spans that are longer where exits are so few that
quarters with none but leavers make the fit run away."""


@dataclass(frozen=True)
class PoissonFit:
    """Log rate ratio of the exposure; `clusters` is None where the error is model-based."""

    value: float
    se: float
    clusters: int | None
    library: str


def fit_poisson(spells: Spells, covariates: Floats, cluster: Ints | None, n_clusters: int | None = None) -> PoissonFit | None:
    """Rates by month cells, for spells by the monthly clock and `covariates` (spells, p) that take few values.

    `cluster` (spells,) holds the number of each spell's team, or is None; `n_clusters` is how many of
    them are teams, where not all are. None where cells would not be fewer than rows, or no fit
    converges. Holford (1980), The analysis of rates and of survivorship using log-linear models,
    Biometrics 36, 299-305; errors after Liang and Zeger (1986), Longitudinal data analysis using
    generalized linear models, Biometrika 73, 13-22.
    """
    patterns = covariate_patterns(covariates, max_patterns=MAX_PATTERNS)
    if patterns is None:
        return None
    for tenure_step, calendar_step in STEPS:
        grid = _Grid.around(spells, len(patterns.table), tenure_step, calendar_step)
        if np.prod(grid.shape, dtype=float) > MAX_ENTRIES:
            return None
        cells = _tabulate(spells, patterns.codes, grid)
        design = _cell_design(cells, grid, patterns.table)
        if design is None:
            return None
        fitted = _fit_glm(cells, design, _starting_values(cells, grid, design.shape[1]))
        if fitted is not None:
            return _with_error(fitted, spells, patterns.codes, grid, cells, cluster, n_clusters)
    return None


@dataclass(frozen=True)
class _Fitted:
    """`exposure` and its model-based error; `expected` exits of each cell and the `influence` of one of its exits, (cells,)."""

    exposure: float
    se: float
    expected: Floats
    influence: Floats


def _fit_glm(cells: _Cells, design: Floats, start: Floats) -> _Fitted | None:
    """None where it does not converge. Columns that say what others say are left out, as where all were hired in one month."""
    model = GLM(cells.n_events, design, family=Poisson(), offset=np.log(cells.person_months))
    if model.df_model + 1 < design.shape[1]:
        kept = _independent_columns(design)
        design, start = design[:, kept], start[kept]
        model = GLM(cells.n_events, design, family=Poisson(), offset=np.log(cells.person_months))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # asked of the fit below
        fitted = model.fit(method="newton", start_params=start)
    if not fitted.mle_retvals["converged"] or not np.isfinite(fitted.bse[1]):
        return None
    influence: Floats = design @ np.asarray(fitted.normalized_cov_params)[1]
    return _Fitted(float(fitted.params[1]), float(fitted.bse[1]), np.asarray(fitted.fittedvalues), influence)


def _independent_columns(design: Floats) -> Ints:
    """Indexes of columns that none before them make up, ascending: the exposure and the covariates come before time."""
    triangle = np.abs(np.diag(qr(design, mode="r")[0]))
    independent: Ints = np.flatnonzero(triangle > 1e-9 * triangle.max())
    return independent


def _with_error(
    fitted: _Fitted,
    spells: Spells,
    pattern: Ints,
    grid: _Grid,
    cells: _Cells,
    cluster: Ints | None,
    n_clusters: int | None,
) -> PoissonFit:
    library = f"statsmodels {version('statsmodels')}"
    if cluster is None:
        return PoissonFit(fitted.exposure, fitted.se, None, library)
    influence = _CellInfluence(cells, fitted.expected / cells.person_months, fitted.influence)
    cluster_sums = influence.sum_by_cluster(grid.months(spells, pattern), cluster)
    small_sample_factor = len(cluster_sums) / (len(cluster_sums) - 1)  # as for the Cox model
    se = float(np.sqrt(small_sample_factor * (cluster_sums**2).sum()))
    return PoissonFit(fitted.exposure, se, n_clusters or len(cluster_sums), library)


@dataclass(frozen=True)
class _Grid:
    """The cells there could be: tenure, calendar, exposed or not, covariate pattern.

    `tenure_step` months of tenure and `calendar_step` of the calendar make one, mostly a month and a
    quarter. Months of the calendar count from January 1970. A cell's number is its index in the raveled grid.
    """

    first_month: int
    last_month: int
    n_tenures: int
    n_patterns: int
    tenure_step: int
    calendar_step: int

    @classmethod
    def around(cls, spells: Spells, n_patterns: int, tenure_step: int, calendar_step: int) -> _Grid:
        first_month = int((spells.origin_month + spells.start).min())
        last_month = int((spells.origin_month + spells.stop).max()) - 1
        n_tenures = -(-int(spells.stop.max()) // tenure_step)
        return cls(first_month, last_month, n_tenures, n_patterns, tenure_step, calendar_step)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return self.n_tenures, self._calendar_span(self.last_month) + 1, 2, self.n_patterns

    def _calendar_span(self, month: int) -> int:
        return month // self.calendar_step - self.first_month // self.calendar_step

    def months(self, spells: Spells, pattern: Ints) -> Iterator[_Month]:
        """Month by month, since all person-months at once would take too much memory; `pattern` is (spells,)."""
        for month in range(self.first_month, self.last_month + 1):
            tenure_of_spell = month - spells.origin_month  # (spells,)
            at_risk = np.flatnonzero((spells.start <= tenure_of_spell) & (tenure_of_spell < spells.stop))
            tenure = tenure_of_spell[at_risk].astype(np.int64)
            quarter = np.full(len(at_risk), self._calendar_span(month))
            exposed = (spells.exposed_from[at_risk] <= tenure).astype(np.int64)
            cell = np.ravel_multi_index((tenure // self.tenure_step, quarter, exposed, pattern[at_risk]), self.shape)
            yield _Month(at_risk, cell, spells.event[at_risk] & (spells.stop[at_risk] == tenure + 1))


@dataclass(frozen=True)
class _Month:
    """One calendar month, arrays (at risk,): the spells at risk in it, the number of the cell of each, and who left."""

    spell_index: Ints
    cell: Ints
    event: Bools


@dataclass(frozen=True)
class _Cells:
    """Cells in tenures and quarters with events, arrays (cells,): their `number` in the grid, ascending."""

    number: Ints
    person_months: Ints
    n_events: Ints


def _tabulate(spells: Spells, pattern: Ints, grid: _Grid) -> _Cells:
    """Tenures and quarters without a single event fit perfectly at rate zero and say nothing: left out."""
    size = int(np.prod(grid.shape))
    person_months, n_events = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for month in grid.months(spells, pattern):
        person_months += np.bincount(month.cell, minlength=size)
        n_events += np.bincount(month.cell[month.event], minlength=size)
    events_on_grid = n_events.reshape(grid.shape)
    tenure_has_events = events_on_grid.sum(axis=(1, 2, 3)) > 0
    quarter_has_events = events_on_grid.sum(axis=(0, 2, 3)) > 0
    has_events = tenure_has_events[:, None, None, None] & quarter_has_events[None, :, None, None]
    number = np.flatnonzero((person_months > 0) & np.broadcast_to(has_events, grid.shape).ravel())
    return _Cells(number, person_months[number], n_events[number])


def _cell_design(cells: _Cells, grid: _Grid, pattern_table: Floats) -> Floats | None:
    """(cells, columns): one, exposed, covariates, tenures, quarters. None if too large."""
    tenure, quarter, exposed, pattern = np.unravel_index(cells.number, grid.shape)
    tenures, quarters = np.unique(tenure)[1:], np.unique(quarter)[1:]
    if len(cells.number) * (len(tenures) + len(quarters)) > MAX_ENTRIES:
        return None
    dummies = [tenure[:, None] == tenures, quarter[:, None] == quarters]
    return np.column_stack([np.ones(len(cells.number)), exposed, pattern_table[pattern], *dummies])


def _starting_values(cells: _Cells, grid: _Grid, n_columns: int) -> Floats:
    """Where to begin, (columns,): the rate of each tenure month, and no other differences."""
    tenure, quarter, _exposed, _pattern = np.unravel_index(cells.number, grid.shape)
    tenures, tenure_code = np.unique(tenure, return_inverse=True)
    n_events = np.bincount(tenure_code, cells.n_events)
    log_rates = np.log(n_events / np.bincount(tenure_code, cells.person_months))  # (tenures,)
    n_quarter_dummies = len(np.unique(quarter)) - 1
    first_tenure_dummy = n_columns - n_quarter_dummies - (len(tenures) - 1)
    start = np.zeros(n_columns)
    start[0] = log_rates[0]
    start[first_tenure_dummy : n_columns - n_quarter_dummies] = log_rates[1:] - log_rates[0]
    return start


@dataclass(frozen=True)
class _CellInfluence:
    """What each event adds to the estimate, arrays (cells,): the rate expected there, and the influence of one event."""

    cells: _Cells
    expected_rate: Floats
    influence: Floats

    def sum_by_cluster(self, months: Iterator[_Month], cluster: Ints) -> Floats:
        """Events less those expected, times their influence, summed by `cluster` (spells,): (clusters,)."""
        cluster_names, cluster_codes = np.unique(cluster, return_inverse=True)
        position = np.full(int(self.cells.number.max()) + 1, -1)  # (grid,) of a cell among the cells, -1 if left out
        position[self.cells.number] = np.arange(len(self.cells.number))
        sums = np.zeros(len(cluster_names))
        for month in months:
            on_grid = month.cell < len(position)
            cell_index = position[month.cell[on_grid]]
            in_cells = cell_index >= 0
            cell_index, spell_index = cell_index[in_cells], month.spell_index[on_grid][in_cells]
            residual = month.event[on_grid][in_cells] - self.expected_rate[cell_index]
            sums += sum_by_code(residual * self.influence[cell_index], cluster_codes[spell_index], len(cluster_names))
        return sums
