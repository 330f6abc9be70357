"""Below how many people nothing at all is said: one refusal, the same whatever else is true of them. Decision 0043."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from common.small_counts import SMALL, is_small
from outcomes.analysis.loading import Loaded
from outcomes.analysis.releases import in_accord, n_in_accord
from outcomes.evidence.arrays import Bools
from outcomes.evidence.expected import effective_number, expected_exits, weights_of
from outcomes.evidence.limits import MIN_EVENTS_IN_ARM
from outcomes.evidence.question import Question
from outcomes.evidence.result import Members, Notice, Result
from outcomes.evidence.spells import build_spells
from outcomes.evidence.units import Units
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
TOO_FEW_IN_ACCORD = (
    "Of the people in these data, only 1 to 9 learn in Accord and could have completed. Everybody else's completions are known "
    "from files, so an answer would tell who of these few completed. Ask again when at least ten are in the data."
)
TOO_FEW_CARRY = (
    "So much of this answer rests on so few of the people who learn in Accord that it would tell who of them completed: nearly "
    "all exits are among people with dates or columns such as theirs. Ask without the columns, or about everybody, or again "
    "when more people who learn in Accord are in the data."
)
HINGES_ON_FEW = (
    "Whether enough of those who completed left, or enough of the others, to be compared depends on 1 to 9 people whose "
    "completions Accord alone knows, so an answer would tell about these few. Ask again when more people have left."
)
ENOUGH_IN_ACCORD = 50
"""Of fewer people whose completions Accord alone knows, estimates are coarse: of 12 among 300 made up the digits of one ratio
told for each whether they had completed, by trying all 4,096 ways."""
ENOUGH_CARRY = 25
"""So also where the answer rests on them as on fewer than so many who all weigh the same: others beside them hide nobody. Where
ten or more of a hundred left and the rest is alike it is thirty and more."""
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
    if members is not None and is_small(n_in_accord(loaded, members) or 0):
        return Notice("too_few_in_accord", TOO_FEW_IN_ACCORD)
    return None


def hinges_on_few(loaded: Loaded, members: Members) -> Notice | None:
    """A refusal where the exits on a side are enough or not according to 1 to 9 leavers whose completions are kept in Accord.

    Whoever brings the files knows of all others on which side they left, so that an answer, or none, would tell of these few.
    It does not depend on who of them completed. Of customers and partners, their owners are ten at least on either side.
    """
    if loaded.in_accord_since is None or loaded.missing is not None:
        return None
    kept = in_accord(loaded, members)
    if not is_small(len(set(loaded.protected[members.left & kept]))):
        return None
    n_kept = int((members.left & kept).sum())
    for side in (members.left_after, members.left & ~members.left_after):
        n_known = int((side & ~kept).sum())
        if n_known < MIN_EVENTS_IN_ARM <= n_known + n_kept:
            return Notice("sides_too_few", HINGES_ON_FEW)
    return None


@dataclass(frozen=True)
class Carrying:
    """How much of an answer rests on each of those whose completions are kept in Accord, whoever of them completed.

    `by_expected`: on how many alike it rests as it does on them, by the exits expected of each; `by_exits`: by these and
    their own exits, as far as they left. `heaviest`: exits expected of the one of whom most are. Each is that of the way of
    looking by which the fewest carry the answer.
    """

    by_expected: float
    by_exits: float
    heaviest: float

    @property
    def refusal(self) -> Notice | None:
        return Notice("too_few_in_accord", TOO_FEW_CARRY) if self.by_expected < SMALL else None


def carrying(exact: Result, loaded: Loaded, day: date) -> Carrying | None:
    """None where nothing is estimated, or where no completion is kept in Accord: of files whoever brings them knows all."""
    if loaded.in_accord_since is None or exact.members is None or not exact.estimates:
        return None
    among = in_accord(loaded, exact.members)
    own = exact.members.left & among
    ways = expected_exits(exact.question, loaded.units, day)
    return Carrying(
        min(effective_number(expected, loaded.protected, among) for expected in ways),
        min(effective_number(expected + own, loaded.protected, among) for expected in ways),
        max(float(weights_of(expected, loaded.protected, among).max(initial=0)) for expected in ways),
    )


def are_few_to_work_out(loaded: Loaded, members: Members, carried: Carrying | None) -> bool:
    """Whether so few completions are known to Accord alone that each could be worked out from exact estimates."""
    n = n_in_accord(loaded, members)
    return n is not None and (n < ENOUGH_IN_ACCORD or (carried is not None and carried.by_exits < ENOUGH_CARRY))


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
