"""Open questions in the CMS: drafts with what is wrong beside the fields, and the way to their raters."""

from typing import Any, ClassVar

from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.utils import get_latest_str
from wagtail.admin.widgets.button import Button
from wagtail.snippets.views.snippets import CopyView, CreateView, IndexView, SnippetViewSet

from cms.open_drafts.models import OpenQuestionDraft
from cms.open_drafts.panels import EDIT_HANDLER
from cms.questions.views import (
    DraftDeleteView,
    DraftEditView,
    DraftUnpublishView,
    DraftWorkflowActionView,
    PublishesComplete,
    edit_address,
    newer,
)

ADDRESS = "open-questions/"
COPIED = ("course_id", "skill_id", "situation", "prompt", "concept", "by", "fewest", "most", "kinds", "megabytes", "minutes")


class OpenQuestionCreateView(PublishesComplete, CreateView):
    page_title = gettext_lazy("New open question")


class OpenQuestionCopyView(PublishesComplete, CopyView):
    def get_initial_form_instance(self) -> OpenQuestionDraft:
        """A question of its own, which is not asked yet, with the newest words and the rubric of the other one."""
        source: OpenQuestionDraft = self.get_object().get_latest_revision_as_object()
        said = {name: getattr(source, name) for name in COPIED}
        return OpenQuestionDraft(levels=source.levels, anchors=source.anchors, live=False, **said)


class OpenQuestionEditView(DraftEditView):
    @cached_property
    def header_more_buttons(self) -> list[Button]:
        buttons: list[Button] = super().header_more_buttons
        if self.object.item_id is None:
            return buttons
        raters = reverse("open_question_rating", args=[self.object.item_id])
        return [*buttons, Button(_("Raters, and how they agree"), url=raters, icon_name="group")]

    def get_success_message(self, instance: Any = None) -> str:
        """Of a publication with what it means for raters."""
        said = super().get_success_message(instance)
        if self.action != "publish":
            return said
        return f"{said} " + _("Where levels or anchors have changed, all raters train again before they rate.")


class OpenDraftListView(IndexView):
    page_title = gettext_lazy("Open question drafts")


class OpenQuestionDraftViewSet(SnippetViewSet):
    model = OpenQuestionDraft
    index_view_class = OpenDraftListView
    add_view_class = OpenQuestionCreateView
    copy_view_class = OpenQuestionCopyView
    edit_view_class = OpenQuestionEditView
    delete_view_class = DraftDeleteView
    unpublish_view_class = DraftUnpublishView
    workflow_action_view_class = DraftWorkflowActionView
    icon = "edit"
    menu_label = gettext_lazy("Open question drafts")
    menu_name = "open-question-drafts"
    menu_order = 250
    add_to_admin_menu = True
    edit_handler = EDIT_HANDLER
    list_display: ClassVar = [
        TitleColumn("words", label=gettext_lazy("Question"), accessor=get_latest_str, get_url=edit_address),
        "course",
        "skill",
        Column("get_occasion_display", label=gettext_lazy("Asked")),
        Column("status_string", label=gettext_lazy("State")),
        Column("updated_at", label=gettext_lazy("Changed"), accessor="latest_revision.created_at"),
    ]
    list_filter: ClassVar = ["course", "skill", "occasion", "live", "has_unpublished_changes"]
    search_fields: ClassVar = ["key", "prompt", "situation"]
    search_backend_name = None

    def get_queryset(self, request: Any) -> Any:
        return OpenQuestionDraft.objects.select_related("course", "skill", "item", "latest_revision")


urlpatterns = [
    path(ADDRESS + "<int:pk>/newer/", newer, {"kind": OpenQuestionDraft}, name="openquestiondraft_newer"),
]
