"""The fields in which a question of any format is answered: plain ones, which need no JavaScript."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from assessments.answers import RATINGS
from assessments.enums import ItemKind
from assessments.formats import by_slot, joined
from assessments.formats.ratings import BEST, WORST
from assessments.formats.texts import TEXT, TICK, ticked_in, tidied, typed_of
from assessments.formats.written import plain_lines
from assessments.models import ItemVersion

Option = dict[str, Any]


@dataclass(frozen=True)
class Control:
    """One value that can be chosen in the field `name`; `words` say more than `label` where that is a number."""

    name: str
    value: str
    label: str
    is_chosen: bool
    words: str = ""


@dataclass(frozen=True)
class Row:
    """An option with all that can be chosen for it."""

    id: str
    text: str
    name: str
    controls: list[Control]


def posted_answer(data: QueryDict, field: str) -> list[str]:
    """What was sent for the question whose fields are `field` and those that begin with it and a hyphen."""
    names = [name for name in data if name == field or name.startswith(f"{field}-")]
    typed = text_field(field)
    chosen = [plain_lines(value) for name in names if name != typed for value in data.getlist(name) if value.strip()]
    return chosen + [joined(TEXT, text) for text in map(tidied, data.getlist(typed)) if text]


def text_field(field: str) -> str:
    """The name of the field in which a question is answered by typing. No option has an id that begins with a hyphen."""
    return f"{field}--{TEXT}"


def names_of(version: ItemVersion, field: str) -> list[str]:
    """The names of the fields of a question."""
    if version.is_choice or version.format in (ItemKind.LINES, ItemKind.SCALE, ItemKind.OPEN):
        return [field]
    if version.format == ItemKind.TEXT:
        return [text_field(field)]
    if version.format == ItemKind.COMPOSED:
        return [text_field(field), field]
    if version.format == ItemKind.BEST_WORST:
        return [f"{field}-{BEST}", f"{field}-{WORST}"]
    return [f"{field}-{option['id']}" for option in asked_options(version)]


def rows_of(version: ItemVersion, field: str, chosen: Collection[str], seed: str, order: Sequence[str] = ()) -> list[Row]:
    """The options in the order in which they are shown, each with its controls. Nothing for single and multiple choice.

    `seed` mixes the options, and what they are matched with. Steps that all have a place are shown in that order. `order`:
    ids of the options as they are to be shown, of a form that does not mix them; steps to be put in order are mixed all the
    same, and so is what is matched, since their order as written is the answer.
    """
    if version.is_open:
        text = next(iter(chosen), "")
        return [Row("text", version.prompt, field, [Control(field, text, "", is_chosen=bool(text))])]
    options = _shown(version, seed, order)
    match version.format:
        case ItemKind.RATE:
            points = [(point, point, str(words)) for point, words in RATINGS.items()]
            return [_row(option, field, points, chosen) for option in options]
        case ItemKind.BEST_WORST:
            return [_best_or_worst(option, field, chosen) for option in options]
        case ItemKind.ORDER | ItemKind.RANK:
            places = [(str(place), str(place), "") for place in range(1, len(options) + 1)]
            rows = [_row(option, field, places, chosen) for option in options]
            return _by_place(rows, by_slot(chosen))
        case ItemKind.MATCH:
            targets = mixed([option for option in version.options if option.get("is_target")], seed)
            offered = [(target["id"], target["text"], "") for target in targets]
            return [_row(option, field, offered, chosen) for option in options]
        case ItemKind.TEXT:
            return [_typed(field, chosen)]
        case ItemKind.COMPOSED:
            return [_typed(field, chosen), *(_tick(option, field, chosen) for option in options)]
        case ItemKind.LINES | ItemKind.SCALE:
            return [
                Row(line["id"], line["text"], field, [Control(field, line["id"], line["text"], line["id"] in chosen)])
                for line in options
            ]
    return []


def _shown(version: ItemVersion, seed: str, order: Sequence[str]) -> list[Option]:
    options = asked_options(version)
    if version.format in (ItemKind.LINES, ItemKind.SCALE, ItemKind.COMPOSED):
        return options
    if order and version.format in (ItemKind.RATE, ItemKind.BEST_WORST, ItemKind.RANK):
        return sorted(options, key=lambda option: order.index(option["id"]))
    return mixed(options, seed)


def asked_options(version: ItemVersion) -> list[Option]:
    return [option for option in version.options if not option.get("is_target")]


def mixed(options: Iterable[Option], seed: str) -> list[Option]:
    """In the order of a hash of seed and option: the same on every visit, another with another seed."""
    return sorted(options, key=lambda option: hashlib.sha256(f"{seed}:{option['id']}".encode()).digest())


def _row(option: Option, field: str, values: Sequence[tuple[str, str, str]], chosen: Collection[str]) -> Row:
    name, slot = f"{field}-{option['id']}", option["id"]
    controls = [
        Control(name, joined(slot, value), label, joined(slot, value) in chosen, words) for value, label, words in values
    ]
    return Row(slot, option["text"], name, controls)


def _typed(field: str, chosen: Collection[str]) -> Row:
    name, text = text_field(field), typed_of(list(chosen))
    return Row(TEXT, "", name, [Control(name, text, "", bool(text))])


def _tick(option: Option, field: str, chosen: Collection[str]) -> Row:
    is_ticked = option["id"] in ticked_in(list(chosen))
    return Row(option["id"], option["text"], field, [Control(field, joined(TICK, option["id"]), option["text"], is_ticked)])


def _best_or_worst(option: Option, field: str, chosen: Collection[str]) -> Row:
    said = ((BEST, _("Best")), (WORST, _("Worst")))
    controls = [
        Control(f"{field}-{slot}", joined(slot, option["id"]), label, joined(slot, option["id"]) in chosen)
        for slot, label in said
    ]
    return Row(option["id"], option["text"], field, controls)


def _by_place(rows: list[Row], places: dict[str, str]) -> list[Row]:
    if {row.id for row in rows} != places.keys():
        return rows
    return sorted(rows, key=lambda row: int(places[row.id]) if places[row.id].isdigit() else 0)
