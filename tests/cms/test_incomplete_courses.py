"""Courses whose author has announced more modules than are published."""

import pytest
from django.urls import reverse

from cms.publishing import publish_course_page
from courses.content import text_of
from courses.queries import catalogue
from learning.models import CourseSubscriber


@pytest.mark.parametrize(("planned", "is_preview"), [(3, True), (2, False), (None, False)])
def test_a_course_is_a_preview_as_long_as_modules_are_missing(course_page, planned, is_preview):
    course_page.modules_planned = planned
    course_page.save()
    version = publish_course_page(course_page)
    assert text_of(version).is_preview is is_preview
    assert [course.is_preview for course in catalogue()] == [is_preview]


def test_the_editor_counts_who_waits_and_names_nobody(course_page, author, sign_in):
    for email in ("ann@example.org", "bob@example.org"):
        CourseSubscriber.objects.create(course=course_page.course, email=email)
    page = sign_in(author).get(reverse("wagtailadmin_pages:edit", args=[course_page.pk])).content.decode()
    assert "2 people want to hear when this course is complete." in page
    assert "ann@example.org" not in page
