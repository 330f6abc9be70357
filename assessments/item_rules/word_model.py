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


def leave_one_out_hits(corpus: Corpus, keys: Ints) -> Floats:
    """How many keys a model of all other items finds, for each of D ways to draw the keys: `keys` (D, N) to (D,)."""
    counts, lengths = corpus.counts, corpus.counts.sum(axis=1)
    key_counts, key_lengths = _of_keys(corpus, keys), lengths[corpus.key_rows(keys)].sum(axis=1)
    total, length = counts.sum(axis=0), lengths.sum()
    hits = np.zeros(len(keys))
    for item in range(corpus.n_items):
        rows = slice(corpus.first[item], corpus.first[item + 1])
        key = keys[:, item]
        others = total - counts[rows].sum(axis=0)
        n_words = int((others > 0).sum())
        columns = np.flatnonzero(counts[rows].any(axis=0))
        own = counts[rows][:, columns]
        in_keys = key_counts[:, columns] - own[key]
        keys_size = (key_lengths - lengths[rows][key])[:, None]
        others_size = length - lengths[rows].sum() - keys_size
        odds = _log_odds(in_keys, others[columns] - in_keys, keys_size + n_words, others_size + n_words)
        hits += _hits(odds @ own.T, key)
    return hits


def transfer_hits(trained: Corpus, trained_keys: Ints, tried: Corpus, tried_keys: Ints) -> Floats:
    """How many keys of `tried` a model of `trained` finds, for D ways to draw both: `keys` (D, N) each, to (D,)."""
    in_keys, total = _of_keys(trained, trained_keys), trained.counts.sum(axis=0)
    n_words = int((total > 0).sum())
    keys_size = in_keys.sum(axis=1)[:, None]
    odds = _log_odds(in_keys, total - in_keys, keys_size + n_words, total.sum() - keys_size + n_words)
    scores = odds @ tried.counts.T
    places = range(tried.n_items)
    hits = [_hits(scores[:, tried.first[item] : tried.first[item + 1]], tried_keys[:, item]) for item in places]
    total_hits: Floats = np.sum(hits, axis=0, dtype=np.float64)
    return total_hits


def _of_keys(corpus: Corpus, keys: Ints) -> Floats:
    """How often each word is in the keys, (D, V), for keys (D, N)."""
    chosen = np.zeros((len(keys), len(corpus.counts)))
    np.put_along_axis(chosen, corpus.key_rows(keys), 1.0, axis=1)
    in_keys: Floats = chosen @ corpus.counts
    return in_keys


def _log_odds(in_keys: Floats, in_others: Floats, keys_size: Floats, others_size: Floats) -> Floats:
    """Multinomial naive Bayes with one added to each count (Laplace), (D, words); words seen in neither weigh nothing.

    The sizes (D, 1) are all words of keys and of wrong options, each with one added for every different word.
    """
    odds: Floats = np.log((in_keys + 1) / keys_size) - np.log((in_others + 1) / others_size)
    odds[in_keys + in_others <= 0] = 0.0
    return odds


def _hits(scores: Floats, key: Ints) -> Floats:
    """Share of the choice that the key gets, (D,): `scores` (D, options), `key` (D,)."""
    best = scores >= scores.max(axis=1, keepdims=True) - 1e-9
    share: Floats = np.take_along_axis(best, key[:, None], axis=1)[:, 0] / best.sum(axis=1)
    return share


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

    def all_hits(keys: list[Ints]) -> Floats:
        within = [leave_one_out_hits(body, key) for body, key in zip(bodies, keys, strict=True)]
        return np.array(within + [transfer_hits(bodies[a], keys[a], bodies[b], keys[b]) for a, b in apart])

    observed = all_hits([body.keys[None, :] for body in bodies])[:, 0]
    rng = np.random.default_rng(seed)
    drawn = all_hits([rng.integers(0, body.sizes, size=(draws, body.n_items)) for body in bodies]).T
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
