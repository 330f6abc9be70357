"""Stored answers as pages show them: figures as words, tables behind pictures, files to download. No person by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, log
from typing import Any

from django.db.models import Case, QuerySet, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Organisation
from needs.queries import Tally, expectations_of, tallies
from outcomes.enums import OUTCOMES
from outcomes.evidence.words import p_value
from outcomes.models import EvidenceRun

METHODS = {
    "cox_time_varying": gettext_noop("Cox regression with time-varying completion"),
    "cox_time_varying_clustered": gettext_noop("The same, with errors clustered by team or owner"),
    "poisson_cells": gettext_noop("Rates by month of tenure and calendar quarter"),
    "poisson_cells_clustered": gettext_noop(
        "Rates by month of tenure and calendar quarter, with errors clustered by team or owner"
    ),
}
GROUPS = {
    "not yet exposed": gettext_noop("Not yet completed"),
    "exposed": gettext_noop("Completed"),
    "everyone": gettext_noop("Everyone"),
}
TOO_FEW = {"too_few_events", "too_few_events_in_arm", "too_few_exposed"}
"""Refusals about how little there is, not about who is compared or what was asked."""
MISTAKES = ("course_needed", "unknown_covariate", "covariate_not_numeric", "no_variation")
"""Refusals of what was asked: they do not stand in for the answer to a question that could be."""
TONES = {"refused": "caution", "descriptive": "info", "adjusted": "info", "quasi_experimental": "good", "randomised": "good"}


def runs_of(organisation: Organisation) -> QuerySet[EvidenceRun]:
    """Questions asked, newest first, without pictures and tables."""
    return organisation.evidence_runs.select_related("requested_by", "job", "specification").defer("charts", "result")


def latest_answers(organisation: Organisation) -> dict[str, EvidenceRun]:
    """The newest answered run of each outcome, with its organisation at hand."""
    latest: dict[str, EvidenceRun] = {}
    for outcome in OUTCOMES:
        answered = organisation.evidence_runs.filter(outcome=outcome, exposure="completion", result__isnull=False)
        is_mistaken = Case(When(result__refusals__0__code__in=MISTAKES, then=1), default=0)
        run = answered.order_by(is_mistaken, "-created_at").first()
        if run:
            run.organisation = organisation
            latest[outcome] = run
    return latest


def expectations_for(run: EvidenceRun) -> list[Tally]:
    """Expectations of the run's specification, or of every approved one of the organisation."""
    expectations = expectations_of(run.organisation)
    if run.specification_id:
        expectations = expectations.filter(specification=run.specification_id)
    return tallies(list(expectations))


@dataclass(frozen=True)
class Scale:
    """A ratio of rates on a logarithmic axis that is as long below 1 as above."""

    estimate: float
    low: float
    high: float
    end: float
    words: str

    @property
    def start(self) -> float:
        return -self.end

    @property
    def start_label(self) -> str:
        return _("1/%(n)s of the rate") % {"n": f"{exp(self.end):.0f}"}

    @property
    def end_label(self) -> str:
        return _("%(n)s times the rate") % {"n": f"{exp(self.end):.0f}"}


@dataclass(frozen=True)
class Table:
    """`name` is its address as a file."""

    name: str
    caption: str
    header: Sequence[str]
    rows: list[list[Any]]


@dataclass(frozen=True)
class Report:
    """Everything on a report page but the expectations."""

    run: EvidenceRun
    words: dict[str, Any]
    result: dict[str, Any]
    tone: str
    scale: Scale | None
    picture: str
    narrow: str
    picture_label: str
    tables: dict[str, Table]

    @property
    def has_too_few_data(self) -> bool:
        return any(notice["code"] in TOO_FEW for notice in self.result["refusals"])


def report_of(run: EvidenceRun) -> Report:
    """The report of an answered run. No query."""
    result = run.result or {}
    picture = run.charts.get("retention", {})
    return Report(
        run=run,
        words=run.report,
        result=result,
        tone=TONES.get(result["grade"], "info"),
        scale=_scale(result),
        picture=picture.get("page", ""),
        narrow=picture.get("narrow", ""),
        picture_label=picture.get("label", ""),
        tables={table.name: table for table in (_retention(result), _estimates(result), _counts(result))},
    )


def _scale(result: dict[str, Any]) -> Scale | None:
    primary = next((estimate for estimate in result["estimates"] if estimate["primary"]), None)
    if primary is None:
        return None
    low, high = primary["ci_low"], primary["ci_high"]
    end = log(max(2, ceil(exp(max(abs(low), abs(high))))))
    words = _("%(ratio)s times the rate of leaving (95%% confidence interval %(low)s to %(high)s).") % {
        "ratio": f"{exp(primary['value']):.2f}",
        "low": f"{exp(low):.2f}",
        "high": f"{exp(high):.2f}",
    }
    return Scale(primary["value"], low, high, end, words)


def _retention(result: dict[str, Any]) -> Table:
    """Every month of every group; values held back to protect a small group say so."""
    hidden = set(result["suppressed"])
    rows = []
    for i, point in enumerate(result["curves"]):
        values = [_cell(point, name, f"curves.{i}.{name}" in hidden) for name in ("retained", "ci_low", "ci_high", "at_risk")]
        rows.append([_(GROUPS.get(point["group"], point["group"])), point["month"], *values])
    header = [_("Group"), _("Month"), _("Still there"), _("Low"), _("High"), _("At risk")]
    return Table("retention", _("Share retained by month, with 95% confidence interval"), header, rows)


def _cell(point: dict[str, Any], name: str, is_hidden: bool) -> str:
    if is_hidden:
        return _("not shown")
    value = point[name]
    if value is None:
        return ""
    return f"{value:,}" if name == "at_risk" else f"{100 * value:.1f}%"


def _estimates(result: dict[str, Any]) -> Table:
    rows = [
        [
            _(METHODS.get(estimate["method"], estimate["method"])),
            f"{estimate['value']:.4f}",
            f"{estimate['se']:.4f}",
            f"{exp(estimate['value']):.2f}",
            f"{exp(estimate['ci_low']):.2f}",
            f"{exp(estimate['ci_high']):.2f}",
            p_value(estimate["p"]),
        ]
        for estimate in result["estimates"]
    ]
    header = [_("Method"), _("Log hazard ratio"), _("Standard error"), _("Ratio"), _("Low"), _("High"), _("p")]
    return Table("estimates", _("Estimates with 95% confidence interval"), header, rows)


def _counts(result: dict[str, Any]) -> Table:
    counts = result["counts"]
    labels = [
        ("units", _("Followed")),
        ("events", _("Left")),
        ("exposed_units", _("Followed after a completion")),
        ("events_exposed", _("Left after a completion")),
        ("unit_months", _("Months at risk")),
        ("teams", _("Teams or owners")),
        ("excluded_rows", _("Rows left out")),
    ]
    return Table("counts", _("Counts"), [_("What"), _("Number")], [[label, f"{counts[name]:,.0f}"] for name, label in labels])
