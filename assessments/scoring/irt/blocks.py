"""Items with equally many categories taken together, so that their parameters make one array."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assessments.scoring.irt.curves import Model, curves, log_probabilities
from assessments.scoring.irt.responses import Codes, Floats, Integers, Responses

MAX_VALUES = 4_000_000
"""Numbers in the largest array that is computed for a block: 32 MB."""


@dataclass(frozen=True)
class Block:
    """`items` (G,): their positions. `first` is the first of their G × `categories` columns among the answers of all blocks."""

    items: Integers
    categories: int
    first: int

    @property
    def columns(self) -> slice:
        return slice(self.first, self.first + len(self.items) * self.categories)

    @property
    def shape(self) -> tuple[int, int]:
        """Of its parameters: an item a row, first its slope, then its intercepts."""
        return len(self.items), self.categories


class Layout:
    """Where the answers of each block stand as columns of zeros and ones."""

    def __init__(self, responses: Responses, levels: int) -> None:
        self.blocks: list[Block] = []
        first = 0
        for categories in np.unique(responses.categories).tolist():
            items = np.flatnonzero(responses.categories == categories)
            largest = max(1, MAX_VALUES // (categories * (categories - 1) ** 2 * levels)) if categories > 1 else len(items)
            for start in range(0, len(items), largest):
                block = Block(items[start : start + largest], categories, first)
                self.blocks.append(block)
                first = block.columns.stop
        self.column_items = np.concatenate([np.repeat(block.items, block.categories) for block in self.blocks])
        self.column_codes = np.concatenate(
            [np.tile(np.arange(block.categories, dtype=np.int8), len(block.items)) for block in self.blocks]
        )

    def answers(self, patterns: Codes) -> Floats:
        """(patterns, columns): 1 where an answer was given, else 0."""
        given = patterns[:, self.column_items]
        is_given: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = given == self.column_codes
        return is_given.astype(float)

    def log_probabilities(self, model: Model, parameters: Sequence[Floats], theta: Floats) -> Floats:
        """(columns, levels) of the parameters of each block."""
        return np.concatenate(
            [
                log_probabilities(model, given[:, 0], given[:, 1:], theta).reshape(-1, len(theta))
                for block, given in zip(self.blocks, parameters, strict=True)
            ]
        )


def derivatives(model: Model, parameters: Floats, theta: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """Gradient (items, K) and second derivatives (items, K, K) of the expected log-likelihood by slope and intercepts.

    `expected` (items, K, levels): how many are expected to have given each answer at each level.
    """
    found = curves(model, parameters[:, 0], parameters[:, 1:], theta)
    by_logit = np.einsum("icq,ickq->ikq", expected, found.score)
    if found.curvature.shape[1] == 1:  # the same for every answer
        bent = expected.sum(axis=1)[:, None, None] * found.curvature[:, 0]
    else:
        bent = np.einsum("icq,icklq->iklq", expected, found.curvature)
    return _by_parameters(by_logit, bent, theta)


def _by_parameters(by_logit: Floats, bent: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """By the chain rule: each logit is the slope times θ plus its intercept."""
    items, boundaries, _levels = by_logit.shape
    gradient = np.empty((items, boundaries + 1))
    gradient[:, 0] = by_logit.sum(axis=1) @ theta
    gradient[:, 1:] = by_logit.sum(axis=2)
    second = np.empty((items, boundaries + 1, boundaries + 1))
    second[:, 0, 0] = bent.sum(axis=(1, 2)) @ theta**2
    second[:, 0, 1:] = second[:, 1:, 0] = bent.sum(axis=1) @ theta
    second[:, 1:, 1:] = bent.sum(axis=3)
    return gradient, second
