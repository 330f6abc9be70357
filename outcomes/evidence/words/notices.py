"""Refusals and warnings, and why rows are left out."""

from .marks import _

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
        "There are no tenure figures of {day} or an earlier day. Import a file of such a day, or ask as of the day of one."
    ),
    "not_built_yet": _(
        "Questions about {exposure} cannot be answered yet; only questions about completion can. Nothing was estimated, "
        "because no other method can replace the right one."
    ),
    "too_few_events": _(
        "At least {needed} {exits} are needed for a meaningful estimate; the data contain fewer. Ask about more teams, over "
        "a longer time, or again when more have left."
    ),
    "too_few_events_in_all": _(
        "At least {needed} {exits} are needed for a meaningful estimate, and all data together contain fewer, whatever is "
        "asked of them. The page on the data shows what they can say today. Ask again when more have left."
    ),
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
