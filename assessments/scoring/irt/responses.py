"""Answers as a matrix of categories, equal patterns once."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MISSING = -1
MAX_CATEGORIES = 20
CHUNK = 2048
"""Patterns that are looked at together: so few that what is computed for them stays in the processor's cache."""

Codes = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Responses:
    """Who answered what, in categories from 0 on.

    `patterns` (patterns, items): the category, or `MISSING`; no row without any answer. `counts` (patterns,): how many persons
    answered so. `pattern_of` (persons,): the pattern of each person, −1 for those without any answer. `categories` (items,):
    how many categories an item has.
    """

    patterns: Codes
    counts: Floats
    pattern_of: Integers
    categories: Integers

    @property
    def items(self) -> int:
        return int(self.patterns.shape[1])

    @property
    def persons(self) -> int:
        """Those who answered anything."""
        return int(self.counts.sum())

    def category_counts(self, item: int) -> Floats:
        """(categories,): how many persons gave each answer to an item."""
        given = self.patterns[:, item]
        answered = given != MISSING
        return np.bincount(given[answered], self.counts[answered], minlength=int(self.categories[item])).astype(float)

    def chunks(self) -> Iterator[slice]:
        for first in range(0, len(self.counts), CHUNK):
            yield slice(first, first + CHUNK)


def collapse(codes: npt.NDArray[np.integer], categories: npt.ArrayLike | None = None) -> Responses:
    """Equal rows of `codes` (persons, items) taken together; anything below 0 is no answer.

    `categories` (items,): how many each item has, where not all of them occur; by default the highest of each, plus 1.

    Raises ValueError for an array of other dimensions, without any item, or with categories that are not below `categories`.
    """
    if codes.ndim != 2 or not codes.shape[1]:
        raise ValueError("Answers come as a table: a row a person, a column an item.")
    highest = np.maximum(codes.max(axis=0, initial=0), 0).astype(np.intp)
    n_categories = highest + 1 if categories is None else np.asarray(categories, dtype=np.intp)
    if n_categories.shape != highest.shape or (highest >= n_categories).any() or n_categories.max() > MAX_CATEGORIES:
        raise ValueError(f"Categories go from 0 to one less than their number, which is at most {MAX_CATEGORIES}.")
    small = np.ascontiguousarray(np.where(codes < 0, MISSING, codes), dtype=np.int8)
    has_answer = (small != MISSING).any(axis=1)
    # A row as one value of so many bytes: sorting these takes a fraction of what sorting rows does.
    rows = small[has_answer].view(np.dtype((np.void, small.shape[1]))).ravel()
    distinct, pattern_of_answered, counts = np.unique(rows, return_inverse=True, return_counts=True)
    pattern_of = np.full(len(small), -1, dtype=np.intp)
    pattern_of[has_answer] = pattern_of_answered
    patterns = distinct.view(np.int8).reshape(-1, small.shape[1])
    return Responses(patterns, counts.astype(float), pattern_of, n_categories)
