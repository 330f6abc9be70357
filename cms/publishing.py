"""From the published pages of a course to an immutable course version.

Wagtail's signals (connected in `cms.apps`) ask for it after the commit; `publish_changed_courses` repairs what was missed.
Everything is safe to repeat: equal content makes no new version.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from celery import shared_task
from django.db import connection, transaction
from wagtail.models import Locale, Page

from assessments.enums import ItemUse
from assessments.models import Instrument, Item
from assessments.services import upsert_item
from cms.blocks.base import published_html
from cms.models import CoursePage, LessonPage, ModulePage
from common.sweeps import each
from common.text import lines
from courses.models import Course, CourseVersion, Lesson
from courses.services import ensure_course, publish_version, unpublish
from jobs.services import hand_over

logger = logging.getLogger(__name__)


@dataclass
class PublishAfterCommit:
    """Asks the worker for one course, once per transaction however many pages changed."""

    course_page_id: int
    identity: UUID
    is_done: bool = False

    def __call__(self) -> None:
        self.is_done = True
        hand_over(publish_course, self.course_page_id, str(self.identity))


def schedule_publish(course_page: CoursePage) -> None:
    """Publish the course of this page when the transaction under way has been committed."""
    publication = PublishAfterCommit(course_page.pk, course_page.translation_key)
    # Loading a course publishes each of its pages, and a savepoint that is rolled back takes its callbacks along: only
    # Django's own list knows what will still be asked.
    if publication not in [entry[1] for entry in connection.run_on_commit]:
        transaction.on_commit(publication)


def schedule_publish_of(page: Page) -> None:
    course_page = CoursePage.objects.ancestor_of(page, inclusive=True).first()
    if course_page is not None:
        schedule_publish(course_page)


@transaction.atomic
def publish_course_page(course_page: CoursePage) -> CourseVersion | None:
    """Make what is live in the page tree what learners see; None when nothing of the course is live."""
    course = course_page.ensure_course()
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    pages = _live_pages(course_page)
    if not course_page.live or not pages.lessons:
        unpublish(course=course)
        return None
    course = ensure_course(
        key=course.key,
        slug=course_page.slug,
        title=course_page.title,
        summary=course_page.summary,
        colour=course_page.colour,
        is_free=course_page.is_free,
    )
    writer = _Writer(course, course_page, pages)
    version = publish_version(course=course, content=writer.content())
    _link(course, course_page, pages.lessons, writer.lesson_ids)
    return version


@transaction.atomic
def withdraw_course(identity: UUID) -> None:
    """Take a course whose page was deleted out of the catalogue."""
    course = Course.objects.filter(uuid=identity).first()
    if course is not None:
        unpublish(course=course)


def publish_changed_courses() -> int:
    """Publish every course; those that have not changed make no new version. Returns how many there were."""
    pages = list(CoursePage.objects.filter(locale=Locale.get_default()))
    each(pages, _publish, name="Course pages")
    return len(pages)


def _publish(page: CoursePage) -> None:
    publish_course_page(page)


@shared_task(name="cms.publish_course")
def publish_course(course_page_id: int, identity: str) -> None:
    """Publish one course; take it back if its page is gone."""
    page = CoursePage.objects.filter(pk=course_page_id).first()
    if page is None:
        withdraw_course(UUID(identity))
    else:
        publish_course_page(page)


@shared_task(name="cms.repair_course_versions")
def repair_course_versions() -> None:
    """Publish what a missed signal left behind."""
    publish_changed_courses()


@dataclass(frozen=True)
class LivePages:
    modules: list[ModulePage]
    lessons: list[LessonPage]

    def of(self, module: ModulePage) -> list[LessonPage]:
        return [lesson for lesson in self.lessons if lesson.path.startswith(module.path)]


def _live_pages(course_page: CoursePage) -> LivePages:
    """Modules and lessons that are live, in the order of the tree; a lesson under a module that is not live is left out."""
    modules = list(ModulePage.objects.child_of(course_page).live().order_by("path"))
    live = LessonPage.objects.descendant_of(course_page).live().order_by("path")
    lessons = [page for page in live if any(page.path.startswith(module.path) for module in modules)]
    return LivePages([module for module in modules if any(page.path.startswith(module.path) for page in lessons)], lessons)


def _lesson_uuids(course: Course, pages: Iterable[LessonPage]) -> dict[int, UUID]:
    """Lesson identity by page id. A lesson that came from another course stays there for its learners; here it is new."""
    pages = list(pages)
    keys = [page.translation_key for page in pages]
    elsewhere = set(Lesson.objects.filter(uuid__in=keys).exclude(course=course).values_list("uuid", flat=True))
    return {
        page.pk: uuid5(course.uuid, str(page.translation_key)) if page.translation_key in elsewhere else page.translation_key
        for page in pages
    }


def _item_uuids(course: Course, block_ids: Iterable[str]) -> dict[str, UUID]:
    """Question identity by block id. A copied course asks questions of its own."""
    ids = {block_id: UUID(block_id) for block_id in block_ids}
    elsewhere = set(Item.objects.filter(uuid__in=ids.values()).exclude(course=course).values_list("uuid", flat=True))
    return {block_id: uuid5(course.uuid, block_id) if uuid in elsewhere else uuid for block_id, uuid in ids.items()}


class _Writer:
    """Writes the content of one version; see `courses.content` for its form."""

    def __init__(self, course: Course, course_page: CoursePage, pages: LivePages) -> None:
        self.course = course
        self.course_page = course_page
        self.pages = pages
        self.lesson_ids = _lesson_uuids(course, pages.lessons)
        self.owners = self._owners_of_blocks()
        checks = [(page, child) for page in pages.lessons for child in page.body if child.block_type == "check"]
        self.items = _item_uuids(course, {self._block_id(page, child) for page, child in checks})
        self.item_keys = dict(Item.objects.filter(uuid__in=self.items.values()).values_list("uuid", "key"))

    def content(self) -> dict[str, Any]:
        page = self.course_page
        return {
            "title": page.title,
            "summary": page.summary,
            "audience": page.audience,
            "outcomes": lines(page.outcomes),
            "description": published_html(page.description),
            "colour": page.colour,
            "minutes": sum(lesson.minutes for lesson in self.pages.lessons),
            "skills": [{"slug": child.value["skill"], "level": child.value["level"]} for child in page.skills],
            "has_assessment": Instrument.objects.filter(course=self.course, is_active=True).count() >= 2,
            "modules": [self._module(module) for module in self.pages.modules],
        }

    def _module(self, page: ModulePage) -> dict[str, Any]:
        return {
            "id": str(page.translation_key),
            "key": page.key or page.slug,
            "slug": page.slug,
            "title": page.title,
            "outcome": page.outcome,
            "intro": published_html(page.intro),
            "manager_questions": lines(page.manager_questions),
            "lessons": [self._lesson(lesson) for lesson in self.pages.of(page)],
        }

    def _lesson(self, page: LessonPage) -> dict[str, Any]:
        return {
            "id": str(self.lesson_ids[page.pk]),
            "key": page.key or page.slug,
            "slug": page.slug,
            "title": page.title,
            "minutes": page.minutes,
            "sample": page.sample,
            "sources": lines(page.sources),
            "blocks": [self._block(page, child) for child in page.body],
        }

    def _block(self, page: LessonPage, child: Any) -> dict[str, Any]:
        block_id = self._block_id(page, child)
        value = child.block.as_content(child.value)
        if child.block_type == "check":
            value = {"item": str(self._put_into_bank(block_id, child))}
        return {"type": child.block_type, "id": block_id, "value": value}

    def _put_into_bank(self, block_id: str, child: Any) -> UUID:
        uuid = self.items[block_id]
        question = child.block.as_item(child.value)
        upsert_item(course=self.course, key=self.item_keys.get(uuid, str(uuid)), uuid=uuid, use=ItemUse.CHECK, **question)
        return uuid

    def _owners_of_blocks(self) -> dict[str, int]:
        """Which page a block id belongs to. A copied lesson repeats ids; the lesson that was there first keeps them."""
        owners: dict[str, int] = {}
        for page in sorted(self.pages.lessons, key=lambda page: page.pk):
            for child in page.body:
                owners.setdefault(child.id, page.pk)
        return owners

    def _block_id(self, page: LessonPage, child: Any) -> str:
        if self.owners[child.id] == page.pk:
            return child.id
        return str(uuid5(self.lesson_ids[page.pk], child.id))


def _link(course: Course, course_page: CoursePage, lessons: list[LessonPage], lesson_ids: dict[int, UUID]) -> None:
    """Let the pages name what they stand for."""
    CoursePage.objects.filter(pk=course_page.pk).exclude(course=course).update(course=course)
    rows = {lesson.uuid: lesson.pk for lesson in Lesson.objects.filter(course=course)}
    for page in lessons:
        if page.lesson_id != rows[lesson_ids[page.pk]]:
            LessonPage.objects.filter(pk=page.pk).update(lesson_id=rows[lesson_ids[page.pk]])
