"""What pages and other apps ask about courses."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypedDict, cast
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.db.models.fields.json import KeyTransform

from common.statements import partial
from courses.models import Course, CourseVersion

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    ListedCourse = WithAnnotations[Course, "Listed"]


class Listed(TypedDict):
    """What `catalogue` reads of the newest version."""

    skills: list[dict[str, Any]] | None
    is_preview: bool


_LONG_TEXTS = ("current_version__content", "current_version__requirements")
_PUBLISHED_AT = """
SELECT course.*, version.uuid AS version_uuid, version.number AS version_number
FROM courses_course AS course JOIN courses_courseversion AS version ON version.id = course.current_version_id
WHERE course.slug = %s"""


def catalogue() -> QuerySet["ListedCourse"]:
    """Listed courses with `skills` (list of {"slug", "level"}) of their newest version, without its text.

    `is_preview`: modules are missing that were announced. Free and complete courses come first.
    """
    return (
        Course.objects.filter(is_listed=True, current_version__isnull=False)
        .annotate(
            skills=KeyTransform("skills", "current_version__content"),
            is_preview=ExpressionWrapper(Q(current_version__content__has_key="modules_planned"), output_field=BooleanField()),
        )
        .select_related("current_version")
        .defer(*_LONG_TEXTS)
        .order_by("is_preview", "-is_free", "title")
    )


def published_at(slug: str) -> Course | None:
    """The course that is, or else was, published under this slug, with its version but without its text. One query, or two."""
    rows: Iterable[Any] = Course.objects.raw(_PUBLISHED_AT, [slug])
    course = next(iter(rows), None)
    if course is None:
        former = Course.objects.filter(current_version__isnull=False, former_addresses__slug=slug)
        return former.select_related("current_version").defer(*_LONG_TEXTS).first()
    course.current_version = partial(
        CourseVersion,
        id=course.current_version_id,
        uuid=UUID(str(course.version_uuid)),
        course_id=course.pk,
        number=course.version_number,
    )
    return cast(Course, course)
