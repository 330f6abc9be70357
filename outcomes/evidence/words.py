"""Every sentence the engine writes about the data, in one place, as format strings.

`_` only marks them, so that makemessages finds them; whoever shows them translates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp

from common.few import SMALL, is_small


def _(text: str) -> str:
    return text


@dataclass(frozen=True)
class OutcomeTerms:
    """What the units of an outcome are called; `unit` and `exit` are one of them."""

    unit: str
    units: str
    population: str
    origin: str
    exit: str
    exits: str
    tenure: str
    month: str
    months: str
    """Heads an axis."""
    experienced: str
    columns: str
    equally_long: str = ""
    """Says that their tenure is the same; blank where `tenure` can stand in a list with the covariates."""


def counted(n: int, one: str, several: str) -> str:
    """`n` with its noun: "1 exit", "1,200 exits"."""
    return f"{n:,} {one if n == 1 else several}"


MAX_DECIMALS = 6
FEW, NOT_SHOWN = "1–9", _("not shown")
FEWER_THAN_TEN = _("fewer than ten")


def shown(n: int) -> str:
    """A count of people, unless it is so small that it names somebody."""
    return FEW if is_small(n) else f"{n:,}"


def shown_from_ten(n: int) -> str:
    """A count of what happens to people one at a time: none is not told apart from nine, so that no two days tell of one."""
    return FEWER_THAN_TEN if n < SMALL else f"{n:,}"


def plain_name(column: str) -> str:
    """A column's name as people write it: no underscores, no suffix of its kind."""
    return column.partition(":")[0].replace("_", " ").strip()


def in_words(day: date, translate: Callable[[str], str] = str) -> str:
    """As reports write it: 30 June 2026."""
    return f"{day.day} {translate(NAMES_OF_MONTHS[day.month - 1])} {day.year}"


def listed(names: Sequence[str], translate: Callable[[str], str] = str) -> str:
    """One or more names as in "A, B and C"."""
    if len(names) == 1:
        return names[0]
    return translate(AND).format(first=", ".join(names[:-1]), last=names[-1])


def ratio_of(log_ratio: float) -> str:
    """To two decimals, or as many more as it takes to see on which side of 1 it lies."""
    ratio = exp(log_ratio)
    decimals = 2
    while log_ratio and decimals < MAX_DECIMALS and float(f"{ratio:.{decimals}f}") == 1:
        decimals += 1
    return f"{ratio:.{decimals}f}"


def p_value(p: float) -> str:
    """To three decimals; no p is nought."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


OUTCOME_TERMS = {
    "employee_exit": OutcomeTerms(
        unit=_("person"),
        units=_("people"),
        population=_("everyone employed"),
        origin=_("hire date"),
        exit=_("exit"),
        exits=_("exits"),
        tenure=_("tenure"),
        month=_("month of tenure"),
        months=_("Months of tenure"),
        experienced=_("long-serving people with newcomers"),
        columns=_("grade, site or manager"),
    ),
    "customer_exit": OutcomeTerms(
        unit=_("customer"),
        units=_("customers"),
        population=_("all customers"),
        origin=_("start date"),
        exit=_("departure"),
        exits=_("departures"),
        tenure=_("time as a customer"),
        month=_("month as a customer"),
        months=_("Months as a customer"),
        experienced=_("long-standing customers with new ones"),
        columns=_("segment, region or value of the contract"),
        equally_long=_("who had been customers equally long"),
    ),
    "partner_exit": OutcomeTerms(
        unit=_("partner"),
        units=_("partners"),
        population=_("all partners"),
        origin=_("start date"),
        exit=_("departure"),
        exits=_("departures"),
        tenure=_("time as a partner"),
        month=_("month as a partner"),
        months=_("Months as a partner"),
        experienced=_("long-standing partners with new ones"),
        columns=_("region, size or kind of partnership"),
        equally_long=_("who had been partners equally long"),
    ),
    "tenure_exit": OutcomeTerms(
        unit=_("person or customer"),
        units=_("people or customers"),
        population=_("everyone in the tenure figures"),
        origin=_("first day"),
        exit=_("exit"),
        exits=_("exits"),
        tenure=_("tenure"),
        month=_("month of tenure"),
        months=_("Months of tenure"),
        experienced=_("those who have been there long with newcomers"),
        columns=_("grade, site or segment"),
    ),
}
MEMBER_OF = ("segment", "team")
"""Columns that one is in; of the others one has the same."""
SAME_TENURE = _("{units} with the same {names}")
SAME_GROUP = _("in the same {names}")
SAME_VALUE = _("with the same {names}")

AND = _("{first} and {last}")
NAMES_OF_MONTHS = (
    _("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"), _("August"), _("September"),
    _("October"), _("November"), _("December"),
)  # fmt: skip
EVENT_KINDS = {"voluntary": _("voluntary"), "involuntary": _("involuntary"), "other": _("other")}
POPULATION = _(
    "{population} at some time between {first} and {last}, followed from the first day observed{within}; team as recorded in "
    "the data"
)
POPULATION_OF_DURATIONS = _("{population}, from their first day{within}; nothing is known of the calendar")
IN_TEAMS = _("{units} of {teams}")
POPULATION_NOT_OBSERVED = _("{population} (no one was observed)")

REFUSALS = {
    "observation_start_unknown": _(
        "Nothing says since when leavers are in these data. Whoever left before that day cannot be seen, and counting the "
        "others from their {origin} would make everybody look more loyal than they were. Say with the import since when "
        "leavers are in the file, or fill the column observed_from."
    ),
    "observation_end_unknown": _(
        "Nothing says until when leavers are in these data, and nobody can be counted as still there after that day. Say "
        "with the import until when leavers are in the file, usually the day of its export, or fill the column "
        "observed_until."
    ),
    "observation_start_doubtful": _(
        "The data are said to know leavers before {day}, but not one of those {exits} is in them although many {units} were "
        "there. Those who left before {day} seem to be missing. If so, say with the import that leavers are in the file "
        "since {day}."
    ),
    "observation_end_doubtful": _(
        "The data are said to know leavers after {day}, but not one of those {exits} is in them although many {units} were "
        "there. Those who left after {day} seem to be missing. If so, say with the import that leavers are in the file "
        "until {day}."
    ),
    "course_needed": _(
        "Completions of more than one course are in the data, and each is a question of its own. Choose the course: {courses}."
    ),
    "owners_unknown": _(
        "More than {most}% of these {units} have neither an owner nor a team in the data, or one who is not among the people "
        "in the data, so nobody knows whether those who look after them completed. Fill in owner_person_id or team, also of "
        "{units} who left, and import those people as well."
    ),
    "owners_missing_among_leavers": _(
        "Of these {units}, those who left have no known owner or team {more} than those who stayed. Where owners are removed, "
        "or replaced, when somebody leaves, those who remain in the comparison are not those who were there. Import who "
        "looked after them before they left (owner_person_id, or customer_history), with those people."
    ),
    "exit_kinds_unknown": _(
        "More than {most}% of the {exits} have no kind in the data, so those asked for cannot be told from the others. Ask "
        "about any exit, or add the kinds."
    ),
    "exit_days_unknown": _(
        "More than {most}% of the {exits} have no day: rows say that people have left, by a status or a kind of exit, and not "
        "when, so they would count as still there. Fill in exit_date for them and import the file again."
    ),
    "rows_left_open": _(
        "For more than {most}% of the {exits} the latest row of a person ends, but an earlier row has no end, so nobody knows "
        "whether they left. Systems leave such rows behind after a transfer. Give the earlier rows the day on which they ended "
        "and import the file again."
    ),
    "completions_unmatched": _(
        "More than {most}% of the people in the files of completions are not among the people in the data, so those they are "
        "would count as never completed. Use the same IDs in both files (leading zeros count, and “.0” is not part of an ID), "
        "or import the missing people, and import the completions again."
    ),
    "no_tenure_figures": _(
        "There are no tenure figures of {day} or an earlier day. Import a tenure file, or ask as of a later day."
    ),
    "not_built_yet": _(
        "Questions about {exposure} cannot be answered yet; only questions about completion can. Nothing was estimated, "
        "because no other method can replace the right one."
    ),
    "too_few_events": _("At least {needed} {exits} are needed for a meaningful estimate; the data contain {events}."),
    "too_few_events_in_arm": _(
        "At least {needed} {exits} are needed after completion and as many before it. On one side there are fewer."
    ),
    "too_few_exposed": _("Fewer than the {needed} {units} needed completed while they were observed."),
    "no_one_exposed": _("No one completed while they were observed, so there is no one to compare."),
    "everyone_exposed": _("Everyone had completed before they were observed, so there is no one to compare them with."),
    "no_overlap": _(
        "Those who had completed and those who had not hardly overlapped in {tenure}, so comparing them would mean comparing "
        "{experienced}."
    ),
    "eventless_levels": _(
        "More than {most}% of the {units} are in groups in which nobody left ({columns}), so what is in there was probably "
        "written down once it was known who left. Use it as it was at the start, or leave it out."
    ),
    "covariate_singles_out": _(
        "The column {column!r} sets fewer than ten people apart from all others, so an answer that adjusts for it would be "
        "about them. Put its values into bands of at least ten people each, or leave it out."
    ),
    "levels_too_small": _(
        "Each value of the column {column!r} holds fewer than ten {units}, so groups of it would be about these few. Put its "
        "values into groups of at least ten, or leave it out."
    ),
    "no_variation": _("The column {column!r} has the same value for everyone, so it cannot be adjusted for. Leave it out."),
}

QUESTION_ERRORS = (
    "asked_often_enough",
    "asked_too_early",
    "collinear_covariates",
    "course_needed",
    "covariate_knows_completion",
    "covariate_knows_outcome",
    "covariate_missing_among_leavers",
    "covariate_mostly_missing",
    "covariate_not_numeric",
    "covariate_singles_out",
    "eventless_levels",
    "exit_kinds_unknown",
    "history_needed",
    "levels_too_small",
    "no_stable_answer",
    "no_tenure_figures",
    "no_variation",
    "none_asked_was_offered",
    "not_built_yet",
    "outcome_not_built_yet",
    "too_close_to_earlier_answer",
    "too_few_owners",
    "unknown_covariate",
)
"""Refusals of how it was asked: the answer before it stays the latest, and what helps is another question."""

WARNINGS = {
    "months_without_exits": _(
        "Nobody left in {months}, although months around it had many {exits}. If leavers of that time are missing, they count "
        "as if they had stayed."
    ),
    "data_older_than_question": _("The data end on {day}; the question is asked as of {asked}. Nothing later is known."),
    "completions_of_leavers_missing": _(
        "By the files, hardly anybody left after completing for a long time, although at least ten {exits} were to be expected "
        "at the rate of the others. A training system that no longer knows those who left looks like this, and completion then "
        "looks much better for retention than it is. Import the completions of those who left as well."
    ),
    "exits_without_day": _(
        "Of the {exits}, {share} have no day: rows say that people have left, by a status or a kind of exit, and not when. "
        "They count as still there."
    ),
    "earlier_rows_open": _(
        "For {share} of the {exits} the latest row of a person ends, but an earlier row has no end. They count as still there. "
        "If the earlier rows were left behind after a transfer, give them the day on which they ended."
    ),
    "notices_without_exit": _(
        "{n} notices are not counted as exits: no exit followed within six months, and the people are in a later complete file."
    ),
    "completions_of_others": _(
        "Of the people in the files of completions, {share} are not among the people in the data. If their IDs are only "
        "written differently, they count as never completed."
    ),
    "exit_kinds_missing": _(
        "Some {exits} have no kind in the data. They end the time at risk and count as none of those asked for."
    ),
    "completion_is_self_selected": _(
        "People choose whether to complete, and nothing in this analysis can remove that. Where those about to leave seldom "
        "complete, completion looks better for retention than it is; where those about to leave complete, or teams that many "
        "leave come first, it looks worse."
    ),
    "unadjusted": _("No covariates were chosen, so only {tenure} is the same on both sides."),
    "if_leavers_of_all_years": _(
        "Right only if leavers of all years are in the file. If those who left early are missing, everyone looks more loyal "
        "than they were."
    ),
    "durations_without_dates": _(
        "The file holds lengths of time and no dates, so what changed for everyone over the calendar cannot be looked at. "
        "Whatever the ratio, the answer does not say that those who had completed left less or more often."
    ),
    "wide_interval": _("The interval is wide: the data are compatible with anything from {low} to {high} times the rate."),
    "few_exposed_events": _("Fewer than {few} {exits} came after completion; a few more or fewer would change the result."),
    "many_coefficients": _(
        "There are fewer than {needed} {exits} for each of the {coefficients} coefficients, so standard errors are unreliable."
    ),
    "levels_without_events": _(
        "Some groups in which no one left ({columns}) say nothing about the comparison and play no part in it."
    ),
    "too_few_teams_to_cluster": _(
        "Members of one team may leave together. Allowing for that needs at least {needed} teams, and the data have fewer: "
        "the interval may be too narrow."
    ),
    "too_few_whole_teams": _(
        "Mostly whole teams completed together, and too few for an interval that allows for members of a team leaving "
        "together. What looks like a difference between those who had completed and the others may be one between the teams. "
        "At least {needed} teams, or people of one team who complete at different times, would help."
    ),
    "too_few_teams_that_differ": _(
        "More people completed in some teams than in others, and compared within their teams alone those who had completed "
        "do not clearly differ in the same way. With fewer than {needed} teams no interval allows for teams that differ, so "
        "the answer says neither less nor more. More teams, or more people of each who complete, would help."
    ),
    "few_teams": _(
        "The data have fewer than {few} teams, so the interval that allows for members leaving together is itself rough."
    ),
    "one_team_decides": _(
        "Without one of the teams there would be no answer at all, so no interval can allow for members of a team leaving "
        "together."
    ),
    "few_events_exaggerate": _(
        "With fewer than {few} {exits}, a figure that stands out is mostly too large: among so few, only large ones stand out."
    ),
    "rests_on_columns": _(
        "Without {columns} the answer would be a different one. A column that goes so clearly with leaving, or with "
        "completing, may have been changed because of it, so the answer says neither less nor more. Use it as it was at the "
        "start, or leave it out."
    ),
    "calendar_not_looked_at": _(
        "What changed for everyone over the calendar could not be allowed for: there are too few exits, or too many "
        "combinations of the covariates. More months, or fewer columns, would help."
    ),
    "curve_starts_late": _(
        "The curve for those who had completed begins at month {month}, with those who were there at that time. Compare how "
        "fast the curves fall, not how high they are."
    ),
}

# Of a number of them, which may be "1–9": never in the singular.
COUNTED_WARNINGS = {
    "rows_excluded": _("{n} rows were left out because they {reason}."),
    "completion_after_exit": _("{n} completions dated after the exit were ignored."),
    "exit_after_observation": _("{n} exits dated after observation ended were not counted as having happened."),
}
# Of covariates ---------------------------------------------------------------------------------------------------------------

COVARIATE_NOTICES = {
    "covariate_mostly_missing": _(
        "The column {column!r} has no value for {least}% of the {units} or more. Adjusting for it would leave them out; "
        "choose another column, or complete this one."
    ),
    "covariate_partly_missing": _(
        "The column {column!r} has no value for at least {least}% of the {units}; they take no part in the comparison."
    ),
    "covariate_missing_among_leavers": _(
        "The column {column!r} has no value {more} for those who left than for those who stayed. Whether it is filled in "
        "depends on leaving, so adjusting for it would distort the comparison."
    ),
    "covariate_knows_outcome": _(
        "The column {column!r} tells those who left from those who stayed more clearly than anything known at the start could. "
        "It was probably written down later, because of the exit. Use it as it was at the start, or leave it out."
    ),
    "covariate_may_know_outcome": _(
        "The column {column!r} tells those who left from those who stayed (some left at more than 5 times the rate of others, "
        "or nearly all leavers have higher, or lower, values). That is rarely so of what was known at the start. Make sure "
        "that it was not written down, or changed, because of the exit, or leave it out."
    ),
    "covariate_knows_completion": _(
        "The column {column!r} tells those who completed from those who never did more clearly than anything known at the "
        "start could. It probably counts the completion itself, as a number of courses or hours does. Adjusting for it would "
        "take away what is asked about. Use it as it was at the start, or leave it out."
    ),
    "covariate_may_know_completion": _(
        "The column {column!r} tells those who completed from those who never did: most of them have higher, or lower, values. "
        "Make sure that it was known at the start and does not count the completion itself, or leave it out."
    ),
    "covariate_stands_out": _(
        "The column {column!r} goes together with leaving very clearly. Make sure that it shows how things were at the start, "
        "and was not changed later because of the exit."
    ),
}

MORE_OFTEN, LESS_OFTEN = _("more often"), _("less often")

# Where other sides of the question say something else -----------------------------------------------------------------------

MAKES_BETTER = _("the answer makes completion look better for retention than it is")
MAKES_WORSE = _("the answer makes completion look worse for retention than it is")
LOOKS_BETTER = _("completion looks better for retention")
LOOKS_WORSE = _("completion looks worse for retention")
FIRST_MONTH, FIRST_MONTHS = _("the first month"), _("the first {n} months")
TRENDS = {
    ("effect_changes_since", True): _("Completion looks better for retention soon after it than later."),
    ("effect_changes_since", False): _("Completion looks worse for retention soon after it than later."),
    ("effect_changes_with_tenure", True): _("Completion looks better for retention before than after."),
    ("effect_changes_with_tenure", False): _("Completion looks worse for retention before than after."),
}
"""By finding, and whether the ratio rises."""
FINDINGS = {
    "calendar_moves_it": _(
        "Leaving changed for everyone in the months in which completion spread. Allowing for calendar quarters, the ratio is "
        "{ratio} instead of {answer} (both by calendar months): as far as that goes, {makes}."
    ),
    "lag_moves_it": _(
        "Leaving out {span} after a completion, the ratio is {ratio} instead of {answer}. If completing and leaving go "
        "together in that time for reasons of their own, {makes}."
    ),
    "clocks_disagree": _(
        "Counted by the other clock (days or calendar months), the ratio is {ratio} instead of {answer}, so that "
        "{looks}: completions and exits lie so close together that their order within a month decides."
    ),
    "effect_changes_since": _(
        "The ratio is not the same however long ago the completion was: {ratios} in the first 3 months, up to 12 months and "
        "later, as far as there were enough exits. {trend} One figure for all of them says too little."
    ),
    "effect_changes_with_tenure": _(
        "The ratio is not the same at every {tenure}: {ratios} before and after the {tenure} by which half of the {exits} "
        "had happened. {trend} One figure for both says too little."
    ),
}

WITHOUT_FIGURES = {
    "calendar_moves_it": _(
        "Leaving changed for everyone in the months in which completion spread, and allowing for calendar quarters moves the "
        "ratio."
    ),
    "lag_moves_it": _(
        "Leaving out the first months after a completion moves the ratio. Completing and leaving may go together in that time "
        "for reasons of their own."
    ),
    "clocks_disagree": _(
        "Counted by the other clock (days or calendar months) the ratio is another: completions and exits lie so close "
        "together that their order within a month decides."
    ),
    "effect_changes_since": _(
        "The ratio is not the same however long ago the completion was. One figure for all of it says too little."
    ),
    "effect_changes_with_tenure": _(
        "The ratio is not the same for those who have been there for a short and for a long time. One figure for both says too "
        "little."
    ),
    "wide_interval": _("The interval is wide: the data are compatible with very different rates."),
}
"""Of the same warnings where figures would tell of a few people who of them completed."""

EXCLUDED_FOR_SEVERAL_REASONS = _("Rows were left out: {reasons}.")
EXCLUSIONS = {
    "no_origin": _("have no {origin}"),
    "exit_before_origin": _("end before their {origin}"),
    "left_before_observation": _("ended before observation began"),
    "not_yet_observed": _("begin after observation ended"),
    "left_on_first_day": _("left on the first day, which counts in the curve only"),
    "no_time_at_risk": _("were never under observation"),
    "past_horizon": _("had been there for longer than is asked about when observation began"),
    "overlapping_stint": _("overlap an earlier row with the same ID"),
    "covariate_missing": _("have a missing covariate"),
}

GRADES = {
    "of_durations": (
        _("Unadjusted"),
        _("Describes a difference among lengths of time, whatever it allows for. Cannot show what caused it."),
    ),
    "descriptive": (_("Descriptive"), _("Says how many stay. Makes no comparison.")),
    "unadjusted": (
        _("Unadjusted"),
        _("Nothing but time spent is the same on both sides. Describes a difference; cannot show what caused it."),
    ),
    "adjusted": (
        _("Adjusted"),
        _("Allows for the columns chosen and for nothing else. Cannot show what caused a difference."),
    ),
    "quasi_experimental": (_("Quasi-experimental"), _("Compares before and after with teams not yet offered the training.")),
    "randomised": (_("Randomised"), _("Compares groups formed by chance.")),
    "refused": (_("No result"), _("The data cannot support a result, so none is given.")),
}

ANSWER = {
    "refused": _("The data cannot answer this yet. {reason}"),
    "course": _("The course is {name}."),
    "courses": _("The courses are {names}."),
    "scope": _("This answer is about {population} and counts {exits}, as of {day}."),
    "scope_undated": _("This answer is about {population} and counts {exits}."),
    "of_teams_alone": _("{population} alone"),
    "every_exit": _("every {exit}"),
    "exits_of_kinds": _("{kinds} {exits} only"),
    "horizon_of_one": _("Only the first {month} counts."),
    "horizon": _("Only the first {n} {months} count."),
    "not_asked": _("Nothing was estimated."),
    "not_shown": _("How many stayed is not shown while a few people do not want their data used: it would tell who they are."),
    "described": _(
        "Of all {units}, {retained}% were still there after {month} months (95% confidence interval {low}% to {high}%). "
        "This describes what happened and makes no comparison."
    ),
    "lower": _("{size} People who are about to leave seldom finish courses, so this does not show that the course caused it."),
    "higher": _("{size} Who completes is not decided by chance, so this does not show that the course caused it."),
    "lower_in_people": _(
        "Among {compared}, about {n} fewer of 100 left within a year of completing than of 100 who had not yet completed; "
        "it could be {near} or {far}. That is {ratio} times the rate of leaving (95% confidence interval {low} to {high})."
    ),
    "higher_in_people": _(
        "Among {compared}, about {n} more of 100 left within a year of completing than of 100 who had not yet completed; "
        "it could be {near} or {far}. That is {ratio} times the rate of leaving (95% confidence interval {low} to {high})."
    ),
    "as_ratio": _(
        "Among {compared}, those who had completed left at about {ratio} times the rate of those who had not yet completed "
        "(95% confidence interval {low} to {high})."
    ),
    "open": _("We could not tell whether those who had completed left less or more often. {size}"),
    "open_in_people": _(
        "Among {compared}, the data are compatible with anything from {fewest} to {most} of 100 leaving within a year of "
        "completing than of 100 who had not yet completed: {ratio} times the rate of leaving fits best (95% confidence "
        "interval {low} to {high})."
    ),
    "open_as_ratio": _(
        "Among {compared}, about {ratio} times the rate of those who had not yet completed fits the data best, but anything "
        "from {low} to {high} times is also compatible with them (95% confidence interval)."
    ),
    "open_without_calendar": _(
        "Among {compared}, their rate was about {ratio} times that of the others (95% confidence interval {low} to {high}), "
        "but what changed for everyone over the calendar could not be allowed for."
    ),
    "open_between_teams": _(
        "Among {compared}, their rate was about {ratio} times that of the others (95% confidence interval {low} to {high} if "
        "everyone left independently of everyone else), but with so few teams this may be a difference between the teams."
    ),
    "open_by_columns": _(
        "Among {compared}, their rate was about {ratio} times that of the others (95% confidence interval {low} to {high}), "
        "but only because of columns that may have been changed when people left."
    ),
    "open_by_calendar": _(
        "Among {compared}, their rate was about {ratio} times that of the others (95% confidence interval {low} to {high}), "
        "but {calendar_ratio} times ({calendar_low} to {calendar_high}) after allowing for what changed for everyone over the "
        "calendar. The two do not agree on less or more."
    ),
}
QUOTED = "“{name}”"
NONE = _("none")
MONTH, MONTHS = _("month"), _("months")
MORE_EXITS = _("{n} more {exit}"), _("{n} more {exits}")
MANY_MORE_EXITS = _("More {exits}")
MANY = _("nearly as many as there are people")
FEWER, MORE = _("{n} fewer"), _("{n} more")

HOW_WE_KNOW = {
    "followed": _("We followed {units} for {months} in all; {events} left, {after} of them after completing."),
    "followed_whole": _("We followed {units} for {months} in all; {events} left."),
    "followed_few": _("We followed so few that they are not counted here."),
    "other_exits": _("Only {kinds} {exits} count as leaving. Whoever left in another way was followed until that day."),
    "late_entry": _(
        "Anyone who was there before observation began counts from the first day observed, because others who had left by "
        "then cannot be seen."
    ),
    "switching": _(
        "Everyone counts as not yet completed until the {clock} they complete, and as completed only after it. No one is "
        "classified by what they did later."
    ),
    "method": _("The rates of leaving are compared among {compared} (Cox regression with time-varying completion)."),
    "cox_time_varying": _("If everyone left independently of everyone else, the interval would be {low} to {high}."),
    "cox_time_varying_clustered": _(
        "Allowing for {clusters} teams whose members may leave together, the interval is {low} to {high}."
    ),
    "cox_time_varying_jackknife": _("Leaving out each of the {clusters} teams in turn, the interval is {low} to {high}."),
    "widest": _("The answer uses the widest of these intervals."),
    "in_people": _(
        "The number of 100 is worked out for those who completed: their year after completing, against the same year at the "
        "rate of those who had not yet."
    ),
    "poisson_cells": _("Allowing for calendar quarters as well, the ratio is {ratio} ({low} to {high})."),
    "poisson_cells_clustered": _("Allowing for calendar quarters and teams as well, the ratio is {ratio} ({low} to {high})."),
    "e_value": _(
        "Something that is not in the data could explain the result away only if it were associated with both completing "
        "and leaving by a factor of at least {point} each; a factor of {limit} would make the interval reach 1 ({scale}). This "
        "figure knows nothing of wrong dates, of completions that came, or did not come, since an exit was near, or "
        "of columns that were filled in afterwards."
    ),
    "common": _("E-value, using the approximation of VanderWeele and Ding for common outcomes"),
    "rare": _("E-value, using the rate ratio for the risk ratio because the outcome is rare"),
    "detectable": _(
        "With this many exits, only a ratio below about {below} or above about {above} would be found 4 times in 5."
    ),
}

WHAT_WOULD_CHANGE_OUR_MIND = {
    "notice": _(
        "Dates on which notice was given: they would make it possible to exclude those who stopped learning "
        "because they were leaving."
    ),
    "offer": _(
        "Dates on which teams were offered the training: teams could be compared before and after, regardless of who completed."
    ),
    "random": _(
        "A random order in which teams are offered the training: the surest way to see what difference the offer makes."
    ),
    "covariates": _("Columns such as {examples}: adjusting for them would make the two sides more comparable."),
    "dates": _(
        "The dates on which they came and left, instead of lengths of time: what changed for everyone over the calendar could "
        "then be allowed for."
    ),
    "completed_months": _(
        "How many months before leaving, or before the day of the figures, each completed (the column "
        "completed_months_before): those who had completed could then be compared with those who had not yet."
    ),
    "more_events": _("{missing}, from more months or more {units}."),
    "more_teams": _("More teams, or people of one team who complete at different times."),
    "columns_at_the_start": _("Columns as they were at the start, or the same question without them."),
    "more_data": _("More months or more {units}: they would narrow the interval."),
    "both_sides": _("More {units} who complete while they are observed, or observation from an earlier day."),
    "history": _("In which team each person was, from when to when."),
    "not_built_yet": _("A later version of Accord: this kind of question is not supported yet."),
    "the_question": _("A question that the data can support: see the reason above."),
}

CHART_LABELS = {
    "exposed": _("completed"),
    "not yet exposed": _("not yet completed"),
    "everyone": _("everyone"),
    "y": _("Share of {units} still there, with 95% confidence interval"),
    "not_adjusted": _(
        "Not adjusted: share of {units} still there, with 95% confidence interval; only {tenure} is taken into account"
    ),
    "label": _("Share of {units} still there by {month}. {groups}"),
    "group": _("{name}: {retained}% at month {month}."),
    "nothing": _("Too few to show."),
}
