"""A question between its draft and the item bank. Nothing is judged here."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from wagtail.images import get_image_model

from assessments.answers import matches_of, options_in_order, targets_of, unmatched
from assessments.enums import ItemKind, ItemUse
from assessments.models import Item, ItemVersion
from assessments.services import keep_picture, translations_of
from cms.answer_keys import key_from, ratings_of, value_of

ANSWER = "answer"
NOTES = ("relationship", "industry", "boundary", "region")
"""What authors say of a question that no learner sees, under the same names in the bank and in a draft."""


def plain(text: str | None) -> str:
    """Without space around it, and with the line ends of files: a browser sends two characters for each."""
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").strip()


def lines(text: str | None) -> list[str]:
    """One entry a line, each once."""
    return list(dict.fromkeys(" ".join(line.split()) for line in plain(text).split("\n") if line.strip()))


def keys_in(text: str | None) -> list[str]:
    """Keys of questions, or tags, separated by commas or lines."""
    return list(dict.fromkeys(key.strip() for key in plain(text).replace(",", "\n").split("\n") if key.strip()))


# From the bank ------------------------------------------------------------------------------------------------------------


def fields_of(item: Item) -> dict[str, Any]:
    """What a draft of this question says, as the bank has it now. Options keep their ids."""
    version = item.current_version
    if version is None:
        return {}
    return {
        "key": item.key,
        "course_id": item.course_id,
        "kind": item.kind,
        "skill_id": item.skill_id,
        "situation": version.situation,
        "prompt": version.prompt,
        "options": json.dumps(list(_raw_answers(version))),
        "others": "\n".join(unmatched(version)) if version.format == ItemKind.MATCH else "",
        "concept": version.concept,
        "enemies": ", ".join(enemies_of(item)),
        "tags": ", ".join(tags_of(item)),
        "language": version.language,
        "translation_of": item.translation_of.key if item.translation_of else "",
        "image_id": _image_in_library(version),
        "image_alt": version.picture.get("alt", ""),
    } | {name: getattr(item, name) for name in NOTES}


def _raw_answers(version: ItemVersion) -> Iterator[dict[str, Any]]:
    ratings, matches = ratings_of(version), matches_of(version)
    for option in options_in_order(version):
        value = {
            "text": option["text"],
            "correct": option["id"] in version.correct,
            "rating": ratings.get(option["id"]),
            "match": matches.get(option["id"], ""),
            "feedback": option.get("feedback") or "",
            "misconception": option.get("misconception") or "",
            "level": option.get("level"),
        }
        yield {"type": ANSWER, "id": option["id"], "value": value}


def _image_in_library(version: ItemVersion) -> int | None:
    """Of which its picture was made, where it still is there."""
    images = get_image_model().objects.filter(pk=version.picture.get("image"))
    return images.values_list("pk", flat=True).first() if version.picture else None


def enemies_of(item: Item) -> list[str]:
    """Those that authors have named: of its translations each is one by itself."""
    enemies = item.enemies.exclude(pk__in=translations_of(item).values("pk"))
    return list(enemies.order_by("key").values_list("key", flat=True))


def tags_of(item: Item) -> list[str]:
    return sorted(item.tags.names())


def mark_of(item: Item) -> str:
    """Tells apart all states of a question that a draft could be based on: its version, and what is said of it beside."""
    version = item.current_version
    said = [version.number if version else 0, version.concept if version else "", item.kind, item.skill_id]
    said += [getattr(item, name) for name in NOTES] + enemies_of(item)
    # What questions had not before is said of those alone that have it: the others keep their mark.
    said += [["tags", *tags]] if (tags := tags_of(item)) else []
    said += [["translates", item.translation_of_id]] if item.translation_of_id else []
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


# Into the bank ------------------------------------------------------------------------------------------------------------


def answers_of(draft: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """(id, value) of each answer, in the order in which they are written."""
    if not draft.options:
        return []
    prepared = draft.options.get_prep_value()  # gives ids to those that have none yet
    return [(raw["id"], child.value) for raw, child in zip(prepared, draft.options, strict=True)]


def as_item(draft: Any) -> dict[str, Any]:
    """The draft as `assessments.services.upsert_item` takes it, without its identity.

    Words that differ only in their line ends, or in space around them, are those that the bank has: they are no new version.
    """
    kept = _kept_words(draft)
    answers = answers_of(draft)
    options = [
        {
            "id": name,
            "text": _same(plain(answer["text"]), kept.get((name, "text"))),
            "feedback": _same(plain(answer["feedback"]), kept.get((name, "feedback"))),
            "misconception": _same(plain(answer["misconception"]), kept.get((name, "misconception"))),
            "level": answer["level"],
        }
        for name, answer in answers
    ]
    is_match = draft.kind == ItemKind.MATCH
    matched = [value_of(answer)["match"] for _name, answer in answers] + lines(draft.others) if is_match else []
    return {
        "kind": draft.kind,
        "skill_slug": draft.skill.slug if draft.skill else None,
        "situation": _same(plain(draft.situation), kept.get(("", "situation"))),
        "prompt": _same(plain(draft.prompt), kept.get(("", "prompt"))),
        "options": options + targets_of(matched),
        "correct": key_from(draft.kind, [(name, value_of(answer)) for name, answer in answers]),
        "concept": plain(draft.concept),
        "tags": keys_in(draft.tags),
        "language": draft.language,
        "translation_of": original_of(draft),
    } | {name: getattr(draft, name) for name in NOTES}


def picture_of(draft: Any) -> dict[str, Any]:
    """What the question will show. A picture that it shows already stays the same file; raises Unreadable for another one."""
    if draft.image is None:
        return {}
    kept = draft.item.current_version.picture if draft.item_id and draft.item.current_version else {}
    if kept.get("image") == draft.image_id and kept.get("hash") == draft.image.file_hash:
        return kept | {"alt": plain(draft.image_alt)}
    with draft.image.open_file() as file:
        made = keep_picture(file.read(), alt=plain(draft.image_alt))
    return made | {"image": draft.image_id, "hash": draft.image.file_hash}


def original_of(draft: Any) -> Item | None:
    """The question that this one translates, as its key names it beside this one."""
    if not draft.translation_of:
        return None
    found = Item.objects.filter(course_id=draft.course_id, key=draft.translation_of, use=ItemUse.FORM)
    return found.select_related("translation_of").exclude(pk=draft.item_id).first()


def _kept_words(draft: Any) -> dict[tuple[str, str], str]:
    version = draft.item.current_version if draft.item_id else None
    if version is None:
        return {}
    kept = {("", "situation"): version.situation, ("", "prompt"): version.prompt}
    for option in version.options:
        for name in ("text", "feedback", "misconception"):
            kept[option["id"], name] = option.get(name) or ""
    return kept


def _same(written: str, kept: str | None) -> str:
    return kept if kept is not None and plain(kept) == written else written


def as_version(draft: Any) -> ItemVersion:
    """The question as a learner's page takes it, without touching the bank."""
    said = as_item(draft)
    shown = {name: said[name] for name in ("kind", "situation", "prompt", "options", "correct", "language")}
    version = ItemVersion(pk=0, item=Item(kind=draft.kind), number=0, **shown)
    version.preview_of_picture = preview_of(draft)
    return version


def preview_of(draft: Any) -> dict[str, Any]:
    """The picture as the library shows it to authors."""
    if draft.image is None:
        return {}
    image = draft.image
    return {"src": image.file.url, "alt": plain(draft.image_alt), "width": image.width, "height": image.height}
