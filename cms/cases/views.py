"""Cases of practice in the CMS: editing with what is wrong beside the fields, trying a draft, and files in and out."""

import json
import secrets
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms.utils import ErrorDict, ErrorList
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.widgets.button import HeaderButton
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.snippets.views.snippets import (
    CreateView,
    EditView,
    IndexView,
    SnippetViewSet,
    UnpublishView,
    WorkflowActionView,
)
from wagtail.utils.decorators import xframe_options_sameorigin_override

from accounts.console import signed_in
from accounts.models import User
from cms.cases.drafting import draft_of, written
from cms.cases.findings import beside_fields
from cms.cases.jobs import start_check
from cms.cases.models import SimulationCase, Standing, check, not_published
from practice import debrief, move_forms
from practice.cases import CaseError, case_from_yaml
from practice.cases.files import MAX_BYTES
from practice.cases.reading import Case
from practice.errors import MoveRefused
from practice.models import Simulation
from practice.scoring.interview_map import InvalidMap, read_map
from practice.talks import InterviewTalk, NegotiationTalk, Talk, case_of, talk_in

ADDRESS = "cases/"
REFUSED = 422
MAX_MOVES = 200


class KeptPolicy(ModelPermissionPolicy):
    """Cases are taken out of the list, and never deleted: their drafts are the history of what was played."""

    def user_has_permission(self, user: User, action: str) -> bool:
        return action != "delete" and bool(super().user_has_permission(user, action))


POLICY = KeptPolicy(SimulationCase)


# Editing ------------------------------------------------------------------------------------------------------------------


def with_findings(form: forms.BaseForm, draft: SimulationCase, standing: Standing) -> forms.BaseForm:
    """A form that was not sent, with what is wrong beside its fields. It says so, and can be saved all the same."""
    if draft.body:
        error = beside_fields(draft.body[0].value, standing.findings)
        wrong = ErrorDict({"body": ErrorList([error])} if error else {})
    else:
        words = gettext_lazy("Choose whether it is a negotiation or an interview, or import a file.")
        wrong = ErrorDict({"body": ErrorList([str(words)])})
    form._errors = wrong  # type: ignore[attr-defined]  # what a form that was sent would have noted itself
    return form


class _PublishesChecked:
    """What both editors share: a draft is always saved first, and then published, submitted or approved where it may be."""

    def get_form(self, *args: Any, **kwargs: Any) -> forms.BaseForm:
        form: forms.BaseForm = super().get_form(*args, **kwargs)  # type: ignore[misc]  # beside an editor of Wagtail
        draft = getattr(self, "object", None)
        if not form.is_bound and draft is not None and draft.pk:
            with_findings(form, draft, draft.standing())
        return form

    def publish_action(self) -> HttpResponse | None:
        return self._refused(publishes=True) or super().publish_action()  # type: ignore[misc]  # of the editor

    def submit_action(self) -> HttpResponse | None:
        return self._refused() or super().submit_action()  # type: ignore[misc]  # of the editor

    def restart_workflow_action(self) -> HttpResponse | None:
        return self._refused() or super().restart_workflow_action()  # type: ignore[misc]  # of the editor

    def workflow_action_action(self) -> HttpResponse | None:
        approves = getattr(self, "workflow_action", "") == "approve"
        return (self._refused() if approves else None) or super().workflow_action_action()  # type: ignore[misc]  # of the editor

    def _refused(self, *, publishes: bool = False) -> HttpResponse | None:
        """Where it cannot go on: why, on the page of the draft, which is saved; or the work that finds out."""
        revision = self.new_revision  # type: ignore[attr-defined]  # of the view
        draft: SimulationCase = revision.as_object()
        standing = checked_if_quick(draft)
        if standing.can_be_published:
            return None
        request: HttpRequest = self.request  # type: ignore[attr-defined]  # of the view
        if standing.findings or standing.case is None:
            say_what_is_wrong(request, standing)
            return redirect("wagtailsnippets_cms_simulationcase:edit", draft.pk)
        job = start_check(draft=draft, revision=revision, user=signed_in(request), publishes=publishes)
        if not publishes:
            messages.info(request, _("The draft is saved and being checked. Submit it again once that is done."))
        return redirect("job", job.uuid)


def checked_if_quick(draft: SimulationCase) -> Standing:
    """A negotiation is looked through at once; an interview only where somebody has already."""
    standing = draft.standing()
    if standing.case is not None and not standing.findings and not standing.is_checked and draft.kind == "negotiation":
        check(standing.case)
        standing = draft.standing()
    return standing


def say_what_is_wrong(request: HttpRequest, standing: Standing) -> None:
    messages.error(request, not_published(standing))
    for finding in standing.findings[:5]:
        messages.error(request, str(finding))


class CaseCreateView(_PublishesChecked, CreateView):
    pass


class CaseEditView(_PublishesChecked, EditView):
    @property
    def header_more_buttons(self) -> list[Any]:
        desk = HeaderButton(_("Try, check and export"), reverse("case_desk", args=[self.object.pk]), icon_name="circle-check")
        return [desk, *super().header_more_buttons]


class CaseWorkflowActionView(WorkflowActionView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        standing = checked_if_quick(self.object.get_latest_revision_as_object())
        if self.action_name == "approve" and not standing.can_be_published:
            say_what_is_wrong(request, standing)
            return redirect("wagtailsnippets_cms_simulationcase:edit", self.object.pk)
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer


class CaseUnpublishView(UnpublishView):
    def unpublish(self) -> None:
        """By the case itself: Wagtail's own view goes past what a model does there, and left it to be played."""
        self.object.unpublish(user=self.request.user)


class CaseListView(IndexView):
    page_title = gettext_lazy("Simulations")

    @property
    def header_buttons(self) -> list[Any]:
        return [*super().header_buttons, HeaderButton(_("Import a case"), reverse("case_import"), icon_name="upload")]


def edit_address(draft: SimulationCase) -> str:
    return reverse("wagtailsnippets_cms_simulationcase:edit", args=[draft.pk])


class CaseViewSet(SnippetViewSet):
    model = SimulationCase
    index_view_class = CaseListView
    add_view_class = CaseCreateView
    edit_view_class = CaseEditView
    unpublish_view_class = CaseUnpublishView
    workflow_action_view_class = CaseWorkflowActionView
    icon = "group"
    menu_label = gettext_lazy("Simulations")
    menu_name = "simulations"
    menu_order = 253
    add_to_admin_menu = True
    copy_view_enabled = False
    list_display: ClassVar = [
        TitleColumn("title", label=gettext_lazy("Case"), accessor=str, get_url=edit_address),
        "key",
        Column("kind_in_words", label=gettext_lazy("Kind")),
        Column("status_string", label=gettext_lazy("State")),
    ]
    search_fields: ClassVar = ["key"]
    search_backend_name = None


# One draft: what is known of it, trying it, its file ------------------------------------------------------------------------


def _draft(request: HttpRequest, pk: int) -> SimulationCase:
    """The newest draft, for whoever may read or change cases."""
    user = signed_in(request)
    if not POLICY.user_has_any_permission(user, {"add", "change", "publish", "view"}):
        raise PermissionDenied
    draft: SimulationCase = get_object_or_404(SimulationCase, pk=pk).get_latest_revision_as_object()
    return draft


def _page(request: HttpRequest, template: str, title: str, above: list[dict[str, str]], **context: Any) -> HttpResponse:
    header = {"breadcrumbs_items": [*above, {"url": "", "label": title}], "header_title": title, "header_icon": "group"}
    status = context.pop("status", 200)
    return TemplateResponse(request, template, context | header, status=status)


def _above(*drafts: SimulationCase) -> list[dict[str, str]]:
    items = [{"url": reverse("wagtailsnippets_cms_simulationcase:list"), "label": _("Simulations")}]
    return items + [{"url": edit_address(draft), "label": str(draft)} for draft in drafts]


@require_safe
def desk(request: HttpRequest, pk: int) -> HttpResponse:
    """What is wrong with the newest draft, what was measured, and what can be done with it."""
    draft = _draft(request, pk)
    standing = checked_if_quick(draft)
    figures = [(name.replace("_", " "), "–" if value is None else value) for name, value in standing.figures.items()]
    context = {"draft": draft, "standing": standing, "figures": figures}
    return _page(request, "cms/case_desk.html", _("Try, check and export"), _above(draft), **context)


@require_POST
def check_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a worker play it."""
    draft = _draft(request, pk)
    revision = draft.latest_revision
    if revision is None:
        return redirect("case_desk", pk)
    return redirect("job", start_check(draft=draft, revision=revision, user=signed_in(request), publishes=False).uuid)


@require_safe
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """The newest draft as a file of `content/simulations/`; what cannot be read as a case has none."""
    draft = _draft(request, pk)
    standing = draft.standing()
    if standing.case is None:
        messages.error(request, _("A file needs a case that can be read. What has to change is listed here."))
        return redirect("case_desk", pk)
    answer = HttpResponse(written(standing.case), content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{standing.case.id}.yaml"'
    return answer


class ImportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("A case as a YAML file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml"}),
    )
    text = forms.CharField(
        label=gettext_lazy("or its text"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 16, "dir": "auto"})
    )
    simulation = forms.ModelChoiceField(
        queryset=Simulation.objects.filter(current_version__isnull=False),
        label=gettext_lazy("or one that is played already"),
        required=False,
        empty_label=gettext_lazy("none"),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        given = [name for name in ("file", "text", "simulation") if cleaned.get(name)]
        if len(given) != 1:
            raise forms.ValidationError(_("Give one of the three: a file, its text, or a simulation."))
        cleaned["case"] = self._case(cleaned)
        return cleaned

    def _case(self, cleaned: Mapping[str, Any]) -> Case:
        if simulation := cleaned.get("simulation"):
            return case_of(simulation.current_version)
        file = cleaned.get("file")
        if file is not None and file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than %(n)s kB.") % {"n": MAX_BYTES // 1000})
        try:
            text = file.read().decode("utf-8-sig") if file is not None else cleaned["text"]
            return case_from_yaml(text.replace("\r\n", "\n").replace("\r", "\n"), file.name if file is not None else "")
        except UnicodeDecodeError as error:
            raise forms.ValidationError(_("The file is not UTF-8. Save it as UTF-8.")) from error
        except CaseError as error:
            raise forms.ValidationError([str(problem) for problem in error.problems]) from error


def import_case(request: HttpRequest) -> HttpResponse:
    """A file, or what is played, as a new draft: of the case with its key where there is one, so that nothing is lost."""
    user = signed_in(request)
    if not POLICY.user_has_permission(user, "add") or not POLICY.user_has_permission(user, "change"):
        raise PermissionDenied
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        draft = draft_of(form.cleaned_data["case"], user=user)
        messages.success(request, _("“%(case)s” is a draft now. Nothing is published yet.") % {"case": draft})
        return redirect(edit_address(draft))
    status = REFUSED if form.is_bound else 200
    return _page(request, "cms/case_import.html", _("Import a case"), _above(), form=form, status=status)


# Trying a draft -----------------------------------------------------------------------------------------------------------


@method_decorator(xframe_options_sameorigin_override, name="__call__")
class _Play:
    """A draft is played as learners play it, in the CMS or inside its preview. What was done travels with the page."""

    __name__ = "play"

    def __call__(self, request: HttpRequest, pk: int) -> HttpResponse:
        draft = _draft(request, pk)
        standing = draft.standing()
        if standing.case is None:
            messages.error(request, _("It cannot be played yet. What has to change is listed here."))
            return redirect("case_desk", pk)
        if request.method != "POST":
            return self._show(request, draft, talk_in(standing.case, seed := secrets.token_hex(8), []), seed, [])
        return self._played(request, draft, standing.case)

    def _played(self, request: HttpRequest, draft: SimulationCase, case: Case) -> HttpResponse:
        sent = request.POST
        seed, history = sent.get("seed", "")[:32], _history(sent)
        try:
            talk = talk_in(case, seed, history)
        except MoveRefused:
            problem = _("The case has changed since, and this talk does not fit it any more. Here it begins anew.")
            return self._show(request, draft, talk_in(case, seed, []), seed, [], problem=problem)
        if isinstance(talk, InterviewTalk) and talk.is_over:
            return self._map(request, draft, talk, seed, history)
        try:
            move = _move_of(talk, sent)
            return self._show(request, draft, talk_in(case, seed, [*history, move]), seed, [*history, move])
        except MoveRefused as error:
            return self._show(request, draft, talk, seed, history, posted=sent.dict(), problem=str(error))

    def _map(
        self, request: HttpRequest, draft: SimulationCase, talk: InterviewTalk, seed: str, history: list[Any]
    ) -> HttpResponse:
        noted = move_forms.noted_lines(talk.case, request.POST)
        if "show" not in request.POST:
            return self._show(request, draft, talk, seed, history, noted=noted)
        try:
            entries = read_map(talk.case, noted)
        except InvalidMap as error:
            return self._show(request, draft, talk, seed, history, noted=noted, problem=str(error))
        if not entries:
            return self._show(request, draft, talk, seed, history, noted=noted, problem=_("The map is still empty."))
        context = self._context(draft, talk, seed, history, "")
        context["debrief"] = debrief.interview_debrief(talk, seed, entries)
        return render(request, "simulations/interviewed.html", context)

    def _context(self, draft: SimulationCase, talk: Talk, seed: str, history: list[Any], problem: str) -> dict[str, Any]:
        address = reverse("case_play", args=[draft.pk])
        return {
            "is_trial": True,
            "draft": draft,
            "simulation": draft,
            "case": talk.case,
            "talk": talk,
            "state": talk.state,
            "at": len(history),
            "seed": seed,
            "history": json.dumps(history),
            "problem": problem,
            "move_address": address,
            "map_address": address,
        }

    def _show(
        self,
        request: HttpRequest,
        draft: SimulationCase,
        talk: Talk,
        seed: str,
        history: list[Any],
        *,
        posted: Mapping[str, Any] | None = None,
        noted: list[dict[str, Any]] | None = None,
        problem: str = "",
    ) -> HttpResponse:
        context = self._context(draft, talk, seed, history, problem)
        status = REFUSED if problem else 200
        if isinstance(talk, NegotiationTalk):
            if talk.is_over:
                context["debrief"] = debrief.negotiation_debrief(talk)
                return render(request, "simulations/negotiated.html", context, status=status)
            context["todo"] = move_forms.bargaining(talk, posted or {})
            return render(request, "simulations/negotiation.html", context, status=status)
        if talk.is_over:
            context["lines"] = move_forms.map_lines(talk, seed, noted or [])
            return render(request, "simulations/map.html", context, status=status)
        return render(request, "simulations/interview.html", context, status=status)


play = _Play()


def _move_of(talk: Talk, sent: QueryDict) -> dict[str, Any]:
    if isinstance(talk, NegotiationTalk):
        return move_forms.negotiation_move(talk.case, sent)
    return move_forms.interview_move(talk, sent)


def _history(sent: QueryDict) -> list[Any]:
    """What the page says was done; whatever is no list of moves is no history."""
    try:
        found = json.loads(sent.get("history", "[]"))
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) and len(found) <= MAX_MOVES else []


urlpatterns = [
    path(ADDRESS + "import/", import_case, name="case_import"),
    path(ADDRESS + "<int:pk>/", desk, name="case_desk"),
    path(ADDRESS + "<int:pk>/check/", check_now, name="case_check"),
    path(ADDRESS + "<int:pk>/play/", play, name="case_play"),
    path(ADDRESS + "<int:pk>/export/", export, name="case_export"),
]
