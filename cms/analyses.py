"""The item analysis in the CMS: what answers say of questions, for those who may see the question bank.

Authors see the sittings of all learners together, whatever organisation they are from, and never under ten of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.console import signed_in
from accounts.models import User
from assessments.analysis import drawing, words
from assessments.analysis.figures import FormFigures, QuestionFigures, VersionFigures
from assessments.analysis.fit import fit_lines, fit_notes, kept_fit
from assessments.analysis.keeping import shown_figures
from assessments.analysis.sittings import asked_items
from assessments.jobs import may_see_bank, start_study
from assessments.models import Instrument, Item, ItemVersion
from assessments.scoring.form_curves import Curve, form_knows
from assessments.scoring.item_analysis import FEWEST, OptionRow
from assessments.scoring.readiness import DIF, Readiness
from cms.items import page_of, words_of
from cms.rules import may_author

ADDRESS = "item-analysis/"


def may_analyse(user: User) -> bool:
    """Those who may see the question bank."""
    return may_author(user) and may_see_bank(user)


def _require_right(request: HttpRequest) -> None:
    if not isinstance(request.user, User) or not may_analyse(request.user):
        raise PermissionDenied


def _page(request: HttpRequest, template: str, title: str, above: list[tuple[str, str]], **context: Any) -> HttpResponse:
    """Under the header that Wagtail's pages have; `above`: address and name of each page above this one."""
    items = [{"url": url, "label": label} for url, label in above]
    header = {"breadcrumbs_items": [*items, {"url": "", "label": title}], "header_title": title, "header_icon": "list-ul"}
    return TemplateResponse(request, template, context | header)


@require_safe
def forms(request: HttpRequest) -> HttpResponse:
    """Every form with its sittings. One query."""
    _require_right(request)
    # A form has sittings of learners, or of the skill check, never of both.
    # What was chosen by answers is as often right as it was meant to be: its exposure is under “Other assessments”.
    counted = (
        Instrument.objects.filter(adaptive={})
        .select_related("course")
        .annotate(
            begun=Count("attempts", distinct=True) + Count("skill_checks", distinct=True),
            submitted=_submitted("attempts") + _submitted("skill_checks"),
        )
    )
    listed = counted.filter(Q(is_active=True) | Q(begun__gt=0)).order_by("course__title", "-is_active", "key")
    return _page(request, "cms/analysis_forms.html", _("Item analysis"), [], forms=listed)


def _submitted(sittings: str) -> Count:
    return Count(sittings, filter=Q(**{f"{sittings}__submitted_at__isnull": False}), distinct=True)


# One form -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class QuestionLine:
    """A question in the table of its form."""

    number: int
    address: str
    words: str
    agreed: str
    rest: str
    advice: str


@require_safe
def form(request: HttpRequest, form_id: int) -> HttpResponse:
    _require_right(request)
    instrument = _form(form_id)
    shown = shown_figures(instrument)
    items = {item.pk: item for item in asked_items(instrument)}
    context: dict[str, Any] = {"form": instrument, "shown": shown, "figures": shown.figures}
    context["days"] = settings.ACCORD_KEEP_DAYS["skill_checks"]
    if shown.figures is not None:
        context |= _form_context(instrument, shown.figures, items)
    # Of a drawn form a sitting has only some of them: its own page says what these can tell.
    context |= _levels_context([] if instrument.is_drawn else list(items.values()))
    context |= _fit_context(instrument, shown.figures, items)
    return _page(request, "cms/analysis_form.html", str(instrument), [_list_link()], **context)


def _form(form_id: int) -> Instrument:
    return get_object_or_404(Instrument.objects.select_related("course"), pk=form_id)


def _list_link() -> tuple[str, str]:
    return reverse("item_analysis"), _("Item analysis")


def _form_context(instrument: Instrument, figures: FormFigures, items: dict[int, Item]) -> dict[str, Any]:
    is_told = figures.first >= FEWEST
    facts = [
        (_("Begun"), f"{figures.begun:,}", ""),
        (_("Submitted"), f"{figures.submitted:,}", _("first sittings: %(n)s") % {"n": f"{figures.first:,}"}),
        (_("From beginning to submission"), words.minutes_words(figures.minutes), _("pauses included")),
        (_("Not submitted"), "", words.stopped_words(figures)),
    ]
    if is_told:
        facts += _drawn_facts() if instrument.is_drawn else _scale_facts(figures)
    return {
        "readiness": words.readiness_words(figures.first),
        "facts": facts,
        "lines": list(_lines(instrument, figures, items)),
        "is_told": is_told,
        **_information_context(instrument, figures),
    }


def _information_context(instrument: Instrument, figures: FormFigures) -> dict[str, Any]:
    if instrument.is_drawn:
        why = _("A sitting of a drawn form has only some of these questions. What it can tell is under Assessments.")
        return {"information": None, "curves_reason": why}
    if figures.curves.reason:
        return {"information": None, "curves_reason": words.curves_reason(figures)}
    return {"information": drawing.information_curve(figures.curves.items), "information_rows": _information_rows(figures)}


def _scale_facts(figures: FormFigures) -> list[tuple[str, str, str]]:
    n = figures.scale.complete
    return [
        (_("Mean"), words.figure_words(figures.mean, n), _("in answers that agree with the key")),
        (_("Standard deviation"), words.figure_words(figures.sd, n), _("how far learners are apart, in answers")),
        (_("Consistency (alpha)"), words.alpha_figure(figures), words.alpha_words(figures)),
        (_("Standard error of measurement"), words.figure_words(figures.sem, n), _("in answers, of one learner's result")),
    ]


def _drawn_facts() -> list[tuple[str, str, str]]:
    why = _("A drawn form asks everybody other questions, so their sums are no scale: no mean, no spread and no consistency.")
    return [(_("Results"), "", why)]


def _lines(instrument: Instrument, figures: FormFigures, items: dict[int, Item]) -> Iterator[QuestionLine]:
    for place, question in enumerate(figures.questions, start=1):
        item = items.get(question.item)
        if item is None:  # taken out of the form since these figures were kept
            continue
        yield QuestionLine(
            place,
            reverse("item_analysis_question", args=[instrument.pk, item.pk]),
            _("%(question)s (retired)") % {"question": words_of(item)} if item.is_retired else words_of(item),
            words.share_words(question.analysis.agreed),
            words.correlation_words(question.analysis.rest),
            "" if Readiness(question.analysis.agreed.total).is_provisional else _advice(question, item)[0],
        )


def _advice(question: QuestionFigures, item: Item) -> list[str]:
    """At least one sentence."""
    options = _texts(item.current_version)
    told = [words.advice_words(advice, options) for advice in question.advice]
    return told or [words.no_advice_words(question.analysis.agreed.total)]


def _texts(version: ItemVersion | None) -> dict[str, str]:
    return {option["id"]: option["text"] for option in version.options} if version else {}


def _information_rows(figures: FormFigures) -> list[tuple[str, str, str]]:
    """Level, what the form knows there, and the standard error that this leaves."""
    known = [(level, form_knows(figures.curves.items, level)) for level in (-2.0, -1.0, 0.0, 1.0, 2.0)]
    return [
        (words.number(level), words.number(value), words.number(1 / value**0.5 if value else None)) for level, value in known
    ]


def _levels_context(items: list[Item]) -> dict[str, Any]:
    """What the form could know of levels, where the author has given its answers levels: that needs no sitting."""
    layouts = [tuple(item.current_version.levels.values()) for item in items if item.current_version]
    telling = [layout for layout in layouts if len(set(layout)) > 1]
    if not telling:
        return {"level_rows": []}
    rows = [
        (f"{row.below}|{row.above}", words.number(row.information), words.number(row.error))
        for row in drawing.boundary_rows(telling)
    ]
    return {"level_rows": rows, "level_information": drawing.level_information(telling), "telling": len(telling)}


def _fit_context(instrument: Instrument, figures: FormFigures | None, items: dict[int, Item]) -> dict[str, Any]:
    """What a worker has found of fit and groups, and whether it can be asked."""
    study = kept_fit(instrument)
    may_study = figures is not None and figures.first >= DIF and not instrument.is_drawn
    context: dict[str, Any] = {"study": study, "needed": DIF, "may_study": may_study}
    if study is None:
        return context
    lines = [(words_of(items[pk]), fit, found) for pk, fit, found in fit_lines(study) if pk in items]
    is_old = figures is not None and figures.digest != study.digest
    return context | {"fit_lines": lines, "fit_notes": fit_notes(study), "is_study_old": is_old}


@require_POST
def study_fit(request: HttpRequest, form_id: int) -> HttpResponse:
    """Have a worker look at fit and groups; the page of the job shows how far it is."""
    _require_right(request)
    instrument = _form(form_id)
    address = reverse("item_analysis_form", args=[instrument.pk])
    return redirect("job", start_study(form=instrument, requested_by=signed_in(request), result_url=address).uuid)


# One question -------------------------------------------------------------------------------------------------------------


@require_safe
def question(request: HttpRequest, form_id: int, item_id: int) -> HttpResponse:
    _require_right(request)
    instrument = _form(form_id)
    item = next((item for item in asked_items(instrument) if item.pk == item_id), None)
    if item is None:
        raise Http404
    shown = shown_figures(instrument)
    found = shown.figures.of(item.pk) if shown.figures else None
    context: dict[str, Any] = {"item": item, "version": item.current_version, "shown": shown, "page_of_item": page_of(item)}
    if shown.figures is not None and found is not None:
        context |= _question_context(instrument, shown.figures, *found, item)
    above = [_list_link(), (reverse("item_analysis_form", args=[instrument.pk]), str(instrument))]
    return _page(request, "cms/analysis_question.html", words_of(item), above, **context)


def _question_context(
    instrument: Instrument, figures: FormFigures, found: QuestionFigures, curve: Curve | None, item: Item
) -> dict[str, Any]:
    analysis = found.analysis
    return {
        "figures": figures,
        "found": found,
        "is_told": analysis.agreed.total >= FEWEST,
        "readiness": words.readiness_words(analysis.agreed.total),
        "advice": _advice(found, item),
        "rows": _figure_rows(figures, found, is_public=instrument.is_public),
        "options": [_option_row(row, item) for row in analysis.options],
        "versions": [
            (version.number, version.agreed.total, words.share_words(version.agreed), _version_words(version))
            for version in found.versions
        ],
        "curve": curve,
        "curve_drawing": drawing.characteristic_curve(curve) if curve else None,
        "curve_rows": _curve_rows(curve) if curve else [],
        "curve_words": _curve_words(curve) if curve else "",
        "curves_reason": words.curves_reason(figures),
    }


def _figure_rows(figures: FormFigures, found: QuestionFigures, *, is_public: bool) -> list[tuple[str, str, str]]:
    """Name, figure and what it means."""
    analysis = found.analysis
    stopped = words.NOTHING if found.stopped is None else f"{found.stopped:,}"
    return [
        (_("Agree with the key"), words.share_words(analysis.agreed), _("facility, at first sittings")),
        (_("Before the course"), words.share_words(found.before), _("of all sittings before it")),
        (_("After the course"), words.share_words(found.after), _("of all sittings after it; by other learners than before")),
        (
            _("With the other questions"),
            words.correlation_words(analysis.rest),
            _("correlation with the rest of the form; negative means that it works against it"),
        ),
        (
            _("Effective weight"),
            words.percent_words(analysis.weight, analysis.rest.n),
            _("share of the differences between results that comes with this question"),
        ),
        (
            _("Discriminative efficiency"),
            words.percent_words(analysis.efficiency, analysis.rest.n),
            _("of the highest correlation that a question as hard as this could have here"),
        ),
        (
            _("Levels of the answers"),
            words.correlation_words(analysis.levels_rest),
            _("correlation of the level chosen with the rest of the form"),
        ),
        (_("Left open"), words.share_words(analysis.left_open), _("submitted without an answer here")),
        (
            _("Time since the answer before"),
            words.seconds_words(found.seconds),
            _("where answers came one by one; reading, thinking and pauses are not told apart"),
        ),
        (_("Asked"), words.exposure_words(found.asked, figures.of_course, is_public=is_public), _("exposure, finished or not")),
        (_("Last question answered"), stopped, _("of those who began more than a day ago and have not submitted")),
    ]


def _option_row(row: OptionRow, item: Item) -> tuple[str, str, str, str, str, str]:
    """Text, key or level, share, share among the highest and lowest, correlation with the rest."""
    version = item.current_version
    level = version.levels.get(row.option) if version else None
    marks = [_("key")] if version and row.option in version.correct else []
    marks += [_("level %(n)s") % {"n": level}] if level is not None else []
    return (
        _texts(version).get(row.option, row.option),
        ", ".join(marks),
        words.share_words(row.chosen),
        words.share_words(row.high),
        words.share_words(row.low),
        words.correlation_words(row.rest),
    )


def _version_words(version: VersionFigures) -> str:
    if version.is_current:
        return _("today's")
    return _("the same words, keyed otherwise") if version.has_same_words else _("other words")


def _curve_rows(curve: Curve) -> list[tuple[str, str, str]]:
    """Mean level of each fifth, what the curve says there, and what was seen."""
    return [
        (words.number(group.level), words.percent(curve.share(group.level)), words.share_words(group.agreed))
        for group in curve.groups
    ]


def _curve_words(curve: Curve) -> str:
    text = _("Half agree at %(b)s (standard error %(b_error)s); steepness %(a)s (%(a_error)s).")
    if curve.steps:
        text = _(
            "Half agree with all of it at %(b)s; steepness %(a)s (standard error %(a_error)s). Answers that agree in part "
            "count as well, on %(steps)s steps."
        )
    figures = {"a": curve.a, "b": curve.b, "a_error": curve.a_error, "b_error": curve.b_error}
    return text % ({name: words.number(value) for name, value in figures.items()} | {"steps": len(curve.steps)})


urlpatterns = [
    path(ADDRESS, forms, name="item_analysis"),
    path(ADDRESS + "<int:form_id>/", form, name="item_analysis_form"),
    path(ADDRESS + "<int:form_id>/fit/", study_fit, name="item_analysis_fit"),
    path(ADDRESS + "<int:form_id>/questions/<int:item_id>/", question, name="item_analysis_question"),
]
