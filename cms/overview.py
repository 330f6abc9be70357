"""Where authors see how their courses stand: on the first page of the CMS, in the list of courses, beside a page."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.home import (
    LockedPagesPanel,
    RecentEditsPanel,
    UserObjectsInWorkflowModerationPanel,
    WorkflowObjectsToModeratePanel,
)
from wagtail.admin.views.pages.listing import ExplorableIndexView
from wagtail.admin.viewsets.pages import PageViewSet
from wagtail.models import Locale, Page

from accounts.models import User
from cms.models import CourseIndexPage, CoursePage
from cms.part_titles import name_courses
from cms.publications import State, states_of
from cms.rules import may_edit_page
from learning.reach import Reach, reach_of

COURSES_SHOWN = 10


class CoursesPanel(Component):
    """The courses that somebody may work on, those touched last first, and the way to a new one."""

    order = 50
    template_name = "cms/courses_panel.html"

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        user: User = (parent_context or {})["request"].user
        pages = [page for page in _newest_courses() if may_edit_page(user, page)][:COURSES_SHOWN]
        states, reach = states_of(pages), reach_of([page.course for page in pages if page.course])
        index = CourseIndexPage.objects.first()
        may_add = index is not None and index.permissions_for_user(user).can_add_subpage()
        return {
            "lines": [(page, states[page.pk], reach.get(page.course_id, Reach())) for page in pages],
            "new_address": reverse("wagtailadmin_pages:add", args=["cms", "coursepage", index.pk]) if may_add else "",
            "list_address": reverse("wagtailadmin_explore", args=[index.pk]) if index else "",
        }


def _newest_courses() -> Any:
    return (
        CoursePage.objects.filter(locale=Locale.get_default())
        .select_related("course")
        .order_by("-latest_revision_created_at", "pk")[: 3 * COURSES_SHOWN]
    )


class RecentEdits(RecentEditsPanel):
    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(parent_context)
        name_courses(page for _edited_at, page in context["last_edits"])
        return context


class LockedPages(LockedPagesPanel):
    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(parent_context)
        name_courses(context["locked_pages"])
        return context


class AwaitingReview(WorkflowObjectsToModeratePanel):
    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(parent_context)
        name_courses(state["obj"] for state in context["states"])
        return context


class OwnInReview(UserObjectsInWorkflowModerationPanel):
    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(parent_context)
        name_courses(state.content_object for state in context["workflow_states"])
        return context


# Wagtail's lists on the first page, and ours that name the course of each module and lesson.
LISTS: dict[type[Component], type[Component]] = {
    kind.__base__: kind for kind in (RecentEdits, LockedPages, AwaitingReview, OwnInReview)
}


class StateColumn(Column):
    """How each course of the list stands with learners."""

    cell_template_name = "cms/state_cell.html"

    def get_value(self, instance: Page) -> State | None:
        state: State | None = getattr(instance, "course_state", None)
        return state


class CourseListView(ExplorableIndexView):
    @cached_property
    def explorable_columns(self) -> list[Column]:
        # Everything here is a course: how it stands takes the place of what it is.
        columns: list[Column] = [column for column in super().explorable_columns if column.name != "type"]
        place = next((number for number, column in enumerate(columns) if column.name == "status"), len(columns) - 1)
        return [*columns[:place], StateColumn("course_state", label=_("Learners see")), *columns[place:]]

    def get_table(self, object_list: Any) -> Any:
        pages = [page for page in object_list if isinstance(page.specific, CoursePage)]
        states = states_of([page.specific for page in pages])
        for page in pages:
            page.course_state = states[page.pk]
        return super().get_table(object_list)


class CourseViewSet(PageViewSet):
    """Of what the page tree shows under *Courses*."""

    model = CoursePage
    index_view_class = CourseListView
    name: ClassVar[str] = "cms_courses"
