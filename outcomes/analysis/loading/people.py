"""Stints of colleagues."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from django.db.models import QuerySet

from accounts.models import Organisation
from outcomes.analysis.at_stake import able_people, gather_members, known_to_accord, terms_of
from outcomes.analysis.history import in_one_spelling, teams_at_start
from outcomes.analysis.loading.columns import Columns, Wanted, is_in_teams, joined, observed_days, only, units_left_out
from outcomes.analysis.loading.completions import KnownCompletions, completions_of, counts_people_file
from outcomes.analysis.loading.loaded import Loaded
from outcomes.enums import EMPLOYEE_EXIT
from outcomes.evidence.arrays import NO_DAY, Bools, Dates, Objects
from outcomes.evidence.changes import Changes, changes
from outcomes.evidence.question import Covariate
from outcomes.evidence.units import Units
from outcomes.models import PEOPLE_COVARIATES
from outcomes.subjects import SUBJECTS
from stakeholders.exits import left_without_day
from stakeholders.matches import Matches, matches_of
from stakeholders.models import EmploymentStint, PersonPeriod
from stakeholders.queries import CourseNames, columns_of, excluded_from
from stakeholders.windows import windows_of

TEXTS = ("person_id", "email", "team", "exit_kind")
DATES = ("hire_date", "exit_date", "notice_date", "completion_date", "observed_from", "observed_until")
NOTICE_DAYS = np.timedelta64(183, "D")
"""After which nobody who is still there has left because of a notice: it was withdrawn, or was of something else."""


def load_people(
    organisation: Organisation,
    covariates: Sequence[Covariate],
    courses: Collection[str] = (),
    teams: Collection[str] = (),
) -> Loaded:
    """Stints of colleagues, each exposed from the first completion of the person, in whichever file or stint it stands.

    Where notice was given, that day is the event: from then on nobody is at risk of deciding to leave; not where they are still
    there half a year later, without an exit. With `teams`, those alone who were in one of them on their first day observed, as
    far as that is known, or are in the file.
    """
    found, excluded = completions_of(organisation, courses), excluded_from(organisation)
    wanted = Wanted.of(TEXTS, DATES, covariates, PEOPLE_COVARIATES)
    stints = EmploymentStint.objects.filter(organisation=organisation).order_by("person_id", "hire_date")
    rows = _read(organisation, stints, wanted, found, with_people_file=counts_people_file(courses))
    windows = windows_of(organisation, "people")
    observed = observed_days(rows, rows["exit_date"], windows)
    ends = _ends(rows, stints, observed["observed_until"])
    rows["team"] = _teams(organisation, rows, observed["observed_from"])
    if "team" in wanted.declared:
        rows["declared_team"] = rows["team"]
    changed = changes(rows["person_id"], rows["hire_date"], rows["exit_date"])
    stints_of_all = _units(rows, observed, ends.days, changed)
    is_out = np.array([person_id in excluded.person_ids for person_id in rows["person_id"]], dtype=bool)
    is_asked_for = is_in_teams(rows["team"], teams)
    kept = is_asked_for & ~is_out & ~changed.is_over(stints_of_all)
    rows_kept = only(rows, kept)
    return Loaded(
        Units.from_columns(only(stints_of_all, kept), wanted.covariates(rows_kept)),
        windows,
        windows_of(organisation, SUBJECTS[EMPLOYEE_EXIT].history),
        able=rows_kept["able"],
        terms=terms_of(organisation),
        brought=rows_kept["brought"],
        in_accord_since=found.in_accord_since,
        n_changes=changed.n,
        n_undated=int((ends.is_said & np.isnat(ends.days)).sum()),
        n_withdrawn=int(ends.is_withdrawn.sum()),
        n_left_open=changed.n_left_open,
        n_exits=int((~np.isnat(ends.days)).sum()),
        matches=_matches(organisation, courses, observed),
        people_objected=len(set(rows["person_id"][is_out])),
        rows_objected=int(is_out.sum()),
        left_out=units_left_out(stints_of_all, is_out & is_asked_for),
    )


def _read(
    organisation: Organisation,
    stints: QuerySet[EmploymentStint],
    wanted: Wanted,
    found: KnownCompletions,
    *,
    with_people_file: bool,
) -> Columns:
    """The rows, with the first completion of each person (`completed`, and `brought` by files), and who could expose them."""
    accord, members, chunks = known_to_accord(organisation), dict[str, set[str]](), list[Columns]()
    for chunk in wanted.chunks(stints):
        pairs = list(zip(chunk["person_id"], chunk.pop("email"), strict=True))
        for name, known in (("completed", found.everywhere), ("brought", found.in_files)):
            days = np.array([known.first(person_id, email) for person_id, email in pairs], dtype="datetime64[D]")
            chunk[name] = np.fmin(chunk["completion_date"], days) if with_people_file else days
        gather_members(members, accord, pairs)
        chunks.append(chunk)
    rows = joined(chunks)
    for name in ("completed", "brought"):
        rows[name] = _first_of_person(rows["person_id"], rows[name])
    rows["able"] = able_people(rows["person_id"], members)
    return rows


@dataclass(frozen=True)
class _Ends:
    """(rows,) each: the days on which they left or gave notice, whether that was withdrawn, and whether a status or a kind of
    exit says that they left and no column when.
    """

    days: Dates
    is_withdrawn: Bools
    is_said: Bools


def _ends(rows: Columns, stints: QuerySet[EmploymentStint], until: Dates) -> _Ends:
    """`until` (rows,): when observation ended."""
    is_said = np.isin(rows["id"], list(left_without_day(stints, columns_of(stints))))
    is_withdrawn = np.isnat(rows["exit_date"]) & ~is_said & (until - rows["notice_date"] > NOTICE_DAYS)
    days = np.where(np.isnat(rows["notice_date"]) | is_withdrawn, rows["exit_date"], rows["notice_date"])
    return _Ends(days, is_withdrawn, is_said)


def _teams(organisation: Organisation, rows: Columns, since: Dates) -> Objects:
    """(rows,) Of the first day observed where a history says so; `since` (rows,): when observation began."""
    team: Objects = rows["team"]
    if PersonPeriod.objects.filter(organisation=organisation).exists():
        team = teams_at_start(organisation, rows["person_id"], np.fmax(rows["hire_date"], since), team)
    return in_one_spelling(team)


def _units(rows: Columns, observed: dict[str, Dates], ends: Dates, changed: Changes) -> Columns:
    """By the names that the engine knows."""
    exits = changed.exits(ends)
    return {
        "unit_id": rows["person_id"],
        "origin": changed.origin,
        "exit": exits,
        "exposed_on": _in_their_stint(rows["person_id"], rows["hire_date"], exits, rows["completed"]),
        **changed.observed(observed, rows["exit_date"]),
        "team": rows["team"],
        "exit_kind": rows["exit_kind"],
    }


def _matches(organisation: Organisation, courses: Collection[str], observed: dict[str, Dates]) -> Matches:
    """Of whoever completed one of the courses while anybody was observed."""
    names = CourseNames(organisation)
    first = np.fmin.reduce(observed["observed_from"], initial=NO_DAY).item()
    last = np.fmax.reduce(observed["observed_until"], initial=NO_DAY).item()
    return matches_of(organisation, first, last, lambda course: not courses or names.key(course) in courses)


def _first_of_person(person: Objects, completed: Dates) -> Dates:
    """The first completion of each person, in all of their stints: a rehire knows what was learned before."""
    if not len(person):
        return completed
    codes, _names = pd.factorize(person)
    first: Dates = pd.Series(completed).groupby(codes).transform("min").to_numpy(dtype="datetime64[D]")
    return first


def _in_their_stint(person: Objects, hired: Dates, left: Dates, completed: Dates) -> Dates:
    """A completion during a later stint says nothing about an earlier one; it is not "a completion after the exit"."""
    codes, _names = pd.factorize(person)
    several = np.bincount(codes, minlength=1)[codes] > 1 if len(codes) else np.zeros(0, dtype=bool)
    if not several.any():
        return completed
    last = pd.Series(hired).groupby(codes).transform("max").to_numpy(dtype="datetime64[D]")
    later = several & (completed > left) & (hired < last)
    return np.where(later, NO_DAY, completed)
