"""Where on the five-level scale somebody's answers lie, as long as nobody knows the items' parameters.

Every option has a level that its author gave it. An option of level l is chosen at level θ with a probability proportional to
exp(−a (θ − l)² / 2): a partial-credit model (Masters 1982, A Rasch model for partial credit scoring, Psychometrika 47, 149–174)
whose step between two options lies half-way between their levels, which between neighbours is the author's boundary. The slope
a is not known and is the same for all items of one sitting; it is integrated out, evenly on the scale of its logarithm. So the
band assumes that options have the levels that their author says, and that slopes lie between .35 and 1.5.
`benchmarks/placement.py` simulates how often the band holds the truth, also where slopes are half of that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Levels = npt.NDArray[np.intp]

METHOD = "levels-of-options"
LOWEST, HIGHEST = 1, 5
SLOPES = np.geomspace(0.35, 1.5, 9)
# Beyond the scale on either side: at its ends a band that could not go on would miss the truth too often.
GRID = np.linspace(-2, 8, 201)
PRIOR_MEAN, PRIOR_SD = 3.0, 3.0
"""So weak that it moves nobody by a tenth of a level who has answered eight items."""

BAND = 0.80

FEWEST_ITEMS = 4
"""From how many a level is told: two answers at one end of the scale already leave a band of one level."""


@dataclass(frozen=True)
class Choice:
    """The levels of an item's options, in any order, and that of the option chosen."""

    options: tuple[int, ...]
    chosen: int


@dataclass(frozen=True)
class Placement:
    """`level`: the most likely one, within the whole levels `low` to `high`. `estimate` and `band_low` to `band_high` are not
    rounded; `at_least[k − 1]` is the probability of level k or higher. `items` are those that tell levels apart.
    """

    level: int
    low: int
    high: int
    estimate: float
    band_low: float
    band_high: float
    at_least: tuple[float, ...]
    items: int


def place(choices: Sequence[Choice]) -> Placement:
    """The placement of one person from the answers given; items that were not answered are left out.

    Level k is from k − ½ to k + ½, the lowest and the highest open to their side. Raises ValueError where a level is not from 1
    to 5, a chosen one is not among the options, or no item has options of different levels.
    """
    for choice in choices:
        _require_valid(choice)
    telling = [choice for choice in choices if len(set(choice.options)) > 1]
    if not telling:
        raise ValueError("Nothing was chosen that tells levels apart.")
    layouts = [tuple(sorted(set(choice.options))) for choice in telling]
    chosen = np.array([[choice.chosen for choice in telling]], dtype=np.intp)
    return summarise(posterior(layouts, chosen)[0], items=len(telling))


def posterior(layouts: Sequence[tuple[int, ...]], chosen: Levels) -> Floats:
    """(persons, `GRID`): how likely each level is, summing to 1.

    `layouts`: for each item the levels of its options, each once and rising; `chosen` (persons, items): levels chosen.
    """
    log_likelihood = np.zeros((len(chosen), len(SLOPES), len(GRID)))
    for options in dict.fromkeys(layouts):
        # How often each of its levels was chosen is all that matters of items that have the same levels.
        alike = chosen[:, [position for position, layout in enumerate(layouts) if layout == options]]
        counts = (alike[:, :, None] == np.array(options)).sum(axis=1).astype(float)
        log_likelihood += np.tensordot(counts, _log_p(options), axes=1)
    log_likelihood -= ((GRID - PRIOR_MEAN) / PRIOR_SD) ** 2 / 2
    likely: Floats = np.exp(log_likelihood - log_likelihood.max(axis=(1, 2), keepdims=True)).sum(axis=1)
    likely /= likely.sum(axis=1, keepdims=True)
    return likely


def summarise(likely: Floats, *, items: int) -> Placement:
    """What is told of one person's posterior (`GRID`,)."""
    edges = np.cumsum(likely) - likely / 2  # up to the middle of each step of the grid
    tail = (1 - BAND) / 2
    low, high = (float(np.clip(np.interp(share, edges, GRID), LOWEST - 0.5, HIGHEST + 0.5)) for share in (tail, 1 - tail))
    at_least = probabilities_at_least(likely[None])[0]
    level = LOWEST + int(np.argmax(at_least - np.append(at_least[1:], 0)))
    return Placement(
        level=level,
        low=min(whole_level(low), level),
        high=max(whole_level(high), level),
        estimate=float(np.clip(likely @ GRID, LOWEST, HIGHEST)),
        band_low=low,
        band_high=high,
        at_least=tuple(at_least.tolist()),
        items=items,
    )


def probabilities_at_least(likely: Floats) -> Floats:
    """(persons, 5): probability of level 1, 2, … or higher; `likely` (persons, `GRID`)."""
    bounds = np.arange(LOWEST + 1, HIGHEST + 1) - 0.5
    # Half of what lies on a boundary belongs to either side.
    above = (GRID[:, None] > bounds + 1e-9) + 0.5 * (np.abs(GRID[:, None] - bounds) < 1e-9)
    return np.hstack([np.ones((len(likely), 1)), likely @ above])


def whole_level(level: float) -> int:
    """The level that is meant: 2.5 up to 3.5 is 3, and nothing lies beyond the scale."""
    return int(np.clip(np.floor(level + 0.5), LOWEST, HIGHEST))


@lru_cache(maxsize=256)
def _log_p(options: tuple[int, ...]) -> Floats:
    """(options, slopes, grid): logarithm of the probability of choosing each."""
    log_p = -SLOPES[:, None] * (np.array(options)[:, None, None] - GRID) ** 2 / 2
    highest = log_p.max(axis=0)
    log_p -= highest + np.log(np.exp(log_p - highest).sum(axis=0))
    log_p.setflags(write=False)
    return log_p


def _require_valid(choice: Choice) -> None:
    if not all(LOWEST <= level <= HIGHEST for level in choice.options):
        raise ValueError(f"Levels lie between {LOWEST} and {HIGHEST}, not {choice.options}.")
    if choice.chosen not in choice.options:
        raise ValueError(f"No option has the level {choice.chosen}; there are {choice.options}.")
