"""Which question comes next, from the answers alone.

The state of an adaptive sitting is its list of answers. Everything else is worked out again from it, the draws too, so that two
tabs, a restart or a second look at an old sitting come to the same question.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from assessments.scoring.irt.calibration import ItemParameters
from assessments.scoring.irt.curves import Model
from assessments.scoring.irt.responses import Floats
from assessments.scoring.irt.scores import item_curves

Places = npt.NDArray[np.intp]
Numbers = npt.NDArray[np.uint64]

LOWEST, STEP, LEVELS = -4.0, 0.1, 81
GRID: Floats = np.asarray(LOWEST + STEP * np.arange(LEVELS), dtype=float)
PART, PART_OF_LARGE = 0.34, 0.19
PREFERENCE = 1e6
"""More than any item can know: what is preferred comes first, and the rest only where nothing of it is left."""


@dataclass(frozen=True)
class Answer:
    """`item`: its place in the bank; `category`: what was answered, from 0 on."""

    item: int
    category: int


@dataclass(frozen=True)
class Rules:
    """When it ends, and how it is kept even.

    It ends at `length` items, or once the error is at most `error` and `shortest` are answered. `shares`: of each facet, how
    much of the sitting it should make; where they sum to less than 1 the rest is free. `candidates`: among how many of the best
    the next is drawn.
    """

    length: int
    error: float = 0.0
    shortest: int = 0
    shares: dict[str, float] = field(default_factory=dict)
    candidates: int = 3


@dataclass(frozen=True)
class Step:
    """Where a sitting stands: `level` and its `error`, and the `item` that comes next, None when it has ended."""

    level: float
    error: float
    item: int | None
    answered: int


@dataclass(frozen=True)
class Band:
    """Levels between which a sitting's lies in `share` of 100 cases, if its items are as calibrated."""

    low: float
    high: float
    share: float = 0.8


class Bank:
    """Items with parameters, looked up once: what each answer says of each level, and what each item knows there.

    `facets` names what each item is about, and may be left out. Raises ValueError where these are not as many as items.
    """

    def __init__(self, model: Model, items: Sequence[ItemParameters], facets: Sequence[str] | None = None) -> None:
        self.facets = list(facets) if facets is not None else [""] * len(items)
        if len(self.facets) != len(items) or not items:
            raise ValueError("Every item has one facet, and there is an item.")
        curves = [item_curves(model, item, GRID) for item in items]
        self.categories = [len(curve.probabilities) for curve in curves]
        self.first = np.concatenate([[0], np.cumsum(self.categories)[:-1]]).tolist()
        self.log_p = np.log(np.maximum(np.concatenate([curve.probabilities for curve in curves]), 1e-300))
        self.information = np.array([curve.information for curve in curves]).T.copy()  # (levels, items)
        self.prior = -(GRID**2) / 2
        self.numbers = np.arange(len(items), dtype=np.uint64)
        self._parts: dict[int, tuple[Places, Places]] = {}
        names = list(dict.fromkeys(self.facets))
        self.facet_numbers = np.array([names.index(facet) for facet in self.facets], dtype=float)
        self.places = {facet: np.flatnonzero(self.facet_numbers == number) for number, facet in enumerate(names)}

    def __len__(self) -> int:
        return len(self.facets)

    def parts_for(self, length: int) -> tuple[Places, Places]:
        """With items grouped by facet and drawn within each: where groups and their parts end, and the places of all parts."""
        if length not in self._parts:
            part = part_for(len(self), length)
            sizes = [len(places) for places in self.places.values()]
            first = np.concatenate([[0], np.cumsum(sizes)])
            ends = [start + max(1, round(part * size)) for start, size in zip(first.tolist(), sizes, strict=False)]
            wanted = np.concatenate([np.arange(start, end) for start, end in zip(first.tolist(), ends, strict=False)])
            bounds = np.unique(np.concatenate([first, ends]))
            self._parts[length] = bounds[bounds < len(self)], wanted
        return self._parts[length]

    def posterior(self, answers: Sequence[Answer]) -> Floats:
        """(levels,): how likely each is after these answers, summing to 1, with a standard normal prior."""
        rows = [self.first[answer.item] + answer.category for answer in answers]
        log_likelihood = self.prior + self.log_p[rows].sum(axis=0) if rows else self.prior
        likely: Floats = np.exp(log_likelihood - log_likelihood.max())
        likely /= likely.sum()
        return likely


def part_for(bank: int, length: int) -> float:
    """Which part of the bank one sitting draws from, so that no item is asked of too many.

    An item cannot be asked more often than it is in the part: 34 in 100 keep it under 40 from a bank of 4 times the length on,
    19 under 25 from 8 times on, with room for chance (`benchmarks/bench_adaptive.py`). A smaller bank cannot keep to that: the
    part is then as small as leaves something to choose from.
    """
    return PART_OF_LARGE if bank >= 8 * length else min(1.0, PART * 4 * length / bank)


def step(bank: Bank, rules: Rules, answers: Sequence[Answer], seed: str, barred: Collection[int] = ()) -> Step:
    """Where the sitting of `answers` stands and what comes next; `seed` names the sitting, `barred` what it may not ask any
    more, as places in the bank.

    Raises ValueError where an answer is to no item of the bank, to one twice, or of a category that it does not have.
    """
    _require_possible(bank, answers)
    likely = bank.posterior(answers)
    level = float(likely @ GRID)
    error = float(likely @ (GRID - level) ** 2) ** 0.5
    is_sure = len(answers) >= rules.shortest and error <= rules.error
    unasked = len(bank) - len({answer.item for answer in answers}.union(barred))
    ended = is_sure or len(answers) >= rules.length or not unasked
    return Step(level, error, None if ended else _next_item(bank, rules, answers, level, seed, barred), len(answers))


def band_of(bank: Bank, answers: Sequence[Answer], share: float = 0.8) -> Band:
    """The middle `share` of the posterior, between levels of the grid in proportion."""
    ends = np.cumsum(bank.posterior(answers))
    low, high = np.interp([(1 - share) / 2, (1 + share) / 2], ends, GRID + STEP / 2)
    return Band(float(low), float(high), share)


def group_behind(answered: Sequence[int], lengths: Sequence[int], is_over: Sequence[bool], seed: str) -> int | None:
    """Of several sittings that are taken in turn the one that goes on: whichever has the smallest part of its length answered.

    Where several are as far, a lot decides that is drawn once for `seed`, so that no group of questions always comes first.
    None once all are over.
    """
    going_on = [place for place, over in enumerate(is_over) if not over]
    lots = [_number(f"{seed}/group/{place}") for place in range(len(lengths))]
    return min(going_on, key=lambda place: (answered[place] / lengths[place], lots[place]), default=None)


def _next_item(bank: Bank, rules: Rules, answers: Sequence[Answer], level: float, seed: str, barred: Collection[int]) -> int:
    """One of the most telling items at `level`, of this sitting's part of the bank and the facet that is furthest behind.

    Drawing among the best is what Kingsbury and Zara (1989), Procedures for selecting items for computerized adaptive tests,
    Applied Measurement in Education 2, 359–375, call randomesque; alone it spreads the first items, not the most telling ones.
    """
    # Between two levels of the grid, in proportion.
    place = (level - LOWEST) / STEP
    left = min(int(place), LEVELS - 2)
    known = bank.information[left] * (left + 1 - place) + bank.information[left + 1] * (place - left)
    known[_part(bank, rules, _number(seed))] += PREFERENCE
    facet = _facet_behind(bank, rules, answers, barred)
    if facet is not None:
        known[bank.places[facet]] += 2 * PREFERENCE
    known[[answer.item for answer in answers]] = -np.inf
    if barred:
        known[list(barred)] = -np.inf
    n = min(rules.candidates, int(np.isfinite(known).sum()) if barred else len(bank) - len(answers))
    best = np.argpartition(known, len(known) - n)[-n:]
    best = best[np.lexsort((best, -known[best]))]
    # None that is out of the part or of the facet as long as there are others.
    n = int((known[best] > known[best[0]] - PREFERENCE / 2).sum())
    return int(best[_number(f"{seed}/{len(answers)}") % n])


def _part(bank: Bank, rules: Rules, number: int) -> Places:
    """The items that this sitting draws from: of each facet its part, the same whenever it is asked for."""
    bounds, wanted = bank.parts_for(rules.length)
    drawn = bank.facet_numbers + _mix(bank.numbers + np.uint64(number)) * 2.0**-64
    return np.asarray(np.argpartition(drawn, bounds)[wanted])


def _facet_behind(bank: Bank, rules: Rules, answers: Sequence[Answer], barred: Collection[int]) -> str | None:
    """The facet whose share of the sitting is furthest below what it should be and that has items left; None for any."""
    if not rules.shares:
        return None
    asked = Counter(bank.facets[answer.item] for answer in answers)
    gone = Counter(bank.facets[place] for place in {answer.item for answer in answers}.union(barred))
    behind = {
        facet: share * (len(answers) + 1) - asked[facet]
        for facet, share in rules.shares.items()
        if gone[facet] < len(bank.places.get(facet, ()))
    }
    furthest = max(behind, key=lambda facet: behind[facet], default=None)
    return furthest if furthest is not None and behind[furthest] > 0 else None


def _number(seed: str) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:7], "big")


def _mix(numbers: Numbers) -> Numbers:
    """Numbers without pattern from numbers with one, the same on every version of Python and numpy.

    SplitMix64: Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators, OOPSLA '14, 453–472.
    """
    mixed = numbers * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def _require_possible(bank: Bank, answers: Sequence[Answer]) -> None:
    if len({answer.item for answer in answers}) < len(answers):
        raise ValueError("No item is asked twice.")
    if not all(0 <= answer.item < len(bank) and 0 <= answer.category < bank.categories[answer.item] for answer in answers):
        raise ValueError("An answer is to no item of the bank, or none of its categories.")
