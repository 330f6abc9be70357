"""What is said differently about customers and partners: their exposure is their owner's, not their own.

In these sentences `$unit`, `$units` and `$Units` stand for what they are called; the rest is as in `outcomes.evidence.words`.
"""

from collections.abc import Callable, Iterator
from string import Template
from typing import Any

from django.utils.translation import gettext, gettext_noop

from common.small_counts import shown
from outcomes.analysis.loading.loaded import Loaded
from outcomes.evidence.question import Question
from outcomes.evidence.result import HEADLINE
from outcomes.evidence.words.report import ANSWER, CHART_LABELS, HOW_WE_KNOW, WHAT_WOULD_CHANGE_OUR_MIND
from outcomes.evidence.words.terms import OUTCOME_TERMS
from outcomes.subjects import SUBJECTS

ESTIMAND_OVER_TIME = gettext_noop(
    "hazard ratio of $units who have had an owner who had completed against those who have not yet (the owner of the time, as "
    "the history of $units names them; for $units without one, the colleague named in the data)"
)
HISTORY_BEGINS_LATE = gettext_noop(
    "{n} $units have a history that begins after they were first observed. Until it begins they count as not exposed."
)
ESTIMAND = gettext_noop(
    "hazard ratio of $units whose owner at baseline (the colleague named in the data, failing that the first of the owning "
    "team) has completed against those whose owner has not yet"
)
_SENTENCES = {
    ANSWER["lower"]: gettext_noop(
        "{size} Who completes, and who is given which $units, is not decided by chance, so this does not show that the "
        "course caused it."
    ),
    ANSWER["higher"]: gettext_noop(
        "{size} Who completes, and who is given which $units, is not decided by chance, so this does not show that the "
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
        "We could not tell whether $units left less or more often once their colleague here had completed. {size}"
    ),
    ANSWER["open_in_people"]: gettext_noop(
        "Among {compared}, the data are compatible with anything from {fewest} to {most} of 100 leaving in the year after "
        "their colleague completed: {ratio} times the rate of leaving fits best (95% confidence interval {low} to {high})."
    ),
    ANSWER["open_as_ratio"]: gettext_noop(
        "Among {compared}, about {ratio} times the rate of the others fits the data best, but anything from {low} to "
        "{high} times is also compatible with them (95% confidence interval)."
    ),
    ANSWER["open_between_teams"]: gettext_noop(
        "Among {compared}, their rate was about {ratio} times that of the others (95% confidence interval {low} to {high} if "
        "every $unit left independently of every other), but with so few colleagues or teams this may be a difference between "
        "them."
    ),
    WHAT_WOULD_CHANGE_OUR_MIND["more_teams"]: gettext_noop("More colleagues or teams."),
    HOW_WE_KNOW["followed"]: gettext_noop(
        "We followed {units} for {months} in all; {events} left, {after} of them after their colleague had completed."
    ),
    HOW_WE_KNOW["switching"]: gettext_noop(
        "A $unit counts as not yet exposed until the {clock} their colleague completes, and as exposed only after it. No "
        "$unit is classified by what happened later."
    ),
    HOW_WE_KNOW["cox_time_varying"]: gettext_noop(
        "If every $unit left independently of every other, the interval would be {low} to {high}."
    ),
    HOW_WE_KNOW["cox_time_varying_jackknife"]: gettext_noop(
        "Leaving out each of the {clusters} colleagues or teams in turn, the interval is {low} to {high}."
    ),
    HOW_WE_KNOW["poisson_cells_clustered"]: gettext_noop(
        "Allowing for calendar quarters and for colleagues or teams as well, the ratio is {ratio} ({low} to {high})."
    ),
    HOW_WE_KNOW["in_people"]: gettext_noop(
        "The number of 100 is worked out for $units whose colleague completed: the year after it, against the same year at "
        "the rate of those whose colleague had not yet."
    ),
    HOW_WE_KNOW["cox_time_varying_clustered"]: gettext_noop(
        "$Units of one colleague share their exposure. Allowing for {clusters} colleagues or teams, "
        "the interval is {low} to {high}."
    ),
    WHAT_WOULD_CHANGE_OUR_MIND["both_sides"]: gettext_noop(
        "More $units whose colleague completes while they are observed, or observation from an earlier day."
    ),
    WHAT_WOULD_CHANGE_OUR_MIND["notice"]: gettext_noop(
        "Changes of owner with their dates: they would show who looked after whom, and when."
    ),
    CHART_LABELS["exposed"]: gettext_noop("colleague completed"),
    CHART_LABELS["not yet exposed"]: gettext_noop("not yet completed"),
}
WARNINGS = {
    "completion_is_self_selected": gettext_noop(
        "People choose whether to complete, and $units are not assigned at random. Nothing in this analysis can "
        "remove that: it may make completion look better, or worse, for $units than it is."
    ),
    "too_few_teams_to_cluster": gettext_noop(
        "$Units of one colleague may leave together. There are too few colleagues to allow for that, "
        "so the interval is narrower than it should be."
    ),
    "too_few_whole_teams": gettext_noop(
        "Too few colleagues or teams look after these $units for an interval that allows for $units of one leaving together. "
        "What looks like a difference between $units whose colleague had completed and the others may be one between the "
        "colleagues."
    ),
    "too_few_teams_that_differ": gettext_noop(
        "Compared within those of one colleague or team alone, $units whose colleague had completed do not clearly differ in "
        "the same way. With so few colleagues or teams no interval allows for this, so the answer says neither less nor more."
    ),
    "one_team_decides": gettext_noop(
        "Without the $units of one of the colleagues there would be no answer at all, so no interval can allow for them "
        "leaving together."
    ),
}
BY_OWNER = gettext_noop(
    "Counted with the colleague named in the data today: {n} $units, of whom nobody has said who looked after them before."
)
SHARED_EXPOSURE = gettext_noop(
    "$Units of one colleague share their exposure; the interval in the answer allows for this where it makes it wider."
)
BY_TEAM = gettext_noop(
    "{n} $units have no owner in the data. For them, the first completion in their team counts, which is a weak substitute."
)
UNOWNED = gettext_noop("{n} $units have neither an owner nor a team in the data and were left out.")
OWNER_UNKNOWN = gettext_noop(
    "{n} $units were left out because their owner, or their team, is not among the people in the data: nobody knows "
    "whether they completed."
)


def translator(outcome: str) -> Callable[[str], str]:
    """Translates the sentences of the engine, and says those of owners about what they own."""
    subject = SUBJECTS.get(outcome)
    return _of_owned(outcome) if subject and subject.is_owned else gettext


def _of_owned(outcome: str) -> Callable[[str], str]:
    terms = OUTCOME_TERMS[SUBJECTS[outcome].term]
    unit, units = gettext(terms.unit), gettext(terms.units)
    names = {"unit": unit, "units": units, "Units": units.capitalize()}
    return lambda text: Template(gettext(_SENTENCES.get(text, text))).safe_substitute(names)


def speak_of_owned(outcome: str, question: Question, printed: dict[str, Any], loaded: Loaded) -> None:
    """Name the outcome as the command does, and say whose completion it is."""
    say = _of_owned(outcome)
    estimand = ESTIMAND_OVER_TIME if loaded.by_history else ESTIMAND
    printed["question"] |= {"outcome": outcome, "estimand": say(estimand) + question.about}
    for notice in printed["warnings"]:
        if notice["code"] in WARNINGS:
            notice["message"] = say(WARNINGS[notice["code"]])
    printed["warnings"] += [
        {"code": code, "message": say(text).format(n=shown(n))} for code, text, n in _remarks(printed, loaded) if n
    ]


def _remarks(printed: dict[str, Any], loaded: Loaded) -> Iterator[tuple[str, str, int]]:
    """What is remarked on, and how often it was found."""
    yield "exposure_by_owner", BY_OWNER, loaded.by_owner
    yield "exposure_shared_by_owner", SHARED_EXPOSURE, sum(one["method"] in HEADLINE[1:] for one in printed["estimates"])
    yield "exposure_by_team", BY_TEAM, loaded.by_team
    yield "owner_missing", UNOWNED, loaded.unowned
    yield "owner_unknown", OWNER_UNKNOWN, loaded.owner_unknown
    yield "history_begins_late", HISTORY_BEGINS_LATE, loaded.history_begins_late
