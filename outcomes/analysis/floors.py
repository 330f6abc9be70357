"""Below how many people nothing at all is said: one refusal, the same whatever else is true of them. Decision 0043."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from common.small_counts import SMALL, is_small
from outcomes.analysis.at_stake import NOBODY, has_anybody, representatives, there_from
from outcomes.analysis.loading.loaded import Loaded
from outcomes.evidence import checks
from outcomes.evidence.arrays import NO_DAY, Bools, Dates, Floats, Objects
from outcomes.evidence.disclosure import members_by
from outcomes.evidence.expected import expected_exits, heaviest_of, weights_of
from outcomes.evidence.limits import MIN_EVENTS_IN_ARM, MIN_UNITS_EXPOSED
from outcomes.evidence.question import Question
from outcomes.evidence.result import Members, Notice, Result
from outcomes.evidence.spells import build_spells
from outcomes.evidence.units import Units
from outcomes.evidence.words.terms import OUTCOME_TERMS
from outcomes.models import AnalysisRequest
from outcomes.subjects import SUBJECTS

ENOUGH_IN_TEAMS = 2 * SMALL
"""So many people have to be in the files of teams that are asked about, whoever of them is followed: ten are left where a few
of them object, or were not there on the day."""

TOO_FEW_PEOPLE = (
    "This answer would be about so few people that it would tell about one of them. At least ten have to be followed, and of "
    "teams twenty have to be in the data. Ask about more teams, or about everybody."
)
TOO_FEW_OWNERS = (
    "Fewer than ten colleagues (or teams) look after those in this answer, so it would tell who of them completed. Ask about "
    "more teams, or about everybody."
)
TOO_FEW_IN_ACCORD = Notice(
    "too_few_in_accord",
    "Too much of this answer rests on a few of the people who learn in Accord, so it would tell who of them completed. Too few "
    "of them are in the data, completed or left, or nearly all exits are among people with dates or columns such as theirs; "
    "which of these it is would tell as well, so it is not said. For a quarter the same is said of whatever is asked about "
    "nearly the same people. Ask without the columns, about everybody, or again after that, when more have completed or left.",
)
ENOUGH_IN_ACCORD = 50
"""Of fewer people whose completions Accord alone knows, estimates are coarse: of 12 among 300 made up the digits of one ratio
told for each whether they had completed, by trying all 4,096 ways."""
MOST_OF_ONE, MOST_OF_ONE_EXACT = 1 / 4, 1 / 6
"""What the one on whom most rests may be beside all others, in squares: where all weigh the same, four and six stand beside
each. Above the first there is no answer, above the second none with exact figures. With six and with ten leavers among those in
Accord an honest answer comes to about this."""
ENOUGH_BITS = 40
"""So many ways to have completed, as a power of two, cannot all be tried."""
FEWEST_NEEDED = 5
"""Of ten to 49 people of whom it is open, as many have to be needed for a side to be large enough: with fewer, an answer or
none would nearly say that none of them completed."""
OF_SIDES = {"no_one_exposed", "everyone_exposed", "too_few_exposed", "too_few_events_in_arm"}
"""Refusals that each say something else of how many stand on a side."""
OF_TOO_FEW = ("too_few_people", "too_few_owners")


def too_few(request: AnalysisRequest, question: Question, loaded: Loaded, members: Members | None) -> Notice | None:
    """A refusal that is the same whoever left, completed or objects: of so few, other refusals and warnings would tell as well.

    `members` are None where nothing was counted. Of teams, people (of customers and partners, those who look after them) are
    counted with those who are left out.
    """
    day = question.as_of or request.day
    is_owned = SUBJECTS[request.outcome].is_owned
    of_files = _names(loaded.units, is_owned) | (_names(loaded.left_out, is_owned) if loaded.left_out else set())
    if of_files or request.teams or request.outcome == "employee_exit":
        notice = Notice("too_few_owners", TOO_FEW_OWNERS) if is_owned else Notice("too_few_people", TOO_FEW_PEOPLE)
        if request.teams and len(of_files) < (SMALL if is_owned else ENOUGH_IN_TEAMS):
            return notice
        # Where no team can be compared nobody is counted either, and that is the reason to give.
        is_counted = members is not None and members.followed.any()
        followed = members.followed if members and is_counted else _followed(loaded.units, question, day)
        if len(_names(loaded.units, is_owned, followed)) < SMALL:
            return notice
    if members is not None and (opened := open_completions(loaded, members, day)) and is_small(opened.n):
        return TOO_FEW_IN_ACCORD
    return None


# Completions that nobody but Accord knows -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Open:
    """Of whom it is open, to whoever brings the files, whether and when they completed: `mask` (stints,) of those followed,
    each between `since` and `until` (stints,), NaT for no end. `whose` (stints,): one of those in Accord whose completion is at
    stake in it (`at_stake.representatives`), whatever number, team or owner stands in the files.
    """

    mask: Bools
    since: Dates
    until: Dates
    whose: Objects
    able: Objects
    """(stints,) All of those."""

    @property
    def n(self) -> int:
        """People."""
        return self.people(self.mask)

    def people(self, mask: Bools) -> int:
        return len(set(self.whose[mask & self.mask]))

    def weights(self, expected: Floats) -> Floats:
        """(people,) What rests on each, by the exits expected of each row (stints,), by which goes who counts for a row."""
        return weights_of(expected, representatives(self.able, self.mask, expected), self.mask)

    def of_sides(self, units: Units, day: date) -> Open:
        """Those alone of whom it is open on which side they stand in the end: without whoever completed before it by a file."""
        end = np.fmin(np.fmin(units.exit, units.observed_until), np.datetime64(day, "D"))
        return replace(self, mask=self.mask & ~(self.until < end))


def open_completions(loaded: Loaded, members: Members, day: date) -> Open | None:
    """None where no completion is kept in Accord: of files whoever brings them knows all.

    Nothing is open of somebody before the first completion in Accord and before they joined, nor after one that a file has of
    them or after the `day` asked about; whoever is there only then hides nobody.
    """
    if loaded.in_accord_since is None:
        return None
    units = loaded.units
    began = np.fmax(units.origin, units.observed_from)
    ends = np.fmin(units.exit, units.observed_until)
    able = loaded.able if len(loaded.able) else np.full(len(units), NOBODY, dtype=object)
    able, first = there_from(able, loaded.terms, loaded.in_accord_since, day)
    until = loaded.brought if len(loaded.brought) else np.full(len(units), NO_DAY)
    is_open = has_anybody(able) & members.followed & ~(ends <= first) & ~(until <= np.fmax(first, began))
    mask = np.asarray(is_open, dtype=bool)
    days = (
        (np.fmin(np.fmin(ends, until), np.datetime64(day, "D")) - np.fmax(first, began)).astype("timedelta64[D]").astype(float)
    )
    whose = representatives(able, mask, np.where(mask, np.clip(days, 0.0, None), 0.0))
    return Open(mask, np.where(mask, first, NO_DAY), until, whose, able)


def sides_tell_of_few(opened: Open, members: Members) -> bool:
    """Whether the counts of the sides, from which whoever brings the files takes all others away, would tell of fewer than ten
    people: of those who left, and of those who stayed, as far as it is open, ten or more have to stand on either side.

    None as well: that none of twelve completed tells of each. People and not rows, of which somebody may have several.
    """
    left, after, completed, everybody = (
        set(opened.whose[mask & opened.mask])
        for mask in (members.left, members.left_after, members.completed, members.followed)
    )
    groups = ((left, after), (everybody - left, completed - left))
    return any(group and min(len(group & side), len(group - side)) < SMALL for group, side in groups)


def hinges_on_few(exact: Result, units: Units, opened: Open, day: date) -> Notice | None:
    """A refusal where it depends on fewer than ten people of whom it is open whether enough stand on a side, or left from it.

    It does not depend on who of them completed: either enough are known without them, or some are needed of ten or more, or
    even all of them would not be enough. Looked at by either clock, since by months a few others count.
    """
    for clock in ("day", "month"):
        members = members_by(replace(exact.question, clock=clock), units, day)
        sides = (
            (members.left_after, members.left, MIN_EVENTS_IN_ARM),
            (members.left & ~members.left_after, members.left, MIN_EVENTS_IN_ARM),
            (members.completed, members.followed, MIN_UNITS_EXPOSED),
        )
        for side, may_be_there, enough in sides:
            known, may_be = int((side & ~opened.mask).sum()), may_be_there & opened.mask
            n_open, needed = opened.people(may_be), enough - known
            is_hidden = n_open >= SMALL and (needed >= FEWEST_NEEDED or n_open >= ENOUGH_IN_ACCORD)
            if 0 < needed <= int(may_be.sum()) and not is_hidden:
                return TOO_FEW_IN_ACCORD
    return None


def without_none(refusals: Sequence[Notice], outcome: str) -> tuple[Notice, ...]:
    """That nobody completed, or everybody, is said as that fewer than ten did, or did not: of none as of nine."""
    if not any(notice.code in ("no_one_exposed", "everyone_exposed") for notice in refusals):
        return tuple(refusals)
    others = [notice for notice in refusals if notice.code not in OF_SIDES]
    terms = OUTCOME_TERMS[outcome]
    nobody = any(notice.code == "no_one_exposed" for notice in refusals)
    few = [checks.refusal("too_few_exposed", units=terms.units, needed=MIN_UNITS_EXPOSED)] if nobody else []
    return (*others, *few, checks.refusal("too_few_events_in_arm", exits=terms.exits, needed=MIN_EVENTS_IN_ARM))


@dataclass(frozen=True)
class Carrying:
    """How an answer rests on those of whom it is open whether they completed.

    `heaviest`: what the one on whom most rests is beside all others (`heaviest_of`), their own exits counted in; `most`: how
    many exits are expected of that one; `bits`: logarithm of the ways to have completed that figures can tell apart;
    `leavers`: how many left. The first three are those of the way of looking by which the fewest carry the answer.
    """

    heaviest: float
    most: float
    bits: float
    leavers: int

    @property
    def refusal(self) -> Notice | None:
        return TOO_FEW_IN_ACCORD if self.heaviest > MOST_OF_ONE else None

    @property
    def is_of_few(self) -> bool:
        """Whether each could be worked out from exact estimates: people who are alike hide only how many of them completed."""
        return self.heaviest > MOST_OF_ONE_EXACT or self.bits < ENOUGH_BITS or is_small(self.leavers)


def _bits(weights: Floats) -> float:
    """Of people who weigh the same, figures tell how many of them completed."""
    _values, alike = np.unique(weights.round(9), return_counts=True)
    return float(np.log2(alike + 1).sum())


def carrying(exact: Result, opened: Open, units: Units, day: date) -> Carrying | None:
    """None where nobody is open, and where nothing was counted."""
    if exact.members is None or not opened.n:
        return None
    of_sides = opened.of_sides(units, day)
    left = exact.members.left & of_sides.mask
    ways = expected_exits(exact.question, units, day, opened.since, opened.until)
    if not ways:
        return None
    weights = [opened.weights(expected + left) for expected in ways]
    of_time = [opened.weights(expected) for expected in ways]
    return Carrying(
        max(heaviest_of(one) for one in (*weights, *of_time)),
        max(float(one.max(initial=0)) for one in of_time),
        min(_bits(one) for one in of_time),
        of_sides.people(exact.members.left),
    )


def tells_nothing(result: Result) -> bool:
    """Whether it was refused for being about too few: then nothing that comes from their rows is said beside it."""
    return any(notice.code in OF_TOO_FEW for notice in result.refusals)


def _names(units: Units, is_owned: bool, mask: Bools | None = None) -> set[str]:
    """Of people, or of those who look after customers and partners; of `mask` (stints,) alone, where it is given."""
    column = units.team if is_owned else units.unit_id
    return set(column if mask is None else column[mask])


def _followed(units: Units, question: Question, day: date) -> Bools:
    """(stints,) Those who are there under observation by the `day`, as far as the question follows them."""
    found = np.zeros(len(units), dtype=bool)
    found[build_spells(units, question, day).unit_index] = True
    return found
