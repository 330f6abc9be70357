"""The questions of a fixed form that is taken by itself: picked from the bank, in an order. Each act is a form; no script."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from assessments.alone import assessments_to_choose
from assessments.enums import ItemKind, ItemState
from assessments.models import Instrument, Item
from assessments.picked_rules import findings_of_form
from assessments.services import leave_out, move_question, pick_questions, picked, questions_to_pick, set_offered
from assessments.sheets import minutes_for
from cms.alone import ADDRESS, author_page, require_author
from cms.items import words_of
from common.errors import UserError
from skills.queries import skills_by_slug

PER_PAGE = 25
STATES = [(state.value, state.label) for state in (ItemState.TRIAL, ItemState.LIVE)]
KINDS = [(kind.value, kind.label) for kind in ItemKind if kind != ItemKind.OPEN]


class SearchForm(forms.Form):
    """What is looked for in the bank. What does not fit a list finds everything there."""

    q = forms.CharField(label=gettext_lazy("Words or key"), max_length=100, required=False)
    skill = forms.ChoiceField(label=gettext_lazy("Skill"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Format"), choices=[("", gettext_lazy("all")), *KINDS], required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), choices=[("", gettext_lazy("all")), *STATES], required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        skills = [(slug, skill.name) for slug, skill in skills_by_slug().items()]
        self.fields["skill"].choices = [("", _("all")), *skills]  # type: ignore[attr-defined]  # a choice field

    @property
    def said(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def found_among(self, items: QuerySet[Item]) -> QuerySet[Item]:
        said = self.said
        if words := said.get("q"):
            text = Q(current_version__prompt__icontains=words) | Q(current_version__situation__icontains=words)
            items = items.filter(text | Q(key__icontains=words))
        named = {"skill": "skill__slug", "kind": "kind", "state": "state"}
        return items.filter(**{column: said[name] for name, column in named.items() if name in said})


@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """Those that are picked, in their order, with what speaks against them; and the rest of the bank."""
    require_author(request)
    instrument = get_object_or_404(assessments_to_choose().filter(blueprint={}, adaptive={}), pk=instrument_id)
    search = SearchForm(request.GET)
    if request.method != "POST":
        return _show(request, instrument, search)
    try:
        done = _act(request, instrument)
    except UserError as error:
        return _show(request, instrument, search, problem=str(error), chosen=_numbers(request, "add"))
    messages.success(request, done)
    query = urlencode(search.said | ({"page": request.GET["page"]} if "page" in request.GET else {}))
    return redirect(f"{request.path}?{query}" if query else request.path)


def _act(request: HttpRequest, instrument: Instrument) -> str:
    """What a button asks for; in words what was done. Raises InvalidInstrument."""
    for name, by in (("up", -1), ("down", 1)):
        for item in _numbers(request, name):
            move_question(instrument=instrument, item=item, by=by)
            return _("The order is saved.")
    for item in _numbers(request, "remove"):
        leave_out(instrument=instrument, item=item)
        return _("The question is left out. Sittings under way keep it.")
    if "offer" in request.POST:
        set_offered(instrument=instrument, is_offered=True)
        return _("“%(title)s” is offered now.") % {"title": instrument}
    added = pick_questions(instrument=instrument, items=_numbers(request, "add"))
    return ngettext("%(n)s question added.", "%(n)s questions added.", added) % {"n": added}


def _numbers(request: HttpRequest, name: str) -> list[int]:
    return [int(value) for value in request.POST.getlist(name) if value.isdecimal() and len(value) < 16]


def _show(
    request: HttpRequest, instrument: Instrument, search: SearchForm, *, problem: str = "", chosen: list[int] | None = None
) -> HttpResponse:
    entries = picked(instrument)
    asked = [entry.item for entry in entries if not entry.item.is_retired]
    others = search.found_among(questions_to_pick()).exclude(pk__in=[entry.item_id for entry in entries])
    page = Paginator(others.select_related("skill", "current_version").order_by("key"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    response = author_page(
        request,
        "cms/alone_questions.html",
        _("Questions of “%(title)s”") % {"title": instrument},
        instrument=instrument,
        rows=[(entry.item, words_of(entry.item)) for entry in entries],
        n_asked=len(asked),
        minutes=minutes_for(len(asked)),
        findings=findings_of_form(asked),
        search=search,
        query=urlencode(search.said),
        page=page,
        found=[(item, words_of(item)) for item in page],
        problem=problem,
        chosen=chosen or [],
        settings_address=reverse("alone_edit", args=[instrument.pk]),
    )
    response.status_code = 422 if problem else 200
    return response


urlpatterns = [path(ADDRESS + "<int:instrument_id>/questions/", questions, name="alone_questions")]
