"""What is said of a rollout, as format strings; `_` only marks them for translation."""

from __future__ import annotations

from outcomes.evidence.words.marks import _

PER_100_AND_YEAR = 1200
"""From exits per person-month to exits of 100 people in a year."""


def in_people(rate: float) -> str:
    """Exits per person-month as those of 100 people in a year, with their sign."""
    return f"{PER_100_AND_YEAR * rate:+.1f}".replace("-", "−")


REFUSALS = {
    "no_team_offered": _(
        "No team in the data was offered the training in the months that are known, so there is nothing to compare. "
        "Import the file of teams with the day on which each was offered it (offered_on)."
    ),
    "none_asked_was_offered": _(
        "None of the teams that are asked about was offered the training. Ask about all teams, or choose some that were "
        "offered it beside some that were not."
    ),
    "names_do_not_meet": _(
        "The file of teams names {offered} that were offered the training, and nobody in the data is in one of them: the data "
        "of people have {teams} other names of teams. Call teams the same in both files and import one of them again. "
        "Capitals and spaces make no difference."
    ),
    "asked_too_early": _(
        "The first team was offered the training on {offered}, and the three months that begin with that month are not over in "
        "these data. Ask as of {day} or later, with files that know leavers up to then."
    ),
    "teams_unknown": _(
        "More than {most}% of these people are in no team in the data, so nobody knows whether their team was offered the "
        "training. Fill in the team, also of people who left, in the file of people or in person_history."
    ),
    "teams_missing_among_leavers": _(
        "Of these people, those who left are in no team {more} than those who stayed. Where teams are removed when somebody "
        "leaves, exits are lost from their teams. Import which team each was in before they left."
    ),
    "no_teams_to_compare": _(
        "There are no teams that were not yet offered the training at the same time, so there is nobody to compare with. "
        "Ask again once a team has been followed before its offer beside others that wait."
    ),
    "too_few_teams": _(
        "Too few teams can be followed: of those in the data, {n} had people in every period of {months}, and at least {least} "
        "are needed. With fewer, one of them would decide the answer."
    ),
}

WARNINGS = {
    "teams_of_then_unknown": _(
        "Of the people who were there when training was first offered, {share} are in no history and on no list of that time. "
        "They count in the team of the people file throughout, and whether they moved is not known. Import the history of "
        "people (person_history) for them as well."
    ),
    "offer_is_what_counts": _(
        "Everyone in a team that was offered the training counts from the offer on, whoever took it. Teams "
        "are not offered things by chance: what else began in these teams at the same time is in the figure as well."
    ),
    "few_teams_in_a_wave": _(
        "Of the teams that were offered the training in one month, or of those that were not, there are fewer than "
        "{least}. So few may differ for reasons of their own, and the answer describes rather than compares."
    ),
    "few_teams_on_a_side": _(
        "Fewer than {least} teams were offered the training, or fewer than {least} waited for it. So few differ by chance "
        "more often than any interval allows for, so the answer says neither fewer nor more."
    ),
    "not_seen_both_ways": _(
        "The figure by itself leaves out none, but a plain regression on the same teams and months does not. What only one "
        "of the two shows is mostly chance, so the answer says neither fewer nor more."
    ),
    "chosen_after_bad_year": _(
        "In the year before the offer about {offered} of 100 people left teams that were offered the training, and {others} "
        "of 100 in the same months left teams that waited. Teams chosen after a bad year mostly get better without any "
        "training, as bad luck does not last. So fewer is only said where fewer left than in the months before that year, too."
    ),
    "part_of_a_year": _(
        "Only {months} are known after the offer, and teams may differ by season. Against the same months of the year before "
        "the figure is {value} of 100 people in a year instead of {answer}. Fewer or more is only said where both leave out "
        "none."
    ),
    "no_year_before": _(
        "Only {months} are known after the offer, and not the same months of the year before. Teams may differ by season, so "
        "the answer says neither fewer nor more. Ask again once a year after the offer is known."
    ),
    "new_people_move_it": _(
        "People who are new leave more often, or less, and the teams hired at different times. With everybody's tenure the "
        "same throughout the figure would be {value} instead of {answer} of 100 people in a year. Only one of the two leaves "
        "out none, so the answer says neither fewer nor more."
    ),
    "few_events_exaggerate": _(
        "With fewer than {few} exits, a figure that stands out is mostly too large: among so few, only large ones stand out."
    ),
    "trends_cannot_be_tested": _(
        "Whether the teams had been on the same way before the offer cannot be tested with so few teams and months."
    ),
    "trends_differed": _(
        "The teams had not been on the same way before the offer (p {p}), so the figure may be what was under way already."
    ),
    "drift_explains_it": _(
        "If the teams had drifted apart steadily, as they may have before the offer, the months right after it would be "
        "compatible with no change at all."
    ),
    "anticipation_moves_it": _(
        "If teams acted on the offer up to {months} before it, the figure would be {value} instead of {answer} of 100 people "
        "in a year."
    ),
    "pretended_offer_shows": _(
        "An offer pretended {months} earlier, when there was none, shows a change as well. Something else was under way."
    ),
    "one_team_moves_it": _("Without one of the teams the change would have the other sign. It rests on that team."),
    "plain_regression_differs": _(
        "A plain regression on teams and months would say {value} of 100 people in a year. It takes teams that had been "
        "offered the training earlier as a comparison ({weight}% of its weight), which is why it is not the answer."
    ),
    "ends_with_last_wave": _(
        "In the end every team was offered the training. From {month} on there is nobody to compare with, so the answer "
        "is about the months before, and about the other waves."
    ),
    "offered_before_data": _("Teams left out because no whole period before their offer is known: {n}."),
    "teams_stood_empty": _("Teams left out because nobody was in them in at least one period, or at the first offer: {n}."),
    "teams_emptied": _(
        "Teams left out that were offered the training and in which nobody was any more later: {n}. Whoever left as they came "
        "to an end is not in the figure. If the offer had to do with it, the figure looks better than it is."
    ),
    "teams_without_people": _(
        "Teams in the file of teams that nobody in the data is in: {n}, of which {offered} were offered the training. If the "
        "files of people call them otherwise, call them the same. Capitals and spaces make no difference."
    ),
    "people_without_team": _(
        "People left out for the time in which they are in no team in the data: {people}, {share} of all."
    ),
    "teams_not_observed": _(
        "Teams left out because they are not under observation from {first} to {last} throughout: {n}. The files that they "
        "are in say that leavers are known for a shorter time."
    ),
    "teams_not_in_file": _(
        "Teams that are not in the file of teams: {n}, with {people} people. They count as not offered the training. If they "
        "were offered it, add them to the file."
    ),
    "by_team_at_first_offer": _(
        "More than 1 in 20 people have changed teams since the first offer. Everyone is counted in the team they were in "
        "at that time, since people may have moved because of the training, or away from it."
    ),
    "teams_by_rosters": _(
        "Teams are known from files of two days. Everyone is counted in the team they were in before the first offer."
    ),
}


ANSWER = {
    "lower": _(
        "In teams that were offered the training, about {n} fewer of 100 people left in a year than in teams not yet "
        "offered it; it could be {near} or {far}."
    ),
    "higher": _(
        "In teams that were offered the training, about {n} more of 100 people left in a year than in teams not yet "
        "offered it; it could be {near} or {far}."
    ),
    "open": _(
        "We could not tell whether fewer or more people leave teams that were offered the training. The data are "
        "compatible with anything from {fewest} to {most} of 100 leaving in a year than in teams not yet offered it."
    ),
    "taken_back": _(
        "We could not tell whether fewer or more people leave teams that were offered the training. By itself the figure "
        "would be anything from {fewest} to {most} of 100 leaving in a year than in teams not yet offered it, but it does "
        "not hold."
    ),
    "few_on_a_side": _("With fewer than {least} teams on one side, neither fewer nor more is said."),
    "one_way_only": _("A plain regression on the same teams does not show it, so neither fewer nor more is said."),
    "bad_year_over": _("It may be nothing but the end of a bad year, so neither fewer nor more is said."),
    "season": _("It does not show against the same months of the year before, so neither fewer nor more is said."),
    "no_year_before": _("Less than a year is known after the offer, and none before it, so neither fewer nor more is said."),
    "new_people": _("It does not show with everybody's tenure the same, so neither fewer nor more is said."),
    "no_more_than_left": _(
        "About {rate} of 100 people leave in a year where teams are not yet offered the training, so no more than these can be "
        "fewer."
    ),
    "after_bad_year": _(
        "The teams that were offered it had just had a bad year, and such teams mostly get better by themselves, so this "
        "does not show that the offer caused it."
    ),
    "part_of_a_year": _(
        "Less than a year is known after the offer, and teams may differ by season, so this does not show that the offer "
        "caused it."
    ),
    "hired_apart": _("Teams hired at different times, so this does not show that the offer caused it."),
    "not_alike": _("The teams had not been on the same way before, so this does not show that the offer caused it."),
    "describes": _("So few teams describe what happened; they do not show that the offer caused it."),
    "untested": _("That they were on the same way before could not be tested, so this does not show that the offer caused it."),
    "compares": _("This compares each team with itself before and with teams that still waited. It was not decided by chance."),
    "scope": _("This answer is about {exits} from {teams} teams, as of {day}."),
}

HOW_WE_KNOW = {
    "followed": _("{events} people left {teams} teams in {months} months, from {first} to {last}."),
    "periods": _(
        "Rates are of three months together, counted so that offers stand at the beginning of three as far as they can. The "
        "three in which a team was offered it count as after the offer."
    ),
    "waves": _("{offered} of the teams were offered the training, in {waves}. {waiting} were not, up to the end of the data."),
    "method": _(
        "Each wave of teams is compared, before and after its offer, with teams not yet offered it (Callaway and "
        "Sant'Anna). Teams count by how many people they had at the first offer."
    ),
    "interval": _(
        "The interval is by team, with t and {df} degrees of freedom. With 10 to 40 teams such intervals miss the truth "
        "in 6 to 9 of 100 cases rather than in 5."
    ),
    "trends": _(
        "In the {leads} periods tested before the offer the teams did not differ more than by chance (p {p}). A drift of "
        "{drift} of 100 people a year more with each month would have been found 4 times in 5."
    ),
    "both_ways": _(
        "Fewer or more is said only where a plain regression on teams and months leaves out none on the same side, and five "
        "teams or more are on both sides."
    ),
    "same_tenure": _(
        "With everybody's tenure the same throughout, by bands of tenure in teams not yet offered it, the figure would be "
        "{value} of 100 people in a year."
    ),
    "left_out": _("Leaving out each team in turn, the figure lies between {lowest} and {highest} of 100 people in a year."),
}

WHAT_WOULD_CHANGE_OUR_MIND = {
    "more_teams": _("More teams in each wave, and more months before the first offer."),
    "waiting": _("Teams that are offered the training later, in an order that chance decides."),
    "other_reasons": _("Knowing what else changed in these teams when they were offered the training."),
}

ONE_WAVE, WAVES = _("one wave"), _("{n} waves")
ONE_MONTH, SOME_MONTHS = _("a month"), _("{n} months")
FEWER, MORE, NONE = _("{n} fewer"), _("{n} more"), _("none")
EXITS_OF_TEAMS = _("Exits per 100 people and year, teams offered the training less teams not yet offered it")
MONTHS_SINCE, OFFER = _("Months since the offer"), _("Offer")
EVENT_STUDY = _("{what}. Months before the offer: {before}. Months after it: {after}.")
