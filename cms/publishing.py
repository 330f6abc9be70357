"""From the published pages of a course to an immutable course version.

Wagtail's signals (connected in `cms.apps`) ask for it after the commit; `publish_changed_courses` repairs what was missed.
Everything is safe to repeat: equal content makes no new version.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from celery import shared_task
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Locale, Page
from wagtail.query import PageQuerySet

from assessments.enums import ItemUse
from assessments.models import Instrument, Item
from assessments.services import upsert_item
from cms.addresses import distinct_slugs, holder_of, is_translation, taken_words
from cms.blocks.base import published_html
from cms.models import AccordImage, CoursePage, CoursePublication, LessonPage, MediaUse, ModulePage
from cms.ownership import PublishedIds
from common.errors import UserError
from common.sweeps import each
from common.text import lines
from courses.models import Course, CourseVersion, Lesson
from courses.services import ensure_course, list_course, publish_version, unpublish
from jobs.services import hand_over

logger = logging.getLogger(__name__)

# The sweep tries a course that fails again after this, then after twice as long each time, up to a day.
FIRST_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(days=1)


class AddressTaken(UserError):
    """Another course is, or was, published under the slug of this one."""


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


def originals() -> PageQuerySet:
    """The pages that courses are made from. A translation is for those who translate: it never stands in for the original."""
    return CoursePage.objects.filter(locale=Locale.get_default())


def schedule_publish_of(page: Page) -> None:
    course_page = originals().ancestor_of(page, inclusive=True).first()
    if course_page is not None:
        schedule_publish(course_page)


def schedule_publish_of_image(image: AccordImage) -> None:
    """Its words stand in the text of the courses that show it; the file itself is looked up when a lesson is read."""
    for course_page in originals().filter(course__in=MediaUse.objects.filter(image=image).values("course")):
        schedule_publish(course_page)


@transaction.atomic
def publish_course_page(course_page: CoursePage) -> CourseVersion | None:
    """Make what is live in the page tree what learners see; None when nothing of the course is live.

    Raises `AddressTaken`, and whatever is wrong with a question (`assessments.errors`).
    """
    if is_translation(course_page):
        return None
    course = course_page.ensure_course()
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    pages = _live_pages(course_page)
    if not course_page.live or not pages.lessons:
        unpublish(course=course)
        return None
    if holder := holder_of(course_page.slug, course_page):
        raise AddressTaken(taken_words(holder))
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
    if CoursePage.objects.filter(pk=course_page.pk, open_for_enrolment=True).exists():
        list_course(course=course)
    else:
        unpublish(course=course)
    return version


@transaction.atomic
def withdraw_course(identity: UUID) -> None:
    """Take a course whose page was deleted out of the catalogue."""
    course = Course.objects.filter(uuid=identity).first()
    if course is not None:
        unpublish(course=course)


def publish_changed_courses() -> int:
    """Publish every course; those that have not changed make no new version. Returns how many there were."""
    pages = list(originals())
    each([page for page in pages if may_try_again(page)], _publish, name="Course pages")
    return len(pages)


def publish(page: CoursePage) -> CourseVersion | None:
    """Publish a course, and note for its author how it went. Raises what went wrong."""
    try:
        version = publish_course_page(page)
    except Exception as error:
        note_failure(page, error)
        raise
    note_published(page, version)
    return version


def _publish(page: CoursePage) -> None:
    publish(page)


@shared_task(name="cms.publish_course")
def publish_course(course_page_id: int, identity: str) -> None:
    """Publish one course; take it back if its page is gone."""
    page = originals().filter(translation_key=identity).first()
    if page is None:
        withdraw_course(UUID(identity))
    else:
        publish(page)


@shared_task(name="cms.repair_course_versions")
def repair_course_versions() -> None:
    """Publish what a missed signal left behind."""
    publish_changed_courses()


def may_try_again(page: CoursePage) -> bool:
    """Whether the sweep should. What an author publishes is tried at once in any case."""
    return not CoursePublication.objects.filter(page=page, next_try_at__gt=timezone.now()).exists()


def note_published(page: CoursePage, version: CourseVersion | None) -> None:
    """Write only what has changed: the sweep comes by every course, every quarter of an hour."""
    known = CoursePublication.objects.filter(page=page, version=version, error="", published_at__gte=_changed_at(page))
    if not known.exists():
        fields = {"version": version, "published_at": timezone.now(), "error": "", "attempts": 0}
        CoursePublication.objects.update_or_create(page=page, defaults=fields | {"failing_since": None, "next_try_at": None})


def note_failure(page: CoursePage, error: Exception) -> None:
    now = timezone.now()
    publication, _created = CoursePublication.objects.get_or_create(page=page)
    CoursePublication.objects.filter(pk=publication.pk).update(
        error=words_of(error),
        failing_since=publication.failing_since or now,
        attempts=F("attempts") + 1,
        next_try_at=now + min(FIRST_PAUSE * 2 ** min(publication.attempts, 10), LONGEST_PAUSE),
        updated_at=now,
    )


def words_of(error: Exception) -> str:
    """What went wrong and what to do. The text of an unexpected error is for the log: it may name anything."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    words = _(
        "Something went wrong that is not in your hands (%(kind)s). The site tries again by itself; if it goes on, tell those "
        "who run the site. The details are in its log."
    )
    return words % {"kind": type(error).__name__}


def _changed_at(page: CoursePage) -> datetime:
    """When the newest text of the course was published in the page tree."""
    newest = Page.objects.descendant_of(page, inclusive=True).live().aggregate(newest=Max("last_published_at"))["newest"]
    changed_at: datetime = newest or page.latest_revision_created_at or timezone.now()
    return changed_at


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


def _lesson_uuids(course: Course, course_page: CoursePage) -> dict[int, UUID]:
    """Identity of every lesson under the course page by page id, live or not.

    A lesson that came from another course stays there for its learners; here it is new.
    """
    keys = dict(LessonPage.objects.descendant_of(course_page).values_list("pk", "translation_key"))
    elsewhere = set(Lesson.objects.filter(uuid__in=keys.values()).exclude(course=course).values_list("uuid", flat=True))
    return {pk: uuid5(course.uuid, str(key)) if key in elsewhere else key for pk, key in keys.items()}


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
        self.slugs = distinct_slugs(pages.modules)
        for module in pages.modules:
            self.slugs |= distinct_slugs(pages.of(module))
        self.lesson_ids = _lesson_uuids(course, course_page)
        self.ids = PublishedIds(course, self.lesson_ids)
        self.ids.assign(pages.lessons)
        self.items = _item_uuids(course, self._check_ids())
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
        } | self._later_fields()

    def _later_fields(self) -> dict[str, Any]:
        """What came later, where it is used: other courses keep the digest that they have.

        How many modules there will be, where some are missing, and words that search finds the course by.
        """
        planned, words = self.course_page.modules_planned, lines(self.course_page.search_words)
        return ({"modules_planned": planned} if planned and planned > len(self.pages.modules) else {}) | (
            {"search_words": words} if words else {}
        )

    def _module(self, page: ModulePage) -> dict[str, Any]:
        return {
            "id": str(page.translation_key),
            "key": page.key or page.slug,
            "slug": self.slugs[page.pk],
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
            "slug": self.slugs[page.pk],
            "title": page.title,
            "minutes": page.minutes,
            "sample": page.sample,
            "sources": lines(page.sources),
            "blocks": [self._block(self.ids.of(page, position), child) for position, child in enumerate(page.body)],
        }

    def _block(self, block_id: str, child: Any) -> dict[str, Any]:
        value = child.block.as_content(child.value)
        if child.block_type == "check":
            value = {"item": str(self._put_into_bank(block_id, child))}
        return {"type": child.block_type, "id": block_id, "value": value}

    def _put_into_bank(self, block_id: str, child: Any) -> UUID:
        uuid = self.items[block_id]
        question = child.block.as_item(child.value)
        upsert_item(course=self.course, key=self.item_keys.get(uuid, str(uuid)), uuid=uuid, use=ItemUse.CHECK, **question)
        return uuid

    def _check_ids(self) -> set[str]:
        return {
            self.ids.of(page, position)
            for page in self.pages.lessons
            for position, child in enumerate(page.body)
            if child.block_type == "check"
        }


def _link(course: Course, course_page: CoursePage, lessons: list[LessonPage], lesson_ids: dict[int, UUID]) -> None:
    """Let the pages name what they stand for."""
    CoursePage.objects.filter(pk=course_page.pk).exclude(course=course).update(course=course)
    rows = {lesson.uuid: lesson.pk for lesson in Lesson.objects.filter(course=course)}
    for page in lessons:
        if page.lesson_id != rows[lesson_ids[page.pk]]:
            LessonPage.objects.filter(pk=page.pk).update(lesson_id=rows[lesson_ids[page.pk]])
