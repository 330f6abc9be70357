"""From a ratio of rates to people: how many of 100 left within a year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Floats, Ints
from .cells import IndexedRows
from .fits import CoxFit
from .likelihood import cumulative_hazard
from .limits import MIN_UNITS_EXPOSED
from .result import Estimate
from .spells import RiskRows, Spells

MONTHS = 12
STEP = 1e-3
"""Of the log hazard ratio, for the slope of the difference."""


@dataclass(frozen=True)
class YearAhead:
    """The year that follows each completion (or the first day observed after it), arrays (completions,).

    `first` and `last` index the event times before and within it; `log_relative_hazard` is that of the
    covariates against the mean of the rows, without the exposure.
    """

    first: Ints
    last: Ints
    log_relative_hazard: Floats
    mean_exposed: float


def risk_difference(
    fit: CoxFit, indexed: IndexedRows, rows: RiskRows, spells: Spells, covariates: Floats, widest: Estimate
) -> Estimate | None:
    """Share who left within 12 months of completing, less the share had their rate been that of those not yet completed.

    Standardised to those who completed, each from the tenure at which they did and with their own
    covariates, where a whole year of tenure after it was observed of anyone; None where those are
    fewer than ten. The interval is what `widest`'s limits of the ratio amount to, each with the
    baseline hazard that fits it best; the error is by the delta method. `covariates` is
    (spells, p).

    Breslow (1974), Covariance analysis of censored survival data, Biometrics 30, 89-99, with Efron's
    ties; standardisation after Gail and Byar (1986), Variance calculations for direct adjusted
    survival curves, Biometrical Journal 28, 587-599.
    """
    year = _year_ahead(fit, indexed, rows, spells, covariates)
    if year is None:
        return None

    def at(log_hazard_ratio: float) -> float:
        beta = np.concatenate([[log_hazard_ratio], fit.beta[1:]])
        cumulative = cumulative_hazard(beta, indexed)
        log_not_exposed = year.log_relative_hazard - log_hazard_ratio * year.mean_exposed
        hazard = (cumulative[year.last] - cumulative[year.first]) * np.exp(log_not_exposed)
        return float((np.exp(-hazard) - np.exp(-hazard * np.exp(log_hazard_ratio))).mean())

    slope = (at(widest.value + STEP) - at(widest.value - STEP)) / (2 * STEP)
    return Estimate(
        name="risk_difference_12m",
        value=at(widest.value),
        se=abs(slope) * widest.se,
        ci_low=at(widest.ci_low),
        ci_high=at(widest.ci_high),
        p=widest.p,
        clusters=widest.clusters,
        df=widest.df,
        method=f"{widest.method}_standardised",
        library=widest.library,
    )


def _year_ahead(fit: CoxFit, indexed: IndexedRows, rows: RiskRows, spells: Spells, covariates: Floats) -> YearAhead | None:
    """Each person once, from the first row after their completion, into however many stints or parts their time is cut."""
    year = MONTHS * spells.time_per_month
    event_times = np.unique(rows.stop[rows.event])
    completions = np.flatnonzero(rows.exposed)
    person = spells.person_code[rows.spell_index[completions]]
    in_order = np.lexsort((rows.start[completions], person))
    completions = completions[in_order[np.unique(person[in_order], return_index=True)[1]]]
    completions = completions[rows.start[completions] + year <= rows.stop.max()]
    if len(completions) < MIN_UNITS_EXPOSED:
        return None
    begins = rows.start[completions]
    mean = indexed.mean
    return YearAhead(
        first=np.searchsorted(event_times, begins, side="right"),
        last=np.searchsorted(event_times, begins + year, side="right"),
        log_relative_hazard=(covariates @ fit.beta[1:])[rows.spell_index[completions]] - mean[1:] @ fit.beta[1:],
        mean_exposed=float(mean[0]),
    )
