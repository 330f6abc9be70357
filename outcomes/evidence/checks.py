"""What is refused, and what is answered with a warning."""

from __future__ import annotations

import math

import numpy as np

from . import limits
from .cells import IndexedRows, at_risk_and_events
from .design import Design
from .question import Question
from .result import EXPOSED, Counts, CurvePoint, Estimate, Notice
from .spells import Spells
from .words import EXCLUSIONS, OUTCOME_TERMS, REFUSALS, WARNINGS


def refusal(code: str, **values: object) -> Notice:
    return Notice(code, REFUSALS[code].format(**values))


def warning(code: str, **values: object) -> Notice:
    return Notice(code, WARNINGS[code].format(**values))


def refuse_exposure(question: Question) -> list[Notice]:
    if question.exposure == "completion":
        return []
    return [refusal("not_built_yet", exposure=question.exposure)]


def refuse_counts(question: Question, counts: Counts, unexposed_units: int) -> list[Notice]:
    """Too few exits, in all or on one side; nobody on one side."""
    words = OUTCOME_TERMS[question.outcome]
    found = []
    if counts.events < limits.MIN_EVENTS:
        found.append(refusal("too_few_events", events=counts.events, exits=words.exits, needed=limits.MIN_EVENTS))
    if not counts.exposed_units:
        return [*found, refusal("no_one_exposed")]
    if not unexposed_units:
        return [*found, refusal("everyone_exposed")]
    if counts.exposed_units < limits.MIN_UNITS_EXPOSED:
        needed = limits.MIN_UNITS_EXPOSED
        found.append(refusal("too_few_exposed", exposed=counts.exposed_units, units=words.units, needed=needed))
    exposed, unexposed = counts.events_exposed, counts.events - counts.events_exposed
    if min(exposed, unexposed) < limits.MIN_EVENTS_IN_ARM:
        sides = {"events": counts.events, "exposed": exposed, "unexposed": unexposed}
        found.append(refusal("too_few_events_in_arm", **sides, exits=words.exits, needed=limits.MIN_EVENTS_IN_ARM))
    return found


def refuse_without_overlap(rows: IndexedRows) -> list[Notice]:
    """Exits teach something only at tenures where both sides are at risk."""
    at_risk, events = at_risk_and_events(rows, rows.x[:, 0].astype(np.int64), 2)
    telling = events[(at_risk > 0).all(axis=1)].sum()
    return [] if telling >= limits.MIN_EVENTS_IN_ARM else [refusal("no_overlap")]


def refuse_constant(design: Design, spells: Spells) -> list[Notice]:
    return [refusal("no_variation", column=name) for name in design.constant(spells.row)]


def warn_about_data(question: Question, spells: Spells) -> list[Notice]:
    """Rows and dates that were set aside, with the reasons."""
    found = []
    excluded = +spells.excluded
    if excluded:
        origin = OUTCOME_TERMS[question.outcome].origin
        reasons = "; ".join(EXCLUSIONS[reason].format(n=n, origin=origin) for reason, n in excluded.items())
        found.append(warning("rows_excluded", n=excluded.total(), reasons=reasons))
    found += [warning(code, n=n) for code, n in (+spells.ignored).items()]
    return found


def warn_about_curves(curves: tuple[CurvePoint, ...]) -> list[Notice]:
    """Both curves begin at 1; where one begins months after the other, their heights mislead."""
    month = next((point.month for point in curves if point.group == EXPOSED and point.retained is not None), 0)
    return [warning("curve_starts_late", month=month)] if month > 1 else []


def warn_about_estimate(question: Question, counts: Counts, estimate: Estimate, coefficients: int) -> list[Notice]:
    exits = OUTCOME_TERMS[question.outcome].exits
    found = [] if question.covariates else [warning("unadjusted")]
    low, high = math.exp(estimate.ci_low), math.exp(estimate.ci_high)
    if high >= limits.WIDE_INTERVAL * low:
        found.append(warning("wide_interval", low=f"{low:.2f}", high=f"{high:.2f}"))
    if counts.events_exposed < limits.FEW_EXPOSED_EVENTS:
        found.append(warning("few_exposed_events", events=counts.events_exposed, exits=exits))
    if counts.events < limits.EVENTS_PER_COEFFICIENT * coefficients:
        numbers = {"events": counts.events, "coefficients": coefficients, "needed": limits.EVENTS_PER_COEFFICIENT}
        found.append(warning("many_coefficients", exits=exits, **numbers))
    return found
