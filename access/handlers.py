"""What access does when something happens to a course or to a membership."""

from access.models import CourseSet
from access.services.seats import activate_seats, release_seats_of
from accounts.models import Membership
from courses.events import CourseEnsured


def ensure_own_set(ensured: CourseEnsured) -> None:
    """The course set of its own under which a course is sold; it follows the course when its slug changes."""
    course = ensured.course
    if ensured.old_slug != course.slug:
        CourseSet.objects.filter(slug=ensured.old_slug, is_catalogue=False).update(slug=course.slug)
    course_set, _new = CourseSet.objects.update_or_create(slug=course.slug, defaults={"title": course.title})
    course_set.courses.add(course)


def open_seats(membership: Membership) -> None:
    activate_seats(membership=membership)


def release_seats(membership: Membership) -> None:
    """Their seats are free again. Enrolments, progress and certificates stay theirs."""
    release_seats_of(membership=membership)
