"""From a question and the rows to a result: estimates, or the reasons why there are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from typing import Protocol

import numpy as np

from common.few import is_small

from . import checks, sensitivity
from .arrays import NO_DAY, Bools, Dates, Ints, Objects
from .clusters import Clusters
from .covariates import check_missing
from .curves import published_curves, retention_curves
from .design import Design, build_design
from .disclosure import apart_by_few, members_of
from .estimates import Estimation, TimeAtRisk, estimate_completion
from .question import Clock, Question, within
from .result import EVERYONE, Counts, CurvePoint, Diagnostics, Estimate, Grade, Notice, Provenance, Result, widest
from .spells import RiskRows, Spells, build_spells, split_at_exposure
from .units import Units
from .words.terms import POPULATION, POPULATION_NOT_OBSERVED, POPULATION_OF_DURATIONS

LIBRARIES = ("lifelines", "numpy", "pandas", "scipy", "statsmodels")


def refuse(
    question: Question,
    units: Units,
    refusals: Sequence[Notice],
    *,
    warnings: Sequence[Notice] = (),
    imports: Sequence[str] = (),
    code: str = "",
    ran_at: datetime | None = None,
) -> Result:
    """No result, for reasons that stand before any estimate: nothing is counted, since nobody knows who was observed when."""
    ran_at = ran_at or datetime.now(UTC)
    return Result(
        question=question,
        grade="refused",
        refusals=tuple(refusals),
        warnings=tuple(warnings),
        counts=Counts(),
        estimates=(),
        event_study=(),
        curves=(),
        diagnostics=Diagnostics(),
        provenance=_provenance(question, units, imports, code, ran_at),
    )


def estimate(
    question: Question,
    units: Units,
    *,
    as_of: date | None = None,
    imports: Sequence[str] = (),
    code: str = "",
    ran_at: datetime | None = None,
    in_steps: bool = False,
) -> Result:
    """The estimates that `question` asks for, with curves, diagnostics and warnings.

    Counts are exact, and so are curves unless `in_steps`: what others may read is made of it by `disclosure.veiled`.

    Nothing after `as_of` (the day of the question, today if neither is given) has happened yet. `imports` are
    the ids of the files that the rows came from, `code` the version of the program: both for the record. The same
    arguments give the same result. What the data cannot say is refused in the result, never raised.
    """
    ran_at = ran_at or datetime.now(UTC)
    as_of = as_of or question.as_of or ran_at.date()
    question = replace(question, as_of=as_of)
    spells = build_spells(units, question, as_of)
    design, problems = build_design(question.covariates, units.covariates, len(units))
    design = design.without_small_levels(spells.unit_index, spells.person_code)
    missing_refusals, missing_warnings = check_missing(question, design, spells)
    spells = _count_first_day(spells, units)
    if not missing_refusals:  # with them, those without a value are counted as well: nothing is estimated
        spells = spells.subset(design.complete[spells.unit_index], "covariate_missing")
    rows = split_at_exposure(spells)
    time = _time_at_risk(spells, units, question.clock)
    counts = _counts(spells, rows, time.team)
    other_clock = partial(_by_other_clock, question, units, as_of, design, subset=not missing_refusals)
    by_day = time if question.clock == "day" else other_clock()

    unexposed_units = _n_distinct(spells.person_code[rows.spell_index[~rows.exposed]])
    describes = not question.knows_dates and bool(np.isnat(units.exposed_on).all())
    refusals = [*checks.refuse_exposure(question), *problems]
    refusals += [] if describes else checks.refuse_counts(question, counts, unexposed_units)
    refusals += missing_refusals or checks.refuse_columns(question, design, spells)
    estimation = Estimation(refusals=tuple(refusals))
    if not refusals and not describes:
        estimation = estimate_completion(question, time, other_clock if question.knows_dates else None, design)
    rows_by_day = rows if by_day is time else split_at_exposure(by_day.spells)
    counts_by_day = None if by_day is time else _counts(by_day.spells, rows_by_day, by_day.team)
    sides_are_few = _sides_are_few(question, rows, time.team)
    draw = _in_steps(counts, counts_by_day, sides_are_few=sides_are_few) if in_steps else retention_curves
    curves = _curves(question, units, as_of, design, spells, rows, draw)
    if describes:  # nobody is known to have completed, so everyone stands on one side
        curves = tuple(point for point in curves if point.group == EVERYONE)
    answer = widest(estimation.estimates)
    warnings = [] if describes else _warnings(question, spells, counts, estimation)
    warnings = [*_conditions(question, describes=describes), *warnings, *missing_warnings, *checks.warn_about_curves(curves)]
    return Result(
        question=replace(question, population=_population(question, spells)),
        grade="descriptive" if describes and not refusals else _grade(question, answer),
        refusals=estimation.refusals,
        warnings=tuple(warnings),
        counts=counts,
        estimates=estimation.estimates,
        event_study=(),
        curves=curves,
        diagnostics=sensitivity.diagnostics(answer, common=counts.outcome_is_common) if answer else Diagnostics(),
        provenance=_provenance(question, units, imports, code, ran_at),
        period=spells.period if question.knows_dates else None,
        has_late_entry=bool((spells.start > 0).any()),
        by_day=counts_by_day,
        sides_are_few=sides_are_few,
        reasons=tuple(+spells.excluded),
        reasons_are_few=any(is_small(n) for n in spells.excluded.values()),
        members=members_of(by_day.spells, rows_by_day, len(units)),
    )


def _sides_are_few(question: Question, rows: RiskRows, team: Objects) -> bool:
    """Whether fewer than ten owners (or teams) are exposed, or not: which they are would say who of them completed."""
    if question.outcome in ("employee_exit", "tenure_exit"):
        return False
    sides = (set(team[np.unique(rows.spell_index[side])]) for side in (rows.exposed, ~rows.exposed))
    return any(is_small(len(side)) for side in sides)


def _conditions(question: Question, *, describes: bool) -> list[Notice]:
    """What has to be so that durations mean anything, and what they cannot say."""
    if question.knows_dates:
        return []
    codes = ["if_leavers_of_all_years", *([] if describes else ["durations_without_dates"])]
    return [checks.warning(code) for code in codes]


def _grade(question: Question, answer: Estimate | None) -> Grade:
    """Without covariates nothing is adjusted for: the figure describes, and the words call it unadjusted.

    Of durations it never does more.
    """
    if answer is None:
        return "refused"
    return "adjusted" if question.covariates and question.knows_dates else "descriptive"


def _time_at_risk(spells: Spells, units: Units, clock: Clock) -> TimeAtRisk:
    return TimeAtRisk(clock, spells, units.team[spells.unit_index])


def _by_other_clock(question: Question, units: Units, as_of: date, design: Design, *, subset: bool) -> TimeAtRisk:
    """The same spells by the other clock; `subset` leaves out those without a value of a covariate."""
    clock: Clock = "day" if question.clock == "month" else "month"
    spells = build_spells(units, replace(question, clock=clock), as_of)
    if subset:
        spells = spells.subset(design.complete[spells.unit_index], "covariate_missing")
    return _time_at_risk(spells, units, clock)


def _left_on_first_day(units: Units) -> Bools:
    """(stints,) By days they have no time at risk, and yet they are no longer there."""
    return np.asarray((units.exit == units.origin) & ~(units.observed_from > units.origin), dtype=bool)


def _count_first_day(spells: Spells, units: Units) -> Spells:
    """They are no gap in the observation: counted for a reason of their own."""
    followed = np.zeros(len(units), dtype=bool)
    followed[spells.unit_index] = True
    n = min(int((_left_on_first_day(units) & ~followed).sum()), spells.excluded["no_time_at_risk"])
    return replace(spells, excluded=spells.excluded + Counter(left_on_first_day=n) - Counter(no_time_at_risk=n))


class _Draw(Protocol):
    """What makes curves of time at risk."""

    def __call__(self, spells: Spells, rows: RiskRows, clusters: Clusters | None = None) -> tuple[CurvePoint, ...]: ...


def _in_steps(counts: Counts, counts_by_day: Counts | None, *, sides_are_few: bool) -> _Draw:
    """Both sides are drawn only where nobody could be read from the difference between them."""
    sides_apart = apart_by_few(counts, counts_by_day) & {"exposed_units", "events_exposed"}
    return partial(published_curves, both_sides=not (sides_are_few or sides_apart))


def _curves(
    question: Question, units: Units, as_of: date, design: Design, spells: Spells, rows: RiskRows, draw: _Draw
) -> tuple[CurvePoint, ...]:
    """With those who left on their first day, who by days are there from the day before."""
    first_day = _left_on_first_day(units)
    if question.clock == "month" or not first_day.any():
        return draw(spells, rows, _clusters(spells, units))
    origin = units.origin - np.where(first_day, 1, 0)
    observed_from = np.where(first_day, NO_DAY, units.observed_from)
    spells = build_spells(replace(units, origin=origin, observed_from=observed_from), question, as_of)
    spells = spells.subset(design.complete[spells.unit_index], "covariate_missing")
    return draw(spells, split_at_exposure(spells), _clusters(spells, units))


def _clusters(spells: Spells, units: Units) -> Clusters:
    return Clusters.of_teams(units.team[spells.unit_index], spells.person_code)


def _counts(spells: Spells, rows: RiskRows, team: Objects) -> Counts:
    unit_months = float((spells.stop - spells.start).sum()) / spells.time_per_month
    return Counts(
        units=_n_distinct(spells.person_code),
        events=int(spells.event.sum()),
        exposed_units=_n_distinct(spells.person_code[rows.spell_index[rows.exposed]]),
        events_exposed=int(rows.event[rows.exposed].sum()),
        unit_months=int(unit_months) if unit_months.is_integer() else round(unit_months, 1),
        teams=len(set(team) - {""}),
        excluded_rows=spells.excluded.total(),
    )


def _n_distinct(codes: Ints) -> int:
    return int((np.bincount(codes) > 0).sum())


def _population(question: Question, spells: Spells) -> str:
    """Of whom, and how long they are followed."""
    population = question.whom
    if spells.period is None:
        return POPULATION_NOT_OBSERVED.format(population=population)
    until = within(question.horizon_months)
    if not question.knows_dates:
        return POPULATION_OF_DURATIONS.format(population=population, within=until)
    first, last = spells.period
    return POPULATION.format(population=population, first=first, last=last, within=until)


def _warnings(question: Question, spells: Spells, counts: Counts, estimation: Estimation) -> list[Notice]:
    warnings = [checks.warning("completion_is_self_selected")] if question.exposure == "completion" else []
    if estimation.estimates:
        answer = widest(estimation.estimates) or estimation.estimates[0]
        warnings += checks.warn_about_estimate(question, counts, answer, estimation.coefficients)
    return [*warnings, *estimation.warnings, *checks.warn_about_data(question, spells)]


def _provenance(question: Question, units: Units, imports: Sequence[str], code: str, ran_at: datetime) -> Provenance:
    """What happened, and what of it was asked: the same rows have another digest when they are asked about another day or
    course, and when other files brought them. What came after the day asked about is no part of it."""
    asked = (question.as_of, question.horizon_months, *question.courses, "", *question.event_kinds, "", *question.teams)
    known = units.as_known_on(question.as_of) if question.as_of else units
    hashed = [known.digest(), *map(str, asked), "", *sorted(imports)]
    digest = sha256("\x1f".join(hashed).encode()).hexdigest()
    libraries = {name: version(name) for name in LIBRARIES}
    return Provenance(
        digest,
        code,
        libraries,
        seed=0,
        ran_at=ran_at.astimezone(UTC).isoformat(timespec="seconds"),
        as_of=question.as_of.isoformat() if question.as_of else "",
        leavers_from=_extreme(units.observed_from, np.min),
        leavers_until=_extreme(units.observed_until, np.max),
        imports=list(imports),
    )


def _extreme(days: Dates, choose: Callable[[Dates], np.datetime64]) -> str | None:
    known = days[~np.isnat(days)]
    return str(choose(known)) if len(known) else None
