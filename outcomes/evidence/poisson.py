"""A further estimate on cells: exit rates by tenure month, calendar quarter and covariates.

Poisson regression of exits on person-months, which takes out what changed for everyone over
calendar time. By Newton's method on the tables of the cells, since a design with a row for each cell
and a column for each month outgrows memory where there are many people; a test holds that it equals
statsmodels on all person-months. Errors clustered by team come from the residuals of the person-months.

Months, and never days: exits pile up on the last day of a month, and a rate that is constant within
cells of days would take the days before a completion in that month for time without risk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version

import numpy as np
import pandas as pd

from .arrays import Bools, Floats, Ints
from .cells import covariate_patterns, sum_by_code
from .spells import Spells

MAX_PATTERNS = 3_000
MAX_CELLS = 20_000_000
"""Of the grid, 160 MB of floats."""

MAX_STEPS, TOLERANCE = 40, 1e-8
"""Of Newton's method, in logarithms of rates. One that runs away takes a step of about 1 each time."""

INDEPENDENT = 1e-10
"""Share of a column's information that the columns before it do not hold; with less, it says what they say already."""

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
        if np.prod(grid.shape, dtype=float) > MAX_CELLS:
            return None
        fitted = _fit(_tabulate(spells, patterns.codes, grid), patterns.table)
        if fitted is not None:
            return _with_error(fitted, spells, patterns.codes, grid, cluster, n_clusters)
    return None


def expected_by_calendar(spells: Spells, covariates: Floats, ends: Floats) -> Floats | None:
    """(spells,) Exits expected of each by the same model without the exposure, from where they are exposed up to `ends`
    (spells,), in months of tenure; None as of `fit_poisson`.
    """
    patterns = covariate_patterns(covariates, max_patterns=MAX_PATTERNS)
    if patterns is None:
        return None
    nobody = replace(spells, exposed_from=np.full(len(spells), np.inf))
    for tenure_step, calendar_step in STEPS:
        grid = _Grid.around(nobody, len(patterns.table), tenure_step, calendar_step)
        if np.prod(grid.shape, dtype=float) > MAX_CELLS:
            return None
        cells = _tabulate(nobody, patterns.codes, grid)
        solved = _Model.of(cells, patterns.table).solve()
        if solved is not None:
            expected = np.zeros(len(spells))
            for month, tenure in zip(grid.months(nobody, patterns.codes), grid.tenures(nobody), strict=True):
                at = month.spell_index
                is_open = (spells.exposed_from[at] <= tenure) & (tenure < ends[at])
                is_counted = cells.counted[month.tenure, month.calendar] & is_open
                expected[at] += np.where(is_counted, np.exp(solved.rates.of(month)), 0.0)
            return expected
    return None


def _with_error(
    fitted: _Fitted, spells: Spells, pattern: Ints, grid: _Grid, cluster: Ints | None, n_clusters: int | None
) -> PoissonFit:
    library = f"numpy {version('numpy')}"
    if cluster is None:
        return PoissonFit(fitted.exposure, fitted.se, None, library)
    cluster_code, clusters = pd.factorize(cluster)
    sums = np.zeros(len(clusters))
    for month in grid.months(spells, pattern):
        sums += sum_by_code(fitted.residuals(month), cluster_code[month.spell_index], len(clusters))
    small_sample_factor = len(sums) / (len(sums) - 1)  # as for the Cox model
    return PoissonFit(fitted.exposure, float(np.sqrt(small_sample_factor * (sums**2).sum())), n_clusters or len(sums), library)


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
    def shape(self) -> tuple[int, int, int]:
        """Tenures, spans of the calendar, and patterns: those not exposed first, then the exposed."""
        return self.n_tenures, self._calendar_span(self.last_month) + 1, 2 * self.n_patterns

    def _calendar_span(self, month: int) -> int:
        return month // self.calendar_step - self.first_month // self.calendar_step

    def tenures(self, spells: Spells) -> Iterator[Floats]:
        """(at risk,) in months, month by month."""
        for month in range(self.first_month, self.last_month + 1):
            tenure = month - spells.origin_month
            yield tenure[(spells.start <= tenure) & (tenure < spells.stop)]

    def months(self, spells: Spells, pattern: Ints) -> Iterator[_Month]:
        """Month by month, since all person-months at once would take too much memory; `pattern` is (spells,)."""
        for month in range(self.first_month, self.last_month + 1):
            tenure_of_spell = month - spells.origin_month  # (spells,)
            at_risk = np.flatnonzero((spells.start <= tenure_of_spell) & (tenure_of_spell < spells.stop))
            tenure = tenure_of_spell[at_risk].astype(np.int64)
            exposed = (spells.exposed_from[at_risk] <= tenure).astype(np.int64)
            yield _Month(
                spell_index=at_risk,
                tenure=tenure // self.tenure_step,
                calendar=self._calendar_span(month),
                pattern=exposed * self.n_patterns + pattern[at_risk],
                event=spells.event[at_risk] & (spells.stop[at_risk] == tenure + 1),
            )


@dataclass(frozen=True)
class _Month:
    """One month, at one place of the calendar: arrays (at risk,) of the spells at risk in it, their cells, and who left."""

    spell_index: Ints
    tenure: Ints
    calendar: int
    pattern: Ints
    event: Bools


@dataclass(frozen=True)
class _Cells:
    """`person_months` (tenures, quarters, patterns), and exits by tenure and quarter, and by pattern.

    Those in tenures and quarters without a single event fit perfectly at rate zero and say nothing: they are not counted.
    """

    person_months: Floats
    by_time: Floats
    by_pattern: Floats

    @property
    def counted(self) -> Bools:
        """(tenures, quarters)"""
        return np.logical_and.outer(self.by_time.any(axis=1), self.by_time.any(axis=0))


def _tabulate(spells: Spells, pattern: Ints, grid: _Grid) -> _Cells:
    n_tenures, n_quarters, n_patterns = grid.shape
    cells = _Cells(np.zeros(grid.shape), np.zeros((n_tenures, n_quarters)), np.zeros(n_patterns))
    for month in grid.months(spells, pattern):
        cell = month.tenure * n_patterns + month.pattern
        counts = np.bincount(cell, minlength=n_tenures * n_patterns).reshape(n_tenures, n_patterns)
        cells.person_months[:, month.calendar] += counts
        cells.by_time[:, month.calendar] += np.bincount(month.tenure[month.event], minlength=n_tenures)
        cells.by_pattern[:] += np.bincount(month.pattern[month.event], minlength=n_patterns)
    cells.person_months[~cells.counted] = 0.0
    return cells


# The fit --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Rates:
    """Three parts of the logarithm of a rate: its tenure's (tenures,), its quarter's (quarters,), its pattern's (patterns,)."""

    tenure: Floats
    quarter: Floats
    pattern: Floats

    def of(self, month: _Month) -> Floats:
        """(at risk,)"""
        logs: Floats = self.tenure[month.tenure] + self.quarter[month.calendar] + self.pattern[month.pattern]
        return logs


@dataclass(frozen=True)
class _Fitted:
    """`exposure` and its model-based error; the log `rates`, and the `influence` of one exit on the exposure, made up alike."""

    exposure: float
    se: float
    rates: _Rates
    influence: _Rates
    counted: Bools

    def residuals(self, month: _Month) -> Floats:
        """(at risk,) Exits less those expected, times their influence."""
        is_counted = self.counted[month.tenure, month.calendar]
        surplus: Floats = month.event - np.exp(self.rates.of(month))
        residuals: Floats = np.where(is_counted, surplus * self.influence.of(month), 0.0)
        return residuals


@dataclass(frozen=True)
class _Solved:
    """`beta` (columns,), of which `kept` are indexes of those in use, with the `inverse` of their information."""

    beta: Floats
    kept: Ints
    inverse: Floats
    rates: _Rates


@dataclass(frozen=True)
class _Model:
    """Columns: `design` (patterns, p), the exposure first, then the rate of each of the `tenures`, then of the `quarters`.

    The tables of a cell's tenure, quarter and pattern are all that is ever formed, never a row for each cell.
    """

    cells: _Cells
    tenures: Ints
    quarters: Ints
    design: Floats

    @classmethod
    def of(cls, cells: _Cells, pattern_table: Floats) -> _Model:
        """Columns of covariates are centred, so that numbers far from nought do no harm."""
        exposed = np.repeat([0.0, 1.0], len(pattern_table))[:, None]
        design = np.hstack([exposed, np.tile(pattern_table - pattern_table.mean(axis=0), (2, 1))])
        tenures, quarters = (np.flatnonzero(cells.by_time.sum(axis=axis)) for axis in (1, 0))
        return cls(cells, tenures, quarters[1:], design)

    def start(self) -> Floats:
        """(columns,) The rate of each tenure, and no other differences."""
        months = self.cells.person_months.sum(axis=(1, 2))[self.tenures]
        rates = np.log(self.cells.by_time.sum(axis=1)[self.tenures] / months)
        return np.concatenate([np.zeros(self.design.shape[1]), rates, np.zeros(len(self.quarters))])

    def exits(self) -> Floats:
        """(columns,) Sums over the exits."""
        by_time = self.cells.by_time
        tenures, quarters = by_time.sum(axis=1)[self.tenures], by_time.sum(axis=0)[self.quarters]
        return np.concatenate([self.cells.by_pattern @ self.design, tenures, quarters])

    def expand(self, columns: Floats) -> _Rates:
        """What `columns` (columns,) come to for each tenure, quarter and pattern."""
        tenure, quarter = np.zeros(self.cells.by_time.shape[0]), np.zeros(self.cells.by_time.shape[1])
        n = self.design.shape[1]
        others, tenure[self.tenures], quarter[self.quarters] = np.split(columns, [n, n + len(self.tenures)])
        return _Rates(tenure, quarter, self.design @ others)

    def expected(self, rates: _Rates) -> tuple[Floats, Floats]:
        """Sums over the exits expected (columns,), and their information (columns, columns)."""
        tenure, quarter, pattern = np.exp(rates.tenure), np.exp(rates.quarter), np.exp(rates.pattern)
        months = self.cells.person_months
        by_time = ((months @ pattern) * np.outer(tenure, quarter))[np.ix_(self.tenures, self.quarters)]
        in_tenures = np.einsum("tqp,q->tp", months, quarter) * np.outer(tenure, pattern)  # (tenures, patterns)
        in_quarters = (np.einsum("tqp,t->qp", months, tenure) * np.outer(quarter, pattern))[self.quarters]
        by_pattern, in_tenures = in_tenures.sum(axis=0), in_tenures[self.tenures]
        tenure_sums, quarter_sums = in_tenures.sum(axis=1), in_quarters.sum(axis=1)
        tenure_design, quarter_design = in_tenures @ self.design, in_quarters @ self.design
        information = np.block(
            [
                [self.design.T @ (by_pattern[:, None] * self.design), tenure_design.T, quarter_design.T],
                [tenure_design, np.diag(tenure_sums), by_time],
                [quarter_design, by_time.T, np.diag(quarter_sums)],
            ]
        )
        return np.concatenate([by_pattern @ self.design, tenure_sums, quarter_sums]), information

    def solve(self) -> _Solved | None:
        """None where there is no stable answer. Columns that say what those before say are left out, as where all were hired
        in one month, and the exposure where nobody is exposed.
        """
        beta, exits = self.start(), self.exits()
        kept = _independent(self.expected(self.expand(beta))[1])
        for _step in range(MAX_STEPS):
            with np.errstate(over="ignore", invalid="ignore"):
                expected, information = self.expected(self.expand(beta))
            inverse = _inverse(information[np.ix_(kept, kept)])
            if inverse is None:
                return None
            step = inverse @ (exits - expected)[kept]
            beta[kept] += step
            if np.abs(step).max() < TOLERANCE:
                return _Solved(beta, kept, inverse, self.expand(beta))
        return None


def _fit(cells: _Cells, pattern_table: Floats) -> _Fitted | None:
    """None where there is no stable answer."""
    model = _Model.of(cells, pattern_table)
    solved = model.solve()
    if solved is None or 0 not in solved.kept:
        return None
    influence = np.zeros(len(solved.beta))
    influence[solved.kept] = solved.inverse[0]
    error = float(np.sqrt(solved.inverse[0, 0]))
    return _Fitted(float(solved.beta[0]), error, solved.rates, model.expand(influence), cells.counted)


def _independent(information: Floats) -> Ints:
    """Indexes of the columns that none before them make up, ascending."""
    size = np.sqrt(np.diag(information))
    rest = information / np.outer(np.where(size > 0, size, 1.0), np.where(size > 0, size, 1.0))
    kept: list[int] = []
    for i in range(len(rest)):
        if rest[i, i] > INDEPENDENT:
            kept.append(i)
            rest = rest - np.outer(rest[i], rest[i]) / rest[i, i]
    return np.array(kept, dtype=np.int64)


def _inverse(information: Floats) -> Floats | None:
    """None where one of its columns has become what the others say, as where rates run away."""
    size = np.sqrt(np.diag(information))
    if not np.isfinite(information).all() or not size.all():
        return None
    try:
        scaled = information / np.outer(size, size)
        if np.diag(np.linalg.cholesky(scaled)).min() ** 2 < INDEPENDENT:
            return None
    except np.linalg.LinAlgError:
        return None
    inverse: Floats = np.linalg.inv(scaled) / np.outer(size, size)
    return inverse
