"""Which course, lesson, block and question a page stands for.

The identity of a page is its `translation_key`: Wagtail keeps it when a page moves, is renamed or translated, gives a copy
a new one, and the database holds it unique with the locale.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid5

from assessments.models import Item
from courses.models import Course, Lesson
from courses.services import ensure_course

# Courses that come from files are the same on every installation.
CONTENT_NAMESPACE = UUID("7c1a6a0e-64b1-4e0a-9d3b-1f0f6a1c7e52")


def course_uuid(key: str) -> UUID:
    return uuid5(CONTENT_NAMESPACE, key)


def block_uuid(course: UUID, key: str) -> UUID:
    """A short key of a content file as an identity; a UUID stands for itself."""
    try:
        return UUID(key)
    except ValueError:
        return uuid5(course, key)


def ensure_course_of(page: Any, *, key: str = "") -> Course:
    """The course of a course page, made if there is none yet; its slug, summary and price tag follow at publication."""
    course = Course.objects.filter(uuid=page.translation_key).first()
    if course is None:
        key = key or page.slug
        if Course.objects.filter(key=key).exists():
            key = str(page.translation_key)
        slug = page.slug if not Course.objects.filter(slug=page.slug).exists() else str(page.translation_key)
        course = ensure_course(key=key, slug=slug, title=page.title, is_free=page.is_free, uuid=page.translation_key)
    page.course = course
    return course


def lesson_uuids(course: Course, pages: Iterable[Any]) -> dict[int, UUID]:
    """Lesson identity by page id. A lesson that came from another course stays there for its learners; here it is new."""
    pages = list(pages)
    keys = [page.translation_key for page in pages]
    elsewhere = set(Lesson.objects.filter(uuid__in=keys).exclude(course=course).values_list("uuid", flat=True))
    return {
        page.pk: uuid5(course.uuid, str(page.translation_key)) if page.translation_key in elsewhere else page.translation_key
        for page in pages
    }


def item_uuids(course: Course, block_ids: Iterable[str]) -> dict[str, UUID]:
    """Question identity by block id. A copied course asks questions of its own."""
    ids = {block_id: UUID(block_id) for block_id in block_ids}
    elsewhere = set(Item.objects.filter(uuid__in=ids.values()).exclude(course=course).values_list("uuid", flat=True))
    return {block_id: uuid5(course.uuid, block_id) if uuid in elsewhere else uuid for block_id, uuid in ids.items()}
