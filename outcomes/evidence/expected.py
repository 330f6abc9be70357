"""How many exits each person can be expected to have, without looking at who completed: as much as a completion of theirs can
move a figure, since that is in proportion to the exits expected while they are at risk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np

from .arrays import Bools, Dates, Floats, Ints, Objects
from .cells import IndexedRows, index_rows, sum_by_code
from .design import Design, build_design
from .estimates import N_GROUPS, TimeAtRisk
from .fits import FitError
from .likelihood import cumulative_hazard, refit
from .poisson import expected_by_calendar
from .question import Clock, Question
from .spells import Spells, build_spells, split_at_exposure
from .units import Units
from .variants import cut_rows


def expected_exits(question: Question, units: Units, as_of: date, since: Dates, until: Dates) -> list[Floats]:
    """Each (stints,), by the clock of days, that of months, and calendar quarters: the ways in which the figures are made.

    Of each between `since` and `until` (stints,) alone, where it is open whether they have completed; NaT for never, and for no
    end. From the models of the estimates without the exposure, with the same columns: a person set apart by a column is seen to
    be. Nelson and Aalen's cumulative hazard over that time at risk of each, times their own relative hazard.
    """
    found: list[Floats] = []
    for clock in ("day", "month"):
        time, design = _at_risk(question, replace(units, exposed_on=since), as_of, clock)
        if not len(time.spells):
            continue
        ends = _tenure_of(until, question, units, as_of, clock)[time.spells.unit_index]
        found.append(_by_tenure(time.spells, design, ends, len(units)))
        if clock == "month" and question.knows_dates:
            found += _by_calendar(time.spells, design, ends, len(units))
    return found


def heaviest_of(weights: Floats) -> float:
    """What the largest of `weights` (people,) is beside all others: its square over the sum of theirs; infinite beside none.

    Those who weigh the same come to one over as many as stand beside each. A figure in which each of the others adds its weight
    or does not, as likely as not, spreads by half the root of that sum: so much hides the one.
    """
    if not len(weights):
        return 0.0
    squares = np.sort(np.square(weights))
    others = float(squares[:-1].sum())
    return float(squares[-1]) / others if others else (np.inf if squares[-1] else 0.0)


def weights_of(expected: Floats, whose: Objects, among: Bools) -> Floats:
    """(people,) Sums of `expected` by person; all (stints,), `whose` text."""
    _names, code = np.unique(whose[among].astype(str), return_inverse=True)
    return sum_by_code(expected[among], code, int(code.max()) + 1 if len(code) else 0)


def _tenure_of(days: Dates, question: Question, units: Units, as_of: date, clock: Clock) -> Floats:
    """(stints,) From which tenure on somebody would be exposed who completed on these days; infinite for NaT."""
    spells = build_spells(replace(units, exposed_on=days), replace(question, clock=clock), as_of)
    tenure = np.full(len(units), np.inf)
    tenure[spells.unit_index] = spells.exposed_from
    return tenure


def _at_risk(question: Question, units: Units, as_of: date, clock: Clock) -> tuple[TimeAtRisk, Design]:
    spells = build_spells(units, replace(question, clock=clock), as_of)
    design, _problems = build_design(question.covariates, units.covariates, len(units))
    design = design.without_small_levels(spells.unit_index, spells.person_code)
    spells = spells.subset(design.complete[spells.unit_index], "covariate_missing")
    time, _levels = TimeAtRisk(clock, spells, units.team[spells.unit_index]).without_eventless_levels(design)
    return time, design


def _by_tenure(spells: Spells, design: Design, ends: Floats, n_stints: int) -> Floats:
    """`ends` (spells,) is where what is open ends; it begins where the spells are exposed."""
    rows = split_at_exposure(spells)
    rows = cut_rows(rows, np.maximum(ends, spells.exposed_from)[rows.spell_index])
    indexed = index_rows(rows, design.matrix(spells.unit_index), np.zeros((len(rows), 0), dtype=bool))
    beta = _beta(indexed)
    hazard = cumulative_hazard(beta, indexed)
    is_open = (rows.exposed & (rows.start < ends[rows.spell_index]))[indexed.risk_row_index]
    of_rows = indexed.relative_hazard(beta) * (hazard[indexed.stop] - hazard[indexed.start]) * is_open
    stint: Ints = spells.unit_index[indexed.spell_index]
    return sum_by_code(of_rows, stint, n_stints)


def _beta(indexed: IndexedRows) -> Floats:
    """Of the covariates; nought where there are none, or where without the exposure they have no stable answer."""
    none = np.zeros(indexed.n_columns)
    if not indexed.n_columns:
        return none
    try:
        return refit(indexed, none).beta
    except FitError:
        return none


def _by_calendar(spells: Spells, design: Design, ends: Floats, n_stints: int) -> Iterator[Floats]:
    for n_groups in (None,) if design.all_categorical else N_GROUPS:
        index = spells.unit_index
        covariates = design.matrix(index) if n_groups is None else design.grouped(index, n_groups)
        of_spells = expected_by_calendar(spells, covariates, ends)
        if of_spells is not None:
            yield sum_by_code(of_spells, index, n_stints)
            return
