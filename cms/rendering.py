"""HTML of a published lesson. A version never changes, so its blocks are rendered once; nothing here knows a learner."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from functools import cache as once
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.template.loader import render_to_string
from django.utils.translation import get_language
from wagtail.images import get_image_model

from assessments.enums import ItemKind
from assessments.models import Item, ItemVersion
from courses import content as course_content
from courses.activity_types import activity_types
from courses.models import CourseVersion

KEEP_SECONDS = 7 * 24 * 3600
KEPT_LESSONS = 256
IMAGE_WIDTHS = (720, 1440)

_kept: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()


def static_blocks(version: CourseVersion, lesson_id: Any) -> list[dict[str, Any]]:
    """Blocks of one lesson as {"type", "id", "html", "value"}; `html` is None for those that need the learner's state.

    Callers must not change them: the lessons read last are kept in the process, as the text of versions is.
    """
    key = f"cms.blocks.{version.uuid}.{lesson_id}.{get_language()}.{template_digest()}"
    blocks = _kept.pop(key, None)
    if blocks is None:
        blocks = cache.get(key)
    if blocks is None:
        lesson = course_content.lesson(version, lesson_id)
        blocks = _rendered([(block.type, block.id, block.value) for block in lesson.blocks]) if lesson else []
        cache.set(key, blocks, KEEP_SECONDS)
    _kept[key] = blocks
    while len(_kept) > KEPT_LESSONS:
        _kept.popitem(last=False)
    return blocks


def preview_blocks(content: list[dict[str, Any]], checks: list[dict[str, Any] | None]) -> list[dict[str, Any]]:
    """Blocks that are not published yet. `checks`: the question of each block, as `upsert_item` would take it, or None."""
    rendered = _rendered([(block["type"], block["id"], block["value"]) for block in content])
    for block, question in zip(rendered, checks, strict=True):
        if question is not None:
            block["version"] = _unsaved_version(question)
    return rendered


def _rendered(blocks: Iterable[tuple[str, str, Any]]) -> list[dict[str, Any]]:
    rendered, level = [], 2
    for kind, block_id, value in blocks:
        html = None if kind in activity_types else _html(kind, block_id, value, level)
        rendered.append({"type": kind, "id": block_id, "html": html, "value": value})
        if kind == "text" and "<h2>" in value["html"]:
            level = 3
    return rendered


def _html(kind: str, block_id: str, value: Any, level: int) -> str:
    """`level`: of a heading in the block, so that the outline a screen reader gets has no gap."""
    if kind == "image":
        value = value | _image_addresses(value["image"])
    if kind == "table":
        # On a phone every cell stands under the heading of its column.
        value = value | {"cells": [list(zip(value["header"], row, strict=False)) for row in value["rows"]]}
    return render_to_string(f"cms/blocks/{kind}.html", {"value": value, "block_id": block_id, "level": level}).strip()


def _image_addresses(image_id: int | None) -> dict[str, Any]:
    image = get_image_model().objects.filter(pk=image_id).first()
    if image is None:
        return {"src": ""}
    renditions = image.get_renditions(*[f"width-{width}|format-webp" for width in IMAGE_WIDTHS])
    small, large = (renditions[f"width-{width}|format-webp"] for width in IMAGE_WIDTHS)
    return {
        "src": small.url,
        "srcset": f"{small.url} {small.width}w, {large.url} {large.width}w",
        "width": small.width,
        "height": small.height,
    }


def _unsaved_version(question: dict[str, Any]) -> ItemVersion:
    """The question as a learner's template expects it, without touching the item bank."""
    return ItemVersion(
        item=Item(kind=question["kind"] or ItemKind.SINGLE),
        number=1,
        situation=question["situation"],
        prompt=question["prompt"],
        options=question["options"],
        correct=question["correct"],
    )


@once
def template_digest() -> str:
    """Changes when a block template does, so that a deployment never shows blocks of the one before."""
    digest = hashlib.sha256()
    for path in sorted((Path(settings.BASE_DIR) / "templates" / "cms" / "blocks").glob("*.html")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]
