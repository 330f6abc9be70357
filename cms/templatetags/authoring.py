"""What authors see on the pages of learners."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import reverse
from wagtail.models import Page

from cms.models import CoursePage, LessonPage
from cms.rules import AUTHORING, may_author
from courses.content import LessonText
from courses.models import Course

register = template.Library()


@register.inclusion_tag("cms/_edit_link.html", takes_context=True)
def edit_link(context: Any, course: Course, lesson: LessonText | None = None) -> dict[str, Any]:
    """A way from a course, or one of its lessons, to its page in the editor; for who may edit it. No query for others."""
    request = context.get("request")
    if not _is_author(request):
        return {}
    pages = CoursePage.objects.filter(course=course) if lesson is None else LessonPage.objects.filter(lesson__uuid=lesson.id)
    page = pages.first()
    if page is None or not _may_edit(request, page):
        return {}
    return {"address": reverse("wagtailadmin_pages:edit", args=[page.pk]), "is_lesson": lesson is not None}


def _is_author(request: HttpRequest | None) -> bool:
    """Only of sessions that have been in the CMS is it asked whether they still may."""
    return request is not None and AUTHORING in request.session and may_author(request.user)


def _may_edit(request: HttpRequest, page: Page) -> bool:
    return bool(page.permissions_for_user(request.user).can_edit())
