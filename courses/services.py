"""From what an author wrote to an immutable version that learners can be pinned to."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from courses.content import CONTENT_SCHEMA, CourseText, activities_of, digest_of, parse, requirements_of
from courses.events import VersionPublished, course_ensured, version_published
from courses.models import Activity, Course, CourseVersion, Lesson


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

    `uuid` is the identity of a course that does not exist yet; a course that exists keeps its own.
    """
    wanted = {"slug": slug, "title": title, "summary": summary, "is_free": is_free} | ({"colour": colour} if colour else {})
    identity = {"uuid": uuid} if uuid else {}
    course, created = Course.objects.select_for_update(no_key=True).get_or_create(key=key, defaults=wanted | identity)
    changed = [name for name, value in wanted.items() if getattr(course, name) != value]
    if not created and changed:
        for name in changed:
            setattr(course, name, wanted[name])
        course.save(update_fields=[*changed, "updated_at"])
    course_ensured.send(course)
    return course


@transaction.atomic
def publish_version(*, course: Course, content: dict[str, Any]) -> CourseVersion:
    """Make `content` what learners see. Equal content makes no new version; progress of learners is never touched here."""
    course = Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    content = {"schema": CONTENT_SCHEMA} | content
    text = parse(content)
    digest = digest_of(content)
    before = course.current_version
    version = before if before and before.digest == digest else _new_version(course, content, text, digest)
    _list_course(course, version, text)
    version_published.send(VersionPublished(version, before))
    return version


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


def _list_course(course: Course, version: CourseVersion, text: CourseText) -> None:
    course.current_version = version
    course.is_listed = True
    course.title = text.title or course.title
    course.summary = text.summary
    course.colour = text.colour or course.colour
    course.minutes = text.minutes
    course.save(update_fields=["current_version", "is_listed", "title", "summary", "colour", "minutes", "updated_at"])


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


def _upsert_activities(course: Course, text: CourseText) -> None:
    known = {str(block_id) for block_id in course.activities.values_list("block_id", flat=True)}
    Activity.objects.bulk_create(
        Activity(course=course, block_id=block_id, kind=kind)
        for block_id, kind, _lesson in activities_of(course, text)
        if block_id not in known
    )
