"""Teams by calendar months: who was at risk in which team, who left from it, and from when on it was offered the training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from outcomes.evidence.arrays import Bools, Dates, Floats, Ints, Objects

NEVER = -1
"""`first` of a team that was offered nothing in the months that are known."""

TENURE_MONTHS = (0, 3, 6, 12, 24, 60)
"""Where bands of tenure begin: rates fall fast in the first year."""
DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Stays:
    """Each stay of somebody in a team: (stays,) team, first day, day after the last, and whether they left from there.

    `origin`: the day from which tenure counts, where it is known.
    """

    team: Objects
    begins: Dates
    ends: Dates
    left: Bools
    origin: Dates | None = None

    def __post_init__(self) -> None:
        if not len(self.team) == len(self.begins) == len(self.ends) == len(self.left):
            raise ValueError("a stay needs a team, two days and whether it ended with an exit")

    def there_on(self, day: np.datetime64) -> Bools:
        return np.asarray((self.begins <= day) & (day < self.ends), dtype=bool)


@dataclass(frozen=True)
class ByTenure:
    """Exits and person-months at risk, (teams, months, bands of tenure)."""

    exits: Ints
    at_risk: Floats

    def of(self, kept: Bools) -> ByTenure:
        return ByTenure(self.exits[kept], self.at_risk[kept])


@dataclass(frozen=True)
class TeamMonths:
    """`values` (teams, months) is what is compared; `first` (teams,) the position of the month of the first offer, or `NEVER`.

    Where `span` is more than 1, each position stands for so many calendar months together, and `months` are their first days.
    `weight` (teams,) is the headcount on the day of the first offer of all, and does not change: weights that do would let a
    training that keeps people make its own team count for more. `dropped` are teams that stood empty in some month, and
    `emptied` those of them in which nobody was any more in a month after they had been offered it.
    """

    teams: tuple[str, ...]
    months: Dates
    first: Ints
    values: Floats
    weight: Floats
    exits: Ints
    at_risk: Floats
    dropped: int = 0
    span: int = 1
    emptied: int = 0
    by_tenure: ByTenure | None = None

    @property
    def last(self) -> date:
        """The last day of the last month."""
        day: date = ((self.months[-1].astype("datetime64[M]") + self.span).astype("datetime64[D]") - 1).item()
        return day

    @property
    def is_offered(self) -> Bools:
        """(teams, months) Whether the team had been offered it by then."""
        return np.asarray((self.first[:, None] != NEVER) & (np.arange(len(self.months))[None, :] >= self.first[:, None]))

    @property
    def waves(self) -> Ints:
        """Positions of the months in which teams were offered it for the first time."""
        return np.unique(self.first[self.first != NEVER])

    @property
    def has_controls_to_the_end(self) -> bool:
        return bool((self.first == NEVER).any())

    @property
    def covered(self) -> int:
        """How many months the estimate can be about: up to the last wave where in the end every team was offered it."""
        return len(self.months) if self.has_controls_to_the_end else int(self.waves.max(initial=0))

    def without(self, team: int) -> TeamMonths:
        kept = np.arange(len(self.teams)) != team
        return self.of(kept)

    def of(self, kept: Bools) -> TeamMonths:
        """The teams of `kept` (teams,)."""
        return replace(
            self,
            teams=tuple(name for name, is_kept in zip(self.teams, kept, strict=True) if is_kept),
            first=self.first[kept],
            values=self.values[kept],
            weight=self.weight[kept],
            exits=self.exits[kept],
            at_risk=self.at_risk[kept],
            by_tenure=self.by_tenure.of(kept) if self.by_tenure else None,
        )

    def offered_as(self, first: Ints) -> TeamMonths:
        """The same teams, had they been offered it in other months: for placebo dates and permutations."""
        return replace(self, first=first)

    def up_to(self, n_months: int) -> TeamMonths:
        """The first months alone; whoever was offered it later counts as not offered it."""
        first = np.where(self.first < n_months, self.first, NEVER)
        return replace(
            self,
            months=self.months[:n_months],
            first=first,
            values=self.values[:, :n_months],
            exits=self.exits[:, :n_months],
            at_risk=self.at_risk[:, :n_months],
            by_tenure=None,
        )

    def frame(self) -> pd.DataFrame:
        """One row a team and month: team, month (1, 2, …), first (0 for never), value, weight; as diff-diff reads them."""
        n_teams, n_months = self.values.shape
        first = np.where(self.first == NEVER, 0, self.first + 1)
        return pd.DataFrame(
            {
                "team": np.repeat(np.arange(n_teams), n_months),
                "month": np.tile(np.arange(1, n_months + 1), n_teams),
                "first": np.repeat(first, n_months),
                "value": self.values.ravel(),
                "weight": np.repeat(self.weight, n_months),
            }
        )


def tabulate(stays: Stays, offered_on: Mapping[str, date | None], begins: date, ends: date, *, span: int = 1) -> TeamMonths:
    """Exits per person-month of each team in each `span` whole calendar months from `begins` to `ends` (both included).

    Teams of `offered_on` alone are compared. The months of the offer count as offered: no day after it then counts as before.
    Teams that stood empty in one of the periods are left out and counted, since without a rate in each of them they cannot be
    followed. Raises ValueError where no whole period lies between the two days.
    """
    months = _whole_months(begins, ends)
    names = sorted(offered_on)
    code = pd.Index(names).get_indexer(pd.Index(stays.team))  # -1 for teams that are not compared
    first = np.array([_position(months, offered_on[name]) for name in names], dtype=np.int64)
    start = first_of_periods(first, span)
    n_periods = (len(months) - start) // span
    if not n_periods:
        raise ValueError("there are too few whole months between the first and the last day")
    kept = slice(start, start + n_periods * span)
    by_month = _counted(stays, code, len(names), months[kept])
    at_risk, exits = (counted.reshape(len(names), n_periods, span).sum(axis=2) for counted in by_month)
    periods = _in_periods(first, start, span, n_periods)
    weight = np.bincount(code[_there_at_first_offer(stays, code, offered_on, months[kept])], minlength=len(names))
    is_kept = (at_risk > 0).all(axis=1) & (weight > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = exits / at_risk
    panel = TeamMonths(
        teams=tuple(names),
        months=months[kept][::span],
        first=periods,
        values=values,
        weight=weight.astype(np.float64),
        exits=exits,
        at_risk=at_risk,
        span=span,
        by_tenure=_by_tenure(stays, code, len(names), months[kept], span),
    )
    emptied = ~is_kept & (weight > 0) & ((at_risk == 0) & panel.is_offered & (periods > 0)[:, None]).any(axis=1)
    return replace(panel.of(is_kept), dropped=int((~is_kept).sum()), emptied=int(emptied.sum()))


def _by_tenure(stays: Stays, code: Ints, n_teams: int, months: Dates, span: int) -> ByTenure | None:
    """Each stay cut where a band of tenure ends; None where tenure is not known."""
    if stays.origin is None:
        return None
    n_bands, n_periods = len(TENURE_MONTHS), len(months) // span
    exits = np.zeros((n_teams, n_periods, n_bands), dtype=np.int64)
    at_risk = np.zeros((n_teams, n_periods, n_bands))
    edges = np.round(np.array(TENURE_MONTHS) * DAYS_PER_MONTH).astype("timedelta64[D]")
    for band, edge in enumerate(edges):
        begins = np.maximum(stays.begins, stays.origin + edge)
        is_last = band + 1 == n_bands
        ends = stays.ends if is_last else np.minimum(stays.ends, stays.origin + edges[band + 1])
        # Whoever left on the day on which a band ends was in that band to the day before.
        left = stays.left & (ends == stays.ends) & (begins < ends)
        within = begins < ends
        part = Stays(stays.team[within], begins[within], ends[within], left[within])
        by_month = _counted(part, code[within], n_teams, months)
        at_risk[:, :, band], exits[:, :, band] = (counted.reshape(n_teams, n_periods, span).sum(axis=2) for counted in by_month)
    return ByTenure(exits, at_risk)


def first_of_periods(first: Ints, span: int) -> int:
    """How many months at the beginning are in no period, so that as few as possible before an offer count as after it.

    `first` (teams,) is by month. An offer in or before the first month has no say, since nothing is known before it.
    """
    offers = first[first > 0]
    return int(np.argmin([((offers - start) % span).sum() for start in range(span)]))


def _in_periods(first: Ints, start: int, span: int, n_periods: int) -> Ints:
    """(teams,) The period of each offer; 0 where it came before them, `NEVER` where after them."""
    period = (first - start) // span
    return np.where((first == NEVER) | (period >= n_periods), NEVER, np.maximum(period, 0))


def _there_at_first_offer(stays: Stays, code: Ints, offered_on: Mapping[str, date | None], months: Dates) -> Bools:
    """(stays,) Who was in a team on the day of the first offer in these months, which weights are taken from."""
    after = (months[-1].astype("datetime64[M]") + 1).astype("datetime64[D]")
    known = (np.datetime64(day, "D") for day in offered_on.values() if day)
    on_day = min((day for day in known if months[0] <= day < after), default=months[0])
    return np.asarray(stays.there_on(on_day) & (code >= 0), dtype=bool)


def month_of(day: date) -> int:
    """Months since January 1970, as numpy counts them."""
    return (day.year - 1970) * 12 + day.month - 1


def _whole_months(begins: date, ends: date) -> Dates:
    """(months,) The first days of the whole calendar months between two days."""
    first = month_of(begins) + int(begins.day > 1)
    after = month_of(ends + timedelta(days=1))
    months: Dates = np.arange(first, after).astype("datetime64[M]").astype("datetime64[D]")
    if not len(months):
        raise ValueError("there is no whole month between the first and the last day")
    return months


def _position(months: Dates, offered: date | None) -> int:
    """Where the month of an offer stands among `months`; 0 where it came before them, `NEVER` where after them."""
    if offered is None:
        return NEVER
    position = month_of(offered) - month_of(months[0].item())
    return NEVER if position >= len(months) else max(position, 0)


def _counted(stays: Stays, code: Ints, n_teams: int, months: Dates) -> tuple[Floats, Ints]:
    """(teams, months) person-months at risk and exits. Somebody is at risk from the first day to the one before they left."""
    at_risk = np.zeros((n_teams, len(months)))
    exits = np.zeros((n_teams, len(months)), dtype=np.int64)
    ends_of_months = np.append(months[1:], (months[-1].astype("datetime64[M]") + 1).astype("datetime64[D]"))
    known = code >= 0
    for i, (first, after) in enumerate(zip(months, ends_of_months, strict=True)):
        days = np.minimum(stays.ends, after) - np.maximum(stays.begins, first)
        share = np.maximum(days.astype(np.int64), 0) / (after - first).astype(np.int64)
        at_risk[:, i] = np.bincount(code[known], share[known], minlength=n_teams)
        gone = known & stays.left & (stays.ends >= first) & (stays.ends < after)
        exits[:, i] = np.bincount(code[gone], minlength=n_teams)
    return at_risk, exits


def team_of_first_offer(team: Objects, begins: Dates, ends: Dates, person: Objects, day: date) -> Objects:
    """(stays,) The team of each person on `day`, or where they came later the first they were in: for people who move.

    Blank for those who had left before the day: nobody offered their team anything while they were there, and they are counted
    in the team that they left from.
    """
    frame = pd.DataFrame({"person": person, "team": team, "begins": begins, "ends": ends})
    frame = frame.sort_values("begins", kind="stable")
    on = np.datetime64(day, "D")
    reached = frame[frame["ends"] > on]
    found = reached.groupby("person")["team"].first()
    gone = frame.groupby("person")["team"].last()
    fixed = pd.Series(person).map(found).fillna(pd.Series(person).map(gone))
    return np.asarray(fixed.to_numpy(), dtype=object)
