"""Open questions as they are asked, with the way to their raters. (They are written in `cms.open_drafts`.)"""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.snippets.views.snippets import CreateView, EditView, IndexView, InspectView, SnippetViewSet

from accounts.models import User
from assessments.answers import what_to_do
from cms.items import words_of
from cms.open_drafts.models import OpenQuestionDraft
from cms.open_drafts.policies import OPEN_DRAFTS
from cms.questions.drafting import draft_of
from cms.questions.policies import ITEMS
from cms.questions.views import address_of, edit_address
from rating.models import OpenQuestion
from rating.queries import rubric_of


class OpenQuestionPolicy(ModelPermissionPolicy):
    """They are read by whoever may see the bank. To add or to change one is to write a draft; nobody deletes one."""

    def user_has_permission(self, user: User, action: str) -> bool:
        policy = OPEN_DRAFTS if action in ("add", "change") else ITEMS
        return action != "delete" and policy.user_has_permission(user, action)

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[User]:
        asked = set(actions)
        writers = OPEN_DRAFTS.users_with_any_permission(asked & {"add", "change"})
        return writers | ITEMS.users_with_any_permission(asked - {"add", "change", "delete"})


OPEN_QUESTIONS = OpenQuestionPolicy(OpenQuestion)


def draft_state(question: OpenQuestion) -> str:
    """Whether what its draft says differs from what is asked."""
    draft = getattr(question, "open_draft", None)
    return gettext("changes not published") if draft is not None and draft.has_unpublished_changes else ""


def page_of(question: OpenQuestion) -> str:
    return reverse("open_question_rating", args=[question.pk])


class OpenQuestionListView(IndexView):
    page_title = _("Open questions")


class OpenQuestionAddView(CreateView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A question begins as a draft."""
        return redirect(address_of(OpenQuestionDraft, "add"))


class OpenQuestionEditView(EditView):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A question is changed in its draft, which is made the first time."""
        return redirect(edit_address(draft_of(self.object, OpenQuestionDraft)))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.get(request)


class OpenQuestionInspectView(InspectView):
    """What those read of a question who may not reword it."""

    def get_fields_context(self) -> list[dict[str, Any]]:
        fields: list[dict[str, Any]] = super().get_fields_context()
        return [{"label": label, "value": text, "component": None} for label, text in texts_of(self.object) if text] + fields


def texts_of(question: OpenQuestion) -> Iterator[tuple[Any, str]]:
    version, rubric = question.current_version, rubric_of(question)
    if version is not None:
        yield _("Situation"), version.situation
        yield _("Question"), version.prompt
        yield _("How learners answer"), what_to_do(version)
    for level in rubric.levels if rubric else ():
        yield _("Level %(n)s") % {"n": level["score"]}, f"{level['name']} – {level['words']}"
    for anchor in rubric.anchors if rubric else ():
        yield _("Anchor of level %(n)s") % {"n": anchor["score"]}, f"{anchor['text']} – {anchor['reason']}"


class OpenQuestionViewSet(SnippetViewSet):
    model = OpenQuestion
    index_view_class = OpenQuestionListView
    add_view_class = OpenQuestionAddView
    edit_view_class = OpenQuestionEditView
    inspect_view_class = OpenQuestionInspectView
    inspect_view_fields: ClassVar = ["key", "course", "skill", "occasion", "state"]
    icon = "edit"
    menu_label = _("Open questions")
    menu_name = "open-questions"
    menu_order = 250
    add_to_admin_menu = True
    copy_view_enabled = False
    inspect_view_enabled = True
    list_display: ClassVar = [
        TitleColumn("words", label=_("Question"), accessor=words_of, get_url=page_of),
        "course",
        "skill",
        Column("get_occasion_display", label=_("Asked")),
        Column("get_state_display", label=_("State")),
        Column("draft_state", label=_("Draft"), accessor=draft_state),
    ]
    list_filter: ClassVar = ["course", "skill", "occasion"]
    search_fields: ClassVar = ["key", "current_version__prompt", "current_version__situation"]
    search_backend_name = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[OpenQuestion]:
        return OpenQuestion.objects.select_related("course", "skill", "current_version", "open_draft")
