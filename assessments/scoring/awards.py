"""When "at least level k" is awarded, and what that promises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erf

import numpy as np

from assessments.scoring.placement import (
    HIGHEST,
    LOWEST,
    SLOPES,
    Floats,
    Levels,
    posterior,
    probabilities_at_least,
)

MIN_ITEMS = 16
LOWEST_CUT = 0.80
CUTS = (LOWEST_CUT, 0.85, 0.90, 0.925, 0.95, 0.975, 0.99)
RIGHT, WRONG_BELOW, ENOUGH_AWARDED = 0.80, 0.10, 50
AWARDABLE = range(LOWEST + 1, HIGHEST + 1)
"""Everybody is at level 1 at least: to award it would say nothing."""


@dataclass(frozen=True)
class Population:
    """Levels of learners who might sit a form: normal, and cut to the scale."""

    name: str
    mean: float
    sd: float


POPULATIONS = (
    Population("beginners", 2.0, 0.7),
    Population("mixed", 3.0, 1.0),
    Population("experienced", 4.0, 0.7),
)


@dataclass(frozen=True)
class Outcome:
    """Of `simulated` learners of a population: how many were `awarded` at least a level, and how many of these `rightly`."""

    simulated: int
    awarded: int
    rightly: int

    @property
    def share_right(self) -> float:
        return self.rightly / self.awarded if self.awarded else float("nan")

    @property
    def holds(self) -> bool:
        return self.awarded < ENOUGH_AWARDED or self.share_right >= RIGHT


@dataclass(frozen=True)
class LevelRule:
    """`cut`: the probability from which the level is awarded, None where it is withheld. `below`: the share of learners half a
    level below who would get it. `outcomes` by name of the population; these and `below` at `cut`, or at the highest one tried.
    """

    level: int
    cut: float | None
    below: float
    outcomes: Mapping[str, Outcome]


def awarded_level(at_least: Sequence[float], rules: Sequence[LevelRule], *, items: int, is_keyed: bool) -> int | None:
    """The highest level that is awarded, or None.

    `at_least`: as in `Placement`. `is_keyed`: every item's key comes from a panel or a calibration. Nothing is awarded under 16
    items of the skill, at a cut below 0.8, or on an author's key alone.
    """
    if not is_keyed or items < MIN_ITEMS:
        return None
    met = [rule.level for rule in rules if rule.cut is not None and at_least[rule.level - 1] >= max(rule.cut, LOWEST_CUT)]
    return max(met, default=None)


def find_rules(layouts: Sequence[tuple[int, ...]], *, persons: int = 4000, seed: int = 20261130) -> list[LevelRule]:
    """For each level the lowest cut from 0.8 on under which awards hold, by simulation of a form with these options' levels.

    They hold where in each of `POPULATIONS` in which 50 or more of `persons` are awarded the level at least 80 in 100 of these
    are at it (half a level below k or higher), and of learners exactly half a level below k at most 10 in 100 get it. Where no
    cut does, so few are awarded it that nobody knows, or the form has fewer than 16 items, the level is withheld. The draws are
    kept: the same form has the same rules.
    """
    rng = np.random.default_rng(seed)
    drawn = {population.name: _levels(population, persons, rng) for population in POPULATIONS}
    answered = {
        name: probabilities_at_least(posterior(layouts, answers(layouts, levels, rng))) for name, levels in drawn.items()
    }
    rules = []
    for level in AWARDABLE:
        border = answers(layouts, np.full(persons, level - 0.5), rng)
        below = probabilities_at_least(posterior(layouts, border))[:, level - 1]
        rules.append(_rule(level, below, answered, drawn, is_long=len(layouts) >= MIN_ITEMS))
    return rules


def _rule(
    level: int, below: Floats, answered: Mapping[str, Floats], drawn: Mapping[str, Floats], *, is_long: bool
) -> LevelRule:
    for cut in CUTS:
        share_below = float((below >= cut).mean())
        outcomes = {name: _outcome(probable[:, level - 1] >= cut, drawn[name], level) for name, probable in answered.items()}
        is_known = any(outcome.awarded >= ENOUGH_AWARDED for outcome in outcomes.values())
        if is_long and is_known and share_below <= WRONG_BELOW and all(outcome.holds for outcome in outcomes.values()):
            return LevelRule(level, cut, share_below, outcomes)
    return LevelRule(level, None, share_below, outcomes)


def _outcome(is_awarded: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], levels: Floats, level: int) -> Outcome:
    return Outcome(len(levels), int(is_awarded.sum()), int((is_awarded & (levels >= level - 0.5)).sum()))


def _levels(population: Population, persons: int, rng: np.random.Generator) -> Floats:
    return np.clip(rng.normal(population.mean, population.sd, persons), LOWEST - 0.5, HIGHEST + 0.5)


def answers(
    layouts: Sequence[tuple[int, ...]], levels: Floats, rng: np.random.Generator, *, slope_factor: float = 1.0
) -> Levels:
    """(persons, items): levels chosen by people at `levels` (persons,) whose items behave as said.

    Half of the people meet items that share one slope, half items that each have their own; slopes are drawn evenly on the
    scale of their logarithm from .35 to 1.5, times `slope_factor`.
    """
    own = rng.uniform(np.log(SLOPES[0]), np.log(SLOPES[-1]), (len(levels), len(layouts)))
    own[::2] = own[::2, :1]
    slopes = np.exp(own) * slope_factor
    chosen = np.empty(own.shape, dtype=np.intp)
    for position, options in enumerate(layouts):
        known = np.array(options)
        likely = np.exp(-slopes[:, position, None] * (known - levels[:, None]) ** 2 / 2)
        edges = np.cumsum(likely, axis=1) / likely.sum(axis=1, keepdims=True)
        chosen[:, position] = known[(rng.random((len(levels), 1)) > edges[:, :-1]).sum(axis=1)]
    return chosen


def expected_accuracy(levels: Floats, shares: Floats, information: Floats, bounds: Sequence[float]) -> float:
    """The expected share of people who are put on the right side of all `bounds`.

    `levels`, `shares` (which sum to 1) and `information` are (levels,) each: where people are, how many of them, and what the
    form knows there. Estimates are taken as normal around the level with the variance 1/information.

    Rudner (2005), Expected classification accuracy, Practical Assessment, Research and Evaluation 10(13), equation 2.
    """
    edges = np.concatenate([[-np.inf], np.sort(np.asarray(bounds, dtype=float)), [np.inf]])
    place = np.searchsorted(edges[1:-1], levels, side="right")
    error = 1 / np.sqrt(information)
    below, above = (edges[place] - levels) / error, (edges[place + 1] - levels) / error
    return float(shares @ (_normal(above) - _normal(below)))


def _normal(z: Floats) -> Floats:
    return np.array([(1 + erf(value / 2**0.5)) / 2 for value in z.tolist()])


def form_information(layouts: Sequence[tuple[int, ...]], levels: Floats) -> Floats:
    """(levels,): Fisher information of a form at each level; of each item the mean over the slopes that it may have.

    Of the placement's model it is a² times the variance of the level chosen.
    """
    total = np.zeros(len(levels))
    for options in layouts:
        known = np.array(options, dtype=float)[:, None, None]
        likely = np.exp(-SLOPES[:, None] * (known - levels) ** 2 / 2)
        likely /= likely.sum(axis=0)
        variance = (likely * known**2).sum(axis=0) - (likely * known).sum(axis=0) ** 2
        total += (SLOPES[:, None] ** 2 * variance).mean(axis=0)
    return total
