"""Answers that agree in part, as categories that can be calibrated: steps that few have reached are taken together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assessments.scoring.irt.responses import MISSING

FEWEST = 10

Codes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Categories:
    """`codes` (persons, items): from 0 on without gaps, or `MISSING`. `groups`: of each item the steps in each category."""

    codes: Codes
    groups: tuple[tuple[tuple[int, ...], ...], ...]

    def merged(self, item: int) -> bool:
        """Whether any category of an item holds more than one step."""
        return any(len(group) > 1 for group in self.groups[item])


def categories_of(steps: Codes, highest: Sequence[int], *, fewest: int = FEWEST) -> Categories:
    """`steps` (persons, items): on which of its steps each answer is, `MISSING` where none was asked for; `highest`: of each
    item the step of answers that agree.

    The highest step stays alone: it is what "agrees" means everywhere else. Of the others, one with fewer than `fewest` answers
    is taken together with the neighbour that has fewer, until each has so many or one is left. A step that nobody has reached
    is in a category with others, or, the highest, in none.
    """
    codes = np.full(steps.shape, MISSING, dtype=np.int8)
    found = []
    for item, top in enumerate(highest):
        given = steps[:, item]
        counts = np.bincount(given[given != MISSING], minlength=top + 1)
        groups = _grouped(counts[:top].tolist(), fewest)
        kept = [group for group in groups if counts[list(group)].any()]
        if counts[top]:
            kept.append((top,))
        for category, group in enumerate(kept):
            codes[np.isin(given, group), item] = category
        found.append(tuple(kept))
    return Categories(codes, tuple(found))


def _grouped(counts: list[int], fewest: int) -> list[tuple[int, ...]]:
    groups: list[tuple[int, ...]] = [(step,) for step in range(len(counts))]
    sizes = list(counts)
    while len(groups) > 1 and min(sizes) < fewest:
        place = sizes.index(min(sizes))
        beside = [one for one in (place - 1, place + 1) if 0 <= one < len(groups)]
        other = min(beside, key=lambda one: sizes[one])
        first, second = sorted((place, other))
        groups[first : second + 1] = [groups[first] + groups[second]]
        sizes[first : second + 1] = [sizes[first] + sizes[second]]
    return groups
