"""Assessments that are taken by themselves, in the CMS: what they ask, how often, and which attempt counts."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.validators import validate_slug
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.console import signed_in
from assessments.alone import assessments_to_choose, exposure_of
from assessments.enums import CountingRule, Presentation, ReviewRule
from assessments.item_rules.model import MOST_ATTEMPTS, MOST_MINUTES, MOST_WAIT
from assessments.models import Instrument
from assessments.scoring.blueprint import Blueprint, Cell
from assessments.scoring.releases import FEWEST
from assessments.services import (
    AdaptivePlan,
    AloneSettings,
    Asks,
    Plan,
    adaptive_plan_of,
    asks_of,
    calibration_state,
    plan_of,
    set_offered,
    upsert_alone,
)
from common.errors import UserError
from skills.queries import skills_by_slug

ADDRESS = "assessments-by-themselves/"
DRAWN, ADAPTIVE = "drawn", "adaptive"
LONGEST = 60
WHAT_IT_ASKS = ("asks", "skill", "length", "error")


class AloneForm(forms.Form):
    """`key` is left out once there is one: it names the assessment in lessons and files."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    key = forms.CharField(
        label=gettext_lazy("Key"),
        max_length=100,
        validators=[validate_slug],
        help_text=gettext_lazy("Letters, digits and hyphens. It stays: lessons name the assessment by it."),
    )
    asks = forms.ChoiceField(
        label=gettext_lazy("Questions"),
        widget=forms.RadioSelect,
        initial=DRAWN,
        choices=[
            (DRAWN, gettext_lazy("drawn from the bank for each attempt")),
            (ADAPTIVE, gettext_lazy("chosen one after the other by the answers")),
        ],
        help_text=gettext_lazy(
            "Only questions that are calibrated on 200 complete answers can be chosen by answers, and four times as many of "
            "them as a sitting asks."
        ),
    )
    skill = forms.ChoiceField(label=gettext_lazy("Skill"))
    length = forms.IntegerField(label=gettext_lazy("Number of questions"), min_value=1, max_value=LONGEST, initial=8)
    error = forms.FloatField(
        label=gettext_lazy("Ends earlier at this standard error"),
        min_value=0,
        max_value=1,
        initial=0,
        required=False,
        help_text=gettext_lazy(
            "Only where questions are chosen by the answers; 0.4 is common, 0 asks all. At least half are asked."
        ),
    )
    time_limit = forms.IntegerField(
        label=gettext_lazy("Time limit in minutes"),
        min_value=1,
        max_value=MOST_MINUTES,
        required=False,
        help_text=gettext_lazy("In lessons. Whoever gives it to a cohort sets another. Empty: no limit."),
    )
    presentation = forms.ChoiceField(
        label=gettext_lazy("Layout"), choices=Presentation.choices, help_text=gettext_lazy("Of drawn ones.")
    )
    shuffles_options = forms.BooleanField(label=gettext_lazy("Shuffle the answers"), required=False, initial=True)
    review = forms.ChoiceField(
        label=gettext_lazy("Keys and reasons"),
        choices=[
            (ReviewRule.NEVER, gettext_lazy("are never shown")),
            (ReviewRule.SUBMITTED, gettext_lazy("are shown once no attempt is left")),
        ],
        help_text=gettext_lazy("Never where questions are chosen by the answers: they measure others."),
    )
    attempts_allowed = forms.IntegerField(
        label=gettext_lazy("Attempts allowed"), min_value=1, max_value=MOST_ATTEMPTS, initial=1
    )
    wait_days = forms.IntegerField(label=gettext_lazy("Days between two attempts"), min_value=0, max_value=MOST_WAIT, initial=0)
    counts = forms.ChoiceField(label=gettext_lazy("Which attempt counts"), choices=CountingRule.choices)
    is_active = forms.BooleanField(
        label=gettext_lazy("Offered"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Without it nobody begins it any more; whoever has begun may finish."),
    )

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        if assessments_to_choose().filter(key=key).exists():
            raise forms.ValidationError(_("There is an assessment with this key. Choose another one."))
        return key

    def __init__(self, *args: Any, instrument: Instrument | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instrument = instrument
        skills = [(slug, skill.name) for slug, skill in skills_by_slug().items()]
        self.fields["skill"].choices = skills  # type: ignore[attr-defined]  # of a field of choices
        if instrument is not None:
            del self.fields["key"]
            if not says_all_of(instrument):
                for name in WHAT_IT_ASKS:
                    self.fields[name].disabled = True

    @property
    def what_it_asks(self) -> Asks:
        """As it is, where nothing of it was changed."""
        said = self.cleaned_data
        if self.instrument is not None and not set(self.changed_data) & set(WHAT_IT_ASKS):
            return asks_of(self.instrument)
        if said["asks"] == DRAWN:
            return Asks(plan=Plan(Blueprint((Cell(said["skill"], said["length"]),))))
        error = said["error"] or 0.0
        shortest = (said["length"] + 1) // 2 if error else 0
        return Asks(adaptive=AdaptivePlan(said["skill"], said["length"], shortest=shortest, error=error))

    @property
    def settings(self) -> AloneSettings:
        names = ("time_limit", "presentation", "shuffles_options", "review", "attempts_allowed", "wait_days", "counts")
        return AloneSettings(**{name: self.cleaned_data[name] for name in names})


def says_all_of(instrument: Instrument) -> bool:
    """Whether the fields of this page can say what it asks. Else its file holds that, and here it stays as it is."""
    if instrument.is_adaptive:
        plan = adaptive_plan_of(instrument)
        return not plan.shares and plan.shortest == ((plan.length + 1) // 2 if plan.error else 0)
    cells = plan_of(instrument).blueprint.cells if instrument.is_drawn else ()
    plain = tuple(Cell(cell.skill, cell.count) for cell in cells[:1])
    return asks_of(instrument).plan == Plan(Blueprint(plain)) if cells else True


def _author(request: HttpRequest) -> None:
    if not signed_in(request).has_perm("assessments.change_instrument"):
        raise PermissionDenied


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    above = [] if template.endswith("list.html") else [{"url": reverse("alone_assessments"), "label": _("Other assessments")}]
    header = {"breadcrumbs_items": [*above, {"url": "", "label": title}], "header_title": title, "header_icon": "list-ul"}
    return TemplateResponse(request, template, context | header)


@require_safe
def assessments(request: HttpRequest) -> HttpResponse:
    """All of them, and of each skill what is calibrated."""
    _author(request)
    skills = [(skill, calibration_state(slug)) for slug, skill in skills_by_slug().items()]
    rows = [(instrument, asks_in_words(instrument), exposure_in_words(instrument)) for instrument in assessments_to_choose()]
    return _page(request, "cms/alone_list.html", _("Other assessments"), rows=rows, skills=skills)


def asks_in_words(instrument: Instrument) -> str:
    if instrument.is_adaptive:
        plan = adaptive_plan_of(instrument)
        return _("%(skill)s: up to %(n)s, chosen by the answers") % {"skill": plan.skill, "n": plan.length}
    if not instrument.is_drawn:
        return _("%(n)s fixed questions") % {"n": instrument.entries.count()}
    cells = plan_of(instrument).blueprint.cells
    return "; ".join(_("%(cell)s: %(n)s, drawn") % {"cell": cell.name, "n": cell.count} for cell in cells)


def exposure_in_words(instrument: Instrument) -> str:
    """Of questions chosen by answers: how many sittings met the one that is asked most. Nothing under ten."""
    if not instrument.is_adaptive:
        return ""
    found = exposure_of(instrument)
    if found.sittings < FEWEST:
        return _("too few sittings to tell")
    return _("%(share)s of 100 met the question asked most; %(items)s questions were asked in %(n)s sittings") % {
        "share": round(100 * found.most / found.sittings),
        "items": found.items,
        "n": f"{found.sittings:,}",
    }


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    _author(request)
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, instrument_id: int) -> HttpResponse:
    _author(request)
    return _edit(request, get_object_or_404(assessments_to_choose(), pk=instrument_id))


def _edit(request: HttpRequest, instrument: Instrument | None) -> HttpResponse:
    form = AloneForm(request.POST or None, instrument=instrument, initial=_initial(instrument) if instrument else None)
    if request.method == "POST" and form.is_valid():
        key = instrument.key if instrument else form.cleaned_data["key"]
        try:
            saved = upsert_alone(key=key, title=form.cleaned_data["title"], asks=form.what_it_asks, settings=form.settings)
            set_offered(instrument=saved, is_offered=form.cleaned_data["is_active"])
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("“%(title)s” is saved. Sittings under way go on as they began.") % {"title": saved})
            return redirect("alone_assessments")
    title = str(instrument) if instrument else _("New assessment")
    held = asks_in_words(instrument) if instrument and not says_all_of(instrument) else ""
    return _page(request, "cms/alone_form.html", title, form=form, instrument=instrument, held=held)


def _initial(instrument: Instrument) -> dict[str, Any]:
    names = ("title", "time_limit", "presentation", "shuffles_options", "review", "attempts_allowed", "wait_days", "counts")
    known = {name: getattr(instrument, name) for name in (*names, "is_active")}
    if instrument.is_adaptive:
        plan = adaptive_plan_of(instrument)
        return known | {"asks": ADAPTIVE, "skill": plan.skill, "length": plan.length, "error": plan.error}
    cells = plan_of(instrument).blueprint.cells if instrument.is_drawn else ()
    first = {"skill": cells[0].skill, "length": sum(cell.count for cell in cells)} if cells else {}
    return known | {"asks": DRAWN} | first


urlpatterns = [
    path(ADDRESS, assessments, name="alone_assessments"),
    path(ADDRESS + "new/", new, name="alone_new"),
    path(ADDRESS + "<int:instrument_id>/", edit, name="alone_edit"),
]
