"""Assessments that are taken by themselves, in the CMS: what they ask, how often, and which attempt counts."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.validators import validate_slug
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
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
    SkillPlan,
    adaptive_plan_of,
    calibration_state,
    plan_of,
    set_offered,
    upsert_alone,
)
from common.errors import UserError
from skills.queries import skills_by_slug

ADDRESS = "assessments-by-themselves/"
DRAWN, ADAPTIVE, FIXED = "drawn", "adaptive", "fixed"
LONGEST = 60
SKILLS = ("skill", "skill_2", "skill_3")
WHAT_IT_ASKS = ("asks", "skill", "length", "skill_2", "length_2", "skill_3", "length_3", "error")


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
            (FIXED, gettext_lazy("the same for everybody: you pick them once this is saved")),
        ],
        help_text=gettext_lazy(
            "Only questions that are calibrated on 200 complete answers can be chosen by answers, and four times as many of "
            "them as a sitting asks."
        ),
    )
    skill = forms.ChoiceField(
        label=gettext_lazy("Skill"),
        required=False,
        help_text=gettext_lazy("Of drawn questions, and of those chosen by the answers; picked ones bring theirs."),
    )
    length = forms.IntegerField(
        label=gettext_lazy("Number of questions"), min_value=1, max_value=LONGEST, initial=8, required=False
    )
    skill_2 = forms.ChoiceField(
        label=gettext_lazy("Second skill"),
        required=False,
        help_text=gettext_lazy("Its questions come among the others. The result tells each skill by itself."),
    )
    length_2 = forms.IntegerField(
        label=gettext_lazy("Questions of the second skill"), min_value=1, max_value=LONGEST, required=False
    )
    skill_3 = forms.ChoiceField(label=gettext_lazy("Third skill"), required=False)
    length_3 = forms.IntegerField(
        label=gettext_lazy("Questions of the third skill"), min_value=1, max_value=LONGEST, required=False
    )
    error = forms.FloatField(
        label=gettext_lazy("Ends earlier at this standard error"),
        min_value=0,
        max_value=1,
        initial=0,
        required=False,
        help_text=gettext_lazy(
            "Only where questions are chosen by the answers, for each skill by itself; 0.4 is common, 0 asks all. At least "
            "half are asked."
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
        label=gettext_lazy("Layout"), choices=Presentation.choices, help_text=gettext_lazy("Of drawn and picked ones.")
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
        for name in ("skill_2", "skill_3"):
            self.fields[name].choices = [("", _("none")), *skills]  # type: ignore[attr-defined]  # of a field of choices
        if instrument is not None:
            del self.fields["key"]
            if not says_all_of(instrument):
                for name in WHAT_IT_ASKS:
                    self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("asks") == FIXED:
            return said
        pairs = [(name, name.replace("skill", "length")) for name in SKILLS]
        for skill, length in pairs:
            if (skill == "skill" or said.get(skill)) and not said.get(length) and length not in self.errors:
                self.add_error(length, _("Say how many questions of this skill."))
            if said.get(length) and not said.get(skill) and skill not in self.errors:
                self.add_error(skill, _("Say of which skill these questions are."))
        named = [said[skill] for skill, _length in pairs if said.get(skill)]
        if len(set(named)) < len(named):
            self.add_error("skill_2", _("Each skill stands once. Choose another one, or none."))
        return said

    @property
    def lengths(self) -> list[tuple[str, int]]:
        """Each skill with its number of questions."""
        said = self.cleaned_data
        pairs = [(said[f"skill{end}"], said[f"length{end}"]) for end in ("", "_2", "_3")]
        return [(skill, length) for skill, length in pairs if skill and length]

    @property
    def what_it_asks(self) -> Asks:
        """What this page does not show of a plan (cells, anchors, shares) stays where nothing of it was changed."""
        said, known = self.cleaned_data, self.instrument
        if said["asks"] == FIXED:
            return Asks(is_fixed=True)
        is_same = known is not None and not set(self.changed_data) & set(WHAT_IT_ASKS)
        if said["asks"] == DRAWN:
            if known is not None and is_same:
                return Asks(plan=plan_of(known))
            return Asks(plan=Plan(Blueprint(tuple(Cell(skill, length) for skill, length in self.lengths))))
        if known is not None and is_same:
            return Asks(adaptive=adaptive_plan_of(known))
        error = said["error"] or 0.0
        parts = [
            SkillPlan(skill, length, shortest=(length + 1) // 2 if error else 0, error=error) for skill, length in self.lengths
        ]
        return Asks(adaptive=AdaptivePlan(tuple(parts)))

    @property
    def settings(self) -> AloneSettings:
        names = ("time_limit", "presentation", "shuffles_options", "review", "attempts_allowed", "wait_days", "counts")
        return AloneSettings(**{name: self.cleaned_data[name] for name in names})


def says_all_of(instrument: Instrument) -> bool:
    """Whether the fields of this page can say what it asks. Else its file holds that, and here it stays as it is."""
    if instrument.is_adaptive:
        parts = adaptive_plan_of(instrument).skills
        return all(not part.shares and part.shortest == ((part.length + 1) // 2 if part.error else 0) for part in parts)
    if not instrument.is_drawn:
        return True
    plan = plan_of(instrument)
    cells = plan.blueprint.cells
    plain = Plan(Blueprint(tuple(Cell(cell.skill, cell.count) for cell in cells)))
    return plan == plain and len({cell.skill for cell in cells}) == len(cells) <= len(SKILLS)


def require_author(request: HttpRequest) -> None:
    if not signed_in(request).has_perm("assessments.change_instrument"):
        raise PermissionDenied


def author_page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    above = [] if template.endswith("list.html") else [{"url": reverse("alone_assessments"), "label": _("Other assessments")}]
    header = {"breadcrumbs_items": [*above, {"url": "", "label": title}], "header_title": title, "header_icon": "list-ul"}
    return TemplateResponse(request, template, context | header)


@require_safe
def assessments(request: HttpRequest) -> HttpResponse:
    """All of them, and of each skill what is calibrated."""
    require_author(request)
    skills = [(skill, calibration_state(slug)) for slug, skill in skills_by_slug().items()]
    rows = [(instrument, asks_in_words(instrument), exposure_in_words(instrument)) for instrument in assessments_to_choose()]
    return author_page(request, "cms/alone_list.html", _("Other assessments"), rows=rows, skills=skills)


def asks_in_words(instrument: Instrument) -> str:
    if instrument.is_adaptive:
        parts = adaptive_plan_of(instrument).skills
        words = _("%(skill)s: up to %(n)s, chosen by the answers")
        return "; ".join(words % {"skill": part.skill, "n": part.length} for part in parts)
    if not instrument.is_drawn:
        n = instrument.entries.asked().count()
        return ngettext("%(n)s picked question", "%(n)s picked questions", n) % {"n": n}
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
    require_author(request)
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, instrument_id: int) -> HttpResponse:
    require_author(request)
    return _edit(request, get_object_or_404(assessments_to_choose(), pk=instrument_id))


def _edit(request: HttpRequest, instrument: Instrument | None) -> HttpResponse:
    form = AloneForm(request.POST or None, instrument=instrument, initial=_initial(instrument) if instrument else None)
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save(form, instrument)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("“%(title)s” is saved. Sittings under way go on as they began.") % {"title": saved})
            has_none = saved.is_fixed and not saved.entries.exists()
            return redirect("alone_questions", saved.pk) if has_none else redirect("alone_assessments")
    title = str(instrument) if instrument else _("New assessment")
    held = asks_in_words(instrument) if instrument and not says_all_of(instrument) else ""
    return author_page(request, "cms/alone_form.html", title, form=form, instrument=instrument, held=held)


@transaction.atomic
def _save(form: AloneForm, instrument: Instrument | None) -> Instrument:
    """A new one whose questions are picked is offered by the page on which they are."""
    key = instrument.key if instrument else form.cleaned_data["key"]
    saved = upsert_alone(key=key, title=form.cleaned_data["title"], asks=form.what_it_asks, settings=form.settings)
    has_questions = not saved.is_fixed or saved.entries.asked().exists()
    set_offered(instrument=saved, is_offered=form.cleaned_data["is_active"] and has_questions)
    return saved


def _initial(instrument: Instrument) -> dict[str, Any]:
    names = ("title", "time_limit", "presentation", "shuffles_options", "review", "attempts_allowed", "wait_days", "counts")
    known = {name: getattr(instrument, name) for name in (*names, "is_active")}
    if instrument.is_adaptive:
        plan = adaptive_plan_of(instrument)
        rows = [(part.skill, part.length) for part in plan.skills]
        return known | {"asks": ADAPTIVE, "error": plan.skills[0].error} | _as_fields(rows)
    if not instrument.is_drawn:
        return known | {"asks": FIXED}
    counts: dict[str, int] = {}
    for cell in plan_of(instrument).blueprint.cells:
        counts[cell.skill] = counts.get(cell.skill, 0) + cell.count
    return known | {"asks": DRAWN} | _as_fields(list(counts.items()))


def _as_fields(rows: list[tuple[str, int]]) -> dict[str, Any]:
    """As many as the form has."""
    ends = ("", "_2", "_3")
    named = zip(ends, rows, strict=False)
    return {name: value for end, row in named for name, value in zip((f"skill{end}", f"length{end}"), row, strict=True)}


urlpatterns = [
    path(ADDRESS, assessments, name="alone_assessments"),
    path(ADDRESS + "new/", new, name="alone_new"),
    path(ADDRESS + "<int:instrument_id>/", edit, name="alone_edit"),
]
