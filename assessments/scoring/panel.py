"""What a panel of experts says of a question: how effective each option is, how far they agree, and whether that is a key.

Experts rate every option on five points and choose the best one. The mean of an option is its effectiveness, as in Motowidlo,
Dunnette and Carter (1990), An alternative selection procedure: the low-fidelity simulation, Journal of Applied Psychology 75,
640–647. Questions that ask for ratings or for the best and the worst are scored from these means
(`assessments/formats/ratings.py`); an order is that of the means, and is scored by the share of pairs that stand as in it
(`assessments/formats/ordering.py`).

An option is split, and dropped, where its r_wg is below .70: 1 less the variance of its ratings over that of experts who rate
by chance, evenly over the five points. James, Demaree and Wolf (1984), Estimating within-group interrater reliability with and
without response bias, Journal of Applied Psychology 69, 85–98; .70 is the cut that is commonly drawn, and no more than that:
LeBreton and Senter (2008), Answers to 20 questions about interrater reliability and interrater agreement, Organizational
Research Methods 11, 815–852.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

import numpy as np

from assessments.scoring.intervals import Interval, t_quantile
from assessments.scoring.raters import Floats, ordinal_alpha

LEAST_EXPERTS = 8
LEAST_CHOSEN = 0.75
LEAST_LEAD = 0.75
"""Points of five by which the key leads the next option."""

LOWEST, HIGHEST = 1, 5
CHANCE_VARIANCE = ((HIGHEST - LOWEST + 1) ** 2 - 1) / 12
SPLIT_BELOW = 0.70
LEAST_OPTIONS = 3
"""Of fewer that are left choosing among them says little."""

_ROUNDING = 1e-9


class Keyed(StrEnum):
    """What the key of a question is made of."""

    BEST = "best"  # one best option
    MEANS = "means"  # the mean of every option
    ENDS = "ends"  # the same, where the best and the worst are asked for
    PLACES = "places"  # the order of the means


class Fault(StrEnum):
    """Why the panel's answers are no key."""

    FEW_EXPERTS = "few experts"
    FEW_OPTIONS = "few options"
    SPLIT_BEST = "split best"
    SPLIT_WORST = "split worst"
    FEW_CHOSE = "few chose"
    SMALL_LEAD = "small lead"
    NOT_CLEAR = "not clear"
    EQUAL = "equal"
    LEVELS_AGAINST = "levels against"


@dataclass(frozen=True)
class Judgement:
    """Of one expert and one question: points by option id, the option chosen as best where that was asked, and the level that
    each option shows where the expert gave any.
    """

    points: Mapping[str, int]
    best: str = ""
    levels: Mapping[str, int] | None = None


@dataclass(frozen=True)
class OptionVerdict:
    """`low` to `high`: the 95 % interval of the mean. `agreement`: r_wg. `level`: the median of the levels given, by `levels`
    experts, of which `level_agreement` says how far they agree.
    """

    option: str
    mean: float
    low: float
    high: float
    chosen: int
    agreement: float
    levels: int
    level: float | None
    level_agreement: float

    @property
    def is_split(self) -> bool:
        return self.agreement < SPLIT_BELOW - _ROUNDING


@dataclass(frozen=True)
class ItemVerdict:
    """`levels`: of the options that are left, the panel's where it may give them, else the author's; empty where there are
    none. `lead`: of the key over the next option, or the smallest distance that has to be clear.
    """

    keyed: Keyed
    experts: int
    options: tuple[OptionVerdict, ...]
    levels: Mapping[str, int]
    are_levels_of_panel: bool

    @property
    def kept(self) -> list[OptionVerdict]:
        """The options that are not split."""
        return [option for option in self.options if not option.is_split]

    @property
    def dropped(self) -> list[OptionVerdict]:
        return [option for option in self.options if option.is_split]

    @property
    def best(self) -> OptionVerdict:
        """What the panel holds to be best: the highest mean, and of equal ones that which more have chosen."""
        return max(self.options, key=lambda option: (option.mean, option.chosen))

    @property
    def worst(self) -> OptionVerdict:
        """The lowest mean, and of equal ones that which fewer have chosen as best."""
        return min(self.options, key=lambda option: (option.mean, option.chosen))

    @property
    def share_chosen(self) -> float:
        return self.best.chosen / self.experts if self.experts else 0.0

    @cached_property
    def lead(self) -> float:
        means = sorted((option.mean for option in self.kept), reverse=True)
        if len(means) < 2:
            return 0.0
        gaps = [above - below for above, below in pairwise(means)]
        return {
            Keyed.BEST: gaps[0],
            Keyed.ENDS: min(gaps[0], gaps[-1]),
            Keyed.PLACES: min(gaps),
            Keyed.MEANS: means[0] - means[-1],
        }[self.keyed]

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """Rule 12 of the rules for items, and what the key has to be apart from it; empty where this is a key."""
        is_best_split = self.keyed in (Keyed.BEST, Keyed.ENDS) and self.best.is_split
        is_worst_split = self.keyed == Keyed.ENDS and self.worst.is_split
        # Of what is left distances say something only where enough is left, what the key is about among it.
        has_lead = len(self.kept) >= LEAST_OPTIONS and not is_best_split and not is_worst_split
        is_near = has_lead and self.lead < LEAST_LEAD - _ROUNDING
        found = {
            Fault.FEW_EXPERTS: self.experts < LEAST_EXPERTS,
            Fault.FEW_OPTIONS: len(self.kept) < LEAST_OPTIONS,
            Fault.SPLIT_BEST: is_best_split,
            Fault.SPLIT_WORST: is_worst_split,
            Fault.FEW_CHOSE: self.keyed == Keyed.BEST and self.share_chosen < LEAST_CHOSEN,
            Fault.SMALL_LEAD: self.keyed == Keyed.BEST and is_near,
            Fault.NOT_CLEAR: self.keyed in (Keyed.ENDS, Keyed.PLACES) and is_near,
            Fault.EQUAL: self.keyed == Keyed.MEANS and has_lead and self.lead <= _ROUNDING,
            Fault.LEVELS_AGAINST: bool(self.levels) and self._are_levels_against_means(),
        }
        return tuple(fault for fault, holds in found.items() if holds)

    @property
    def passes(self) -> bool:
        return not self.faults

    def _are_levels_against_means(self) -> bool:
        """Whether some option of a higher level is clearly less effective, or the key is not of the highest level."""
        levels, means = self.levels, {option.option: option.mean for option in self.kept}
        if self.best.option in levels and levels[self.best.option] < max(levels.values()):
            return True
        return any(
            levels[one] > levels[other] and means[one] <= means[other] - LEAST_LEAD + _ROUNDING
            for one in levels
            for other in levels
        )


def judge(
    options: Sequence[str], judgements: Sequence[Judgement], *, keyed: Keyed, authors_levels: Mapping[str, int] | None = None
) -> ItemVerdict:
    """What a panel says of a question with these options. `authors_levels`: by option, where the question has any.

    The panel's levels count where one option is best, and each that is left got a level from 8 experts or more, who agree on it
    as much as they have to on its rating. Raises ValueError where an expert has not rated every option, or there is none.
    """
    if not judgements or any(judgement.points.keys() != set(options) for judgement in judgements):
        raise ValueError("Every expert rates every option.")
    verdicts = tuple(_option(option, judgements) for option in options)
    kept = [verdict for verdict in verdicts if not verdict.is_split]
    is_placed = bool(kept) and all(
        verdict.levels >= LEAST_EXPERTS and verdict.level_agreement >= SPLIT_BELOW - _ROUNDING for verdict in kept
    )
    is_placed = is_placed and keyed == Keyed.BEST
    given = authors_levels or {}
    levels = {
        verdict.option: _whole(verdict.level) if is_placed and verdict.level else given[verdict.option]
        for verdict in kept
        if is_placed or verdict.option in given
    }
    return ItemVerdict(keyed, len(judgements), verdicts, levels, are_levels_of_panel=is_placed)


def _option(option: str, judgements: Sequence[Judgement]) -> OptionVerdict:
    points = np.array([judgement.points[option] for judgement in judgements], dtype=float)
    levels = np.array([judgement.levels[option] for judgement in judgements if judgement.levels and option in judgement.levels])
    interval = mean_interval(points)
    return OptionVerdict(
        option=option,
        mean=float(points.mean()),
        low=interval.low,
        high=interval.high,
        chosen=sum(judgement.best == option for judgement in judgements),
        agreement=agreement(points),
        levels=len(levels),
        level=float(np.median(levels)) if len(levels) else None,
        level_agreement=agreement(levels.astype(float)) if len(levels) else 0.0,
    )


def _whole(level: float) -> int:
    return int(np.floor(level + 0.5))


def agreement(points: Floats) -> float:
    """r_wg of one option, from 1 where all are the same down to below 0 where experts are split; 0 of a single rating."""
    return 1 - float(points.var(ddof=1)) / CHANCE_VARIANCE if len(points) > 1 else 0.0


def mean_interval(points: Floats, confidence: float = 0.95) -> Interval:
    """Of the mean of ratings by Student's t, within the five points; all of them where there is one rating."""
    if len(points) < 2:
        return Interval(LOWEST, HIGHEST)
    half = t_quantile((1 + confidence) / 2, len(points) - 1) * float(points.std(ddof=1)) / len(points) ** 0.5
    mean = float(points.mean())
    return Interval(max(LOWEST, mean - half), min(HIGHEST, mean + half))


@dataclass(frozen=True)
class Alpha:
    """Krippendorff's alpha for ordered categories, with its interval."""

    value: float
    low: float
    high: float


def alpha_of(ratings: Floats, *, confidence: float = 0.95, samples: int = 1000, seed: int = 20261130) -> Alpha | None:
    """Of `ratings` (options, experts). None where there is nothing to disagree about: fewer than two experts, or one rating.

    The interval is that of the percentiles of alpha over options drawn again with replacement, as Zapf, Castell, Morawietz and
    Karch (2016), Measuring inter-rater reliability for nominal data – which coefficients and confidence intervals are
    appropriate?, BMC Medical Research Methodology 16:93, recommend for it. The draws are kept: the same ratings have the same
    interval.
    """
    value = ordinal_alpha(ratings)
    if value is None:
        return None
    rng = np.random.default_rng(seed)
    drawn = (ordinal_alpha(ratings[rng.integers(len(ratings), size=len(ratings))]) for _sample in range(samples))
    found = [alpha for alpha in drawn if alpha is not None]
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2]) if found else (value, value)
    return Alpha(value, float(low), float(high))
