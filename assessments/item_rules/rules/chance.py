"""Rules 2 and 3: neither a rule of thumb nor a model of words finds the key more often than chance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assessments.item_rules.findings import Finding, Measure
from assessments.item_rules.heuristics import HEURISTICS, Heuristic, Pair, pairs_of, ranks
from assessments.item_rules.model import Bank, Group, Item
from assessments.item_rules.permutation import FAMILYWISE, HitTest, LevelTest, hit_test, level_test
from assessments.item_rules.word_model import word_tests

MAX_SE = 2.0
FEWEST_FOR_WORDS = 8
FEWEST_RATED = 8


@dataclass(frozen=True)
class _Arrays:
    keys: NDArray[np.int64]
    n_options: NDArray[np.int64]
    levels: NDArray[np.float64] | None


def no_rule_wins(bank: Bank) -> Iterator[Finding | Measure]:
    """2. Each heuristic of the registry alone, in each form and in the bank: its hits are not more than chance at familywise
    5 % (`hit_test`), and for items keyed by level the mean level it chooses is at most 2 standard errors above the mean of the
    options (`level_test`). Where it is more than 2 standard errors below, avoiding its choice helps: a warning. Pairs of
    heuristics over the bank only, hits and levels each at familywise 5 %. Of items whose options are rated, from 8 in a form or
    in the bank, each heuristic chooses options that are rated at most 2 standard errors above the mean (`level_test`)."""
    heuristics = list(HEURISTICS.values())
    for group in bank.keyed_groups:
        arrays = _arrays(group)
        weights = _weights(heuristics, group.items)
        hits = hit_test(weights, arrays.keys, arrays.n_options)
        levels = level_test(weights, arrays.levels) if arrays.levels is not None else None
        yield from _singles(heuristics, group, hits, levels)
        if not group.is_form:
            yield from _pairs(heuristics, group, arrays)
    for group in bank.rated_groups:
        if len(group.items) >= FEWEST_RATED:
            yield from _rated(heuristics, group)


def _rated(heuristics: Sequence[Heuristic], group: Group) -> Iterator[Finding]:
    ratings = np.full((len(group.items), max(len(item.options) for item in group.items)), np.nan)
    for row, item in enumerate(group.items):
        ratings[row, : len(item.options)] = item.ratings
    test = level_test(_weights(heuristics, group.items), ratings)
    for row, heuristic in enumerate(heuristics):
        gap, se = float(test.gap[row]), float(test.se[row])
        if se > 0 and gap > MAX_SE * se + 1e-9:
            what = f"“{heuristic.says}” chooses options rated {gap:.2f} points above the mean ({gap / se:+.1f} SE)."
            yield _finding("error", group, what, "Rewrite options so that it points elsewhere in some of the rated items.")


def _arrays(group: Group) -> _Arrays:
    n_options = np.array([len(item.options) for item in group.items])
    levels = None
    if all(item.is_level_keyed for item in group.items):
        levels = np.full((len(group.items), n_options.max()), np.nan)
        for row, item in enumerate(group.items):
            levels[row, : len(item.options)] = [option.level for option in item.options]
    return _Arrays(np.array([item.key_index for item in group.items]), n_options, levels)


def _weights(heuristics: Sequence[Heuristic], items: Sequence[Item]) -> NDArray[np.float64]:
    """Shape (heuristics, items, most options), as `permutation` wants them."""
    weights = np.zeros((len(heuristics), len(items), max(len(item.options) for item in items)))
    for row, heuristic in enumerate(heuristics):
        for column, item in enumerate(items):
            weights[row, column, : len(item.options)] = heuristic.choose(item)
    return weights


def _pair_weights(heuristics: Sequence[Heuristic], pairs: Sequence[Pair], items: Sequence[Item]) -> NDArray[np.float64]:
    """As `_weights`: the sum of both ranks within the item, the second's taken off where the sign is −1."""
    row = {heuristic.name: index for index, heuristic in enumerate(heuristics)}
    first = np.array([row[pair.first.name] for pair in pairs])
    second = np.array([row[pair.second.name] for pair in pairs])
    signs = np.array([pair.sign for pair in pairs])[:, None]
    weights = np.zeros((len(pairs), len(items), max(len(item.options) for item in items)))
    for column, item in enumerate(items):
        ranked = np.array([ranks(heuristic.score(item)) for heuristic in heuristics])
        scores = ranked[first] + signs * ranked[second]
        best = scores >= scores.max(axis=1, keepdims=True) - 1e-9
        weights[:, column, : len(item.options)] = best / best.sum(axis=1, keepdims=True)
    return weights


def _singles(
    heuristics: Sequence[Heuristic], group: Group, hits: HitTest, levels: LevelTest | None
) -> Iterator[Finding | Measure]:
    for row, heuristic in enumerate(heuristics):
        gap, se = (float(levels.gap[row]), float(levels.se[row])) if levels else (None, None)
        yield Measure(
            2, group.name, heuristic.name, len(group.items), float(hits.hits[row]), hits.chance, float(hits.p[row]), gap, se
        )
        if hits.significant[row]:
            what = (
                f"“{heuristic.says}” finds {hits.hits[row]:.1f} of {len(group.items)} keys ({hits.chance:.1f} by chance; "
                f"up to {hits.critical:.1f} is allowed; {_p(hits.p[row])}, familywise)."
            )
            yield _finding("error", group, what, _remedy(heuristic, group, hits=True))
        if gap is not None and se is not None and se > 0 and abs(gap) > MAX_SE * se + 1e-9:
            above = gap > 0
            side = "above" if above else "below"
            what = f"“{heuristic.says}” chooses {abs(gap):.2f} levels {side} the mean ({gap / se:+.1f} SE)."
            yield _finding("error" if above else "warning", group, what, _remedy(heuristic, group, hits=above))


def _pairs(heuristics: Sequence[Heuristic], group: Group, arrays: _Arrays) -> Iterator[Finding | Measure]:
    pairs = pairs_of(list(heuristics))
    weights = _pair_weights(heuristics, pairs, group.items)
    hits = hit_test(weights, arrays.keys, arrays.n_options)
    levels = level_test(weights, arrays.levels) if arrays.levels is not None else None
    best = int(np.argmax(hits.hits))
    gap, se = (float(levels.gap[best]), float(levels.se[best])) if levels else (None, None)
    name = f"pair: {pairs[best].name}"
    yield Measure(2, group.name, name, len(group.items), float(hits.hits[best]), hits.chance, float(hits.p[best]), gap, se)
    yield from _strongest_pair(pairs, hits.hits, hits.p, group, f"of {len(group.items)} keys ({hits.chance:.1f} by chance)")
    if levels is not None:
        yield from _strongest_pair(pairs, levels.gap, levels.p, group, "levels above the mean")


def _strongest_pair(
    pairs: Sequence[Pair], found: NDArray[np.float64], p: NDArray[np.float64], group: Group, unit: str
) -> Iterator[Finding]:
    """One finding for all pairs that win: much the same pairs would fill pages."""
    winners = np.flatnonzero(p <= FAMILYWISE)
    if winners.size:
        best = int(winners[np.lexsort((-found[winners], p[winners]))[0]])
        others = f" {winners.size - 1} more pairs win as well." if winners.size > 1 else ""
        what = (
            f"The two rules “{pairs[best].name}” find {found[best]:.1f} {unit}; {_p(p[best])}, "
            f"familywise over {len(pairs)} pairs.{others}"
        )
        yield _finding("error", group, what, "Change items in which both point to the key or to the higher levels.")


def _remedy(heuristic: Heuristic, group: Group, *, hits: bool) -> str:
    """Names the items in which the heuristic chooses the key alone."""
    found = [item.id for item in group.items if (heuristic.choose(item)[item.key_index] == 1) == hits]
    where = f" It {'finds' if hits else 'misses'} the key in: {', '.join(found[:12])}{' …' if len(found) > 12 else ''}."
    return f"Rewrite options so that it points elsewhere in some items.{where}"


def no_word_model_wins(bank: Bank) -> Iterator[Finding | Measure]:
    """3. A naive Bayes model of words, leaving one out within each form and within the bank, and trained on one form and tried
    on another, finds no more keys than chance: familywise 5 % over all of these, by permutation of keys (`word_tests`).
    Groups of fewer than 8 items are left out."""
    groups = [(group.name, group.items) for group in bank.keyed_groups if len(group.items) >= FEWEST_FOR_WORDS]
    for test in word_tests(groups):
        yield Measure(3, test.name, "naive Bayes", test.n_items, test.hits, test.chance, test.p)
        if test.significant:
            what = (
                f"A model of words finds {test.hits:.1f} of {test.n_items} keys {test.name} "
                f"({test.chance:.1f} by chance; {_p(test.p)}, familywise)."
            )
            yield Finding(3, "error", what, "Let keys and wrong options use the same words.", group=test.name)


def _finding(severity: str, group: Group, what: str, remedy: str) -> Finding:
    return Finding(2, "error" if severity == "error" else "warning", what, remedy, group.file, group=group.name)


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"
