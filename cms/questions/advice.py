"""What the rules of docs/item-rules.md say of one draft: advice, which keeps nobody from publishing it."""

from collections.abc import Iterator
from typing import Any

from assessments.enums import ItemKind
from assessments.item_rules import check
from assessments.item_rules.fields import Notes
from assessments.item_rules.findings import Finding
from assessments.item_rules.keys import check_key
from assessments.item_rules.model import FORMATS, Bank
from assessments.item_rules.model import Item as Source
from assessments.item_rules.model import Option as SourceOption
from cms.questions.conversion import answers_of, plain

OF_ONE = (1, 9, 11, 15)
"""Length, stem, rationale and language. The other rules judge questions together, or ask for what only files hold."""


def advice_on(draft: Any) -> list[str]:
    """In the order of the rules; nothing of a draft that is not complete, or of a format that the rules do not know."""
    if draft.kind not in FORMATS or not draft.options:
        return []
    source = _source(draft)
    found = [finding for finding in check(Bank(items=[source]), only=OF_ONE).findings if finding.item]
    return [_words(draft, finding) for finding in [*_of_levels(source), *found]]


def _source(draft: Any) -> Source:
    options = [
        SourceOption(
            id=name,
            text=plain(answer["text"]),
            act="",
            tone="",
            rationale=plain(answer["feedback"]),
            level=answer["level"],
            is_key=bool(answer["correct"]),
            misconception=plain(answer["misconception"]),
            rating=answer["rating"],
            match=plain(answer["match"]),
        )
        for name, answer in answers_of(draft)
    ]
    return Source(
        id=draft.key or "draft",
        file="",
        skill="",
        relationship=draft.relationship,
        industry=draft.industry,
        situation=plain(draft.situation),
        question=plain(draft.prompt),
        options=tuple(options),
        boundary=draft.boundary,
        format=draft.kind,
    )


def _of_levels(source: Source) -> Iterator[Finding]:
    """Whether levels tell the two of the boundary apart."""
    if source.format == ItemKind.SINGLE and source.boundary and source.is_level_keyed:
        notes = Notes(file="", item=source.id)
        check_key(source, notes)
        yield from notes.findings


def _words(draft: Any, finding: Finding) -> str:
    """What and what to do, with answers by their number: authors see no ids of options."""
    names = [name for name, _answer in answers_of(draft)]
    what = finding.what
    for number, name in enumerate(names, 1):
        what = what.replace(f"Option {name} ", f"Answer {number} ").replace(f" and {name} ", f" and answer {number} ")
    where = f"Answer {names.index(finding.option) + 1}: " if finding.option in names else ""
    return f"{where}{what} {finding.remedy}".strip()
