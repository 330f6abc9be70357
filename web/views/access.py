"""From an address to a course and a reader of it."""

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from access import queries as access_queries
from accounts.types import Visitor
from courses.models import Course
from learning import queries, services
from learning.models import Enrolment


def course_or_404(request: HttpRequest, slug: str) -> Course:
    """A published course. One that has been withdrawn exists only for those who are on it."""
    course = (
        Course.objects.select_related("current_version")
        .defer("current_version__content", "current_version__requirements")
        .filter(slug=slug, current_version__isnull=False)
        .first()
    )
    if course is None:
        raise Http404
    if not course.is_listed and not queries.is_or_was_on(request.user, course):
        raise Http404
    return course


def reader_of(user: Visitor, course: Course) -> Enrolment | None:
    """The enrolment with which somebody reads the course, or None when nothing opens it to them."""
    if isinstance(user, AnonymousUser) or not access_queries.may_open(user, course):
        return None
    enrolment = queries.current_enrolment(user, course)
    return enrolment or services.begin(user=user, course=course)


def why_closed(user: Visitor, course: Course) -> str:
    """To somebody who asked for a lesson they may not open."""
    if course.is_free:
        return _("This lesson is part of a free course. Start the course to read it.")
    if user.is_authenticated and queries.is_or_was_on(user, course):
        return _("Your access to this course has ended. Your progress is kept, and the sample lessons stay open.")
    return _("This lesson opens once you have bought the course or your organisation has given you a seat.")
