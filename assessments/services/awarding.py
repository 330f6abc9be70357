"""Which level a sitting awards, by rules that were found by simulating one with the same answers' levels."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

from django.core.cache import cache

from assessments.scoring.awards import MIN_ITEMS, LevelRule, Outcome, awarded_level, find_rules
from assessments.scoring.placement import HIGHEST, LOWEST, Placement

METHOD = "at-least-simulated"
# Rules never change for the same layouts and the same method; only room is limited.
KEPT_SECONDS = 90 * 24 * 60 * 60

Layouts = tuple[tuple[int, ...], ...]
"""Of each question the levels of its options, rising; in rising order, since that of the questions says nothing."""


class Reason(StrEnum):
    """Why nothing is awarded."""

    NONE = ""
    FEW = "few"  # questions of the skill
    UNSURE = "unsure"  # no level is sure enough
    WITHHELD = "withheld"  # such questions award no level to anybody


@dataclass(frozen=True)
class Award:
    """`level`: at least that one is awarded, None with the `reason`. `probability` is that of the level `asked`, which is
    awarded from its `cut` on: the one awarded, else the lowest that can be.
    """

    level: int | None
    reason: Reason
    probability: float | None = None
    cut: float | None = None
    asked: int | None = None

    @property
    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"reason": str(self.reason), "method": METHOD}


def layouts_of(options: Sequence[Sequence[int]]) -> Layouts:
    """Of the levels of each question's options; questions that tell no levels apart are left out."""
    return tuple(sorted(layout for levels in options if len(layout := tuple(sorted(set(levels)))) > 1))


def award_for(placement: Placement, layouts: Layouts) -> Award:
    """Of questions that are all keyed by more than their authors. `layouts`: of those that were answered."""
    if len(layouts) < MIN_ITEMS:
        return Award(None, Reason.FEW)
    rules = rules_for(layouts)
    level = awarded_level(placement.at_least, rules, items=len(layouts), is_keyed=True)
    open_to = [rule for rule in rules if rule.cut is not None]
    if not open_to:
        return Award(None, Reason.WITHHELD)
    told = next((rule for rule in open_to if rule.level == level), open_to[0])
    probability = placement.at_least[told.level - 1]
    return Award(level, Reason.NONE if level else Reason.UNSURE, probability, told.cut, told.level)


@lru_cache(maxsize=64)
def rules_for(layouts: Layouts) -> tuple[LevelRule, ...]:
    """A second of simulation the first time, for this process and, where they share a cache, for all.

    A level that no option shows is withheld, whatever the simulation says: nobody can be seen to be there.
    """
    if len(layouts) < MIN_ITEMS or not all(LOWEST <= level <= HIGHEST for layout in layouts for level in layout):
        return ()
    highest = max(max(layout) for layout in layouts)
    return tuple(rule if rule.level <= highest else replace(rule, cut=None) for rule in _simulated(layouts))


def _simulated(layouts: Layouts) -> list[LevelRule]:
    key = f"awards:{hashlib.sha256(json.dumps([METHOD, layouts]).encode()).hexdigest()}"
    kept: list[dict[str, Any]] | None = cache.get(key)
    if kept is None:
        rules = find_rules(layouts)
        cache.set(key, [asdict(rule) for rule in rules], KEPT_SECONDS)
        return rules
    return [
        LevelRule(
            rule["level"], rule["cut"], rule["below"], {name: Outcome(**found) for name, found in rule["outcomes"].items()}
        )
        for rule in kept
    ]
