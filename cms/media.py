"""Which images and documents the published text of a course shows, and which documents stand on pages for everybody."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wagtail.documents import get_document_model

from cms.blocks.base import lesson_blocks
from cms.models import AccordImage, MediaUse, SiteDetails, StandardPage
from courses.content import CourseText, LessonText, text_of
from courses.events import VersionPublished
from courses.models import Lesson

DOCUMENT_ADDRESS = re.compile(r"/documents/(\d{1,9})/")


@dataclass(frozen=True)
class Shown:
    """One file in one place; `lesson` is the identity of a lesson, empty for the page of the course."""

    lesson: str = ""
    is_open: bool = True
    image_id: int | None = None
    document_id: int | None = None


def shown_in(text: CourseText) -> Iterator[Shown]:
    """Every image and document of a version. A document is known by its address in a link."""
    for words in (text.description, *(module.intro for module in text.modules)):
        yield from (Shown(document_id=number) for number in documents_in(words))
    for lesson in text.lessons:
        yield from _shown_in_lesson(lesson)


def _shown_in_lesson(lesson: LessonText) -> Iterator[Shown]:
    for block in lesson.blocks:
        if block.type in lesson_blocks:
            for number in lesson_blocks[block.type].block.images_in(block.value):
                yield Shown(lesson.id, lesson.sample, image_id=number)
        for number in documents_in(block.value):
            yield Shown(lesson.id, lesson.sample, document_id=number)


def documents_in(value: Any) -> set[int]:
    """Ids of the documents whose addresses stand anywhere in a piece of content."""
    if isinstance(value, str):
        return {int(number) for number in DOCUMENT_ADDRESS.findall(value)}
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return set()
    return {number for part in value for number in documents_in(part)}


def keep_media_uses(published: VersionPublished) -> None:
    """Note what the newest version shows; where that is noted already nothing is written. Called with the course locked."""
    course = published.version.course
    wanted = _that_exist(set(shown_in(text_of(published.version))))
    known: dict[Shown, int] = {}
    for use in MediaUse.objects.filter(course=course).select_related("lesson"):
        lesson = str(use.lesson.uuid) if use.lesson else ""
        known[Shown(lesson, use.is_open, image_id=use.image_id, document_id=use.document_id)] = use.pk
    if gone := [key for shown, key in known.items() if shown not in wanted]:
        MediaUse.objects.filter(pk__in=gone).delete()
    if new := wanted - known.keys():
        lessons = {str(uuid): key for uuid, key in Lesson.objects.filter(course=course).values_list("uuid", "pk")}
        MediaUse.objects.bulk_create(
            MediaUse(
                course=course,
                lesson_id=lessons.get(shown.lesson),
                is_open=shown.is_open,
                image_id=shown.image_id,
                document_id=shown.document_id,
            )
            for shown in new
        )


def _that_exist(shown: set[Shown]) -> set[Shown]:
    """Without those whose file has been deleted, and links to documents that never were."""
    if not shown:
        return shown
    images = _existing(AccordImage, {use.image_id for use in shown})
    documents = _existing(get_document_model(), {use.document_id for use in shown})
    return {use for use in shown if use.image_id in images or use.document_id in documents}


def _existing(model: Any, keys: set[int | None]) -> set[int]:
    return set(model.objects.filter(pk__in=keys - {None}).values_list("pk", flat=True))


def is_on_a_text_page(document_id: int) -> bool:
    """Whether a page of text that everybody may read, or the foot of every page, links to a document."""
    address = f"/documents/{document_id}/"
    return (
        StandardPage.objects.live().public().filter(body__contains=address).exists()
        or SiteDetails.objects.filter(footer_text__contains=address).exists()
    )
