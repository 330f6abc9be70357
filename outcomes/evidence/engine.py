"""From a question and the rows to an answer, or to the reasons why there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from math import exp

import numpy as np

from . import checks, sensitivity
from .curves import retention_curves
from .design import build_design
from .estimates import Estimated, estimate_completion
from .question import Question
from .result import Counts, Diagnostics, Estimate, Notice, Provenance, Result
from .spells import RiskRows, Spells, build_spells, risk_rows
from .units import Units
from .words import OUTCOME_TERMS, POPULATION, POPULATION_NOT_OBSERVED

LIBRARIES = ("lifelines", "numpy", "pandas", "scipy", "statsmodels")


def answer(
    question: Question, units: Units, *, as_of: date | None = None, code: str = "", ran_at: datetime | None = None
) -> Result:
    """The answer to `question` from `units`.

    Nothing after `as_of` (today if not given) has happened yet. `code` is the version of the program,
    for the record. The same arguments give the same result. What the data cannot say is refused in
    the result, never raised.
    """
    ran_at = ran_at or datetime.now(UTC)
    spells = build_spells(units, question, as_of or ran_at.date())
    design, problems = build_design(question.covariates, units.covariates, len(units))
    spells = spells.take(design.complete[spells.row], "covariate_missing")
    rows = risk_rows(spells)
    team = units.team[spells.row]
    counts = _counts(spells, rows, team)

    refusals = [*checks.refuse_exposure(question), *problems, *checks.refuse_counts(question, counts, _unexposed(spells, rows))]
    refusals += checks.refuse_constant(design, spells)
    estimated = Estimated(refusals=tuple(refusals))
    if not refusals:
        estimated = estimate_completion(question, spells, design, team)
    curves = retention_curves(spells, rows)
    primary = estimated.estimates[0] if estimated.estimates else None
    return Result(
        question=replace(question, population=_population(question, spells)),
        grade="adjusted" if primary else "refused",
        refusals=estimated.refusals,
        warnings=(*_warnings(question, spells, counts, estimated), *checks.warn_about_curves(curves)),
        counts=counts,
        estimates=estimated.estimates,
        event_study=(),
        curves=curves,
        diagnostics=_diagnostics(primary, counts),
        provenance=_provenance(units, code, ran_at),
    )


def _counts(spells: Spells, rows: RiskRows, team: np.ndarray) -> Counts:
    months = float((spells.stop - spells.start).sum()) / spells.per_month
    return Counts(
        units=_distinct(spells.person),
        events=int(spells.event.sum()),
        exposed_units=_distinct(spells.person[rows.spell[rows.exposed]]),
        events_exposed=int(rows.event[rows.exposed].sum()),
        unit_months=int(months) if months.is_integer() else round(months, 1),
        teams=len(set(team) - {""}),
        excluded_rows=spells.excluded.total(),
    )


def _unexposed(spells: Spells, rows: RiskRows) -> int:
    return _distinct(spells.person[rows.spell[~rows.exposed]])


def _distinct(numbers: np.ndarray) -> int:
    return int((np.bincount(numbers) > 0).sum())


def _population(question: Question, spells: Spells) -> str:
    population = OUTCOME_TERMS[question.outcome].population
    if spells.period is None:
        return POPULATION_NOT_OBSERVED.format(population=population)
    first, last = spells.period
    return POPULATION.format(population=population, first=first, last=last)


def _warnings(question: Question, spells: Spells, counts: Counts, estimated: Estimated) -> list[Notice]:
    found = [checks.warning("completion_is_self_selected")] if question.exposure == "completion" else []
    if estimated.estimates:
        found += checks.warn_about_estimate(question, counts, estimated.estimates[0], estimated.coefficients)
    return [*found, *estimated.warnings, *checks.warn_about_data(question, spells)]


def _diagnostics(primary: Estimate | None, counts: Counts) -> Diagnostics:
    if primary is None:
        return Diagnostics()
    common = counts.outcome_is_common
    ratio, low, high = (exp(value) for value in (primary.value, primary.ci_low, primary.ci_high))
    return Diagnostics(
        e_value=sensitivity.e_value(sensitivity.as_risk_ratio(ratio, common=common)),
        e_value_ci=sensitivity.e_value_of_limit(low, high, common=common),
        minimum_detectable_effect=sensitivity.minimum_detectable_effect(primary.se),
    )


def _provenance(units: Units, code: str, ran_at: datetime) -> Provenance:
    libraries = {name: version(name) for name in LIBRARIES}
    return Provenance(units.digest(), code, libraries, seed=0, ran_at=ran_at.astimezone(UTC).isoformat(timespec="seconds"))
