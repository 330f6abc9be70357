"""From a question and the rows to a result: estimates, or the reasons why there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from importlib.metadata import version
from math import exp

import numpy as np

from . import checks, sensitivity
from .arrays import Dates, Ints, Objects
from .curves import retention_curves
from .design import build_design
from .estimates import Estimation, estimate_completion
from .question import Question
from .result import Counts, Diagnostics, Estimate, Notice, Provenance, Result
from .spells import RiskRows, Spells, build_spells, split_at_exposure
from .units import Units
from .words import OUTCOME_TERMS, POPULATION, POPULATION_NOT_OBSERVED

LIBRARIES = ("lifelines", "numpy", "pandas", "scipy", "statsmodels")


def refuse(
    question: Question,
    units: Units,
    refusals: Sequence[Notice],
    *,
    warnings: Sequence[Notice] = (),
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
        provenance=_provenance(question, units, code, ran_at),
    )


def estimate(
    question: Question, units: Units, *, as_of: date | None = None, code: str = "", ran_at: datetime | None = None
) -> Result:
    """The estimates that `question` asks for, with curves, diagnostics and warnings.

    Nothing after `as_of` (the day of the question, today if neither is given) has happened yet. `code` is
    the version of the program, for the record. The same arguments give the same result. What the data
    cannot say is refused in the result, never raised.
    """
    ran_at = ran_at or datetime.now(UTC)
    question = replace(question, as_of=as_of or question.as_of or ran_at.date())
    spells = build_spells(units, question, question.as_of or ran_at.date())
    design, problems = build_design(question.covariates, units.covariates, len(units))
    spells = spells.subset(design.complete[spells.unit_index], "covariate_missing")
    rows = split_at_exposure(spells)
    team = units.team[spells.unit_index]  # (spells,)
    counts = _counts(spells, rows, team)

    unexposed_units = _n_distinct(spells.person_code[rows.spell_index[~rows.exposed]])
    refusals = [*checks.refuse_exposure(question), *problems, *checks.refuse_counts(question, counts, unexposed_units)]
    refusals += checks.refuse_constant(design, spells)
    estimation = Estimation(refusals=tuple(refusals))
    if not refusals:
        estimation = estimate_completion(question, spells, design, team)
    curves = retention_curves(spells, rows)
    primary = estimation.estimates[0] if estimation.estimates else None
    return Result(
        question=replace(question, population=_population(question, spells)),
        grade="adjusted" if primary else "refused",
        refusals=estimation.refusals,
        warnings=(*_warnings(question, spells, counts, estimation), *checks.warn_about_curves(curves)),
        counts=counts,
        estimates=estimation.estimates,
        event_study=(),
        curves=curves,
        diagnostics=_diagnostics(primary, counts),
        provenance=_provenance(question, units, code, ran_at),
    )


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
    population = OUTCOME_TERMS[question.outcome].population
    if spells.period is None:
        return POPULATION_NOT_OBSERVED.format(population=population)
    first, last = spells.period
    return POPULATION.format(population=population, first=first, last=last)


def _warnings(question: Question, spells: Spells, counts: Counts, estimation: Estimation) -> list[Notice]:
    warnings = [checks.warning("completion_is_self_selected")] if question.exposure == "completion" else []
    if estimation.estimates:
        warnings += checks.warn_about_estimate(question, counts, estimation.estimates[0], estimation.coefficients)
    return [*warnings, *estimation.warnings, *checks.warn_about_data(question, spells)]


def _diagnostics(primary: Estimate | None, counts: Counts) -> Diagnostics:
    if primary is None:
        return Diagnostics()
    common = counts.outcome_is_common
    hazard_ratio, low, high = (exp(value) for value in (primary.value, primary.ci_low, primary.ci_high))
    return Diagnostics(
        e_value=sensitivity.e_value(sensitivity.as_risk_ratio(hazard_ratio, common=common)),
        e_value_ci=sensitivity.e_value_of_limit(low, high, common=common),
        minimum_detectable_effect=sensitivity.minimum_detectable_effect(primary.se),
    )


def _provenance(question: Question, units: Units, code: str, ran_at: datetime) -> Provenance:
    """What happened, and what of it was asked: the same rows asked about another day or course have another digest."""
    asked = (question.as_of, question.horizon_months, *question.courses, "", *question.event_kinds)
    digest = sha256("\x1f".join([units.digest(), *map(str, asked)]).encode()).hexdigest()
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
    )


def _extreme(days: Dates, choose: Callable[[Dates], np.datetime64]) -> str | None:
    known = days[~np.isnat(days)]
    return str(choose(known)) if len(known) else None
