"""What a file says of a question, in the shape in which the bank keeps it: so that the two can be compared."""

import hashlib
from dataclasses import dataclass

from assessments.answers import matches_of, options_in_order, targets_of, unmatched
from assessments.enums import ItemKind
from assessments.formats import joined
from assessments.formats.matching import target_id
from assessments.models import Item, ItemVersion
from assessments.services.keys import Option

RIGHT = "right"


def option_id(text: str) -> str:
    """The same for the same words, whatever stands before them; it tells nothing of the key."""
    return f"s-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


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
        """With ids of their words: their place in the file is the key of an order, and may be that of a choice, since many
        banks write the right answer first. Pages show ids.
        """
        return [{"id": option_id(text), "text": text, "feedback": feedback} for text, feedback, _belongs in self.options]

    def targets(self) -> list[Option]:
        matched = [belongs for _text, _feedback, belongs in self.options] if self.kind == ItemKind.MATCH else []
        return targets_of([*matched, *self.others])

    def key(self) -> list[str]:
        """As `assessments.formats` writes it."""
        ids = [option_id(text) for text, _feedback, _belongs in self.options]
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
