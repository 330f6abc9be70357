"""Below how many people nothing at all is said: one refusal, the same whatever else is true of them. Decision 0043."""

from datetime import date

import numpy as np

from common.small_counts import SMALL, is_small
from outcomes.analysis.loading import Loaded
from outcomes.analysis.releases import n_in_accord
from outcomes.evidence.arrays import Bools
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
ENOUGH_IN_ACCORD = 50
"""Of fewer people whose completions Accord alone knows, estimates are coarse: of 12 among 300 made up the digits of one ratio
told for each whether they had completed, by trying all 4,096 ways."""
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


def are_few_to_work_out(loaded: Loaded, members: Members) -> bool:
    """Whether so few completions are known to Accord alone that each could be worked out from exact estimates."""
    n = n_in_accord(loaded, members)
    return n is not None and n < ENOUGH_IN_ACCORD


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
