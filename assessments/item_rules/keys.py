"""What the key of an item needs in its format; what is wrong with it is noted."""

from assessments.formats.choices import FEWEST_POINTS
from assessments.formats.texts import LONGEST, normalised
from assessments.item_rules.fields import Notes
from assessments.item_rules.model import BEST_WORST, LINES, MATCH, ORDER, RANK, RATE, SCALE, SINGLE, STATES, TEXT, Item

FIELDS_OF = {
    SINGLE: ("level", "key"),
    RATE: ("rating",),
    BEST_WORST: ("rating",),
    RANK: ("rating",),
    ORDER: ("place",),
    LINES: ("key",),
    MATCH: ("match",),
    SCALE: ("key",),
    TEXT: ("key",),
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


def _check_scale(item: Item, notes: Notes) -> None:
    """Points are never mixed, and their place says what they are: nothing to find for whoever reads the ids."""
    right = [place for place, option in enumerate(item.options) if option.is_key]
    if len(item.options) < FEWEST_POINTS:
        notes.note(
            f"Its scale has {len(item.options)} points.", f"Give it {FEWEST_POINTS} or more, or make it a single choice."
        )
    elif not right or len(right) == len(item.options):
        notes.note("None of its points is the key, or all are.", "Write “key: true” at the point that fits best.")
    elif right[-1] - right[0] + 1 != len(right):
        notes.note("The points of its key are no neighbours.", "Write “key: true” at points that follow each other.")


def _check_wordings(item: Item, notes: Notes) -> None:
    if not any(option.is_key for option in item.options):
        notes.note("None of its wordings is right.", "Write “key: true” at those that are.")
    wordings = [normalised(option.text) for option in item.options]
    if len(set(wordings)) < len(wordings):
        notes.note("Two of its wordings are the same but for capitals, spaces or punctuation.", "Keep one of them.")
    if any(len(option.text) > LONGEST for option in item.options):
        notes.note(f"One of its wordings has more than {LONGEST} characters.", "Shorten it: learners write a few words.")


_CHECKS = {
    SINGLE: _check_single,
    RATE: _check_ratings,
    BEST_WORST: _check_ratings,
    RANK: _check_ratings,
    ORDER: _check_places,
    LINES: _check_lines,
    MATCH: _check_matches,
    SCALE: _check_scale,
    TEXT: _check_wordings,
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
