"""Modules and lessons in lists that reach over several courses: each names its course beside its title."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from wagtail.models import Page

# How far below its course a page stands.
STEPS = {"ModulePage": 1, "LessonPage": 2}


class PartTitleMixin:
    """A page of which the title says little without its course. `name_courses` gives it the title of that."""

    path: str
    course_title = ""

    def get_admin_display_title(self) -> str:
        title: str = super().get_admin_display_title()  # type: ignore[misc]  # of the page it is mixed into
        return _("%(page)s (%(course)s)") % {"page": title, "course": self.course_title} if self.course_title else title


def name_courses(shown: Iterable[Any]) -> None:
    """Give each module and lesson in `shown` the title of its course. One query for all of them, none without any."""
    parts = [page.specific_deferred for page in shown if isinstance(page, Page)]
    paths = {
        part: part.path[: -Page.steplen * STEPS[type(part).__name__]] for part in parts if isinstance(part, PartTitleMixin)
    }
    titles = dict(Page.objects.filter(path__in=set(paths.values())).values_list("path", "draft_title")) if paths else {}
    for part, path in paths.items():
        part.course_title = titles.get(path, "")
