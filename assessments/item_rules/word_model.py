"""A naive Bayes model of the words of keys and of wrong options. Rule 3: it must not find keys it has not seen.

Arrays: M options of N items in a row, V words. `counts` (M, V) says how often an option has a word; `first` (N + 1,) where
the options of an item begin; `keys` (N,) the place of the key within the item.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assessments.item_rules.model import Item
from assessments.item_rules.permutation import FAMILYWISE, SEED

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DRAWS = 999
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\?|\d+")


@dataclass(frozen=True)
class Corpus:
    counts: Floats
    first: Ints
    keys: Ints

    @property
    def n_items(self) -> int:
        return len(self.keys)

    @property
    def sizes(self) -> Ints:
        return np.diff(self.first)

    def key_rows(self, keys: Ints) -> Ints:
        return self.first[:-1] + keys


@dataclass(frozen=True)
class WordTest:
    """`hits` of `n_items`, `chance` expected of random keys; `p` familywise over all tests made together."""

    name: str
    n_items: int
    hits: float
    chance: float
    p: float

    @property
    def significant(self) -> bool:
        return self.p <= FAMILYWISE


def corpora(groups: Sequence[Sequence[Item]]) -> list[Corpus]:
    """One per group, all over the same words."""
    texts = [[[_tokens(option.text) for option in item.options] for item in group] for group in groups]
    vocabulary = sorted({word for group in texts for item in group for option in item for word in option})
    column = {word: index for index, word in enumerate(vocabulary)}
    return [_corpus(group, text, column) for group, text in zip(groups, texts, strict=True)]


def _tokens(text: str) -> list[str]:
    return ["9" if token.isdigit() else token.lower().replace("’", "'") for token in _TOKEN.findall(text)]


def _corpus(items: Sequence[Item], texts: list[list[list[str]]], column: dict[str, int]) -> Corpus:
    options = [option for item in texts for option in item]
    counts = np.zeros((len(options), len(column)))
    for row, option in enumerate(options):
        for word in option:
            counts[row, column[word]] += 1
    first = np.cumsum([0, *(len(item.options) for item in items)])
    return Corpus(counts, first, np.array([item.key_index for item in items]))


def leave_one_out_hits(corpus: Corpus, keys: Ints) -> float:
    """Each item by a model of all the others; options that tie share the hit."""
    total, key_total = corpus.counts.sum(axis=0), corpus.counts[corpus.key_rows(keys)].sum(axis=0)
    hits = 0.0
    for item in range(corpus.n_items):
        own = corpus.counts[corpus.first[item] : corpus.first[item + 1]]
        in_keys = key_total - own[keys[item]]
        in_others = total - own.sum(axis=0) - in_keys
        hits += _hit(own @ _log_odds(in_keys, in_others), int(keys[item]))
    return hits


def transfer_hits(trained: Corpus, trained_keys: Ints, tried: Corpus, tried_keys: Ints) -> float:
    """Each item of `tried` by a model of `trained`."""
    in_keys = trained.counts[trained.key_rows(trained_keys)].sum(axis=0)
    scores = tried.counts @ _log_odds(in_keys, trained.counts.sum(axis=0) - in_keys)
    return sum(_hit(scores[tried.first[item] : tried.first[item + 1]], int(tried_keys[item])) for item in range(tried.n_items))


def _log_odds(in_keys: Floats, in_others: Floats) -> Floats:
    """Multinomial naive Bayes with one added to each count (Laplace), shape (V,); words seen in neither weigh nothing."""
    seen = (in_keys + in_others) > 0
    size = seen.sum()
    odds: Floats = np.log((in_keys + 1) / (in_keys.sum() + size)) - np.log((in_others + 1) / (in_others.sum() + size))
    return np.where(seen, odds, 0.0)


def _hit(scores: Floats, key: int) -> float:
    best = np.isclose(scores, scores.max())
    return float(best[key] / best.sum())


def word_tests(groups: Sequence[tuple[str, Sequence[Item]]], *, draws: int = DRAWS, seed: int = SEED) -> list[WordTest]:
    """Leave one out within each group, and from each group to each other that shares no item with it.

    Keys are drawn anew within items, and every model trained again on them; p is familywise by the largest standardised
    number of hits, (hits − mean) / sd over the draws, of all tests together.
    """
    kept = [(name, list(items)) for name, items in groups if len(items) > 1]
    if not kept:
        return []
    bodies = corpora([items for _name, items in kept])
    apart = [(a, b) for a in range(len(kept)) for b in range(len(kept)) if _disjoint(kept[a][1], kept[b][1])]
    names = [f"within {name}" for name, _items in kept] + [f"from {kept[a][0]} to {kept[b][0]}" for a, b in apart]
    tried = [*range(len(kept)), *(b for _a, b in apart)]

    def all_hits(keys: list[Ints]) -> list[float]:
        within = [leave_one_out_hits(body, key) for body, key in zip(bodies, keys, strict=True)]
        return within + [transfer_hits(bodies[a], keys[a], bodies[b], keys[b]) for a, b in apart]

    observed = np.array(all_hits([body.keys for body in bodies]))
    rng = np.random.default_rng(seed)
    drawn = np.array([all_hits([rng.integers(0, body.sizes) for body in bodies]) for _ in range(draws)])
    mean, sd = drawn.mean(axis=0), drawn.std(axis=0)
    scale = np.where(sd > 0, sd, 1.0)
    best = ((drawn - mean) / scale).max(axis=1)
    p = (1 + (best[:, None] >= (observed - mean)[None] / scale - 1e-9).sum(axis=0)) / (1 + draws)
    return [
        WordTest(name, bodies[index].n_items, float(hits), float((1 / bodies[index].sizes).sum()), float(p_value))
        for name, index, hits, p_value in zip(names, tried, observed, p, strict=True)
    ]


def _disjoint(first: Sequence[Item], second: Sequence[Item]) -> bool:
    return not {item.id for item in first} & {item.id for item in second}
