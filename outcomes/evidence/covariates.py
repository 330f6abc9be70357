"""Covariates that cannot be what they were at the start: those that know who left, and those with holes."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log

import numpy as np

from . import limits
from .arrays import Bools, Floats
from .cells import IndexedRows
from .design import CategoricalColumn, Design
from .fits import CoxFit
from .missing import is_apart
from .question import Question
from .result import Notice
from .separation import separation, share_by_completion
from .spells import Spells
from .words.notices import COVARIATE_NOTICES, LESS_OFTEN, MORE_OFTEN
from .words.terms import OUTCOME_TERMS


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
        elif is_apart(missing, spells.event):
            more = MORE_OFTEN if missing[spells.event].mean() > missing[~spells.event].mean() else LESS_OFTEN
            refusals.append(_notice("covariate_missing_among_leavers", column=name, more=more))
        elif share >= limits.MUCH_MISSING:
            warnings.append(_notice("covariate_partly_missing", least=_percent(limits.MUCH_MISSING), **said))
    return refusals, warnings


@dataclass
class Doubts:
    """Covariates that may not be what they were at the start: reasons to refuse, to warn, and the columns that stand out."""

    refusals: list[Notice] = field(default_factory=list)
    warnings: list[Notice] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    """Each by its name. What is said must be so without them too (`estimates.rests_on`)."""


def check_coefficients(design: Design, fit: CoxFit, covariates: Floats, spells: Spells, indexed: IndexedRows) -> Doubts:
    """About covariates that tell leavers from stayers more clearly than one known at the start could.

    `covariates` (spells, p) are those of the fit to `indexed`, the rows of these `spells`. Of a number the difference that one
    standard deviation makes is looked at, and how well it alone tells them apart; of a category each level against the largest,
    and against the rest.
    """
    doubts = Doubts()
    names = [name for name, _level in design.coefficient_names(spells.unit_index)]
    for name in dict.fromkeys(names):
        own = np.flatnonzero(np.array(names) == name)
        of_name = fit.beta[1 + own], fit.covariance[np.ix_(1 + own, 1 + own)], covariates[:, own]
        if isinstance(design.columns[name], CategoricalColumn):
            found = _between_levels(*of_name)
        else:
            found = _by_standard_deviation(*of_name).and_also(_by_itself(covariates[:, own[0]], spells, indexed))
        stands_out = np.abs(found.z) > limits.SUSPICIOUS_Z
        is_large = found.is_large
        if (stands_out & is_large).any():
            doubts.refusals.append(_notice("covariate_knows_outcome", column=name))
        elif (is_large & (np.abs(found.z) > limits.LARGE_Z)).any():
            doubts.warnings.append(_notice("covariate_may_know_outcome", column=name))
        elif stands_out.any():
            doubts.warnings.append(_notice("covariate_stands_out", column=name))
        if (np.abs(found.z) > limits.LARGE_Z).any():
            doubts.columns.append(name)
    return doubts


def check_completion(design: Design, covariates: Floats, spells: Spells) -> Doubts:
    """About numbers that tell those who completed from those who never did.

    A number of courses completed holds the completion itself: adjusting for it compares those who completed with others who
    have it from somewhere else. `covariates` (spells, p) are those of the model.
    """
    doubts = Doubts()
    for position, (name, _level) in enumerate(design.coefficient_names(spells.unit_index)):
        if isinstance(design.columns[name], CategoricalColumn):
            continue
        values = covariates[:, position]
        is_flag = len(np.unique(values)) <= 2
        share = share_by_completion(values, spells)
        if share >= (limits.FLAGS_COMPLETION if is_flag else limits.COUNTS_COMPLETION):
            doubts.refusals.append(_notice("covariate_knows_completion", column=name))
        elif share >= limits.MAY_COUNT_COMPLETION:
            doubts.warnings.append(_notice("covariate_may_know_completion", column=name))
            doubts.columns.append(name)
    return doubts


@dataclass(frozen=True)
class _Differences:
    """Which are larger than one of what was known at the start, and each by its standard error, both (differences,)."""

    is_large: Bools
    z: Floats

    @classmethod
    def of_ratios(cls, log_ratio: Floats, error: Floats) -> _Differences:
        return cls(np.abs(log_ratio) > log(limits.SUSPICIOUS_RATIO), log_ratio / error)

    def and_also(self, other: _Differences) -> _Differences:
        return _Differences(np.append(self.is_large, other.is_large), np.append(self.z, other.z))


def _by_itself(values: Floats, spells: Spells, indexed: IndexedRows) -> _Differences:
    """Of a number, `values` (spells,): how well it alone tells leavers from stayers. A flag is judged by its ratio alone."""
    if len(np.unique(values)) <= 2:
        return _Differences(np.zeros(0, dtype=bool), np.zeros(0))
    found = separation(values, spells, indexed)
    is_large = found.share > limits.SUSPICIOUS_SHARE
    return _Differences(np.array([is_large]), np.array([found.z if is_large else 0.0]))


def _by_standard_deviation(beta: Floats, covariance: Floats, values: Floats) -> _Differences:
    """Of a number: `beta` (1,), `covariance` (1, 1) and `values` (rows, 1)."""
    scale = values.std()
    return _Differences.of_ratios(beta * scale, np.sqrt(covariance[0]) * scale)


def _between_levels(beta: Floats, covariance: Floats, dummies: Floats) -> _Differences:
    """Of each level from the largest, which is the reference, and from the mean of all others, by their rows.

    `beta` (p,) and `covariance` (p, p) are of the columns of `dummies` (rows, p). What a level is called changes none of them.
    Not between each two: of many levels that say something honestly, two are far apart before long.
    """
    p = len(beta)
    share = np.concatenate([[1 - dummies.mean(axis=0).sum()], dummies.mean(axis=0)])  # (levels,)
    from_rest = np.eye(p + 1) - (1 - np.eye(p + 1)) * share / (1 - share)[:, None]
    contrasts = np.concatenate([np.eye(p), from_rest[:, 1:]])  # the coefficient of the reference is nought
    log_ratio = contrasts @ beta
    return _Differences.of_ratios(log_ratio, np.sqrt(np.einsum("ij,jk,ik->i", contrasts, covariance, contrasts)))


def _notice(code: str, **placeholders: str) -> Notice:
    return Notice(code, COVARIATE_NOTICES[code].format(**placeholders))


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
