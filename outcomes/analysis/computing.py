"""Answers a question about one organisation, in full: the JSON of the formats page, the words, the pictures."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, ngettext

import outcomes
from accounts.models import Organisation
from common.small_counts import shown
from imports.enums import ImportState
from outcomes.analysis.loading import Loaded, load_customers, load_people
from outcomes.analysis.tenure import load_tenure
from outcomes.enums import CUSTOMER_CHURN, EMPLOYEE_EXIT, TENURE_EXIT
from outcomes.evidence import charts, engine, limits
from outcomes.evidence.observation import (
    course_needed,
    look_at_exit_kinds,
    look_at_window,
    owners_unknown,
    refuse_unobserved,
)
from outcomes.evidence.question import ESTIMANDS, Outcome, Question, parse_covariates
from outcomes.evidence.result import HEADLINE, Counts, Diagnostics, Notice, Provenance, Result
from outcomes.evidence.summary import summarise
from outcomes.evidence.svg import render_svg
from outcomes.evidence.words import ANSWER, CHART_LABELS, HOW_WE_KNOW, REFUSALS, WHAT_WOULD_CHANGE_OUR_MIND
from outcomes.models import AnalysisRequest
from stakeholders.history import knows_teams_over_time
from stakeholders.queries import known_courses
from stakeholders.windows import windows_of

NOT_BUILT = (
    "Questions about {what} cannot be answered yet; only questions about people and customers after a completion can. "
    "Nothing was estimated, because no other method can replace the right one."
)

SHARE_STILL_THERE = gettext_noop("share still there, by months of tenure")
ENGINE_OUTCOMES: dict[str, Outcome] = {
    EMPLOYEE_EXIT: "employee_exit",
    CUSTOMER_CHURN: "customer_exit",
    TENURE_EXIT: "tenure_exit",
}
HISTORY_NEEDED = gettext_noop(
    "Nothing says in which team people were when training was offered, so those who moved between teams would be counted where "
    "they are today. Import the history of people (person_history), or two complete people files that say until when they know "
    "leavers: one from before the first team was offered the training, one from after the last."
)
PEOPLE_FILES = ("people", "person_history", "completions")
CUSTOMER_FILES = ("customers", "customer_history", *PEOPLE_FILES)


@dataclass(frozen=True)
class AnalysisResult:
    """`result` is the JSON of the formats page; `report` its words; `charts` SVG by name and theme."""

    result: dict[str, Any]
    report: dict[str, Any]
    charts: dict[str, Any] = field(default_factory=dict)


def compute_result(organisation: Organisation, request: AnalysisRequest, *, with_charts: bool = True) -> AnalysisResult:
    """The result from the rows as they are stored now, or its refusal."""
    if request.is_metric or request.exposure != "completion":
        is_of_exits = request.exposure == "rollout" and request.outcome == EMPLOYEE_EXIT
        if is_of_exits and not knows_teams_over_time(organisation):
            return _not_built(organisation, request, Notice("history_needed", gettext(HISTORY_NEEDED)))
        return _not_built(organisation, request)
    if request.outcome == TENURE_EXIT:
        return _of_tenure(organisation, request, with_charts=with_charts)
    is_customers = request.outcome == CUSTOMER_CHURN
    known = known_courses(organisation)
    courses = request.courses or (tuple(known) if len(known) == 1 else ())
    question = _question(organisation, request, [known.get(course, course) for course in courses])
    loaded = (load_customers if is_customers else load_people)(organisation, question.covariates, courses)
    result = _result(question, loaded, known if len(known) > 1 and not courses else {})
    say = translator(request.outcome)
    printed = result.to_json()
    if is_customers:
        _speak_of_customers(printed, loaded)
    printed["question"]["courses"] = list(courses)
    histories = windows_of(organisation, "customer_history" if is_customers else "person_history")
    printed["provenance"]["imports"] = [window.uuid for window in (*loaded.windows, *histories)]
    printed["warnings"] += _rows_skipped(organisation, CUSTOMER_FILES if is_customers else PEOPLE_FILES)
    summary = summarise(result, say)
    if is_customers and loaded.by_history == len(loaded.units):
        asks_for_it = say(WHAT_WOULD_CHANGE_OUR_MIND["notice"])
        wishes = [wish for wish in summary.what_would_change_our_mind if wish != asks_for_it]
        summary = replace(summary, what_would_change_our_mind=tuple(wishes))
    return AnalysisResult(printed, asdict(summary), _pictures(result, say) if with_charts else {})


def _of_tenure(organisation: Organisation, request: AnalysisRequest, *, with_charts: bool) -> AnalysisResult:
    """Of durations: they have neither window nor course, and of the calendar nothing is asked."""
    question = _question(organisation, request, [])
    loaded = load_tenure(organisation, question.covariates, request.day)
    code, ran_at = code_version(), timezone.now()
    if len(loaded.units):
        result = engine.estimate(question, loaded.units, code=code, ran_at=ran_at)
    else:
        message = REFUSALS["no_tenure_figures"].format(day=request.day.isoformat())
        result = engine.refuse(question, loaded.units, [Notice("no_tenure_figures", message)], code=code, ran_at=ran_at)
    printed = result.to_json()
    if not result.estimates:
        printed["question"]["estimand"] = gettext(SHARE_STILL_THERE)
    printed["provenance"]["imports"] = [window.uuid for window in loaded.windows]
    printed["warnings"] += _rows_skipped(organisation, ("tenure",))
    say = translator(request.outcome)
    return AnalysisResult(printed, asdict(summarise(result, say)), _pictures(result, say) if with_charts else {})


def _result(question: Question, loaded: Loaded, choices: Mapping[str, str]) -> Result:
    """The estimates, or why there can be none. `choices`: courses of which one has to be chosen first."""
    units, day = loaded.units, question.as_of or timezone.localdate()
    code, ran_at = code_version(), timezone.now()
    refusals = [course_needed(choices)] if choices else []
    if loaded.share_owner_unknown > limits.MAX_LEFT_OUT:
        refusals.append(owners_unknown(loaded.share_owner_unknown))
    refusals += refuse_unobserved(units, question.outcome)
    kinds_refused, kinds_warned = look_at_exit_kinds(units, question)
    refusals += kinds_refused
    if refusals:
        return engine.refuse(question, units, refusals, code=code, ran_at=ran_at)
    refusals, warnings = look_at_window(units, day, question.outcome)
    if refusals:
        return engine.refuse(question, units, refusals, warnings=warnings, code=code, ran_at=ran_at)
    result = engine.estimate(question, units, code=code, ran_at=ran_at)
    return replace(result, warnings=(*result.warnings, *warnings, *kinds_warned))


def _question(organisation: Organisation, request: AnalysisRequest, titles: Sequence[str]) -> Question:
    return Question(
        organisation=organisation.slug,
        outcome=ENGINE_OUTCOMES[request.outcome],
        exposure="completion",
        covariates=parse_covariates(request.covariates),
        clock=request.clock,  # type: ignore[arg-type]  # checked when it was requested
        event_kinds=request.events,  # type: ignore[arg-type]  # so were these
        horizon_months=request.horizon_months,
        courses=tuple(titles),
        as_of=request.day,
    )


def _about(printed: dict[str, Any]) -> str:
    """The courses, as the estimand names them."""
    courses: list[str] = printed["question"]["courses"]
    return f" ({', '.join(courses)})" if courses else ""


def _speak_of_customers(printed: dict[str, Any], loaded: Loaded) -> None:
    """Name the outcome as the command does, and say whose completion it is."""
    printed["question"] |= {"outcome": CUSTOMER_CHURN, "estimand": _customer_estimand(loaded) + _about(printed)}
    printed["counts"]["excluded_rows"] += loaded.unowned + loaded.owner_unknown
    for notice in printed["warnings"]:
        if notice["code"] in CUSTOMER_WARNINGS:
            notice["message"] = for_customers(CUSTOMER_WARNINGS[notice["code"]])
    said = [("exposure_by_owner", BY_OWNER, len(loaded.units) - loaded.by_history)]
    said.append(("exposure_shared_by_owner", SHARED_EXPOSURE, _clustered(printed)))
    said += [("exposure_by_team", BY_TEAM, loaded.by_team), ("owner_missing", UNOWNED, loaded.unowned)]
    said += [("owner_unknown", OWNER_UNKNOWN, loaded.owner_unknown)]
    said += [("history_begins_late", HISTORY_BEGINS_LATE, loaded.history_begins_late)]
    printed["warnings"] += [{"code": code, "message": for_customers(text).format(n=shown(n))} for code, text, n in said if n]


def _customer_estimand(loaded: Loaded) -> str:
    return for_customers(CUSTOMER_ESTIMAND_OVER_TIME if loaded.by_history else CUSTOMER_ESTIMAND)


def _rows_skipped(organisation: Organisation, kinds: Sequence[str]) -> list[dict[str, str]]:
    """Files that were applied without some of their rows."""
    applied = organisation.imports.filter(kind__in=kinds, state=ImportState.APPLIED, options__has_key="skip")
    n = applied.aggregate(n=Sum("rows_refused"))["n"]
    if not n:
        return []
    message = ngettext(
        "%(n)s row of the imported files was skipped. Unless a later file contained it, it is missing here.",
        "%(n)s rows of the imported files were skipped. Unless a later file contained them, they are missing here.",
        n,
    )
    return [{"code": "rows_set_aside", "message": message % {"n": f"{n:,}"}}]


def _clustered(printed: dict[str, Any]) -> int:
    return sum(estimate["method"] in HEADLINE[1:] for estimate in printed["estimates"])


def _not_built(organisation: Organisation, request: AnalysisRequest, refusal: Notice | None = None) -> AnalysisResult:
    """A refusal in the same form as every other answer."""
    what = f"the metric {request.outcome!r}" if request.is_metric else request.exposure
    code = "outcome_not_built_yet" if request.is_metric else "not_built_yet"
    result = Result(
        question=Question(
            organisation=organisation.slug,
            clock=request.clock,  # type: ignore[arg-type]  # checked when it was requested
            covariates=parse_covariates(request.covariates),
            as_of=request.day,
        ),
        grade="refused",
        refusals=(refusal or Notice(code, NOT_BUILT.format(what=what)),),
        warnings=(),
        counts=Counts(),
        estimates=(),
        event_study=(),
        curves=(),
        diagnostics=Diagnostics(),
        provenance=Provenance(
            "", code_version(), {}, 0, datetime.now(UTC).isoformat(timespec="seconds"), as_of=request.day.isoformat()
        ),
    )
    printed = result.to_json()
    printed["question"] |= {
        "outcome": request.outcome,
        "exposure": request.exposure,
        "estimand": ESTIMANDS[request.exposure],
        "event": "" if request.is_metric else "any exit",
        "courses": list(request.courses),
        "event_kinds": list(request.events),
    }
    return AnalysisResult(printed, asdict(summarise(result)))


def _pictures(result: Result, say: Any) -> dict[str, Any]:
    if not any(point.retained is not None for point in result.curves):
        return {}
    specs = {theme: charts.retention_chart(result, theme, say) for theme in ("light", "dark")}
    pictures = {theme: render_svg(spec) for theme, spec in specs.items()}
    drawn = {"retention": pictures | _for_page(result, say)}
    if charts.has_both_sides(result):
        drawn["split"] = _for_page(result, say, split=True)
    return drawn


def _for_page(result: Result, say: Any, *, split: bool = False) -> dict[str, str]:
    """The picture in the page's colours, the same for a phone, and what it says in words."""
    spec = charts.retention_chart(result, "light", say, split=split)
    narrow = charts.retention_chart(result, "light", say, charts.NARROW, split=split)
    label = spec.get("description", "")
    return {"page": _themed(render_svg(spec)), "narrow": _themed(render_svg(narrow)), "label": label}


def _themed(svg: str) -> str:
    """The picture with the page's own colours in place of those of the light theme, so that it follows the reader."""
    for token, colour in asdict(charts.COLOURS["light"]).items():
        svg = svg.replace(colour, f"var(--{token})").replace(colour.lower(), f"var(--{token})")
    return svg


@cache
def code_version() -> str:
    """A digest of the program that answers: the same digest and data give the same numbers."""
    folder = Path(outcomes.__file__).parent
    files = sorted([*(folder / "evidence").glob("*.py"), *(folder / "analysis").glob("*.py")])
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return f"sha256:{digest[:16]}"


# What is said differently about customers: their exposure is their owner's, not their own -----------------------------------

CUSTOMER_ESTIMAND = gettext_noop(
    "hazard ratio of customers whose owner at baseline (the colleague named in the data, failing that the first of the owning "
    "team) has completed against those whose owner has not yet"
)
CUSTOMER_ESTIMAND_OVER_TIME = gettext_noop(
    "hazard ratio of customers who have had an owner who had completed against those who have not yet (the owner of the time, "
    "as the history of customers names them; for customers without one, the colleague named in the data)"
)
_CUSTOMERS = {
    ANSWER["lower"]: gettext_noop(
        "{size} Who completes, and who is given which customers, is not decided by chance, so this does not show that the "
        "course caused it."
    ),
    ANSWER["higher"]: gettext_noop(
        "{size} Who completes, and who is given which customers, is not decided by chance, so this does not show that the "
        "course caused it."
    ),
    ANSWER["lower_in_people"]: gettext_noop(
        "Among {compared}, about {n} fewer of 100 left in the year after their colleague here completed than of 100 whose "
        "colleague had not yet completed; it could be {near} or {far}. That is {ratio} times the rate of leaving (95% "
        "confidence interval {low} to {high})."
    ),
    ANSWER["higher_in_people"]: gettext_noop(
        "Among {compared}, about {n} more of 100 left in the year after their colleague here completed than of 100 whose "
        "colleague had not yet completed; it could be {near} or {far}. That is {ratio} times the rate of leaving (95% "
        "confidence interval {low} to {high})."
    ),
    ANSWER["as_ratio"]: gettext_noop(
        "Among {compared}, those whose colleague here had completed left at about {ratio} times the rate of those whose "
        "colleague had not yet completed (95% confidence interval {low} to {high})."
    ),
    ANSWER["open"]: gettext_noop(
        "We could not tell whether customers left less or more often once their colleague here had completed. {size}"
    ),
    ANSWER["open_in_people"]: gettext_noop(
        "Among {compared}, the data are compatible with anything from {fewest} to {most} of 100 leaving in the year after "
        "their colleague completed: {ratio} times the rate of leaving fits best (95% confidence interval {low} to {high})."
    ),
    ANSWER["open_as_ratio"]: gettext_noop(
        "Among {compared}, about {ratio} times the rate of the others fits the data best, but anything from {low} to "
        "{high} times is also compatible with them (95% confidence interval)."
    ),
    HOW_WE_KNOW["followed"]: gettext_noop(
        "We followed {units} for {months} in all; {events} left, {after} of them after their colleague had completed."
    ),
    HOW_WE_KNOW["switching"]: gettext_noop(
        "A customer counts as not yet exposed until the {clock} their colleague completes, and as exposed only after it. No "
        "customer is classified by what happened later."
    ),
    HOW_WE_KNOW["cox_time_varying"]: gettext_noop(
        "If every customer left independently of every other, the interval would be {low} to {high}."
    ),
    HOW_WE_KNOW["cox_time_varying_jackknife"]: gettext_noop(
        "Leaving out each of the {clusters} colleagues or teams in turn, the interval is {low} to {high}."
    ),
    HOW_WE_KNOW["poisson_cells_clustered"]: gettext_noop(
        "Allowing for calendar quarters and for colleagues or teams as well, the ratio is {ratio} ({low} to {high})."
    ),
    HOW_WE_KNOW["in_people"]: gettext_noop(
        "The number of 100 is worked out for customers whose colleague completed: the year after it, against the same year at "
        "the rate of those whose colleague had not yet."
    ),
    HOW_WE_KNOW["cox_time_varying_clustered"]: gettext_noop(
        "Customers of one colleague share their exposure. Allowing for {clusters} colleagues or teams, "
        "the interval is {low} to {high}."
    ),
    WHAT_WOULD_CHANGE_OUR_MIND["notice"]: gettext_noop(
        "Changes of owner with their dates: they would show who looked after whom, and when."
    ),
    CHART_LABELS["exposed"]: gettext_noop("colleague completed"),
    CHART_LABELS["not yet exposed"]: gettext_noop("not yet completed"),
}
CUSTOMER_WARNINGS = {
    "completion_is_self_selected": gettext_noop(
        "People choose whether to complete, and customers are not assigned at random. Nothing in this analysis can "
        "remove that: it may make completion look better, or worse, for customers than it is."
    ),
    "too_few_teams_to_cluster": gettext_noop(
        "Customers of one colleague may leave together. There are too few colleagues to allow for that, "
        "so the interval is narrower than it should be."
    ),
    "one_team_decides": gettext_noop(
        "Without the customers of one of the colleagues there would be no answer at all, so no interval can allow for them "
        "leaving together."
    ),
}
BY_OWNER = gettext_noop(
    "Counted with the colleague named in the data today: {n} customers, of whom nobody has said who looked after them before. "
    "A history of customers would."
)
HISTORY_BEGINS_LATE = gettext_noop(
    "{n} customers have a history that begins after they were first observed. Until it begins they count as not exposed."
)
SHARED_EXPOSURE = gettext_noop(
    "Customers of one colleague share their exposure; the interval in the answer allows for this where it makes it wider."
)
BY_TEAM = gettext_noop(
    "{n} customers have no owner in the data. For them, the first completion in their team counts, which is a weak substitute."
)
UNOWNED = gettext_noop("{n} customers have neither an owner nor a team in the data and were left out.")

OWNER_UNKNOWN = gettext_noop(
    "{n} customers were left out because their owner, or their team, is not among the people in the data: nobody knows "
    "whether they completed."
)


def for_people(text: str) -> str:
    return gettext(text)


def for_customers(text: str) -> str:
    return gettext(_CUSTOMERS.get(text, text))


def translator(outcome: str) -> Callable[[str], str]:
    return for_customers if outcome == "customer_churn" else for_people
