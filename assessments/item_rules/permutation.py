"""Whether ways of choosing hit the key more often than chance: permutation of keys and levels within items.

Arrays: R rules (ways of choosing), N items, K options at most. `weights` (R, N, K) is the share of its choice that a rule
gives to each option, 0 beyond an item's own options, sum 1 for every rule and item. An item of k options has its key at any
of them with probability 1/k: the null hypothesis is that choosing and keys have nothing to do with each other.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SEED = 20_250_901  # kept, so that the same files always get the same answer
DRAWS = 4_999
FAMILYWISE = 0.05


@dataclass(frozen=True)
class HitTest:
    """Arrays (R,). `p` is familywise: the share of permutations in which the best rule hits at least as often."""

    hits: Floats
    p: Floats
    chance: float
    critical: float

    @property
    def significant(self) -> NDArray[np.bool_]:
        return self.p <= FAMILYWISE


@dataclass(frozen=True)
class LevelTest:
    """Arrays (R,): mean level chosen minus mean level of the options, its standard error, and the familywise p of the pair."""

    gap: Floats
    se: Floats
    p: Floats

    @property
    def z(self) -> Floats:
        return np.divide(self.gap, self.se, out=np.zeros_like(self.gap), where=self.se > 0)


def hit_test(weights: Floats, keys: Ints, n_options: Ints, *, draws: int = DRAWS, seed: int = SEED) -> HitTest:
    """How often each rule hits the key, ties by their share, against keys drawn anew.

    `keys`, `n_options` (N,). Familywise by the maximum over the rules (Westfall and Young 1993, Resampling-based multiple
    testing, single step): p = (1 + number of draws whose best rule hits at least as often) / (1 + draws).
    """
    n_rules, n_items, _ = weights.shape
    items = np.arange(n_items)
    hits = weights[:, items, keys].sum(axis=1)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, n_options[None, :], size=(draws, n_items))
    best = np.full(draws, -np.inf)
    for rule in range(n_rules):
        np.maximum(best, weights[rule][items[None, :], drawn].sum(axis=1), out=best)
    p = (1 + (best[None, :] >= hits[:, None] - 1e-9).sum(axis=1)) / (1 + draws)
    critical = float(np.sort(best)[int(np.ceil((1 - FAMILYWISE) * draws)) - 1])
    return HitTest(hits=hits, p=p, chance=float((1 / n_options).sum()), critical=critical)


def level_test(weights: Floats, levels: Floats, *, draws: int = DRAWS, seed: int = SEED) -> LevelTest:
    """Mean level that each rule chooses, less the mean level of the items, against levels permuted within each item.

    `levels` (N, K), nan beyond an item's own options. The standard error is exact: for one item with weights w and levels L
    over k options the variance of Σ w L under permutation is Σ(w − w̄)² Σ(L − L̄)² / (k − 1). Familywise p by the largest z of
    any rule, as in `hit_test`.
    """
    n_items = levels.shape[0]
    known = ~np.isnan(levels)
    n_options = known.sum(axis=1)
    mean = np.nanmean(levels, axis=1)
    deviation = np.where(known, levels - mean[:, None], 0.0)
    spread = np.where(known[None], weights - 1 / n_options[None, :, None], 0.0)
    gap = np.einsum("rnk,nk->r", weights, deviation) / n_items
    variance = (spread**2).sum(axis=2) * (deviation**2).sum(axis=1)[None] / np.maximum(n_options - 1, 1)[None]
    se = np.sqrt(variance.sum(axis=1)) / n_items
    rng = np.random.default_rng(seed)
    flat = np.divide(weights, (se * n_items)[:, None, None], out=np.zeros_like(weights), where=se[:, None, None] > 0)
    flat = flat.reshape(len(weights), -1)
    best = np.empty(draws)
    for start in range(0, draws, 500):
        size = min(500, draws - start)
        best[start : start + size] = (flat @ _permuted(deviation, known, size, rng)).max(axis=0)
    z = np.divide(gap, se, out=np.zeros_like(gap), where=se > 0)
    p = (1 + (best[None, :] >= z[:, None] - 1e-9).sum(axis=1)) / (1 + draws)
    return LevelTest(gap=gap, se=se, p=p)


def _permuted(values: Floats, known: NDArray[np.bool_], size: int, rng: np.random.Generator) -> Floats:
    """`size` permutations of each row of `values` (N, K) among its known places, shape (N × K, size)."""
    n_items, width = values.shape
    order = np.argsort(np.where(known[None], rng.random((size, n_items, width)), 2.0), axis=2)
    drawn = np.take_along_axis(np.broadcast_to(values, (size, n_items, width)), order, axis=2)
    return drawn.reshape(size, -1).T
