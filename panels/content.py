"""Which questions a panel can judge, what is asked of each, and how what was said becomes a key."""

from collections.abc import Mapping

from assessments.answers import question_of
from assessments.enums import ItemKind
from assessments.formats import joined
from assessments.models import ItemVersion
from assessments.scoring.panel import ItemVerdict, Keyed

KEYED_BY: Mapping[str, Keyed] = {
    ItemKind.SINGLE: Keyed.BEST,
    ItemKind.BEST_WORST: Keyed.ENDS,
    ItemKind.RATE: Keyed.MEANS,
    ItemKind.RANK: Keyed.MEANS,
    ItemKind.ORDER: Keyed.PLACES,
}
"""By format of a question. Of the others no option is better or worse than another by itself."""


def keyed_by(version: ItemVersion) -> Keyed:
    return KEYED_BY[version.format]


def can_be_judged(version: ItemVersion) -> bool:
    return version.format in KEYED_BY


def asks_for_best(version: ItemVersion) -> bool:
    """Of an order each step has a place, and none is best."""
    return version.format != ItemKind.ORDER


def asks_for_levels(version: ItemVersion) -> bool:
    """Only where one option is chosen does its level say something of whoever chose it."""
    return version.format == ItemKind.SINGLE


def option_ids(version: ItemVersion) -> tuple[str, ...]:
    return question_of(version).options


def key_of(verdict: ItemVerdict) -> list[str]:
    """The panel's key as `assessments.formats` writes it, without the options that are split."""
    if verdict.keyed == Keyed.BEST:
        return [verdict.best.option]
    if verdict.keyed == Keyed.PLACES:
        ordered = sorted(verdict.kept, key=lambda option: -option.mean)
        return [joined(option.option, str(place)) for place, option in enumerate(ordered, start=1)]
    return [joined(option.option, round(option.mean, 2)) for option in verdict.kept]
