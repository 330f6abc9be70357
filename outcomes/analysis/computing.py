"""Answers a question about one organisation, in full: the JSON of the formats page, the words, the pictures."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

import outcomes
from accounts.models import Organisation
from common.small_counts import SMALL, is_small, shown
from imports.enums import ImportState
from outcomes.analysis import rollouts
from outcomes.analysis.at_stake import has_anybody
from outcomes.analysis.floors import (
    ENOUGH_IN_ACCORD,
    OF_SIDES,
    OF_TOO_FEW,
    TOO_FEW_IN_ACCORD,
    Carrying,
    Open,
    carrying,
    hinges_on_few,
    open_completions,
    sides_tell_of_few,
    tells_nothing,
    too_few,
    without_none,
)
from outcomes.analysis.gaps import look_at_gaps
from outcomes.analysis.keyed import keyed_digest, threshold_of
from outcomes.analysis.loading.customers import load_customers, load_partners
from outcomes.analysis.loading.loaded import Loaded
from outcomes.analysis.loading.people import load_people
from outcomes.analysis.owned import speak_of_owned, translator
from outcomes.analysis.releases import Admitted, TooClose, admit, can_be_answered, was_refused_nearby
from outcomes.analysis.tenure import load_tenure
from outcomes.enums import CUSTOMER_CHURN, EMPLOYEE_EXIT, PARTNER_EXIT, TENURE_EXIT
from outcomes.evidence import charts, engine, limits
from outcomes.evidence.arrays import NO_DAY
from outcomes.evidence.blurred import blurred
from outcomes.evidence.changes import SOON_DAYS, soon_back
from outcomes.evidence.disclosure import ROUND_TO, Rounding, veiled
from outcomes.evidence.observation import (
    course_needed,
    look_at_age,
    look_at_exit_kinds,
    look_at_missing_owners,
    look_at_window,
    owners_unknown,
    refuse_unobserved,
)
from outcomes.evidence.question import ESTIMANDS, Question, parse_covariates
from outcomes.evidence.result import EVERYONE, Counts, Diagnostics, Members, Notice, Provenance, Result
from outcomes.evidence.rollouts.charts import event_study_chart
from outcomes.evidence.rollouts.estimation import Rollout
from outcomes.evidence.rollouts.summary import summarise as summarise_rollout
from outcomes.evidence.summary import Summary, summarise
from outcomes.evidence.svg import render_svg
from outcomes.evidence.units import Units
from outcomes.evidence.words.notices import REFUSALS
from outcomes.evidence.words.report import WHAT_WOULD_CHANGE_OUR_MIND
from outcomes.evidence.words.terms import OUTCOME_TERMS
from outcomes.models import COUNTS_ROUNDED, AnalysisRequest, EvidenceRun, with_totals
from outcomes.subjects import SUBJECTS
from stakeholders.history import knows_teams_over_time
from stakeholders.queries import known_courses

NOT_BUILT = (
    "Questions about {what} cannot be answered yet; only questions about people, customers and partners after "
    "a completion, and about exits from teams that were offered a training, can. "
    "Nothing was estimated, because no other method can replace the right one."
)

DAYS_TRIED = 3
MANY_BACK = 0.05
"""Share of exits that are followed by another stint soon from which that is said."""
ROUNDED_TO_FIVE = "The data have changed since an earlier answer, so counts are rounded up or down to multiples of five."
ESTIMATES_ROUNDED = Notice(
    "estimates_rounded",
    f"Of fewer than {ENOUGH_IN_ACCORD} people Accord alone knows whether they completed. From exact figures each of them could "
    "be worked out, so ratios and intervals are rounded, and there is one curve for everybody.",
)
SIDES_NOT_SHOWN = Notice(
    "sides_not_shown",
    "An earlier answer about another outcome rests on the completions of the same colleagues, or nearly the same. How many "
    "stand on either side is not shown here, since both answers together would tell about a few of them. It is shown once ten "
    "or more of these colleagues are others than in each such answer, and not by waiting. Of two outcomes, ask first about the "
    "one whose sides matter to you.",
)
SIDES_TOO_FEW = Notice(
    "sides_too_few",
    "On one of the two sides are too few, or too few of them left, to compare the sides. On which, and how few they are, is "
    "not said beside an earlier answer about another outcome: see the remark on it.",
)
OF_COMPARISON = {"no_overlap", "no_stable_answer", "covariate_knows_completion"}
"""Refusals that each say something else of who stands on which side."""
NOT_COMPARABLE = Notice(
    "sides_not_comparable",
    "The two sides cannot be compared: too few who are alike stand on both, at the same tenure or with the same values of the "
    "columns. Which it is, and on which side, is not said where Accord alone knows whether people completed. Ask without the "
    "columns, about everybody, or again when more have completed or left.",
)
OF_FILES = {*OF_TOO_FEW, "too_few_events"}
"""Refusals of what all files hold, or of how few people are asked about: they say nothing of who left or completed."""
OF_SIDES_REMARKED = {"curve_starts_late", "few_exposed_events", "covariate_may_know_completion"}
"""Remarks that are there or not by who stands on which side."""
SEVERAL_FILES = gettext_noop(
    "The tenure figures of %(n)s files are counted together. If one is about employees and another about customers, the answer "
    "is about neither: withdraw one of the files."
)
SHARE_STILL_THERE = gettext_noop("share still there, by months of tenure")
HISTORY_NEEDED = gettext_noop(
    "Of more than 20% of the people who were there when training was first offered, or of all of them, nothing says in which "
    "team they were, so those who moved between teams would be counted where they are today. Import the history of people "
    "(person_history), of all of them, or two complete people files that say until when they know "
    "leavers: one from before the first team was offered the training, one from after the last."
)

LOADERS = {EMPLOYEE_EXIT: load_people, CUSTOMER_CHURN: load_customers, PARTNER_EXIT: load_partners}


@dataclass(frozen=True)
class AnalysisResult:
    """`result` is the JSON of the formats page; `report` its words; `charts` SVG by name and theme."""

    result: dict[str, Any]
    report: dict[str, Any]
    charts: dict[str, Any] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    """Units and events of everybody, for those who bring the data and know them anyway."""
    verdict: Admitted | TooClose = field(default_factory=Admitted)
    """What the ledger said."""

    @property
    def replaces(self) -> tuple[EvidenceRun, ...]:
        """Earlier answers to the same question, on data that have changed by a few people since."""
        return self.verdict.replaces if isinstance(self.verdict, Admitted) else ()

    @property
    def ask_again_on(self) -> date | None:
        """Where it was refused beside earlier answers: the first day on which none of them stands in the way."""
        return self.verdict.again if isinstance(self.verdict, TooClose) else None

    @property
    def with_totals(self) -> dict[str, Any]:
        return with_totals(self.result, self.totals)


def compute_result(
    organisation: Organisation, request: AnalysisRequest, *, with_charts: bool = True, run: EvidenceRun | None = None
) -> AnalysisResult:
    """The result from the rows as they are stored now, or its refusal.

    Whom it counts goes into the ledger of releases: that of a run once its result is stored, by whoever stores it
    (`releases.write_down`), any other at once.
    """
    request = request.as_of_today_in(organisation)
    if request.is_metric or request.exposure != "completion":
        is_of_exits = request.exposure == "rollout" and request.outcome == EMPLOYEE_EXIT
        if is_of_exits and not knows_teams_over_time(organisation):
            return _not_built(organisation, request, Notice("history_needed", gettext(HISTORY_NEEDED)))
        if is_of_exits:
            return _of_rollout(organisation, request, with_charts=with_charts, run=run)
        return _not_built(organisation, request)
    if request.outcome == TENURE_EXIT:
        return _of_tenure(organisation, request, with_charts=with_charts, run=run)
    subject = SUBJECTS[request.outcome]
    known = known_courses(organisation)
    request = request.of_the_only_course(known)
    courses = request.courses
    question = _question(organisation, request, [known.get(course, course) for course in courses])
    loaded = LOADERS[request.outcome](organisation, question.covariates, courses, request.teams)
    choices = known if len(known) > 1 and not courses else {}
    whole = LOADERS[request.outcome](organisation, (), courses, ()) if request.teams else loaded

    def on(day: date) -> tuple[Loaded, Result]:
        return loaded, _result(replace(question, as_of=day), loaded, whole, organisation.today, choices)

    _loaded, exact = on(request.day)
    result, verdict = _released(organisation, request, loaded, exact, run, on, whole=whole)
    say = translator(request.outcome)
    printed = _printed(organisation, result)
    if tells_nothing(result) or not _was_compared(verdict):  # so that no remark is about a few
        loaded = Loaded(_nobody(loaded.units), loaded.windows, loaded.histories, people_objected=loaded.people_objected)
    if subject.is_owned:
        speak_of_owned(request.outcome, question, printed, loaded)
    printed["warnings"] += _who_objected(loaded, is_owned=subject.is_owned)
    printed["question"]["courses"] = list(courses)
    if not tells_nothing(result):
        printed["warnings"] += _changes(whole, is_owned=subject.is_owned)
    printed["warnings"] += _rows_skipped(organisation, subject.files)
    summary = summarise(result, say)
    if subject.is_owned and loaded.by_history == len(loaded.units):
        summary = _without_wish(summary, say(WHAT_WOULD_CHANGE_OUR_MIND["notice"]))
    charts = _pictures(result, say) if with_charts else {}
    return AnalysisResult(printed, _report(summary, result), charts, _totals(result, exact), verdict)


def _without_wish(summary: Summary, fulfilled: str) -> Summary:
    wishes = [wish for wish in summary.what_would_change_our_mind if wish != fulfilled]
    return replace(summary, what_would_change_our_mind=tuple(wishes))


def _of_rollout(
    organisation: Organisation, request: AnalysisRequest, *, with_charts: bool, run: EvidenceRun | None
) -> AnalysisResult:
    """Of teams that were offered a training. Counts are rounded for everybody: answers about completions may stand beside."""
    question = replace(_question(organisation, request, []), exposure="rollout")
    loaded = rollouts.load(organisation, request.teams)

    def on(day: date) -> tuple[Loaded, Result]:
        return loaded, rollouts.answer(organisation, replace(question, as_of=day), loaded, code=code_version()).result

    found = rollouts.answer(organisation, question, loaded, code=code_version())
    result, verdict = _released(organisation, request, loaded, found.result, run, on, round_to=ROUND_TO)
    printed = _printed(organisation, result)
    printed["warnings"] += _who_objected(loaded, is_owned=False)
    printed["warnings"] += _changes(rollouts.load(organisation, ()) if request.teams else loaded, is_owned=False)
    printed["warnings"] += _rows_skipped(organisation, SUBJECTS[EMPLOYEE_EXIT].files)
    if found.rollout is None or result.refusals:
        return AnalysisResult(printed, _report(summarise(result), result), {}, {}, verdict)
    rounding = Rounding(ROUND_TO, threshold_of(organisation))
    summary = summarise_rollout(found.rollout, question, request.day, gettext, rounding=rounding)
    pictures = {"event_study": _event_study(found.rollout)} if with_charts else {}
    return AnalysisResult(printed, _report(summary, result), pictures, {}, verdict)


def _printed(organisation: Organisation, result: Result) -> dict[str, Any]:
    """The JSON of a result, its digest keyed: a plain one would say of each row of a file whether it was left out. A refusal
    has none: one that changes, and another that does not, would tell of whom something has become known.
    """
    printed = result.to_json()
    digest = "" if result.refusals else result.provenance.data_digest
    printed["provenance"]["data_digest"] = keyed_digest(organisation, digest)
    return printed


def _event_study(rollout: Rollout) -> dict[str, str]:
    wide, narrow = (event_study_chart(rollout, "light", gettext, size) for size in (charts.WIDE, charts.NARROW))
    return {"page": _themed(render_svg(wide)), "narrow": _themed(render_svg(narrow)), "label": wide["description"]}


def _of_tenure(
    organisation: Organisation, request: AnalysisRequest, *, with_charts: bool, run: EvidenceRun | None
) -> AnalysisResult:
    """Of durations: they have neither window nor course, and of the calendar nothing is asked."""
    question = _question(organisation, request, [])

    def on(day: date) -> tuple[Loaded, Result]:
        loaded = load_tenure(organisation, question.covariates, day, request.teams)
        return loaded, _result_of_tenure(replace(question, as_of=day), loaded, day)

    loaded, exact = on(request.day)
    result, verdict = _released(organisation, request, loaded, exact, run, on)
    printed = _printed(organisation, result)
    if not result.estimates:
        printed["question"]["estimand"] = gettext(SHARE_STILL_THERE) + result.question.scope
    printed["warnings"] += _who_objected(loaded, is_owned=False)
    printed["warnings"] += _rows_skipped(organisation, SUBJECTS[TENURE_EXIT].files)
    if len(loaded.windows) > 1:
        printed["warnings"].append({"code": "several_files", "message": gettext(SEVERAL_FILES) % {"n": len(loaded.windows)}})
    say = translator(request.outcome)
    charts = _pictures(result, say) if with_charts else {}
    report = _report(summarise(result, say), result)
    return AnalysisResult(printed, report, charts, _totals(result, exact), verdict)


def _result_of_tenure(question: Question, loaded: Loaded, day: date) -> Result:
    record = _record(loaded)
    # By those who are left out as well: which day is named must not tell that somebody is.
    days = [units.observed_until.max() for units in (loaded.units, loaded.left_out) if units is not None and len(units)]
    if days:
        question = replace(question, as_of=max(days).item())
    if len(loaded.units):
        result = engine.estimate(question, loaded.units, **record, in_steps=True)
        return replace(result, warnings=(*result.warnings, *look_at_age(loaded.units, day, question.outcome)))
    message = REFUSALS["no_tenure_figures"].format(day=day.isoformat())
    return engine.refuse(question, loaded.units, [Notice("no_tenure_figures", message)], **record)


def _report(summary: Summary, result: Result) -> dict[str, Any]:
    """The words, and those that stand in place of counts."""
    return asdict(summary) | {"instead": {name: gettext(words) for name, words in result.instead.items()}}


AsOf = Callable[[date], tuple[Loaded, Result]]
"""The same question as of another day: what it rests on, and its exact result."""


def _released(
    organisation: Organisation,
    request: AnalysisRequest,
    loaded: Loaded,
    exact: Result,
    run: EvidenceRun | None,
    on: AsOf,
    *,
    whole: Loaded | None = None,
    round_to: int = 1,
) -> tuple[Result, Admitted | TooClose]:
    """What may be read of the `exact` result beside all that was before, or a refusal; counts are multiples of `round_to`.

    `whole`: the rows of all teams; without them it is not asked whether all exits together are too few.
    """
    members = exact.members
    refusal = too_few(request, exact.question, loaded, members)
    if not (refusal and refusal.code in OF_TOO_FEW) and whole and members is not None:
        refusal = _too_few_exits(exact.question, whole, organisation.today) or refusal
    if refusal and (members is None or refusal.code in OF_FILES):
        return _refused(exact, loaded, refusal, about_nobody=True), Admitted()
    if members is None:  # nothing was counted
        return exact, Admitted()
    return _compared(organisation, request, loaded, exact, members, refusal, run, on, round_to)


def _compared(
    organisation: Organisation,
    request: AnalysisRequest,
    loaded: Loaded,
    exact: Result,
    members: Members,
    refusal: Notice | None,
    run: EvidenceRun | None,
    on: AsOf,
    round_to: int,
) -> tuple[Result, Admitted | TooClose]:
    """The same of what was counted: beside earlier answers. `refusal`: for how few of those in Accord it is about."""
    opened = open_completions(loaded, members, request.day) if request.exposure == "completion" else None
    exact, carried, hinges = _beside_open(exact, loaded.units, opened, request.day)
    if was_refused_nearby(organisation, request, loaded, members, now=bool(refusal or hinges)):
        return _refused(exact, loaded, TOO_FEW_IN_ACCORD, about_nobody=True), Admitted()
    # Of fewer than ten nothing is told, so nothing can be read from it later.
    is_told = (exact.counts.units or 0) >= SMALL
    is_of_few = carried is not None and opened is not None and (opened.n < ENOUGH_IN_ACCORD or carried.is_of_few)
    is_told_of_sides = bool(exact.estimates) or any(one.code in OF_SIDES or one == NOT_COMPARABLE for one in exact.refusals)
    digest = exact.provenance.data_digest if is_of_few and is_told_of_sides else ""
    admitted = admit(organisation, request, loaded, members, run, few=digest) if is_told else Admitted()
    if isinstance(admitted, TooClose):
        notice = admitted.notice(answered_as_of=_answered_as_of(organisation, request, admitted.days, on))
        return _refused(exact, loaded, notice, about_nobody=True), admitted
    if admitted.hides_sides:
        exact = _without_sides(exact)
    elif opened and sides_tell_of_few(opened.of_sides(loaded.units, request.day), members):
        exact = replace(_without_a_split(exact), sides_are_few=True)
    elif opened and opened.n:
        exact = _with_both_sides_or_none(exact)
    left_out = loaded.unowned + loaded.owner_unknown + loaded.rows_objected
    counts = replace(exact.counts, excluded_rows=(exact.counts.excluded_rows or 0) + left_out)
    few = exact.reasons_are_few or any(map(is_small, (loaded.unowned, loaded.owner_unknown, loaded.rows_objected)))
    exact = replace(exact, counts=counts, reasons_are_few=few)
    threshold = threshold_of(organisation)
    if exact.estimates and carried and is_of_few:
        exact = blurred(_without_a_split(exact), threshold, carried.most)
        exact = replace(exact, warnings=(*exact.warnings, ESTIMATES_ROUNDED))
    if not admitted.rounded:
        return veiled(exact, Rounding(round_to, threshold) if round_to > 1 else None), admitted
    result = veiled(exact, Rounding(ROUND_TO, threshold))
    return replace(result, warnings=(*result.warnings, Notice(COUNTS_ROUNDED, ROUNDED_TO_FIVE))), admitted


def _beside_open(exact: Result, units: Units, opened: Open | None, day: date) -> tuple[Result, Carrying | None, Notice | None]:
    """What may be said where it is open of some whether they completed: the result, how it rests on them, or a refusal."""
    if opened is None or not opened.n:
        return exact, None, None
    if any(notice.code == "too_few_events" for notice in exact.refusals):  # which whoever brings the files knows
        return replace(exact, refusals=tuple(one for one in exact.refusals if one.code not in OF_SIDES)), None, None
    carried = carrying(exact, opened, units, day)
    refusal = hinges_on_few(exact, units, opened.of_sides(units, day), day) or (carried.refusal if carried else None)
    refusals = dict.fromkeys(
        NOT_COMPARABLE if one.code in OF_COMPARISON else one for one in without_none(exact.refusals, exact.question.outcome)
    )
    return replace(exact, refusals=tuple(refusals)), carried, refusal


def _with_both_sides_or_none(exact: Result) -> Result:
    """One side drawn alone, and numbers at risk that are there at some months, tell that 1 to 9 stand on a side there."""
    sides = {point.group for point in exact.curves} - {EVERYONE}
    return replace(
        exact,
        curves=tuple(
            replace(point, at_risk=None, suppressed=("at_risk",)) if point.group == EVERYONE else point
            for point in exact.curves
            if point.group == EVERYONE or len(sides) > 1
        ),
    )


def _without_a_split(exact: Result) -> Result:
    """One curve, that of everybody, and no remark on the sides; nor how many are at risk, told or not by how many of a side."""
    return replace(
        exact,
        curves=tuple(
            replace(point, at_risk=None, suppressed=("at_risk",)) for point in exact.curves if point.group == EVERYONE
        ),
        warnings=tuple(notice for notice in exact.warnings if notice.code not in OF_SIDES_REMARKED),
    )


def _without_sides(exact: Result) -> Result:
    """Neither counts nor curves nor refusals say how many stand on which side."""
    exact = _without_a_split(exact)
    refusals = tuple(dict.fromkeys(SIDES_TOO_FEW if notice.code in OF_SIDES else notice for notice in exact.refusals))
    return replace(exact, sides_are_few=True, refusals=refusals, warnings=(*exact.warnings, SIDES_NOT_SHOWN))


def _refused(exact: Result, loaded: Loaded, refusal: Notice, *, about_nobody: bool = False) -> Result:
    """With `about_nobody` the provenance says nothing of the rows either: of a few, it would tell whether they are in them."""
    units, question = loaded.units, exact.question
    if about_nobody:
        units, question = _nobody(units), replace(question, population=Question.population)
    return engine.refuse(question, units, [refusal], **_record(loaded))


def _nobody(units: Units) -> Units:
    return units.subset(np.zeros(len(units), dtype=bool))


class _Record(TypedDict):
    imports: list[str]
    code: str
    ran_at: datetime


def _record(loaded: Loaded) -> _Record:
    """What the provenance names beside the rows: the files they came from, the program, and when it ran."""
    return {"imports": loaded.imports, "code": code_version(), "ran_at": timezone.now()}


def _answered_as_of(organisation: Organisation, request: AnalysisRequest, days: Sequence[date], on: AsOf) -> date | None:
    """The first of these days, the day asked for apart, as of which the same question would be answered now.

    It is computed, since that depends on what the rows of today say of that day. Of no more than a few days: each costs as much
    as the question did.
    """
    for day in [day for day in days if day != request.day][:DAYS_TRIED]:
        loaded, exact = on(day)
        asked = replace(request, as_of=day.isoformat())
        if exact.refusals or exact.members is None or (exact.counts.units or 0) < SMALL:
            continue
        if too_few(asked, exact.question, loaded, exact.members):
            continue
        if can_be_answered(organisation, asked, loaded, exact.members):
            return day
    return None


def _totals(result: Result, exact: Result) -> dict[str, int]:
    """Of everybody: a count of some teams, of those with a covariate, or of a refused question, is none."""
    is_whole = (
        not exact.question.teams
        and exact.members is not None
        and "covariate_missing" not in exact.reasons
        and (result.counts != Counts() or any(one.code == "too_few_events" for one in result.refusals))
    )
    counts = exact.counts
    return {"units": counts.units or 0, "events": counts.events or 0} if is_whole else {}


def _was_compared(verdict: Admitted | TooClose) -> bool:
    """Whether the ledger let the answer pass. What is said of the rows beside any other would be compared with nothing."""
    return isinstance(verdict, Admitted) and verdict.release is not None


def _too_few_exits(question: Question, whole: Loaded, today: date) -> Notice | None:
    """A refusal where all data together hold too few exits, whatever is asked of them: nobody needs to try."""
    n_exits = int((whole.units.exit <= np.datetime64(today, "D")).sum())
    if n_exits >= limits.MIN_EVENTS:
        return None
    exits = OUTCOME_TERMS[question.outcome].exits
    return Notice("too_few_events", REFUSALS["too_few_events_in_all"].format(exits=exits, needed=limits.MIN_EVENTS))


def _result(question: Question, loaded: Loaded, whole: Loaded, today: date, choices: Mapping[str, str]) -> Result:
    """The estimates, or why there can be none. `choices`: courses of which one has to be chosen first.

    What the files lack is looked at in `whole`, the rows of all teams, and as of `today`: in those of a few people, or up to a
    day that somebody chooses, it would tell who of them left, and when (decision 0071).
    """
    units, day = _without_late_completions(loaded), question.as_of or timezone.localdate()
    record = _record(loaded)
    refusals = [course_needed(choices)] if choices else []
    if whole.share_without_owner > limits.MAX_LEFT_OUT:
        refusals.append(owners_unknown(question.outcome))
    elif whole.missing is not None:
        refusals += look_at_missing_owners(*whole.missing.among_leavers_and_stayers(today), question.outcome)
    refusals += refuse_unobserved(whole.units, question.outcome)
    kinds_refused, kinds_warned = look_at_exit_kinds(whole.units, replace(question, as_of=today))
    gaps_refused, gaps_warned = look_at_gaps(whole, question)
    refusals += [*kinds_refused, *gaps_refused]
    if refusals:
        return engine.refuse(question, units, refusals, **record)
    refusals, warnings = look_at_window(whole.units, day, question.outcome)
    if refusals:
        return engine.refuse(question, units, refusals, warnings=warnings, **record)
    result = engine.estimate(question, units, **record, in_steps=True)
    return replace(result, warnings=(*result.warnings, *warnings, *kinds_warned, *gaps_warned))


def _without_late_completions(loaded: Loaded) -> Units:
    """The units without completions after the exit of whom Accord may know one, or that no file knows.

    They change no answer. But a warning about one of them would tell that somebody completed, and its absence beside a late one
    of a file that somebody had completed earlier.
    """
    units = loaded.units
    if not len(loaded.brought):
        return units
    may_be_in_accord = has_anybody(loaded.able) if len(loaded.able) and loaded.in_accord_since else False
    is_late = (units.exposed_on > units.exit) & (~(loaded.brought > units.exit) | may_be_in_accord)
    return replace(units, exposed_on=np.where(is_late, NO_DAY, units.exposed_on)) if is_late.any() else units


def _question(organisation: Organisation, request: AnalysisRequest, titles: Sequence[str]) -> Question:
    return Question(
        organisation=organisation.slug,
        outcome=SUBJECTS[request.outcome].term,
        exposure="completion",
        covariates=parse_covariates(request.covariates),
        clock=request.clock,  # type: ignore[arg-type]  # checked when it was requested
        event_kinds=request.events,  # type: ignore[arg-type]  # so were these
        horizon_months=request.horizon_months,
        courses=tuple(titles),
        as_of=request.day,
        teams=request.teams,
    )


def _who_objected(loaded: Loaded, *, is_owned: bool) -> list[dict[str, str]]:
    """That people are left out because some do not want their data used, or did once. How many are would tell when one more
    objects.
    """
    if not loaded.people_objected:
        return []
    return [{"code": "people_excluded", "message": gettext(OWNED_BY_OBJECTORS if is_owned else OBJECTORS)}]


def _rows_skipped(organisation: Organisation, kinds: Sequence[str]) -> list[dict[str, str]]:
    """Files that were applied without some of their rows."""
    applied = organisation.imports.filter(kind__in=kinds, state=ImportState.APPLIED, options__has_key="skip")
    n = applied.aggregate(n=Sum("rows_refused"))["n"]
    if not n:
        return []
    message = gettext(
        "%(n)s rows of the imported files were skipped. Unless a later file contained them, they are missing here."
    )
    return [{"code": "rows_set_aside", "message": message % {"n": shown(n)}}]


def _changes(loaded: Loaded, *, is_owned: bool) -> list[dict[str, str]]:
    """Ends in the files that are no exits, and exits that may be none: of the whole organisation."""
    found = []
    if loaded.n_changes:
        message = gettext(CUSTOMERS_GO_ON if is_owned else PEOPLE_GO_ON) % {"n": _in_tens(loaded.n_changes)}
        found.append({"code": "ends_that_go_on", "message": message})
    units = loaded.units
    n_exits, n_back = int((~np.isnat(units.exit)).sum()), soon_back(units.unit_id, units.origin, units.exit)
    if n_back >= SMALL and n_back >= MANY_BACK * n_exits:
        message = gettext(CUSTOMERS_SOON_BACK if is_owned else PEOPLE_SOON_BACK)
        found.append({"code": "exits_soon_back", "message": message % {"n": f"{round(n_back, -1):,}", "days": SOON_DAYS}})
    return found


def _in_tens(n: int) -> str:
    """A count that begins a sentence, so that one more changes nothing that can be read."""
    return shown(n) if is_small(n) else gettext("About %(n)s") % {"n": f"{(n + 5) // 10 * 10:,}"}


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
        "teams": list(request.teams),
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
    files = sorted([*(folder / "evidence").rglob("*.py"), *(folder / "analysis").rglob("*.py")])
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return f"sha256:{digest[:16]}"


PEOPLE_GO_ON = gettext_noop(
    "%(n)s rows end and another row of the same person begins within a week, as systems write a change of team or contract. "
    "These ends are not counted as exits, and tenure goes on."
)
CUSTOMERS_GO_ON = gettext_noop(
    "%(n)s rows end and another row of the same one begins within a week, as systems write a new contract. These ends are not "
    "counted as exits, and tenure goes on."
)
PEOPLE_SOON_BACK = gettext_noop(
    "About %(n)s exits are followed by another row of the same person within %(days)s days. If these are changes of contract "
    "or company, they are no exits: give the days without a gap, or leave out the first end."
)
CUSTOMERS_SOON_BACK = gettext_noop(
    "About %(n)s exits are followed by another row of the same one within %(days)s days. If these are new contracts, they are "
    "no exits: give the days without a gap, or leave out the first end."
)
OBJECTORS = gettext_noop(
    "Some people are left out. Where somebody does not want their data used, others who were drawn by lot are left out with "
    "them, most of them people with an account, and so are the few who joined last, so that nobody can tell who it is."
)
OWNED_BY_OBJECTORS = gettext_noop(
    "Some are left out, by who looks after them. Where a colleague does not want their data used, others who were drawn by lot "
    "are left out with them, most of them people with an account, and so are the few who joined last, so that nobody can tell "
    "who it is."
)
