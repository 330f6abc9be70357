"""What a question rests on: the stints that the engine takes, and what the files leave open about them."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from outcomes.analysis.at_stake import Terms
from outcomes.evidence.arrays import Bools, Dates, Objects
from outcomes.evidence.units import Units
from stakeholders.matches import Matches
from stakeholders.windows import FileWindow


@dataclass(frozen=True)
class MissingOwners:
    """Of customers or partners, each (rows,): whether nobody knows who exposes them, their end, and when they were observed."""

    is_missing: Bools
    ends: Dates
    observed_from: Dates
    observed_until: Dates

    def among_leavers_and_stayers(self, day: date) -> tuple[Bools, Bools]:
        """`is_missing` of those under observation up to `day`, and which of them left by then: (observed,) each."""
        until = np.fmin(self.observed_until, np.datetime64(day, "D"))
        # Of whoever had left before, no file says when.
        observed = (self.observed_from <= until) & ~(self.ends < self.observed_from)
        return self.is_missing[observed], (self.ends <= until)[observed]


@dataclass(frozen=True)
class Loaded:
    """`windows`: what the files of these units say, `histories` those of their history. Of customers and partners: `by_team`
    are exposed through their team; of `by_history` it is known who looked after them when, of `by_owner` only who does today,
    of `history_begins_late` not from the first day observed;
    left out were `unowned`, with neither owner nor team, and `owner_unknown`, whose owner or team is not among the people in
    the data. `rows_objected` were left out because `people_objected` do not want their data used, or are in a circle with
    somebody who does not: their own stints, or those whom they look after. Both are of the whole organisation, whichever teams
    are asked about: counted by team they would say in which of them somebody objects.
    """

    units: Units
    windows: list[FileWindow] = field(default_factory=list)
    histories: list[FileWindow] = field(default_factory=list)
    able: Objects = field(default_factory=lambda: np.array([], dtype=object))
    """(stints,) Whose completion is at stake, as far as it may be kept in Accord (`at_stake`)."""
    terms: Terms = field(default_factory=dict)
    """When these were members."""
    in_accord_since: date | None = None
    """Day of the first completion asked about that is kept in Accord; None without any."""
    brought: Dates = field(default_factory=lambda: np.array([], dtype="datetime64[D]"))
    """(stints,) The first completion that a file holds of whoever exposes them, whatever Accord knows; NaT without."""
    by_history: int = 0
    by_owner: int = 0
    history_begins_late: int = 0
    by_team: int = 0
    unowned: int = 0
    owner_unknown: int = 0
    missing: MissingOwners | None = None
    n_changes: int = 0
    """Ends that are none, since the unit goes on within days: of the whole organisation, as the files have them."""
    n_undated: int = 0
    """Rows that say that somebody has left, and not when: of the whole organisation, as the files have them."""
    n_withdrawn: int = 0
    """Notices that are taken as withdrawn: of people who are still there more than half a year later."""
    n_left_open: int = 0
    """People of whom an earlier row has no end, and the row that began last has one."""
    n_exits: int = 0
    """Exits with a day, likewise."""
    matches: Matches | None = None
    """Of the people in files of completions, how many are in the data; None where no completions are asked about."""
    people_objected: int = 0
    rows_objected: int = 0
    left_out: Units | None = None
    """Of the teams asked about, the stints that objections leave out, by their days alone: so that whether a team is too small
    to be asked about does not depend on who of it is left out."""

    @property
    def imports(self) -> list[str]:
        """Ids of all these files."""
        return [window.uuid for window in (*self.windows, *self.histories)]

    @property
    def share_without_owner(self) -> float:
        """Of all but those of objectors: who has neither owner nor team says as little as who has one nobody knows."""
        n_missing = self.unowned + self.owner_unknown
        return n_missing / max(len(self.units) + n_missing, 1)
