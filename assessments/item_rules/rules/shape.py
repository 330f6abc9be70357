"""Rules 1, 4, 6 and 10: length, cues, kindness and position say nothing about the key."""

from collections.abc import Iterator
from itertools import groupby

import numpy as np

from assessments.item_rules.cues import PARITY_CUES, Cue
from assessments.item_rules.findings import Finding
from assessments.item_rules.heuristics import HEURISTICS
from assessments.item_rules.model import LINES, MATCH, ORDER, SCALE, TEXT, Bank, Group, Item
from assessments.item_rules.text import longest_run

MAX_LENGTH_RATIO = 1.35
MAX_EXTREME_SHARE = 1 / 3
MAX_MEAN_DIFFERENCE = 0.05
ENOUGH_ITEMS, WIDE, NARROW = 32, 0.35, 0.20
WARMEST = (0.15, 0.35)
POSITION = (0.20, 0.30)
MAX_RUN = 2


def length(bank: Bank) -> Iterator[Finding]:
    """1. Within an item longest/shortest ≤ 1.35 in characters (only of options that are chosen, or rated); per form and in the
    bank the key is the longest, and the shortest, in at most a third of the items (ties shared), and mean lengths of keys and
    of wrong options differ by at most 5 % of the mean of all."""
    for item in bank.items:
        if item.format in (ORDER, LINES, MATCH, SCALE, TEXT):
            continue  # a longer step, line or point says nothing
        lengths = {option.id: len(option.text) for option in item.options}
        longest, shortest = max(lengths, key=lambda name: lengths[name]), min(lengths, key=lambda name: lengths[name])
        if lengths[longest] / lengths[shortest] > MAX_LENGTH_RATIO:
            what = (
                f"Option {longest} has {lengths[longest]} characters and {shortest} has {lengths[shortest]}: over 1.35 times."
            )
            yield Finding(1, "error", what, "Shorten the longest or fill out the shortest.", item.file, item.id)
    for group in bank.keyed_groups:
        yield from _lengths_of(group)


def _lengths_of(group: Group) -> Iterator[Finding]:
    for name in ("longest", "shortest"):
        share = _mean_key_weight(group, name)
        if share > MAX_EXTREME_SHARE + 1e-9:
            what = f"The key is the {name} option in {share:.0%} of {len(group.items)} items; at most a third may be."
            yield _of_group(1, group, what, "Change the lengths of options until the key is as often in between.")
    keys = np.array([len(item.key.text) for item in group.items], dtype=float)
    others = np.array([len(option.text) for item in group.items for option in item.distractors], dtype=float)
    difference = (keys.mean() - others.mean()) / np.concatenate([keys, others]).mean()
    if abs(difference) > MAX_MEAN_DIFFERENCE:
        what = f"Keys have {keys.mean():.0f} characters on average and wrong options {others.mean():.0f}: {difference:+.0%}."
        yield _of_group(1, group, what, f"{'Shorten' if difference > 0 else 'Lengthen'} keys until they differ by 5% at most.")


def cue_parity(bank: Bank) -> Iterator[Finding]:
    """4. For each cue the share of keys that have it and the share of wrong options that have it differ by at most .20 where a
    skill has 32 items or more in the form or bank, else by .35, in either direction."""
    for group in bank.keyed_groups:
        for skill, items in _by_skill(group):
            allowed = NARROW if len(items) >= ENOUGH_ITEMS else WIDE
            for name, cue in PARITY_CUES.items():
                in_keys, in_others = _shares(items, cue)
                if abs(in_keys - in_others) > allowed + 1e-9:
                    what = f"{skill}: “{name}” is in {in_keys:.0%} of the keys and in {in_others:.0%} of the wrong options."
                    more = "wrong options" if in_keys > in_others else "keys"
                    remedy = f"Use it in more {more}, or in fewer of the others, until they differ by {allowed:.2f} at most."
                    yield _of_group(4, group, what, remedy)


def _by_skill(group: Group) -> Iterator[tuple[str, list[Item]]]:
    for skill, items in groupby(sorted(group.items, key=lambda item: item.skill), key=lambda item: item.skill):
        yield skill, list(items)


def _shares(items: list[Item], cue: Cue) -> tuple[float, float]:
    keys = [cue(item.key) for item in items]
    others = [cue(option) for item in items for option in item.distractors]
    return sum(keys) / len(keys), sum(others) / len(others)


def kindness(bank: Bank) -> Iterator[Finding]:
    """6. The key is the warmest option in 15 to 35 % of the items of a form and of the bank, ties shared."""
    for group in bank.keyed_groups:
        share = _mean_key_weight(group, "warmest")
        if not WARMEST[0] - 1e-9 <= share <= WARMEST[1] + 1e-9:
            what = f"The key is the warmest option in {share:.0%} of {len(group.items)} items; 15% to 35% may be."
            yield _of_group(6, group, what, f"Write {'cooler' if share > WARMEST[1] else 'warmer'} keys, or change the others.")


def position(bank: Bank) -> Iterator[Finding]:
    """10. Of k places each has the key in 0.8/k to 1.2/k of the items (20 to 30 % of four), in a form and in the bank; in a
    form at most two keys in a row have the same place."""
    for group in bank.keyed_groups:
        places = [item.key_index for item in group.items]
        n_options = max(len(item.options) for item in group.items)
        for place in range(n_options):
            share = places.count(place) / len(places)
            if not POSITION[0] * 4 / n_options - 1e-9 <= share <= POSITION[1] * 4 / n_options + 1e-9:
                what = f"{share:.0%} of {len(places)} keys are option {place + 1}; 20% to 30% should be."
                yield _of_group(10, group, what, "Change the order of options in some items.")
        if group.is_form and longest_run(places) > MAX_RUN:
            what = f"{longest_run(places)} keys in a row are at the same place; two may be."
            yield _of_group(10, group, what, "Change the order of items or of options.")


def _mean_key_weight(group: Group, heuristic: str) -> float:
    choose = HEURISTICS[heuristic].choose
    return float(np.mean([choose(item)[item.key_index] for item in group.items]))


def _of_group(rule: int, group: Group, what: str, remedy: str) -> Finding:
    return Finding(rule, "error", what, remedy, group.file, group=group.name)
