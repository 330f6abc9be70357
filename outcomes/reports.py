"""Stored answers as pages show them: figures as words, tables behind pictures, files to download. No person by name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil, exp, log
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Organisation
from needs.queries import Tally, expectations_of, tallies
from outcomes.enums import EMPLOYEE_EXIT, OUTCOMES
from outcomes.evidence.question import Question
from outcomes.evidence.result import Estimate, widest
from outcomes.evidence.rollouts.words import in_people
from outcomes.evidence.words.notices import QUESTION_ERRORS
from outcomes.evidence.words.writing import p_value, plain_name, ratio_of
from outcomes.models import EvidenceRun, with_totals
from outcomes.subjects import SUBJECTS, TITLES, Titles

METHODS = {
    "cox_time_varying": gettext_noop("Cox regression with time-varying completion"),
    "cox_time_varying_clustered": gettext_noop("The same, errors by team or owner"),
    "cox_time_varying_jackknife": gettext_noop("The same, leaving out each team or owner in turn"),
    "poisson_cells": gettext_noop("Rates by tenure and calendar quarter"),
    "poisson_cells_clustered": gettext_noop("Rates by tenure and calendar quarter, errors by team or owner"),
}
ROLLOUT_METHODS = {
    "callaway_santanna": gettext_noop("Teams offered the training with teams not yet offered it (Callaway and Sant'Anna)"),
    "callaway_santanna_anticipation_1": gettext_noop("The same, if teams acted on the offer up to three months before it"),
    "two_way_fixed_effects": gettext_noop("A plain regression on teams and months (not the answer)"),
}
OTHER_SIDES = {
    "cox_lag_1_month": gettext_noop("First month after a completion left out"),
    "cox_lag_3_months": gettext_noop("First 3 months after a completion left out"),
    "cox_within_30_days": gettext_noop("Within 30 days after a completion"),
    "cox_within_90_days": gettext_noop("Within 90 days after a completion"),
    "cox_months_since_0_3": gettext_noop("Up to 3 months after a completion"),
    "cox_months_since_3_12": gettext_noop("3 to 12 months after a completion"),
    "cox_months_since_12_plus": gettext_noop("More than 12 months after a completion"),
    "cox_tenure_early": gettext_noop("Up to the tenure by which half of the exits had happened"),
    "cox_tenure_late": gettext_noop("After the tenure by which half of the exits had happened"),
    "cox_by_month": gettext_noop("Counted by calendar months"),
    "cox_by_day": gettext_noop("Counted by days"),
}
"""Figures that say whether the answer depends on how one looks."""

ESTIMANDS = {
    "employee_exit": gettext_noop("How fast those who have completed leave, compared with those who have not yet"),
    "customer_churn": gettext_noop(
        "How fast customers leave whose colleague here has completed, compared with those whose colleague has not yet"
    ),
    "partner_exit": gettext_noop(
        "How fast partners leave whose colleague here has completed, compared with those whose colleague has not yet"
    ),
    "tenure_exit": gettext_noop(
        "How many are still there after so many months; where completions are known, how fast both leave"
    ),
}
GROUPS = {
    "not yet exposed": gettext_noop("Not yet completed"),
    "exposed": gettext_noop("Completed"),
    "everyone": gettext_noop("Everyone"),
}
TOO_FEW = {"too_few_events", "too_few_events_in_arm", "too_few_exposed", "too_few_people", "sides_too_few"}
"""Refusals about how little there is, not about who is compared or what was asked."""
TONES = {"refused": "caution", "descriptive": "info", "adjusted": "info", "quasi_experimental": "good", "randomised": "good"}


def runs_of(organisation: Organisation) -> QuerySet[EvidenceRun]:
    """Questions asked, newest first, without pictures and tables."""
    runs = organisation.evidence_runs.filter(replaced_by=None).select_related("requested_by", "job", "specification")
    return runs.defer("charts", "result")


def latest_answers(organisation: Organisation, outcomes: Iterable[str] = tuple(OUTCOMES)) -> dict[str, EvidenceRun]:
    """The newest answer about everybody of each outcome, with its organisation at hand.

    One that was asked wrongly, is about some teams, or in which nobody was followed, leaves the answer before it in place.
    """
    about_everybody = Q(question__teams=[]) | Q(question__teams__isnull=True)
    first_refusal = Q(result__refusals__0__code__isnull=True) | ~Q(result__refusals__0__code__in=QUESTION_ERRORS)
    latest: dict[str, EvidenceRun] = {}
    for outcome in outcomes:
        answered = organisation.evidence_runs.filter(
            outcome=outcome, exposure="completion", result__isnull=False, replaced_by=None
        )
        run = answered.filter(about_everybody, first_refusal).exclude(result__counts__units=0).first()
        if run:
            run.organisation = organisation
            latest[outcome] = run
    return latest


def days_replaced(run: EvidenceRun) -> list[datetime]:
    """When the answers were given whose place this one took, the newest first. Their numbers are shown no more."""
    return list(run.replaced.values_list("created_at", flat=True))


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
    def middle_label(self) -> str:
        return _("same rate")

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
    event_study: dict[str, str]
    """Of a rollout: the picture for the page and for a phone, and its label; else empty."""

    split: dict[str, str]
    """The picture of both sides, for the page and for a phone, and its label; empty where there is none."""

    tables: dict[str, Table]

    @property
    def titles(self) -> Titles:
        return titles_of(self.run)

    @property
    def estimand(self) -> str:
        """With whom it is about, which exits count, for how long and as of which day."""
        if self.run.outcome not in ESTIMANDS or self.run.exposure != "completion":
            estimand: str = self.result["question"]["estimand"]
            return estimand
        asked = self.result["question"]
        question = Question(
            organisation=asked["organisation"],
            outcome=SUBJECTS[self.run.outcome].term,
            event_kinds=tuple(asked.get("event_kinds", ())),
            horizon_months=asked.get("horizon_months"),
            as_of=self.as_of,
            teams=tuple(self.run.teams),
        )
        return _(ESTIMANDS[self.run.outcome]) + question.scope

    @property
    def adjusted_for(self) -> str:
        """The columns as people write them."""
        return ", ".join(plain_name(name) for name in self.result["question"]["covariates"])

    @property
    def as_of(self) -> date | None:
        return _day(self.result["question"].get("as_of"))

    @property
    def ran_at(self) -> datetime | None:
        text = self.result["provenance"].get("ran_at")
        return datetime.fromisoformat(text) if text else None

    @property
    def leavers_from(self) -> date | None:
        return _day(self.result["provenance"].get("leavers_from"))

    @property
    def leavers_until(self) -> date | None:
        return _day(self.result["provenance"].get("leavers_until"))

    @property
    def data_from(self) -> date | None:
        return _day(self.words.get("data_from"))

    @property
    def data_until(self) -> date | None:
        return _day(self.words.get("data_until"))

    @property
    def has_too_few_data(self) -> bool:
        return any(notice["code"] in TOO_FEW for notice in self.result["refusals"])


def titles_of(run: EvidenceRun) -> Titles:
    """What pages call it; a question about a figure has been refused, and is called like one about people."""
    return TITLES["rollout"] if run.exposure == "rollout" else TITLES.get(run.outcome, TITLES[EMPLOYEE_EXIT])


def report_of(run: EvidenceRun, *, exact: bool = False) -> Report:
    """The report of an answered run; `exact` for those who bring the data and know how many they are. No query."""
    result = run.result or {}
    if exact:
        result = with_totals(result, run.totals)
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
        event_study=run.charts.get("event_study", {}),
        split=run.charts.get("split", {}),
        tables={table.name: table for table in _tables(result, run.report.get("instead", {}))},
    )


def _tables(result: dict[str, Any], instead: dict[str, str]) -> list[Table]:
    whole = _retention(result)
    everyone, others = _("Everyone"), [row for row in whole.rows if row[0] != _("Everyone")]
    return [
        whole,
        Table("everyone", whole.caption, whole.header, [row for row in whole.rows if row[0] == everyone]),
        Table("split", whole.caption, whole.header, others),
        _of_rollout(result) if _is_of_rollout(result) else _estimates(result),
        _event_study(result),
        _other_sides(result),
        _counts(result, instead),
    ]


def _is_of_rollout(result: dict[str, Any]) -> bool:
    return bool(result["question"].get("exposure") == "rollout")


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _scale(result: dict[str, Any]) -> Scale | None:
    """The figure with the widest interval that can be defended, as in the answer."""
    answer = widest(Estimate(**estimate) for estimate in result["estimates"])
    if answer is None:
        return None
    low, high = answer.ci_low, answer.ci_high
    end = log(max(2, ceil(exp(max(abs(low), abs(high))))))
    words = _("%(ratio)s times the rate of leaving (95%% confidence interval %(low)s to %(high)s).") % {
        "ratio": f"{exp(answer.value):.2f}",
        "low": ratio_of(low),
        "high": ratio_of(high),
    }
    return Scale(answer.value, low, high, end, words)


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
    header = [_("Method"), _("Log hazard ratio"), _("Standard error"), _("Ratio"), _("Low"), _("High"), _("p")]
    return Table("estimates", _("Estimates with 95% confidence interval"), header, _ratios(result, METHODS))


def _of_rollout(result: dict[str, Any]) -> Table:
    header = [_("Method"), _("Of 100 people in a year"), _("Low"), _("High"), _("p")]
    rows = [
        [_(ROLLOUT_METHODS[one["method"]]), *map(in_people, (one["value"], one["ci_low"], one["ci_high"])), p_value(one["p"])]
        for one in result["estimates"]
        if one["method"] in ROLLOUT_METHODS
    ]
    return Table("estimates", _("More or fewer exits, with 95% confidence interval"), header, rows)


def _event_study(result: dict[str, Any]) -> Table:
    """By months since the offer, put together until ten left in each."""
    header = [_("Months since the offer, from"), _("Of 100 people in a year"), _("Low"), _("High")]
    points = [
        (point["relative_month"], point["value"], point["ci_low"], point["ci_high"]) for point in result.get("event_study", [])
    ]
    rows = [[month, *("" if rate is None else in_people(rate) for rate in rates)] for month, *rates in points]
    return Table("event_study", _("Before and after the offer, with 95% confidence interval"), header, rows)


def _other_sides(result: dict[str, Any]) -> Table:
    header = [_("Looked at"), _("Log hazard ratio"), _("Standard error"), _("Ratio"), _("Low"), _("High"), _("p")]
    return Table("sensitivity", _("The same ratio from other sides"), header, _ratios(result, OTHER_SIDES))


def _ratios(result: dict[str, Any], names: dict[str, str]) -> list[list[str]]:
    return [
        [
            _(names[estimate["method"]]),
            f"{estimate['value']:.4f}",
            f"{estimate['se']:.4f}",
            f"{exp(estimate['value']):.2f}",
            ratio_of(estimate["ci_low"]),
            ratio_of(estimate["ci_high"]),
            p_value(estimate["p"]),
        ]
        for estimate in result["estimates"]
        if estimate["method"] in names
    ]


def _counts(result: dict[str, Any], instead: dict[str, str]) -> Table:
    """`instead`: what is said in place of a count that is held back. Without rows where nothing was counted."""
    counts = result["counts"]
    was_counted = any(value != 0 for value in counts.values())
    of_rollout = _is_of_rollout(result)
    labels = [
        ("units", _("Followed")),
        ("events", _("Left")),
        ("exposed_units", _("Followed after the offer to their team") if of_rollout else _("Followed after a completion")),
        ("events_exposed", _("Left after the offer to their team") if of_rollout else _("Left after a completion")),
        ("unit_months", _("Months at risk")),
        ("teams", _("Teams or owners")),
        ("excluded_rows", _("Rows left out")),
    ]
    rows = [
        [label, instead.get(name, _("not shown")) if counts[name] is None else f"{counts[name]:,.0f}"]
        for name, label in labels
        if was_counted
    ]
    return Table("counts", _("Counts"), [_("What"), _("Number")], rows)
