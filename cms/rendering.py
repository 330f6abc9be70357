"""HTML of a published lesson. A version never changes, so its blocks are rendered once; nothing here knows a learner."""

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from functools import cache as once
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.template.loader import render_to_string
from django.utils.translation import get_language
from wagtail.images import get_image_model
from wagtail.images.models import SourceImageIOError

from assessments.enums import ItemKind
from assessments.models import Item, ItemVersion
from courses import content as course_content
from courses.activity_types import activity_types
from courses.models import CourseVersion

logger = logging.getLogger(__name__)
KEEP_SECONDS = 7 * 24 * 3600
KEPT_LESSONS = 256
IMAGE_WIDTHS = (720, 1440)
# The templates of blocks, the tags and filters in them and what these stand on, and the words of translators.
MADE_OF = (
    "templates/cms/blocks/*.html",
    "cms/rendering.py",
    "common/icons.py",
    "common/templatetags/*.py",
    "common/text.py",
    "locale/*/LC_MESSAGES/*.mo",
)

_kept: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()


def static_blocks(version: CourseVersion, lesson_id: Any) -> list[dict[str, Any]]:
    """Blocks of one lesson as {"type", "id", "html", "value"}; `html` is None for those that need the learner's state.

    Callers must not change them: the lessons read last are kept in the process, as the text of versions is.
    """
    key = f"cms.blocks.{version.uuid}.{lesson_id}.{get_language()}.{template_digest()}"
    blocks = _kept.pop(key, None)
    if blocks is None:
        lesson = course_content.lesson(version, lesson_id)
        of_lesson = [(block.type, block.id, block.value) for block in lesson.blocks] if lesson else []
        blocks = _cached(key, lambda: _rendered(of_lesson, draws_images=False))
    _kept[key] = blocks
    while len(_kept) > KEPT_LESSONS:
        _kept.popitem(last=False)
    return _with_images(key, blocks)


def _with_images(key: str, blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With every picture as it is today: a replaced one is another file. One query, and none where there are no pictures."""
    wanted = {block["value"]["image"] for block in blocks if block["type"] == "image"} - {None}
    if not wanted:
        return blocks
    images = {image.pk: image for image in get_image_model().objects.filter(pk__in=wanted)}
    return [_with_image(key, block, images) if block["type"] == "image" else block for block in blocks]


def _with_image(key: str, block: dict[str, Any], images: Mapping[int, Any]) -> dict[str, Any]:
    image = images.get(block["value"]["image"])
    if image is None:
        return block | {"html": ""}
    own_key = f"{key}.{block['id']}.{_state_of(image)}"
    try:
        html = _cached(own_key, lambda: _image_html(block["id"], block["value"], image))
    except SourceImageIOError:
        logger.exception("The file of image %s cannot be read; the lesson is shown without it", image.pk)
        html = ""
    return block | {"html": html}


def _cached(key: str, make: Callable[[], Any]) -> Any:
    """What some process has made already. A cache that is away keeps no lesson from being read: it is made for this page."""
    try:
        found = cache.get(key)
    except Exception:
        logger.warning("The cache is not responding; a lesson is rendered without it.")
        return make()
    if found is None:
        found = make()
        try:
            cache.set(key, found, KEEP_SECONDS)
        except Exception:
            logger.warning("The cache is not responding; what was rendered of a lesson is not kept for others.")
    return found


def _state_of(image: Any) -> str:
    """Differs when another file, or another part of it, is to be shown."""
    point = (image.focal_point_x, image.focal_point_y, image.focal_point_width, image.focal_point_height)
    return hashlib.sha256(f"{image.file.name} {image.file_hash} {point}".encode()).hexdigest()[:16]


def preview_blocks(content: list[dict[str, Any]], checks: list[dict[str, Any] | None]) -> list[dict[str, Any]]:
    """Blocks that are not published yet. `checks`: the question of each block, as `upsert_item` would take it, or None."""
    rendered = _rendered([(block["type"], block["id"], block["value"]) for block in content])
    for block, question in zip(rendered, checks, strict=True):
        if question is not None:
            block["version"] = _unsaved_version(question)
    return rendered


def _rendered(blocks: Iterable[tuple[str, str, Any]], *, draws_images: bool = True) -> list[dict[str, Any]]:
    rendered, level = [], 2
    for kind, block_id, value in blocks:
        html = None if kind in activity_types else ""
        if kind not in activity_types and (draws_images or kind != "image"):
            html = _html(kind, block_id, value, level)
        rendered.append({"type": kind, "id": block_id, "html": html, "value": value})
        if kind == "text" and "<h2>" in value["html"]:
            level = 3
    return rendered


def _html(kind: str, block_id: str, value: Any, level: int) -> str:
    """`level`: of a heading in the block, so that the outline a screen reader gets has no gap."""
    if kind == "image":
        image = get_image_model().objects.filter(pk=value["image"]).first()
        return _image_html(block_id, value, image) if image else ""
    if kind == "table":
        # On a phone every cell stands under the heading of its column.
        value = value | {"cells": [list(zip(value["header"], row, strict=False)) for row in value["rows"]]}
    return render_to_string(f"cms/blocks/{kind}.html", {"value": value, "block_id": block_id, "level": level}).strip()


def _image_html(block_id: str, value: dict[str, Any], image: Any) -> str:
    context = {"value": value | _image_addresses(image), "block_id": block_id}
    return render_to_string("cms/blocks/image.html", context).strip()


def _image_addresses(image: Any) -> dict[str, Any]:
    """Each says which state of the image it is of: names are used again, and browsers keep what they have."""
    renditions = image.get_renditions(*[f"width-{width}|format-webp" for width in IMAGE_WIDTHS])
    small, large = (renditions[f"width-{width}|format-webp"] for width in IMAGE_WIDTHS)
    state = _state_of(image)
    return {
        "src": f"{small.url}?v={state}",
        "srcset": f"{small.url}?v={state} {small.width}w, {large.url}?v={state} {large.width}w",
        "width": small.width,
        "height": small.height,
    }


def _unsaved_version(question: dict[str, Any]) -> ItemVersion:
    """The question as a learner's template expects it, without touching the item bank."""
    return ItemVersion(
        item=Item(kind=question["kind"] or ItemKind.SINGLE),
        number=1,
        kind=question["kind"] or ItemKind.SINGLE,
        situation=question["situation"],
        prompt=question["prompt"],
        options=question["options"],
        correct=question["correct"],
    )


@once
def template_digest() -> str:
    """Changes when anything does of which blocks are made, so that a deployment never shows blocks of the one before."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in MADE_OF for path in Path(settings.BASE_DIR).glob(pattern)):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]
