"""The sentences of a report, and the labels of its charts."""

from .marks import _

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
