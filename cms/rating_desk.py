"""How the raters of an open question agree, and who they are: for its authors, in the CMS."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.console import signed_in
from accounts.models import User
from assessments.scoring.intervals import Interval
from cms.rules import may_author
from common.errors import UserError
from rating import services
from rating.enums import SkipReason
from rating.figures import FEWEST_DOUBLE, Agreement, agreement_of, paused_words
from rating.models import OpenQuestion, Rater, Rubric, Skip, Work
from rating.queries import RATERS_AT_MOST, is_trained, rubric_of, stuck
from rating.rules import may_lead_raters, may_see_figures

ADDRESS = "open-questions/"


@dataclass(frozen=True)
class RaterLine:
    """`rated` and `severity`: of answers that two have rated under this edition."""

    rater: Rater
    is_trained: bool
    rated: int
    severity: str


def _reader(request: HttpRequest) -> User:
    user = signed_in(request)
    if not may_author(user) or not may_see_figures(user):
        raise PermissionDenied
    return user


def question(request: HttpRequest, item_id: int) -> HttpResponse:
    """Figures and raters; POST appoints one, ends one, or has all train again."""
    user = _reader(request)
    found = get_object_or_404(OpenQuestion.objects.select_related("course", "current_version"), pk=item_id)
    if request.method != "POST":
        return _page(request, found, user)
    if not may_lead_raters(user):
        raise PermissionDenied
    try:
        messages.success(request, _act(request, found, user))
    except UserError as error:
        return _page(request, found, user, problem=str(error), email=request.POST.get("email", ""), status=422)
    return redirect("open_question_rating", item_id)


def _act(request: HttpRequest, found: OpenQuestion, user: User) -> str:
    """What was done, in words."""
    action = request.POST.get("action", "")
    if action == "appoint":
        email = request.POST.get("email", "")
        services.appoint_rater(item=found, email=email, appointed_by=user)
        return _("%(email)s may now train, and then rate. We have written to them.") % {"email": email}
    if action == "train":
        services.train_again(item=found)
        return _("All raters train again before they rate. Figures begin anew.")
    rater = get_object_or_404(Rater, item=found, uuid=request.POST.get("rater"))
    services.end_rater(rater=rater)
    return _("Rater %(n)s rates no more. What they have rated counts.") % {"n": rater.number}


def _page(request: HttpRequest, found: OpenQuestion, user: User, *, status: int = 200, **given: Any) -> HttpResponse:
    rubric = rubric_of(found)
    above = [{"url": reverse("wagtailsnippets_rating_openquestion:list"), "label": _("Open questions")}]
    title = found.current_version.prompt if found.current_version else found.key
    context = {
        "breadcrumbs_items": [*above, {"url": "", "label": title}],
        "header_title": title,
        "header_icon": "edit",
        "question": found,
        "rubric": rubric,
        "may_lead": may_lead_raters(user),
        "fewest": FEWEST_DOUBLE,
        "raters_needed": RATERS_AT_MOST,
        **(_figures_context(found, rubric) if rubric else {}),
        **given,
    }
    return TemplateResponse(request, "cms/open_question_rating.html", context, status=status)


def _figures_context(found: OpenQuestion, rubric: Rubric) -> dict[str, Any]:
    agreement = agreement_of(rubric, timezone.now())
    lines = _rater_lines(found, rubric, agreement)
    return {
        "agreement": agreement,
        "paused": paused_words(agreement) if rubric.paused_at else "",
        "facts": _facts(agreement),
        "counts": Work.objects.filter(item=found).aggregate(
            waiting=Count("pk", filter=Q(score=None)), decided=Count("pk", filter=Q(score__isnull=False))
        ),
        "lines": lines,
        "trained": sum(line.is_trained and line.rater.ended_at is None for line in lines),
        "skipped": _skipped(found),
        "stuck": 0 if rubric.paused_at else stuck(found, rubric, timezone.now()),
    }


def _facts(agreement: Agreement) -> list[tuple[str, str, str]]:
    """Name, value, and what it means."""
    if not agreement.double:
        return []
    share = f"{100 * agreement.same / agreement.double:.0f}%"
    apart = f"{100 * agreement.apart / agreement.double:.0f}%"
    icc = agreement.icc
    return [
        (_("Rated by two"), str(agreement.double), _("answers, under this edition")),
        (
            _("Weighted kappa"),
            _figure(agreement.kappa, agreement.kappa_interval),
            _("agreement beyond chance, disagreements weighing by the square of their size; 1 is complete, 0 is chance"),
        ),
        (
            _("ICC(2,1)"),
            _figure(icc.single if icc else None, agreement.icc_interval),
            _("how far one rating can be relied on, absolute agreement"),
        ),
        (_("ICC(2,2)"), _figure(icc.mean if icc else None, None), _("how far the mean of two can")),
        (_("The same level"), share, _("of these answers")),
        (_("Two levels apart or more"), apart, _("of these answers; a third rater decides")),
    ]


def _figure(value: float | None, interval: Interval | None) -> str:
    if value is None:
        return _("cannot be told: both gave everything the same level")
    if interval is None:
        return _number(value)
    return _("%(value)s (likely %(low)s to %(high)s)") % {
        "value": _number(value),
        "low": _number(interval.low),
        "high": _number(interval.high),
    }


def _number(value: float, signs: str = "") -> str:
    return f"{value:{signs}.2f}".replace("-", "−")


def _rater_lines(found: OpenQuestion, rubric: Rubric, agreement: Agreement) -> list[RaterLine]:
    figures = {line.number: line for line in agreement.raters}
    lines = []
    for rater in Rater.objects.filter(item=found).select_related("user"):
        own = figures.get(rater.number)
        severity = _number(own.severity, "+") if own else ""
        lines.append(RaterLine(rater, is_trained(rater, rubric), own.rated if own else 0, severity))
    return lines


def _skipped(found: OpenQuestion) -> list[tuple[str, int]]:
    counted = dict(Skip.objects.filter(work__item=found).values_list("reason").annotate(n=Count("pk")))
    return [(str(label), counted[value]) for value, label in SkipReason.choices if value in counted]


urlpatterns = [path(ADDRESS + "<int:item_id>/rating/", question, name="open_question_rating")]
