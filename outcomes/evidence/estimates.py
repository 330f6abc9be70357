"""The estimates of an adjusted question: Cox, the same with errors by team, rates by calendar quarter, other sides of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

import numpy as np
from scipy import stats

from . import findings, limits, variants
from .arrays import Floats, Objects
from .cells import IndexedRows, index_rows
from .checks import refuse_eventless_levels, refuse_without_overlap, warning
from .clusters import Clusters, clustered_error, jackknife_error, share_between_teams
from .covariates import check_coefficients, check_completion
from .cox import fit_cox
from .design import Design
from .fits import UNSTABLE, UNSTABLE_BY, CoxFit, FitError
from .likelihood import refit
from .poisson import fit_poisson
from .question import Clock, Question
from .result import Estimate, Notice, side_of_one, widest
from .spells import RiskRows, Spells, split_at_exposure
from .standardised import risk_difference

N_GROUPS = (20, 10, 5, 3)
"""Into how many groups numbers are put to make cells: the first that makes few enough."""


@dataclass(frozen=True)
class Estimation:
    """Estimates, the primary one first, or the refusals that took their place."""

    estimates: tuple[Estimate, ...] = ()
    refusals: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()
    coefficients: int = 0


@dataclass(frozen=True)
class TimeAtRisk:
    """Spells by one clock, and their `team` (spells,), text, blank for none."""

    clock: Clock
    spells: Spells
    team: Objects

    def without_eventless_levels(self, design: Design) -> tuple[TimeAtRisk, list[tuple[str, str]]]:
        """The spells in levels in which somebody left, and the others, each with its covariate."""
        in_eventless_level, levels = design.levels_without_events(self.spells.unit_index, self.spells.event)  # (spells,)
        if not levels:
            return self, []
        kept = ~in_eventless_level
        spells = self.spells.subset(kept, "level_without_events")
        return replace(self, spells=spells, team=self.team[kept]), levels


@dataclass(frozen=True)
class _Model:
    """What every estimate is made from: the rows, the primary fit to them, and the teams."""

    question: Question
    time: TimeAtRisk
    design: Design
    rows: RiskRows
    covariates: Floats
    indexed: IndexedRows
    fit: CoxFit
    clusters: Clusters

    @property
    def spells(self) -> Spells:
        return self.time.spells


def estimate_completion(
    question: Question, time: TimeAtRisk, build_other_clock: Callable[[], TimeAtRisk] | None, design: Design
) -> Estimation:
    """Log hazard ratio of the exposed against those not yet exposed; the other clock is that of the same spells.

    Without it nothing is known of the calendar, and nothing is said of it.
    """
    warnings: list[Notice] = []
    n_spells = len(time.spells)
    time, eventless = time.without_eventless_levels(design)
    if eventless:
        refusals = refuse_eventless_levels(question, time.spells, n_spells, eventless)
        if refusals:
            return Estimation(refusals=tuple(refusals))
        warnings.append(warning("levels_without_events", columns=", ".join(sorted({name for name, _ in eventless}))))
    rows, covariates = split_at_exposure(time.spells), design.matrix(time.spells.unit_index)
    indexed = index_rows(rows, covariates)
    refusals = refuse_without_overlap(question, indexed)
    if refusals:
        return Estimation(refusals=tuple(refusals))
    of_completion = check_completion(design, covariates, time.spells)
    if of_completion.refusals:
        return Estimation(refusals=tuple(of_completion.refusals))
    try:
        fit = fit_cox(indexed, _start(indexed))
    except FitError as error:
        return Estimation(refusals=(_no_answer(error, rows, design, time.spells),))
    of_outcome = check_coefficients(design, fit, covariates, time.spells, indexed)
    if of_outcome.refusals:
        return Estimation(refusals=tuple(of_outcome.refusals))
    clusters = Clusters.of_teams(time.team, time.spells.person_code)
    model = _Model(question, time, design, rows, covariates, indexed, fit, clusters)
    headline, team_warnings = _headline(model)
    answer = widest(headline) or headline[0]
    resting = _rests_on(model, [*of_completion.columns, *of_outcome.columns], headline[0], answer)
    difference = risk_difference(fit, indexed, rows, time.spells, covariates, answer)
    sides, contrasts = _other_sides(model)
    del model, rows, covariates, indexed  # those of the other clock take their place: they would not fit beside each other
    calendar: list[Estimate] = []
    calendar_warnings: list[Notice] = []
    if build_other_clock is not None:
        other_clock = build_other_clock()
        sides += _by_other_clock(question, other_clock, design, fit)
        by_month = next((side for side in sides if side.method == "cox_by_month"), answer)
        calendar, calendar_warnings = _by_calendar(time if question.clock == "month" else other_clock, design, by_month)
    found = findings.from_sides(question, answer, sides, contrasts, headline[0])
    doubts = (*of_completion.warnings, *of_outcome.warnings, *resting)
    notices = (*warnings, *doubts, *team_warnings, *calendar_warnings, *found)
    estimates = (*headline, *calendar, *([difference] if difference else []), *sides)
    return Estimation(estimates, warnings=notices, coefficients=len(fit.beta))


def _rests_on(model: _Model, columns: Sequence[str], primary: Estimate, answer: Estimate) -> list[Notice]:
    """The columns without which, each alone or all together, the answer would not say less, or more, as it does.

    `answer` has the interval that is said, `primary` that of the model: without a column it is taken to be wider by as much.
    """
    names = list(dict.fromkeys(columns))
    if side_of_one(answer) == "open" or not names:
        return []
    wider = (answer.ci_high - answer.ci_low) / (primary.ci_high - primary.ci_low)
    alone = [name for name in names if not _says_the_same(model, [name], answer, wider)]
    if not alone and (len(names) == 1 or _says_the_same(model, names, answer, wider)):
        return []
    return [warning("rests_on_columns", columns=" / ".join(map(repr, alone or names)))]


def _says_the_same(model: _Model, left_out: Sequence[str], answer: Estimate, wider: float) -> bool:
    """Whether the model without these columns comes to lie on the same side of 1 with its whole interval."""
    names = [name for name, _level in model.design.coefficient_names(model.spells.unit_index)]
    kept = np.array([name not in left_out for name in names])
    indexed = index_rows(model.rows, model.covariates[:, kept])
    try:
        fit = refit(indexed, model.fit.beta[np.append(True, kept)])
    except FitError:
        return False
    without = log_hazard_ratio(float(fit.beta[0]), wider * float(np.sqrt(fit.covariance[0, 0])), "cox_without", fit.library)
    return side_of_one(without) == side_of_one(answer)


def _no_answer(error: FitError, rows: RiskRows, design: Design, spells: Spells) -> Notice:
    """The refusal, with the columns that each alone leave no stable answer where there are any."""
    if error.code != UNSTABLE[0]:
        return Notice(error.code, str(error))
    columns = [repr(name) for name in design.columns if not _is_stable(rows, design.only(name).matrix(spells.unit_index))]
    return Notice(error.code, UNSTABLE_BY.format(columns=" / ".join(columns)) if columns else str(error))


def _is_stable(rows: RiskRows, covariates: Floats) -> bool:
    indexed = index_rows(rows, covariates)
    try:
        refit(indexed, np.zeros(indexed.n_columns))
    except FitError:
        return False
    return True


def _start(indexed: IndexedRows) -> Floats | None:
    """Where the library may begin to look."""
    try:
        return refit(indexed, np.zeros(indexed.n_columns)).beta
    except FitError:
        return None


def log_hazard_ratio(value: float, se: float, method: str, library: str, *, clusters: int | None = None) -> Estimate:
    """An estimate with its 95 % Wald interval and p-value: normal, or from t with clusters - 1 degrees of freedom."""
    df = None if clusters is None else clusters - 1
    distribution = stats.norm() if df is None else stats.t(df)
    half_width = float(distribution.ppf(0.975)) * se
    return Estimate(
        name="log_hazard_ratio",
        value=value,
        se=se,
        ci_low=value - half_width,
        ci_high=value + half_width,
        p=2 * float(distribution.sf(abs(value / se))),
        clusters=clusters,
        df=df,
        method=method,
        library=library,
    )


def _headline(model: _Model) -> tuple[list[Estimate], list[Notice]]:
    """The primary figure, and its intervals that allow for teams: sandwich from 20 teams, jackknife under 40."""
    fit, value = model.fit, float(model.fit.beta[0])
    primary = log_hazard_ratio(value, float(np.sqrt(fit.covariance[0, 0])), "cox_time_varying", fit.library)
    estimates = [replace(primary, primary=True)]
    code, n_teams = model.clusters.in_use(model.indexed, model.rows.spell_index)
    if n_teams < limits.MIN_TEAMS_TO_JACKKNIFE:
        return estimates, [_with_few_teams(model, estimates[0])] if model.clusters.n_teams else []
    library = f"{fit.library}; errors with numpy {version('numpy')}"
    if n_teams >= limits.MIN_CLUSTERS:
        se = clustered_error(fit, model.indexed, code)
        estimates.append(log_hazard_ratio(value, se, "cox_time_varying_clustered", library, clusters=n_teams))
    if n_teams < limits.ENOUGH_CLUSTERS:
        jackknife = jackknife_error(fit, model.indexed, code, model.clusters.n_teams)
        if jackknife is None:
            return estimates, [warning("one_team_decides")]
        estimates.append(log_hazard_ratio(value, jackknife, "cox_time_varying_jackknife", library, clusters=n_teams))
    return estimates, [warning("few_teams", few=limits.MIN_CLUSTERS)] if n_teams < limits.MIN_CLUSTERS else []


def _with_few_teams(model: _Model, answer: Estimate) -> Notice:
    """Under five teams: that the interval may be too narrow, or that it says nothing as the answer may be one between teams.

    It may be where whole teams completed, or where those of one team, compared with each other alone, do not differ alike.
    """
    needed = limits.MIN_TEAMS_TO_JACKKNIFE
    if share_between_teams(model.spells, model.clusters) > limits.MAX_BETWEEN_TEAMS:
        return warning("too_few_whole_teams", needed=needed)
    if side_of_one(answer) != "open":
        within = _within_teams(model)
        if within is None or side_of_one(within) != side_of_one(answer):
            return warning("too_few_teams_that_differ", needed=needed)
    return warning("too_few_teams_to_cluster", needed=needed)


def _within_teams(model: _Model) -> Estimate | None:
    """The figure with a rate for each team, those without one being a team; None where there is no stable answer."""
    team = np.minimum(model.clusters.code, model.clusters.n_teams)  # (spells,)
    has_exits = np.isin(team, team[model.spells.event])  # of the other teams nothing can be learned
    kept = np.unique(team[has_exits])
    dummies = (team[:, None] == kept[1:]).astype(np.float64)
    rows = model.rows.subset(has_exits[model.rows.spell_index])
    try:
        indexed = index_rows(rows, np.hstack([model.covariates, dummies]))
        fit = refit(indexed, np.concatenate([model.fit.beta, np.zeros(dummies.shape[1])]))
    except FitError:
        return None
    return log_hazard_ratio(float(fit.beta[0]), float(np.sqrt(fit.covariance[0, 0])), "cox_within_teams", fit.library)


def _by_calendar(months: TimeAtRisk, design: Design, by_month: Estimate) -> tuple[list[Estimate], list[Notice]]:
    """Rates by calendar quarter, on `months` by the monthly clock; numbers among the covariates go in as means of groups.

    `by_month` is the figure by the same clock that does not allow for the calendar.
    """
    time, _ = months.without_eventless_levels(design)
    unit_index = time.spells.unit_index
    teams = Clusters.of_teams(time.team, time.spells.person_code)
    has_teams = teams.n_teams >= limits.MIN_CLUSTERS
    cluster, n_teams = (teams.code, teams.n_teams) if has_teams else (None, None)
    for n_groups in (None,) if design.all_categorical else N_GROUPS:
        covariates = design.matrix(unit_index) if n_groups is None else design.grouped(unit_index, n_groups)
        fit = fit_poisson(time.spells, covariates, cluster, n_teams)
        if fit is not None:
            method = "poisson_cells" if fit.clusters is None else "poisson_cells_clustered"
            estimate = log_hazard_ratio(fit.value, fit.se, method, fit.library, clusters=fit.clusters)
            return [estimate], findings.from_calendar(by_month, estimate)
    return [], [warning("calendar_not_looked_at")]


def _other_sides(model: _Model) -> tuple[list[Estimate], dict[str, variants.Contrast]]:
    """Each figure with its error before the next, since the rows of all of them together would fill the memory."""
    sides = [side for method, lag in variants.LAGS.items() for side in _lagged(model, method, lag)]
    sides += [side for method, days in variants.DAYS_AFTER.items() for side in _soon_after(model, method, days)]
    since, since_contrast = _since(model)
    tenures, tenure_contrast = _by_tenure(model)
    contrasts = {"since": since_contrast, "tenure": tenure_contrast}
    return [*sides, *since, *tenures], {name: contrast for name, contrast in contrasts.items() if contrast is not None}


def _lagged(model: _Model, method: str, lag: float) -> list[Estimate]:
    return _sides(variants.lagged(method, lag, model.rows, model.spells, model.covariates, model.fit), model.clusters)


def _soon_after(model: _Model, method: str, days: float) -> list[Estimate]:
    months = days / 30 if model.time.clock == "month" else days / model.spells.time_per_month
    cut, span = variants.months_since(model.rows, model.spells, [months])
    return _sides(variants.by_span([method, "rest"], cut, span, model.covariates, model.fit)[0][:1], model.clusters)


def _since(model: _Model) -> tuple[list[Estimate], variants.Contrast | None]:
    cut, span = variants.months_since(model.rows, model.spells, [3.0, 12.0])
    found, contrast = variants.by_span(list(variants.SINCE), cut, span, model.covariates, model.fit)
    return _sides(found, model.clusters), contrast


def _by_tenure(model: _Model) -> tuple[list[Estimate], variants.Contrast | None]:
    found, contrast = variants.by_tenure(model.rows, model.covariates, model.fit)
    return _sides(found, model.clusters), contrast


def _sides(found: Iterable[variants.Variant], clusters: Clusters) -> list[Estimate]:
    return [_side(side, clusters) for side in found if side.method != "rest"]


def _by_other_clock(question: Question, other_clock: TimeAtRisk, design: Design, fit: CoxFit) -> Iterator[Estimate]:
    other, _ = other_clock.without_eventless_levels(design)
    if len(design.coefficient_names(other.spells.unit_index)) != len(fit.beta) - 1:
        return  # a level is missing from one of them
    clusters = Clusters.of_teams(other.team, other.spells.person_code)
    method = variants.OTHER_CLOCK[question.clock]
    rows, covariates = split_at_exposure(other.spells), design.matrix(other.spells.unit_index)
    for side in variants.same_question(method, rows, covariates, fit):
        yield _side(side, clusters)


def _side(side: variants.Variant, clusters: Clusters) -> Estimate:
    """With the wider of the model-based error and the one by team, where there are enough teams."""
    value, se = float(side.fit.beta[side.column]), float(np.sqrt(side.fit.covariance[side.column, side.column]))
    estimate = log_hazard_ratio(value, se, side.method, side.fit.library)
    code, n_teams = clusters.in_use(side.rows, side.spell_index)
    if n_teams < limits.MIN_CLUSTERS:
        return estimate
    by_team = clustered_error(side.fit, side.rows, code, side.column)
    clustered = log_hazard_ratio(value, by_team, side.method, side.fit.library, clusters=n_teams)
    return max(estimate, clustered, key=lambda e: e.ci_high - e.ci_low)
