"""From what an author wrote to an immutable version that learners can be pinned to."""

import unicodedata
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from common.text import plain_text
from courses.activity_types import activity_types
from courses.content import (
    CONTENT_SCHEMA,
    CourseText,
    LessonText,
    activities_of,
    digest_of,
    parse,
    requirements_of,
    text_of,
)
from courses.events import VersionPublished, course_ensured, version_published
from courses.models import Activity, Course, CourseAddress, CourseVersion, Lesson, LessonAddress, SearchEntry
from courses.queries.words import vocabulary_of
from skills.queries import skills_of

# Raised when entries are made from other words than before, or in another way: they are all written anew after `migrate`.
SEARCH_FORM = 3
SEARCHED = ("title", "heading", "points", "text")
# What anybody reads of a lesson that is no sample: it stands on the page of its course.
NOT_CLOSED = ("title", "heading")
# More than any lesson says; a vector of PostgreSQL holds a megabyte.
MAX_SEARCHED = 100_000


@transaction.atomic
def ensure_course(
    *,
    key: str,
    slug: str,
    title: str,
    summary: str = "",
    colour: str = "",
    is_free: bool = False,
    uuid: UUID | None = None,
) -> Course:
    """The course of `key` with these particulars, as it is sold: upper apps hear of it (`courses.events`).

    `uuid` is the identity of a course that does not exist yet; a course that exists keeps its own. A slug belongs to the
    course that was published under it; one that never was gives it up.
    """
    _claim(slug, key)
    wanted = {"slug": slug, "title": title, "summary": summary, "is_free": is_free} | ({"colour": colour} if colour else {})
    identity = {"uuid": uuid} if uuid else {}
    course, created = Course.objects.select_for_update(no_key=True).get_or_create(key=key, defaults=wanted | identity)
    changed = [name for name, value in wanted.items() if getattr(course, name) != value]
    if not created and changed:
        if "slug" in changed and course.current_version_id:
            CourseAddress.objects.update_or_create(slug=course.slug, defaults={"course": course})
        for name in changed:
            setattr(course, name, wanted[name])
        course.save(update_fields=[*changed, "updated_at"])
    course_ensured.send(course)
    return course


def _claim(slug: str, key: str) -> None:
    """Take a slug from drafts that have it, whether or not their pages still exist, and from what led on from there."""
    CourseAddress.objects.filter(slug=slug).delete()
    others = Course.objects.filter(slug=slug, current_version=None).exclude(key=key)
    for draft in others.select_for_update(no_key=True):
        draft.slug = str(draft.uuid)
        draft.save(update_fields=["slug", "updated_at"])
        course_ensured.send(draft)


@transaction.atomic
def publish_version(*, course: Course, content: dict[str, Any]) -> CourseVersion:
    """Make `content` what learners see. Equal content makes no new version; progress of learners is never touched here.

    It lets nobody in: that is `list_course`.
    """
    course = Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    content = {"schema": CONTENT_SCHEMA} | content
    text = parse(content)
    digest = digest_of(content)
    before = course.current_version
    version = before if before and before.digest == digest else _new_version(course, content, text, digest)
    if before and before != version:
        _keep_addresses(course, text_of(before), text)
    _show(course, version, text)
    version_published.send(VersionPublished(version, before))
    return version


@transaction.atomic
def list_course(*, course: Course) -> None:
    """Put a published course into the catalogue and let newcomers in."""
    Course.objects.filter(pk=course.pk, current_version__isnull=False).update(is_listed=True)


@transaction.atomic
def unpublish(*, course: Course) -> None:
    """Take a course out of the catalogue. Whoever has access keeps it, and their progress."""
    Course.objects.filter(pk=course.pk).update(is_listed=False)


def _new_version(course: Course, content: dict[str, Any], text: CourseText, digest: str) -> CourseVersion:
    _upsert_lessons(course, text)
    _upsert_activities(course, text)
    last = course.versions.aggregate(last=Max("number"))["last"] or 0
    return CourseVersion.objects.create(
        course=course, number=last + 1, digest=digest, content=content, requirements=requirements_of(course, text)
    )


def _show(course: Course, version: CourseVersion, text: CourseText) -> None:
    course.current_version = version
    course.title = text.title or course.title
    course.summary = text.summary
    course.colour = text.colour or course.colour
    course.minutes = text.minutes
    course.is_whole = not text.is_preview
    course.save(update_fields=["current_version", "title", "summary", "colour", "minutes", "is_whole", "updated_at"])


def _upsert_lessons(course: Course, text: CourseText) -> None:
    known = {str(lesson.uuid): lesson for lesson in course.lessons.all()}
    taken = {lesson.key: lesson_id for lesson_id, lesson in known.items()}
    new, changed = [], []
    for published in text.lessons:
        # A lesson that was deleted and written again has its old key and a new identity.
        key = (
            published.key
            if taken.get(published.key, published.id) == published.id
            else f"{published.key[:80]}-{published.id[:8]}"
        )
        taken[key] = published.id
        lesson = known.get(published.id)
        if lesson is None:
            new.append(Lesson(course=course, uuid=published.id, key=key, title=published.title))
        elif (lesson.key, lesson.title) != (key, published.title):
            lesson.key, lesson.title = key, published.title
            changed.append(lesson)
    Lesson.objects.bulk_create(new)
    Lesson.objects.bulk_update(changed, ["key", "title"])


def _keep_addresses(course: Course, before: CourseText, now: CourseText) -> None:
    """Where lessons were until now, so that links and bookmarks still lead to them. What is there now has the address."""
    used = {(lesson.module_slug, lesson.slug) for lesson in now.lessons}
    left = {(lesson.module_slug, lesson.slug): lesson.id for lesson in before.lessons}
    ids = {str(uuid): pk for uuid, pk in course.lessons.values_list("uuid", "pk")}
    LessonAddress.objects.bulk_create(
        (
            LessonAddress(course=course, module_slug=module_slug, slug=slug, lesson_id=ids[lesson_id])
            for (module_slug, slug), lesson_id in left.items()
            if (module_slug, slug) not in used
        ),
        update_conflicts=True,
        unique_fields=["course", "module_slug", "slug"],
        update_fields=["lesson"],
    )


def _upsert_activities(course: Course, text: CourseText) -> None:
    """Each with what it says now, and where. One that has left the course keeps what it said last."""
    lessons = {str(lesson.uuid): lesson.pk for lesson in course.lessons.all()}
    values = {block.id: block.value for lesson in text.lessons for block in lesson.blocks}
    known = {str(activity.block_id): activity for activity in course.activities.all()}
    new, changed = list[Activity](), list[Activity]()
    for block_id, kind, lesson_id in activities_of(course, text):
        activity = known.get(block_id) or Activity(course=course, block_id=block_id, kind=kind)
        value = values.get(block_id) or {}
        says = {
            "lesson_id": lessons[lesson_id] if lesson_id else None,
            "value": value,
            "parts": activity.parts | activity_types[kind].parts_of(value),
        }
        if activity.pk is None:
            new.append(activity)
        elif any(getattr(activity, name) != said for name, said in says.items()):
            changed.append(activity)
        for name, said in says.items():
            setattr(activity, name, said)
    Activity.objects.bulk_create(new)
    Activity.objects.bulk_update(changed, ["lesson", "value", "parts"])


@transaction.atomic
def write_search_entries(*, version: CourseVersion, words_shown: Callable[[LessonText], list[str]], locale: str) -> None:
    """Let search find what the newest version of a course says, and nothing else. Called with the course locked.

    A version is in one language, its `locale`. `words_shown`: texts that a lesson shows before anybody has done anything in it.
    Where the entries were made from the same words already, nothing is written: one query, or two of a course that teaches
    skills.
    """
    course, text = version.course, text_of(version)
    slugs = [skill["slug"] for skill in text.skills]
    skills = list(skills_of().filter(slug__in=slugs).values_list("name", flat=True)) if slugs else []
    made_from = [SEARCH_FORM, locale, str(version.uuid), course.title, course.summary, skills]
    digest = digest_of({"made_from": made_from})
    kept = SearchEntry.objects.filter(course=course)
    if kept.filter(lesson=None, digest=digest).exists():
        return
    entries = [_of_course(course, text, skills), *_of_lessons(course, text, words_shown)]
    for entry in entries:
        entry.locale = locale
        for name in SEARCHED:
            setattr(entry, name, _searchable(getattr(entry, name)))
    entries[0].digest = digest
    _count_words(entries)
    kept.delete()
    SearchEntry.objects.bulk_create(entries)


def _count_words(entries: list[SearchEntry]) -> None:
    """From these words misspellings are put right: no reader is to learn one from a lesson that is closed to them."""
    shown = list[str]()
    for entry in entries:
        is_closed = entry.lesson_id is not None and not entry.is_sample
        shown += [getattr(entry, name) for name in (NOT_CLOSED if is_closed else SEARCHED)]
        if is_closed:
            entry.vocabulary = vocabulary_of([entry.text])
    entries[0].vocabulary = vocabulary_of(shown)


def _of_course(course: Course, text: CourseText, skills: list[str]) -> SearchEntry:
    return SearchEntry(
        course=course,
        title=course.title,
        heading="\n".join([*text.outcomes, *skills]),
        points="\n".join([course.summary, text.audience, *(module.outcome for module in text.modules), *text.search_words]),
        text=plain_text(text.description),
    )


def _of_lessons(course: Course, text: CourseText, words_shown: Callable[[LessonText], list[str]]) -> Iterator[SearchEntry]:
    ids = {str(uuid): pk for uuid, pk in course.lessons.values_list("uuid", "pk")}
    for module in text.modules:
        for lesson in module.lessons:
            yield SearchEntry(
                course=course,
                lesson_id=ids[lesson.id],
                title=lesson.title,
                heading=module.title,
                text="\n".join(words_shown(lesson)),
                module_slug=module.slug,
                slug=lesson.slug,
                is_sample=lesson.sample,
            )


def _searchable(text: str) -> str:
    """One spelling of every letter, no control characters but ends of lines, and not without end."""
    composed = unicodedata.normalize("NFC", text[:MAX_SEARCHED])
    return "".join(sign for sign in composed if sign == "\n" or sign >= " ")
