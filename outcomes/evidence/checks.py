"""What is refused, and what is answered with a warning."""

from __future__ import annotations

import math

import numpy as np

from . import limits
from .cells import IndexedRows, risk_set_counts
from .design import Design
from .question import Question
from .result import EXPOSED, Counts, CurvePoint, Estimate, Notice
from .spells import Spells
from .words.notices import COUNTED_WARNINGS, EXCLUDED_FOR_SEVERAL_REASONS, EXCLUSIONS, REFUSALS, WARNINGS
from .words.terms import OUTCOME_TERMS
from .words.writing import shown


def refusal(code: str, **placeholders: object) -> Notice:
    return Notice(code, REFUSALS[code].format(**placeholders))


def warning(code: str, **placeholders: object) -> Notice:
    return Notice(code, WARNINGS[code].format(**placeholders))


def refuse_exposure(question: Question) -> list[Notice]:
    if question.exposure == "completion":
        return []
    return [refusal("not_built_yet", exposure=question.exposure)]


def refuse_counts(question: Question, counts: Counts, unexposed_units: int) -> list[Notice]:
    """Too few exits, in all or on one side; nobody on one side. How few they are is not said where they are under ten."""
    terms = OUTCOME_TERMS[question.outcome]
    refusals = []
    events, exposed_units, events_exposed = counts.events or 0, counts.exposed_units or 0, counts.events_exposed or 0
    if events < limits.MIN_EVENTS:
        refusals.append(refusal("too_few_events", exits=terms.exits, needed=limits.MIN_EVENTS))
    if not exposed_units:
        return [*refusals, refusal("no_one_exposed")]
    if not unexposed_units:
        return [*refusals, refusal("everyone_exposed")]
    if exposed_units < limits.MIN_UNITS_EXPOSED:
        refusals.append(refusal("too_few_exposed", units=terms.units, needed=limits.MIN_UNITS_EXPOSED))
    if min(events_exposed, events - events_exposed) < limits.MIN_EVENTS_IN_ARM:
        refusals.append(refusal("too_few_events_in_arm", exits=terms.exits, needed=limits.MIN_EVENTS_IN_ARM))
    return refusals


def refuse_without_overlap(question: Question, rows: IndexedRows) -> list[Notice]:
    """Exits teach something only at tenures where both sides are at risk."""
    exposed = rows.exposures[:, 0].astype(np.int64)
    n_at_risk, n_events = risk_set_counts(rows, exposed, 2)  # (times, 2)
    n_comparable_events = n_events[(n_at_risk > 0).all(axis=1)].sum()
    if n_comparable_events >= limits.MIN_EVENTS_IN_ARM:
        return []
    terms = OUTCOME_TERMS[question.outcome]
    return [refusal("no_overlap", tenure=terms.tenure, experienced=terms.experienced)]


def refuse_eventless_levels(question: Question, spells: Spells, n_spells: int, levels: list[tuple[str, str]]) -> list[Notice]:
    """Levels in which nobody left that hold many: the covariate knows who left. `spells` are the rest of `n_spells`.

    `levels` come with their covariates, which alone are named: what is in a cell may be somebody's secret.
    """
    if n_spells - len(spells) <= limits.MAX_EVENTLESS * n_spells:
        return []
    terms = OUTCOME_TERMS[question.outcome]
    most = f"{100 * limits.MAX_EVENTLESS:.0f}"
    columns = ", ".join(sorted({name for name, _ in levels}))
    return [refusal("eventless_levels", most=most, units=terms.units, columns=columns)]


def refuse_columns(question: Question, design: Design, spells: Spells) -> list[Notice]:
    """Columns that say the same of everyone, or by which an answer would be about a few: with each value, or apart from all."""
    units, pooled = OUTCOME_TERMS[question.outcome].units, design.columns_of_small_levels(spells.unit_index)
    constant = [
        refusal("levels_too_small", column=name, units=units) if name in pooled else refusal("no_variation", column=name)
        for name in design.constant_columns(spells.unit_index)
    ]
    apart = [refusal("covariate_singles_out", column=name) for name in design.columns_that_single_out(spells.unit_index)]
    return [*constant, *apart]


def warn_about_data(question: Question, spells: Spells) -> list[Notice]:
    """Rows and dates that were set aside, with the reasons."""
    warnings = []
    excluded = +spells.excluded
    if excluded:
        origin = OUTCOME_TERMS[question.outcome].origin
        warnings.append(_warn_of_exclusions({_counted(EXCLUSIONS[code], n, origin=origin): n for code, n in excluded.items()}))
    warnings += [_counted_warning(code, n) for code, n in (+spells.ignored).items()]
    return warnings


def _warn_of_exclusions(n_rows: dict[str, int]) -> Notice:
    """`n_rows` by reason, in words."""
    if len(n_rows) == 1:
        ((reason, n),) = n_rows.items()
        return _counted_warning("rows_excluded", n, reason=reason)
    reasons = "; ".join(f"{shown(n)} {reason}" for reason, n in n_rows.items())
    return Notice("rows_excluded", EXCLUDED_FOR_SEVERAL_REASONS.format(reasons=reasons))


def _counted_warning(code: str, n: int, **placeholders: object) -> Notice:
    return Notice(code, _counted(COUNTED_WARNINGS[code], n, **placeholders))


def _counted(forms: str, n: int, **placeholders: object) -> str:
    """In the plural: whether it is one is not said."""
    return forms.format(n=shown(n), **placeholders)


def warn_about_curves(curves: tuple[CurvePoint, ...]) -> list[Notice]:
    """Both curves begin at 1; where one begins months after the other, their heights mislead."""
    month = next((point.month for point in curves if point.group == EXPOSED and point.retained is not None), 0)
    return [warning("curve_starts_late", month=month)] if month > 1 else []


def warn_about_estimate(question: Question, counts: Counts, estimate: Estimate, coefficients: int) -> list[Notice]:
    """`estimate` is the one whose interval the answer uses."""
    terms = OUTCOME_TERMS[question.outcome]
    exits, events, events_exposed = terms.exits, counts.events or 0, counts.events_exposed or 0
    warnings = [] if question.covariates else [warning("unadjusted", tenure=terms.tenure)]
    low, high = math.exp(estimate.ci_low), math.exp(estimate.ci_high)
    if high >= limits.WIDE_INTERVAL * low:
        warnings.append(warning("wide_interval", low=f"{low:.2f}", high=f"{high:.2f}"))
    if events < limits.FEW_EVENTS:
        warnings.append(warning("few_events_exaggerate", few=limits.FEW_EVENTS, exits=exits))
    if events_exposed < limits.FEW_EXPOSED_EVENTS:
        warnings.append(warning("few_exposed_events", few=limits.FEW_EXPOSED_EVENTS, exits=exits))
    if events < limits.EVENTS_PER_COEFFICIENT * coefficients:
        placeholders = {"coefficients": coefficients, "needed": limits.EVENTS_PER_COEFFICIENT}
        warnings.append(warning("many_coefficients", exits=exits, **placeholders))
    return warnings
