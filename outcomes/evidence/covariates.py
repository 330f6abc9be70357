"""Covariates that cannot be what they were at the start: those that know who left, and those with holes."""

from __future__ import annotations

from math import exp, sqrt

import numpy as np

from . import limits
from .arrays import Bools, Floats, Ints
from .design import Design
from .fits import CoxFit
from .question import Question
from .result import Notice
from .spells import Spells
from .words import COVARIATE_NOTICES, LESS_OFTEN, MORE_OFTEN, OUTCOME_TERMS


def check_missing(question: Question, design: Design, spells: Spells) -> tuple[list[Notice], list[Notice]]:
    """Refusals and warnings about covariates without a value for some: many, or leavers rather than stayers."""
    refusals: list[Notice] = []
    warnings: list[Notice] = []
    for name in design.columns:
        missing = design.missing(name)[spells.unit_index]  # (spells,)
        share = float(missing.mean()) if len(missing) else 0.0
        said = {"column": name, "units": OUTCOME_TERMS[question.outcome].units}
        if share >= limits.MAX_MISSING:
            refusals.append(_notice("covariate_mostly_missing", least=_percent(limits.MAX_MISSING), **said))
        elif _is_apart(missing, spells.event):
            more = MORE_OFTEN if missing[spells.event].mean() > missing[~spells.event].mean() else LESS_OFTEN
            refusals.append(_notice("covariate_missing_among_leavers", column=name, more=more))
        elif share >= limits.MUCH_MISSING:
            warnings.append(_notice("covariate_partly_missing", least=_percent(limits.MUCH_MISSING), **said))
    return refusals, warnings


def _is_apart(missing: Bools, event: Bools) -> bool:
    """Whether the share of `missing` (spells,) differs between those with the `event` (spells,) and the others."""
    n_leavers, n_stayers = int(event.sum()), int((~event).sum())
    if not n_leavers or not n_stayers:
        return False
    difference = abs(float(missing[event].mean()) - float(missing[~event].mean()))
    overall = float(missing.mean())
    error = sqrt(overall * (1 - overall) * (1 / n_leavers + 1 / n_stayers))
    return difference >= limits.MISSING_APART and difference >= limits.MISSING_Z * error


def check_coefficients(design: Design, fit: CoxFit, covariates: Floats, unit_index: Ints) -> tuple[list[Notice], list[Notice]]:
    """Refusals and warnings about covariates that tell leavers from stayers more clearly than one known at the start could."""
    refusals: dict[str, Notice] = {}
    warnings: dict[str, Notice] = {}
    for i, (name, level) in enumerate(design.coefficient_names(unit_index)):
        value, se = float(fit.beta[1 + i]), sqrt(float(fit.covariance[1 + i, 1 + i]))
        if abs(value / se) <= limits.SUSPICIOUS_Z:
            continue
        ratio = exp(min(abs(value) * (1.0 if level else float(np.std(covariates[:, i]))), 700))
        if ratio > limits.SUSPICIOUS_RATIO:
            refusals.setdefault(name, _notice("covariate_knows_outcome", column=name))
        else:
            warnings.setdefault(name, _notice("covariate_stands_out", column=name))
    return list(refusals.values()), list(warnings.values())


def _notice(code: str, **placeholders: str) -> Notice:
    return Notice(code, COVARIATE_NOTICES[code].format(**placeholders))


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
