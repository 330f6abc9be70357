"""An open question between its draft and what learners and raters get. Nothing is judged here."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from assessments.formats.written import DOCUMENTS, AnswerTerms, Means
from assessments.models import Item, ItemVersion
from cms.open_drafts.blocks import ANCHOR, LEVEL
from cms.questions.conversion import plain
from rating.models import LOWEST, Rubric
from rating.queries import rubric_of
from rating.services import Asked

TERMS_OF = {Means.WORDS: ("fewest", "most"), Means.FILE: ("kinds", "megabytes"), Means.AUDIO: ("minutes",)}
"""Which fields say what an answer should be, of each means. Those of the others are kept, and do not count."""


# From the bank ------------------------------------------------------------------------------------------------------------


def fields_of(item: Item) -> dict[str, Any]:
    """What a draft of this question says, as it stands now. Anchors keep their ids."""
    version, rubric = item.current_version, rubric_of(item)
    if version is None:
        return {}
    said: dict[str, Any] = {
        "key": item.key,
        "course_id": item.course_id,
        "skill_id": item.skill_id,
        "occasion": item.occasion,
        "situation": version.situation,
        "prompt": version.prompt,
        "concept": version.concept,
    }
    said |= _terms_in_fields(version.answer_terms)
    if rubric is None:
        return said
    levels = [
        {"type": LEVEL, "id": f"level-{level['score']}", "value": {name: level[name] for name in ("name", "words")}}
        for level in rubric.levels
    ]
    return said | {"levels": json.dumps(levels), "anchors": json.dumps([_raw_anchor(anchor) for anchor in rubric.anchors])}


def _terms_in_fields(terms: AnswerTerms) -> dict[str, Any]:
    said = {name: getattr(terms, name) for name in TERMS_OF[terms.by]}
    if "kinds" in said:
        said["kinds"] = list(said["kinds"])
    return said | {"by": terms.by}


def _raw_anchor(anchor: Mapping[str, Any]) -> dict[str, Any]:
    value = {"text": anchor["text"], "score": str(anchor["score"]), "reason": anchor["reason"]}
    return {"type": ANCHOR, "id": anchor["id"], "value": value}


def mark_of(item: Item) -> str:
    """Tells apart all states of a question that a draft could be based on: its wording, when it is asked, and its rubric.

    That raters train again, by the same rubric, is no other state.
    """
    version, rubric = item.current_version, rubric_of(item)
    said = [version.number if version else 0, version.concept if version else "", item.skill_id, item.occasion]
    return hashlib.sha256(json.dumps([*said, rubric.digest if rubric else ""]).encode()).hexdigest()[:32]


# Into the bank ------------------------------------------------------------------------------------------------------------


def terms_of(draft: Any) -> AnswerTerms:
    """What an answer should be, of the means that was chosen; what is missing is 0 or empty."""
    means = Means(draft.by)
    said: dict[str, Any] = {name: getattr(draft, name) or 0 for name in TERMS_OF[means]}
    if "kinds" in said:
        said["kinds"] = tuple(name for name in DOCUMENTS if name in (draft.kinds or ()))
    return AnswerTerms(means, **said)


def asked_of(draft: Any) -> Asked:
    """Words that differ only in their line ends, or in space around them, are those that learners read: they are no version."""
    kept = draft.item.current_version if draft.item_id else None
    terms = terms_of(draft)
    return Asked(
        situation=_same(draft.situation, [kept.situation] if kept else ()),
        prompt=_same(draft.prompt, [kept.prompt] if kept else ()),
        occasion=draft.occasion,
        by=terms.by,
        fewest=terms.fewest,
        most=terms.most,
        kinds=terms.kinds,
        megabytes=terms.megabytes,
        minutes=terms.minutes,
        skill=draft.skill.slug if draft.skill else "",
        concept=plain(draft.concept),
    )


def levels_of(draft: Any) -> list[dict[str, Any]]:
    """As `rating.services.write_rubric` takes them: from level 1 on, in the order in which they are written."""
    kept = _kept(draft, "levels")
    values = [child.value for child in draft.levels or ()]
    return [
        {"score": score} | {name: _same(value[name], [level.get(name) for level in kept]) for name in ("name", "words")}
        for score, value in enumerate(values, start=LOWEST)
    ]


def anchors_of(draft: Any) -> list[dict[str, Any]]:
    """The same. One without an agreed level has level 0."""
    if not draft.anchors:
        return []
    kept = _kept(draft, "anchors")
    prepared = draft.anchors.get_prep_value()  # gives ids to those that have none yet
    return [
        {
            "id": raw["id"],
            "text": _same(child.value["text"], [anchor.get("text") for anchor in kept]),
            "score": int(child.value["score"] or 0),
            "reason": _same(child.value["reason"], [anchor.get("reason") for anchor in kept]),
        }
        for raw, child in zip(prepared, draft.anchors, strict=True)
    ]


def _kept(draft: Any, name: str) -> list[dict[str, Any]]:
    rubric: Rubric | None = rubric_of(draft.item) if draft.item_id else None
    return list(getattr(rubric, name)) if rubric else []


def _same(written: str | None, kept: Iterable[str | None]) -> str:
    """What is written, as it stands already where it stands already."""
    words = plain(written)
    return next((text for text in kept if text and plain(text) == words), words)


def as_version(draft: Any) -> ItemVersion:
    """The question as a learner's page takes it, without touching the bank."""
    item = Item(kind="open")
    words = {"situation": plain(draft.situation), "prompt": plain(draft.prompt)}
    return ItemVersion(pk=0, item=item, number=0, kind="open", options=[], correct=terms_of(draft).key, **words)
