"""Opening a course for enrolment and closing it again: its author's act, apart from publishing its text."""

from django.db import transaction
from wagtail.log_actions import log
from wagtail.models import Locale

from accounts.types import Actor
from cms.models import CoursePage
from courses.models import Course
from courses.services import list_course, unpublish

OPENED, CLOSED = "cms.open_for_enrolment", "cms.close_for_enrolment"


@transaction.atomic
def open_for_enrolment(course: Course, by: Actor = None) -> None:
    """Let newcomers in from now on or, where the course is not published yet, from its publication on. Safe to repeat."""
    page = _lock_page(course)
    if page is not None:
        _note(page, by, is_open=True)
        if page.live:
            list_course(course=course)


@transaction.atomic
def close_for_enrolment(course: Course, by: Actor = None) -> None:
    """Let nobody new in. Whoever is on the course, or has access to it, goes on learning. Safe to repeat."""
    page = _lock_page(course)
    if page is not None:
        _note(page, by, is_open=False)
        unpublish(course=course)


def _lock_page(course: Course) -> CoursePage | None:
    """The page that the course is published from, with the course locked as a publication locks it."""
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    return CoursePage.objects.filter(translation_key=course.uuid, locale=Locale.get_default()).first()


def _note(page: CoursePage, by: Actor, *, is_open: bool) -> None:
    """In the page's history too, where it says so and not twice."""
    if page.open_for_enrolment != is_open:
        CoursePage.objects.filter(pk=page.pk).update(open_for_enrolment=is_open)
        log(instance=page, action=OPENED if is_open else CLOSED, user=by)
