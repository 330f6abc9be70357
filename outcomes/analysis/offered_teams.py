"""Which teams were offered a training, by whichever name files call them, and why none of them can be asked about."""

from __future__ import annotations

import calendar
from collections.abc import Collection, Mapping
from datetime import date

from accounts.models import Organisation
from common.spelling import plain
from outcomes.analysis.gaps import in_fives
from outcomes.evidence import limits
from outcomes.evidence.arrays import Bools
from outcomes.evidence.missing import is_apart
from outcomes.evidence.question import Question
from outcomes.evidence.result import Notice
from outcomes.evidence.rollouts import estimation
from outcomes.evidence.rollouts.words import WARNINGS
from outcomes.evidence.words.notices import LESS_OFTEN, MORE_OFTEN
from outcomes.evidence.words.writing import in_words
from stakeholders.history import offered_on
from stakeholders.models import EmploymentStint, PersonPeriod

Offers = Mapping[str, date | None]


def offers_of_teams(organisation: Organisation, question: Question) -> dict[str, date | None]:
    """Of the teams asked about. Names that differ in case and spaces alone are one team, with the first of its days."""
    found: dict[str, date | None] = {}
    names: dict[str, str] = {}
    asked = {plain(team) for team in question.teams}
    for team, day in sorted(offered_on(organisation).items()):
        if asked and plain(team) not in asked:
            continue
        name = names.setdefault(plain(team), team)
        found[name] = min((one for one in (found.get(name), day) if one), default=None)
    return found


def spellings(organisation: Organisation, teams: Collection[str]) -> tuple[str, ...]:
    """Teams by every name that the data have for them."""
    if not teams:
        return ()
    asked = {plain(team) for team in teams}
    files = (rows.objects.filter(organisation=organisation) for rows in (EmploymentStint, PersonPeriod))
    known = {team for rows in files for team in rows.order_by().values_list("team", flat=True).distinct()}
    return tuple(sorted({*teams, *(team for team in known if plain(team) in asked)}))


# Why no team can be asked about ---------------------------------------------------------------------------------------------


def why_none(organisation: Organisation, question: Question, offers: Offers, people_in: Collection[str], last: date) -> Notice:
    """What to do where no team was offered anything in the months that are known, of which `last` is the last day.

    `people_in`: teams that somebody in the data is in.
    """
    days = {team: day for team, day in offers.items() if day}
    if not days and question.teams and any(offered_on(organisation).values()):
        return estimation.refusal("none_asked_was_offered")
    met = [day for team, day in days.items() if team in people_in]
    if days and not met:
        return estimation.refusal("names_do_not_meet", offered=len(days), teams=len(people_in))
    if met and (first := min(met)) and last < (needed := _three_months_from(first)):
        return estimation.refusal("asked_too_early", offered=in_words(first), day=in_words(needed))
    return estimation.refusal("no_team_offered")


def _three_months_from(day: date) -> date:
    """The last day of the three months that begin with that of the offer."""
    month = day.month + 1  # two months later, counted from 0
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, calendar.monthrange(year, month)[1])


def without_people(offers: Offers, people_in: Collection[str]) -> list[Notice]:
    """Of teams in the file of teams that nobody in the data is in, mostly since files call them otherwise."""
    empty = [day for team, day in offers.items() if team not in people_in]
    if not empty:
        return []
    offered = sum(1 for day in empty if day)
    return [Notice("teams_without_people", WARNINGS["teams_without_people"].format(n=len(empty), offered=offered))]


# People without a team ------------------------------------------------------------------------------------------------------


def look_at_missing_teams(is_missing: Bools, has_left: Bools, shown: str) -> tuple[list[Notice], list[Notice]]:
    """Refusals and warnings about stints, (stints,) each, in no team for some of the time; `shown`: how many they are."""
    if not is_missing.any():
        return [], []
    share = float(is_missing.mean())
    if share > limits.MAX_LEFT_OUT:
        return [estimation.refusal("teams_unknown", most=f"{100 * limits.MAX_LEFT_OUT:.0f}")], []
    if is_apart(is_missing, has_left):
        more = MORE_OFTEN if is_missing[has_left].mean() > is_missing[~has_left].mean() else LESS_OFTEN
        return [estimation.refusal("teams_missing_among_leavers", more=more)], []
    said = {"people": shown, "share": in_fives(share)}
    return [], [Notice("people_without_team", WARNINGS["people_without_team"].format(**said))]
