"""Panels of the editor that show what is no field of the page."""

from typing import Any

from wagtail.admin.panels import Panel

from learning.queries import count_waiting_subscribers


class WaitingPanel(Panel):
    """How many people want to hear when a course that is not complete yet is; never who they are."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "cms/panels/waiting.html"

        def get_context_data(self, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
            course_id = self.instance.course_id
            context: dict[str, Any] = super().get_context_data(parent_context)
            return context | {"waiting": count_waiting_subscribers(course_id) if course_id else 0}
