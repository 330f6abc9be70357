"""What can be said of a drawn form before anybody sits it: whether it can be filled, how often, and what it can tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assessments.scoring.awards import (
    AWARDABLE,
    MIN_ITEMS,
    POPULATIONS,
    Population,
    expected_accuracy,
    find_rules,
    form_information,
)
from assessments.scoring.blueprint import BankItem, Blueprint, Lack, NotFilled, draw
from assessments.scoring.placement import HIGHEST, LOWEST, Floats

BOUNDS = tuple(level - 0.5 for level in AWARDABLE)
"""Between one level and the next."""

MOST_SITTINGS = 20
TRIES = 5
PERSONS = 2000


@dataclass(frozen=True)
class SkillForecast:
    """Of one sitting and one skill. `accuracy`: by population the expected share of people whose estimate lies in their own
    level (Rudner 2005). `awarded`: by population, and by level from 2 on, the expected share who are awarded it; empty where
    nothing can be, `is_keyed` and `items` say why: every key has to come from more than the author, of 16 items or more.
    """

    skill: str
    items: int
    is_keyed: bool
    accuracy: Mapping[str, float]
    awarded: Mapping[str, Mapping[int, float]]

    @property
    def is_long_enough(self) -> bool:
        return self.items >= MIN_ITEMS


@dataclass(frozen=True)
class Forecast:
    """`lacks`: of places that cannot be filled, none where it can. `sittings`: how many one person can take without meeting an
    item twice, at least; other draws may give more. `skills`: of the first sitting drawn.
    """

    lacks: tuple[Lack, ...]
    sittings: int
    skills: tuple[SkillForecast, ...]


def forecast_of(bank: Sequence[BankItem], blueprint: Blueprint, *, seed: str) -> Forecast:
    """The same for the same bank, blueprint and seed."""
    try:
        keys = frozenset(draw(bank, blueprint, seed=seed))
    except NotFilled as error:
        return Forecast(error.lacks, 0, ())
    drawn = [item for item in bank if item.key in keys]
    skills = sorted({item.skill for item in drawn})
    told = tuple(_of_skill(skill, [item for item in drawn if item.skill == skill]) for skill in skills)
    return Forecast((), max(_sittings(bank, blueprint, f"{seed}:{number}") for number in range(TRIES)), told)


def _sittings(bank: Sequence[BankItem], blueprint: Blueprint, seed: str) -> int:
    met: list[str] = []
    for number in range(MOST_SITTINGS):
        try:
            met += draw(bank, blueprint, seed=f"{seed}:{number}", met=met)
        except NotFilled:
            return number
    return MOST_SITTINGS


def _of_skill(skill: str, items: Sequence[BankItem]) -> SkillForecast:
    layouts = [levels for item in items if len(levels := tuple(sorted(set(item.levels)))) > 1]
    is_keyed = all(item.is_keyed for item in items)
    accuracy = {population.name: _accuracy(layouts, population) for population in POPULATIONS} if layouts else {}
    awarded = _awarded(layouts) if is_keyed and len(items) >= MIN_ITEMS and layouts else {}
    return SkillForecast(skill, len(items), is_keyed, accuracy, awarded)


def _accuracy(layouts: Sequence[tuple[int, ...]], population: Population) -> float:
    levels, shares = _spread(population)
    return expected_accuracy(levels, shares, form_information(layouts, levels), BOUNDS)


def _spread(population: Population) -> tuple[Floats, Floats]:
    """Levels of a population, cut to the scale, and how many are at each."""
    levels = np.linspace(LOWEST - 0.5, HIGHEST + 0.5, 101)
    shares = np.exp(-(((levels - population.mean) / population.sd) ** 2) / 2)
    return levels, shares / shares.sum()


def _awarded(layouts: Sequence[tuple[int, ...]]) -> dict[str, dict[int, float]]:
    rules = [rule for rule in find_rules(layouts, persons=PERSONS) if rule.cut is not None]
    return {
        population.name: {
            rule.level: rule.outcomes[population.name].awarded / rule.outcomes[population.name].simulated for rule in rules
        }
        for population in POPULATIONS
    }
