"""How many exits each person can be expected to have, without looking at who completed: as much as a completion of theirs can
move a figure, since that is in proportion to the exits expected while they are at risk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np

from .arrays import Bools, Floats, Ints, Objects
from .cells import IndexedRows, index_rows, sum_by_code
from .design import Design, build_design
from .estimates import N_GROUPS, TimeAtRisk
from .fits import FitError
from .likelihood import cumulative_hazard, refit
from .poisson import expected_by_calendar
from .question import Clock, Question
from .spells import Spells, build_spells, split_at_exposure
from .units import Units


def expected_exits(question: Question, units: Units, as_of: date) -> list[Floats]:
    """Each (stints,), by the clock of days, that of months, and calendar quarters: the ways in which the figures are made.

    From the models of the estimates without the exposure, with the same columns: a person set apart by a column is seen to be.
    Nelson and Aalen's cumulative hazard over the time at risk of each, times their own relative hazard.
    """
    nobody = replace(units, exposed_on=np.full(len(units), np.datetime64("NaT", "D")))
    found: list[Floats] = []
    for clock in ("day", "month"):
        time, design = _at_risk(question, nobody, as_of, clock)
        if not len(time.spells):
            continue
        found.append(_by_tenure(time.spells, design, len(units)))
        if clock == "month" and question.knows_dates:
            found += _by_calendar(time.spells, design, len(units))
    return found


def effective_number(expected: Floats, whose: Objects, among: Bools) -> float:
    """So many people who all weigh the same would weigh as these do: Kish's, the square of the sum over the sum of squares.

    `expected`, `whose` (text) and `among` are (stints,); the stints of one person are added up. 0 where nothing is expected of
    anybody. Kish (1965), Survey Sampling, section 11.7.
    """
    weights = weights_of(expected, whose, among)
    squares = float(np.square(weights).sum())
    return float(weights.sum()) ** 2 / squares if squares else 0.0


def weights_of(expected: Floats, whose: Objects, among: Bools) -> Floats:
    """(people,) Sums of `expected` by person."""
    _names, code = np.unique(whose[among].astype(str), return_inverse=True)
    return sum_by_code(expected[among], code, int(code.max()) + 1 if len(code) else 0)


def _at_risk(question: Question, units: Units, as_of: date, clock: Clock) -> tuple[TimeAtRisk, Design]:
    spells = build_spells(units, replace(question, clock=clock), as_of)
    design, _problems = build_design(question.covariates, units.covariates, len(units))
    design = design.without_small_levels(spells.unit_index, spells.person_code)
    spells = spells.subset(design.complete[spells.unit_index], "covariate_missing")
    time, _levels = TimeAtRisk(clock, spells, units.team[spells.unit_index]).without_eventless_levels(design)
    return time, design


def _by_tenure(spells: Spells, design: Design, n_stints: int) -> Floats:
    rows = split_at_exposure(spells)
    indexed = index_rows(rows, design.matrix(spells.unit_index), np.zeros((len(rows), 0), dtype=bool))
    beta = _beta(indexed)
    hazard = cumulative_hazard(beta, indexed)
    of_rows = indexed.relative_hazard(beta) * (hazard[indexed.stop] - hazard[indexed.start])
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


def _by_calendar(spells: Spells, design: Design, n_stints: int) -> Iterator[Floats]:
    for n_groups in (None,) if design.all_categorical else N_GROUPS:
        index = spells.unit_index
        covariates = design.matrix(index) if n_groups is None else design.grouped(index, n_groups)
        of_spells = expected_by_calendar(spells, covariates)
        if of_spells is not None:
            yield sum_by_code(of_spells, index, n_stints)
            return
