"""What can be said of a drawn form before anybody sits it: whether it can be filled, how often, and what it can tell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assessments.scoring.awards import (
    AWARDABLE,
    MIN_ITEMS,
    POPULATIONS,
    LevelRule,
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

Rules = Callable[[tuple[tuple[int, ...], ...]], Sequence[LevelRule]]
"""What awards follow, of questions whose options have these levels: those by which sittings are scored."""


@dataclass(frozen=True)
class SkillForecast:
    """Of one sitting and one skill. `accuracy`: by population the expected share of people whose estimate lies in their own
    level (Rudner 2005). `awarded`: by population, and by level from 2 on, the expected share who are awarded it; empty where
    nothing can be, `is_keyed` and `levelled` say why: every key of the sitting has to come from more than its author, and 16
    items or more of the skill have to tell levels apart.
    """

    skill: str
    items: int
    levelled: int
    is_keyed: bool
    accuracy: Mapping[str, float]
    awarded: Mapping[str, Mapping[int, float]]

    @property
    def is_long_enough(self) -> bool:
        return self.levelled >= MIN_ITEMS


@dataclass(frozen=True)
class Forecast:
    """`lacks`: of places that cannot be filled, none where it can. `sittings`: how many one person can take without meeting an
    item twice, at least; other draws may give more. `skills`: of the first sitting drawn.
    """

    lacks: tuple[Lack, ...]
    sittings: int
    skills: tuple[SkillForecast, ...]


def forecast_of(bank: Sequence[BankItem], blueprint: Blueprint, *, seed: str, rules: Rules = find_rules) -> Forecast:
    """The same for the same bank, blueprint and seed."""
    try:
        keys = frozenset(draw(bank, blueprint, seed=seed))
    except NotFilled as error:
        return Forecast(error.lacks, 0, ())
    told = forecast_of_sitting([item for item in bank if item.key in keys], rules=rules)
    return Forecast((), max(_sittings(bank, blueprint, f"{seed}:{number}") for number in range(TRIES)), told)


def forecast_of_sitting(items: Sequence[BankItem], *, rules: Rules = find_rules) -> tuple[SkillForecast, ...]:
    """Of one with these items, skill by skill."""
    is_keyed = all(item.is_keyed for item in items)
    skills = sorted({item.skill for item in items})
    return tuple(_of_skill(skill, [item for item in items if item.skill == skill], is_keyed, rules) for skill in skills)


def _sittings(bank: Sequence[BankItem], blueprint: Blueprint, seed: str) -> int:
    met: list[str] = []
    for number in range(MOST_SITTINGS):
        try:
            met += draw(bank, blueprint, seed=f"{seed}:{number}", met=met)
        except NotFilled:
            return number
    return MOST_SITTINGS


def _of_skill(skill: str, items: Sequence[BankItem], is_keyed: bool, rules: Rules) -> SkillForecast:
    layouts = tuple(sorted(levels for item in items if len(levels := tuple(sorted(set(item.levels)))) > 1))
    accuracy = {population.name: _accuracy(layouts, population) for population in POPULATIONS} if layouts else {}
    awarded = _awarded(rules(layouts)) if is_keyed and len(layouts) >= MIN_ITEMS else {}
    return SkillForecast(skill, len(items), len(layouts), is_keyed, accuracy, awarded)


def _accuracy(layouts: Sequence[tuple[int, ...]], population: Population) -> float:
    levels, shares = _spread(population)
    return expected_accuracy(levels, shares, form_information(layouts, levels), BOUNDS)


def _spread(population: Population) -> tuple[Floats, Floats]:
    """Levels of a population, cut to the scale, and how many are at each."""
    levels = np.linspace(LOWEST - 0.5, HIGHEST + 0.5, 101)
    shares = np.exp(-(((levels - population.mean) / population.sd) ** 2) / 2)
    return levels, shares / shares.sum()


def _awarded(rules: Sequence[LevelRule]) -> dict[str, dict[int, float]]:
    given = [rule for rule in rules if rule.cut is not None]
    return {
        population.name: {
            rule.level: rule.outcomes[population.name].awarded / rule.outcomes[population.name].simulated for rule in given
        }
        for population in POPULATIONS
    }
