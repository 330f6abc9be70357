"""Questions in the CMS: drafts with what is wrong beside the fields, and what was changed elsewhere beside them."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.utils import get_latest_str
from wagtail.admin.widgets.button import Button
from wagtail.permissions import policy_registry
from wagtail.snippets.views.snippets import (
    CopyView,
    CreateView,
    DeleteView,
    EditView,
    IndexView,
    SnippetViewSet,
    UnpublishView,
    WorkflowActionView,
)

from accounts.console import signed_in
from assessments.coverage import forms_without
from assessments.enums import ItemKind
from assessments.errors import QuestionNotPublished
from assessments.models import Item
from cms.questions.base import BankDraft
from cms.questions.conversion import NOTES
from cms.questions.drafting import draft_of, keep_own, take_over
from cms.questions.findings import beside_fields
from cms.questions.models import QuestionDraft
from cms.questions.panels import EDIT_HANDLER

ADDRESS = "questions/"
TOLD = 5
"""Of more findings than these the editor alone tells."""
COPIED = (
    "course_id",
    "kind",
    "skill_id",
    "situation",
    "prompt",
    "others",
    "concept",
    "enemies",
    "tags",
    "image_id",
    "image_alt",
    *NOTES,
)


def address_of(kind: type[BankDraft] | BankDraft, name: str, *args: object) -> str:
    """Of a page of the editor of such drafts."""
    return reverse(f"wagtailsnippets_cms_{kind._meta.model_name}:{name}", args=args)


def edit_address(draft: BankDraft) -> str:
    return address_of(draft, "edit", draft.pk)


def item_address(item: Item) -> str:
    return reverse("wagtailsnippets_assessments_item:inspect", args=[item.pk])


# Editing ------------------------------------------------------------------------------------------------------------------


class PublishesComplete:
    """What both editors share: a draft is always saved first, and then published, submitted or approved where it may be."""

    def get_form(self, *args: Any, **kwargs: Any) -> forms.BaseForm:
        form: forms.BaseForm = super().get_form(*args, **kwargs)  # type: ignore[misc]  # beside an editor of Wagtail
        draft = getattr(self, "object", None)
        if not form.is_bound and draft is not None and draft.pk:
            form._errors = beside_fields(draft.findings())  # type: ignore[attr-defined]  # as if it had been sent
        return form

    def publish_action(self) -> HttpResponse | None:
        return self._unless_refused(super().publish_action)  # type: ignore[misc]

    def submit_action(self) -> HttpResponse | None:
        return self._unless_refused(super().submit_action)  # type: ignore[misc]

    def restart_workflow_action(self) -> HttpResponse | None:
        return self._unless_refused(super().restart_workflow_action)  # type: ignore[misc]

    def workflow_action_action(self) -> HttpResponse | None:
        act = super().workflow_action_action  # type: ignore[misc]
        return self._unless_refused(act) if getattr(self, "workflow_action", "") == "approve" else act()

    def _unless_refused(self, act: Any) -> HttpResponse | None:
        """Where it cannot go on: why, on the page of the draft, which is saved."""
        draft: BankDraft = self.new_revision.as_object()  # type: ignore[attr-defined]  # of the view
        try:
            draft.refuse_unfinished()
            answer: HttpResponse | None = act()
        except QuestionNotPublished as error:
            say_what_is_wrong(self.request, error)  # type: ignore[attr-defined]
            return redirect(edit_address(draft))
        return answer


def say_what_is_wrong(request: HttpRequest, error: QuestionNotPublished) -> None:
    messages.error(request, str(error))
    for finding in error.findings[:TOLD]:
        messages.error(request, finding)


class QuestionCreateView(PublishesComplete, CreateView):
    page_title = gettext_lazy("New question")


class QuestionCopyView(PublishesComplete, CopyView):
    def get_initial_form_instance(self) -> QuestionDraft:
        """A question of its own that begins with the newest words of the other one."""
        source: QuestionDraft = self.get_object().get_latest_revision_as_object()
        return QuestionDraft(options=source.options, live=False, **{name: getattr(source, name) for name in COPIED})


class DraftEditView(PublishesComplete, EditView):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A draft that says nothing new follows its question as soon as somebody opens it."""
        known: BankDraft = self.model._default_manager.select_related("item").get(pk=self.object.pk)
        if known.item is not None and known.is_outdated and not known.has_unpublished_changes:
            draft_of(known.item, type(known))
            return redirect(edit_address(known))
        shown: HttpResponse = super().get(request, *args, **kwargs)
        return shown

    def get_success_message(self, instance: Any = None) -> str:
        """Of a publication with what it means for those who have begun."""
        said: str = super().get_success_message()
        is_to_come = self.object.go_live_at is not None and self.object.go_live_at > timezone.now()
        if self.action != "publish" or is_to_come:
            return said
        return f"{said} " + _("Learners who have started an assessment keep the wording they saw.")


class QuestionEditView(DraftEditView):
    @cached_property
    def header_more_buttons(self) -> list[Button]:
        buttons: list[Button] = super().header_more_buttons
        if self.object.item is None:
            return buttons
        item = self.object.item
        return [*buttons, Button(_("The question as it is asked"), url=item_address(item), icon_name="view"), *to_typed(item)]

    def publish_action(self) -> HttpResponse | None:
        was_retired = self.object.item is not None and self.object.item.is_retired
        answer = super().publish_action()
        if answer is None and was_retired:
            _say_forms(self.request, QuestionDraft.objects.get(pk=self.object.pk))
        return answer


def to_typed(item: Item) -> list[Button]:
    """Of a short text the way to what learners wrote."""
    if item.kind != ItemKind.TEXT:
        return []
    return [Button(_("What learners wrote"), url=reverse("typed_answers", args=[item.pk]), icon_name="edit", priority=70)]


class DraftUnpublishView(UnpublishView):
    page_title = gettext_lazy("Retire")
    success_message = gettext_lazy("“%(object)s” is retired: nobody who begins from now on is asked it.")

    def unpublish(self) -> None:
        """By the draft itself: Wagtail's own view goes past what a model does there."""
        self.object.unpublish(user=self.request.user)


class QuestionUnpublishView(DraftUnpublishView):
    def unpublish(self) -> None:
        super().unpublish()
        _say_forms(self.request, self.object)


def _say_forms(request: HttpRequest, draft: QuestionDraft) -> None:
    """What it means for each form that the question was retired, or taken back."""
    for words in forms_without(draft.item) if draft.item is not None else ():
        messages.info(request, words)


class DraftDeleteView(DeleteView):
    def get_object(self, queryset: Any = None) -> BankDraft:
        """What was published is kept: it is retired instead."""
        draft: BankDraft = super().get_object(queryset)
        if draft.item_id is not None:
            raise PermissionDenied
        return draft


class DraftWorkflowActionView(WorkflowActionView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        newest: BankDraft = self.object.get_latest_revision_as_object()
        try:
            if self.action_name == "approve":
                newest.refuse_unfinished()
            answer: HttpResponse = super().post(request, *args, **kwargs)
        except QuestionNotPublished as error:
            say_what_is_wrong(request, error)
            return self._lead_to(edit_address(self.object))
        return answer

    def _lead_to(self, address: str) -> HttpResponse:
        """Also from the window of the first page, which reads no other page."""
        if self.request.headers.get("x-requested-with") != "XMLHttpRequest":
            return redirect(address)
        answer: HttpResponse = self.render_modal_json(self.request, {"step": "success", "redirect": address})
        return answer


class DraftListView(IndexView):
    page_title = gettext_lazy("Question drafts")


class QuestionViewSet(SnippetViewSet):
    model = QuestionDraft
    index_view_class = DraftListView
    add_view_class = QuestionCreateView
    copy_view_class = QuestionCopyView
    edit_view_class = QuestionEditView
    delete_view_class = DraftDeleteView
    unpublish_view_class = QuestionUnpublishView
    workflow_action_view_class = DraftWorkflowActionView
    icon = "edit"
    menu_label = gettext_lazy("Question drafts")
    menu_name = "question-drafts"
    menu_order = 250
    add_to_admin_menu = True
    edit_handler = EDIT_HANDLER
    list_display: ClassVar = [
        TitleColumn("words", label=gettext_lazy("Question"), accessor=get_latest_str, get_url=edit_address),
        "key",
        Column("get_kind_display", label=gettext_lazy("Format")),
        "course",
        "skill",
        Column("status_string", label=gettext_lazy("State")),
        Column("updated_at", label=gettext_lazy("Changed"), accessor="latest_revision.created_at"),
    ]
    list_filter: ClassVar = ["kind", "course", "skill", "relationship", "live", "has_unpublished_changes"]
    search_fields: ClassVar = ["key", "prompt", "situation", "industry"]
    search_backend_name = None

    def get_queryset(self, request: HttpRequest) -> Any:
        return QuestionDraft.objects.select_related("course", "skill", "item", "latest_revision")


# What was changed elsewhere -------------------------------------------------------------------------------------------------


def _draft(request: HttpRequest, kind: type[BankDraft], pk: int) -> BankDraft:
    """Of a question that exists, for whoever may write drafts."""
    if not policy_registry.get_by_type(kind).user_has_permission(signed_in(request), "change"):
        raise PermissionDenied
    return get_object_or_404(kind._default_manager, pk=pk, item__isnull=False)


@require_http_methods(["GET", "HEAD", "POST"])
def newer(request: HttpRequest, pk: int, kind: type[BankDraft] = QuestionDraft) -> HttpResponse:
    """What the bank says beside the newest draft. POST takes the one over, or keeps the other."""
    draft = _draft(request, kind, pk)
    if not draft.get_latest_revision_as_object().is_outdated:
        messages.info(request, _("Nothing has been changed elsewhere since this draft was begun."))
        return redirect(edit_address(draft))
    if request.method == "POST":
        return _decide(request, draft)
    drafts = str(kind._meta.verbose_name_plural)
    header = {
        "breadcrumbs_items": [
            {"url": address_of(kind, "list"), "label": f"{drafts[:1].upper()}{drafts[1:]}"},
            {"url": edit_address(draft), "label": str(draft)},
            {"url": "", "label": _("What is new")},
        ],
        "header_title": _("What is new"),
        "header_icon": "edit",
    }
    version = draft.item.current_version if draft.item else None
    context = {
        "draft": draft,
        "edit_address": edit_address(draft),
        "newer_address": request.path,
        "version": version,
        "differences": differences(draft, request),
        **header,
    }
    return TemplateResponse(request, "cms/question_newer.html", context)


def _decide(request: HttpRequest, draft: BankDraft) -> HttpResponse:
    user, lock = signed_in(request), draft.get_lock()
    if lock is not None and lock.for_user(user):
        messages.error(request, _("Somebody else holds this draft, or it is waiting for its day. Nothing was changed."))
    elif request.POST.get("act") == "take":
        take_over(draft=draft, user=user)
        messages.success(request, _("The draft now says what the question says. What you had written is in its history."))
    elif request.POST.get("act") == "keep":
        keep_own(draft=draft, user=user)
        messages.success(request, _("Your draft is kept. Publishing it replaces what was changed elsewhere."))
    return redirect(edit_address(draft))


def differences(draft: BankDraft, request: HttpRequest) -> list[Any]:
    """Field by field, from the newest draft to what the bank says now; each can be shown as a marked text."""
    if draft.item is None:
        return []
    newest, bank = draft.get_latest_revision_as_object(), type(draft)(**draft.fields_in_bank(draft.item))
    bound = type(draft).get_edit_handler().get_bound_panel(instance=newest, request=request, form=None)
    compared = [compare(newest, bank) for compare in bound.get_comparison()]
    return [one for one in compared if one.has_changed()]


urlpatterns = [path(ADDRESS + "<int:pk>/newer/", newer, name="questiondraft_newer")]
