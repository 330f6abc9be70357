"""What the key of an item needs in its format; what is wrong with it is noted."""

from assessments.item_rules.fields import Notes
from assessments.item_rules.model import BEST_WORST, LINES, MATCH, ORDER, RATE, SINGLE, STATES, Item

FIELDS_OF = {
    SINGLE: ("level", "key"),
    RATE: ("rating",),
    BEST_WORST: ("rating",),
    ORDER: ("place",),
    LINES: ("key",),
    MATCH: ("match",),
}
"""What options have in one format and not in all."""


def check_key(item: Item, notes: Notes) -> None:
    _CHECKS[item.format](item, notes)
    if item.others and item.format != MATCH:
        notes.note(f"An item of the format “{item.format}” has no “others”.", "Take them away.")


def _check_single(item: Item, notes: Notes) -> None:
    keys = [option for option in item.options if option.is_key]
    if len(keys) != 1:
        notes.note(f"It has {len(keys)} keys.", "Write “key: true” at exactly one option.")
    levels = [option.level for option in item.options if option.level is not None]
    if levels and len(levels) != len(item.options):
        notes.note("Some of its options have a level and some have none.", "Give every option a level, or none.")
    elif levels and len(keys) == 1:
        _check_levels(item, levels, notes)


def _check_ratings(item: Item, notes: Notes) -> None:
    missing = [option.id for option in item.options if item.panel is not None and option.id not in item.panel.means]
    if missing and item.state != STATES[0]:
        notes.note(f"Its panel has no mean of {', '.join(missing)}.", "Give the mean of every option: they are the key.")
    elif any(option.rating is None for option in item.options):
        notes.note("Some of its options have no rating.", "Give each one from 1 (very ineffective) to 5 (very effective).")
    elif len(set(item.ratings)) == 1:
        notes.note("All of its options have the same rating.", "Give at least one another.")
    elif item.format == BEST_WORST and item.ratings.count(max(item.ratings)) != 1:
        notes.note("Several of its options are the best.", "Give one alone the highest rating.")
    elif item.format == BEST_WORST and item.ratings.count(min(item.ratings)) != 1:
        notes.note("Several of its options are the worst.", "Give one alone the lowest rating.")


def _check_places(item: Item, notes: Notes) -> None:
    """Pages say the ids of options to whoever looks into them, so the ids may not say the order."""
    if sorted(option.place or 0 for option in item.options) != list(range(1, len(item.options) + 1)):
        notes.note("Its steps have no places from 1 on, each once.", "Write “place: 1” at the step that comes first.")
        return
    in_order = [option.id for option in sorted(item.options, key=lambda option: option.place or 0)]
    if len(in_order) > 2 and in_order in (sorted(in_order), sorted(in_order, reverse=True)):
        notes.note("The ids of its steps say their order.", "Give the ids a, b, c in another order than the places.")


def _check_lines(item: Item, notes: Notes) -> None:
    if not any(option.is_key for option in item.options) or all(option.is_key for option in item.options):
        notes.note("None of its lines is the key, or all are.", "Write “key: true” at the lines that are to be marked.")


def _check_matches(item: Item, notes: Notes) -> None:
    if len({option.match for option in item.options}) == 1:
        notes.note("The same belongs to all of its options.", "Give at least one another “match”.")


_CHECKS = {
    SINGLE: _check_single,
    RATE: _check_ratings,
    BEST_WORST: _check_ratings,
    ORDER: _check_places,
    LINES: _check_lines,
    MATCH: _check_matches,
}


def _check_levels(item: Item, levels: list[int], notes: Notes) -> None:
    """Boundary k|k+1: the key alone at k+1, at least one other option at k, none above."""
    if not item.boundary:
        return
    low, high = (int(level) for level in item.boundary.split("|"))
    key = next(option.level for option in item.options if option.is_key)
    if key != high or levels.count(high) != 1 or max(levels) != high or low not in levels:
        notes.note(
            f"Its levels are {', '.join(map(str, levels))} and its key has {key}, which does not separate {item.boundary}.",
            f"Give the key level {high}, at least one option level {low}, and no other option more than {low}.",
        )
