"""What the rules of items say of questions that an author has picked for a form: warnings, which hold nothing up.

Of the sixteen rules those that can be asked of the bank as it is stored, where acts, tones and sums stand nowhere.
"""

from collections.abc import Iterable

from assessments.enums import ItemKind
from assessments.item_rules import check
from assessments.item_rules.findings import Finding
from assessments.item_rules.model import Bank, Form, Option
from assessments.item_rules.model import Item as ItemSource
from assessments.models import Item

RULES = (1, 2, 4, 8)
FEWEST = 4
"""Of fewer questions nothing can be said: every rule of thumb finds the key of some."""


def findings_of_form(items: Iterable[Item]) -> list[Finding]:
    """Of single choice, in the order of the rules; each item with its skill and its version."""
    written = [_written(item) for item in items if item.kind == ItemKind.SINGLE]
    if len(written) < FEWEST:
        return []
    form = Form("form", "", "", "", tuple(item.id for item in written))
    return check(Bank(items=written, forms=[form]), only=RULES).findings


def _written(item: Item) -> ItemSource:
    version = item.current_version
    if version is None:
        raise ValueError("A question that is asked has a version.")
    return ItemSource(
        id=item.key,
        file="",
        skill=item.skill.slug if item.skill else "",
        relationship=item.relationship,
        industry=item.industry,
        situation=version.situation,
        question=version.prompt,
        options=tuple(
            Option(
                id=option["id"],
                text=option["text"],
                # Nowhere in the bank: the same for all, so that no rule of thumb finds a key by it.
                act="do",
                tone="neutral",
                rationale=option["feedback"],
                level=option.get("level"),
                is_key=option["id"] in version.correct,
            )
            for option in version.options
        ),
        boundary=item.boundary,
        region=item.region,
    )
