"""What a file says of a question, in the shape in which the bank keeps it: so that the two can be compared."""

import hashlib
from dataclasses import dataclass
from string import ascii_lowercase

from assessments.answers import matches_of, options_in_order, targets_of, unmatched
from assessments.enums import ItemKind
from assessments.formats import joined
from assessments.formats.matching import target_id
from assessments.models import Item, ItemVersion
from assessments.services.keys import Option

RIGHT = "right"


@dataclass(frozen=True)
class Content:
    """What a learner would see of a question, and its key, as the bank keeps them.

    What belongs to an option: `RIGHT`, of matching a text, else nothing. Steps of an order stand in the right one.
    """

    kind: str
    situation: str
    prompt: str
    options: tuple[tuple[str, str, str], ...]  # text, feedback, and what belongs to it
    others: tuple[str, ...] = ()  # of matching what is offered and belongs to none

    def given(self) -> list[Option]:
        """Steps are given ids of their words: their place in the file is the key, and pages show ids."""
        if self.kind == ItemKind.ORDER:
            ids = [f"s-{hashlib.sha256(text.encode()).hexdigest()[:10]}" for text, _feedback, _belongs in self.options]
        else:
            ids = [ascii_lowercase[place] if place < 26 else f"o{place + 1}" for place in range(len(self.options))]
        return [
            {"id": name, "text": text, "feedback": feedback}
            for name, (text, feedback, _belongs) in zip(ids, self.options, strict=True)
        ]

    def targets(self) -> list[Option]:
        matched = [belongs for _text, _feedback, belongs in self.options] if self.kind == ItemKind.MATCH else []
        return targets_of([*matched, *self.others])

    def key(self) -> list[str]:
        """As `assessments.formats` writes it."""
        ids = [option["id"] for option in self.given()]
        if self.kind == ItemKind.ORDER:
            return [joined(name, str(place)) for place, name in enumerate(ids, start=1)]
        belonging = [(name, belongs) for name, (_text, _feedback, belongs) in zip(ids, self.options, strict=True) if belongs]
        if self.kind == ItemKind.MATCH:
            return [joined(name, target_id(belongs)) for name, belongs in belonging]
        return [name for name, _belongs in belonging]


def content_of(item: Item, version: ItemVersion | None = None) -> Content | None:
    """Of a version of an item, the current one where none is named."""
    version = version or item.current_version
    if version is None:
        return None
    version.item = item
    matched = matches_of(version)
    options = tuple(
        (one["text"], one["feedback"], matched.get(one["id"], RIGHT if one["id"] in version.correct else ""))
        for one in options_in_order(version)
    )
    return Content(version.format, version.situation, version.prompt, options, tuple(sorted(unmatched(version))))
