"""Stored rows as the columns that the engine takes, and who completed when: of all completions known the earliest counts."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection, models
from django.db.models.fields.json import KeyTransform

from accounts.models import Organisation
from learning.queries import completions
from outcomes.analysis.at_stake import (
    Able,
    Terms,
    able_owners,
    able_people,
    gather_members,
    known_to_accord,
    members_named,
    objects_of,
    terms_of,
)
from outcomes.analysis.history import carry_on, follow_owners, in_one_spelling, level_of, teams_at_start
from outcomes.enums import CUSTOMER_CHURN, EMPLOYEE_EXIT, PARTNER_EXIT
from outcomes.evidence.arrays import Bools, Dates, Objects
from outcomes.evidence.changes import changes
from outcomes.evidence.observation import observe
from outcomes.evidence.question import Covariate
from outcomes.evidence.units import Units
from outcomes.models import PEOPLE_COVARIATES
from outcomes.subjects import SUBJECTS, Subject
from stakeholders.exits import left_without_day
from stakeholders.history import customer_periods
from stakeholders.matches import Matches, matches_of
from stakeholders.models import Completion, EmploymentStint, PersonPeriod
from stakeholders.queries import ELSEWHERE, CourseNames, Excluded, columns_of, excluded_from, plain
from stakeholders.windows import FileWindow, missing_rows, windows_of

ROWS_AT_ONCE = 20_000
NOBODY = Excluded()

NOTICE_DAYS = np.timedelta64(183, "D")
"""After which nobody who is still there has left because of a notice: it was withdrawn, or was of something else."""

KEYS = ("id", "source_id")


# Who completed when ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Completions:
    """First day of completion by the organisation's own key of a person, and by e-mail address."""

    by_person: dict[str, date] = field(default_factory=dict)
    by_email: dict[str, date] = field(default_factory=dict)
    in_accord_since: date | None = None
    """Day of the first that is kept in Accord, which whoever brings the files does not know; None without any."""
    in_files: "Completions | None" = None
    """Those of them that files brought, with or without others in Accord."""

    def add(self, person_id: str, email: str, day: date) -> None:
        for known, key in ((self.by_person, person_id), (self.by_email, email)):
            if key and (key not in known or day < known[key]):
                known[key] = day

    def first(self, person_id: str, email: str) -> date | None:
        """The earlier of the two, None where neither is known."""
        found = [day for day in (self.by_person.get(person_id), self.by_email.get(email)) if day is not None]
        return min(found, default=None)


def completions_of(organisation: Organisation, courses: Collection[str] = ()) -> Completions:
    """Completions of some courses (`known_courses`; none for all), in Accord and from files.

    Those in the people file stand with the people.
    """
    in_accord = [one for one in completions(organisation) if not courses or one.course in courses]
    in_files = Completions()
    found = Completions(in_accord_since=min((one.completed_on for one in in_accord), default=None), in_files=in_files)
    names = CourseNames(organisation)
    rows = Completion.objects.filter(organisation=organisation).values_list("person_id", "email", "course", "completed_on")
    for person_id, email, course, day in rows.iterator():
        if not courses or names.key(course) in courses:
            found.add(person_id, email, day)
            in_files.add(person_id, email, day)
    for completion in in_accord:
        found.add(completion.person_id, completion.email, completion.completed_on)
    return found


@dataclass(frozen=True)
class Owners:
    """Who owns customers and partners: the first completion by person_id, and by team the first of any member.

    `known` are the person_ids and teams that are in the data at all: whether others completed, nobody knows.
    """

    people: dict[str, date]
    teams: dict[str, date]
    known: frozenset[str]
    known_teams: frozenset[str]
    objecting: frozenset[str] = frozenset()
    """Levels (`level_of`) that nothing may be taken from: of those who object, and of teams in which everybody does."""
    in_files: "Owners | None" = None
    """The same by what files brought alone."""
    addresses: Mapping[str, Able] = field(default_factory=dict)
    """By level: the addresses of those in Accord whose completion exposes whom it looks after."""
    in_accord_since: date | None = None


def owners_of(organisation: Organisation, courses: Collection[str] = (), excluded: Excluded = NOBODY) -> Owners:
    """What the exposure of customers and partners is taken from.

    Whoever objects completes for nobody, neither alone nor in a team.
    """
    found = completions_of(organisation, courses)
    people = {person_id: day for person_id, day in found.by_person.items() if not excluded.has(person_id)}
    files = found.in_files or Completions()
    people_in_files = {person_id: day for person_id, day in files.by_person.items() if not excluded.has(person_id)}
    teams_in_files: dict[str, date] = {}
    known = set(people)
    known |= set(organisation.memberships.exclude(person_id="").values_list("person_id", flat=True)) - excluded.person_ids
    teams: dict[str, date] = {}
    known_teams, teams_of_objectors = set(), set()
    accord = known_to_accord(organisation)
    addresses = {person_id: members_named(accord, person_id, "") for person_id in known}
    of_team: dict[str, set[str]] = {}
    rows = EmploymentStint.objects.filter(organisation=organisation).values_list(
        "person_id", "email", "team", "completion_date"
    )
    counts_elsewhere = not courses or ELSEWHERE in courses
    for person_id, email, team, in_people_file in rows.iterator():
        if excluded.has(person_id):
            teams_of_objectors.add(plain(team))
            continue
        known.add(person_id)
        team = plain(team)
        known_teams.add(team)
        addresses.setdefault(person_id, set()).update(members_named(accord, person_id, email))
        of_team.setdefault(team, set()).add(person_id)
        elsewhere = in_people_file if counts_elsewhere else None
        for by, of_people, of_teams in ((found, people, teams), (files, people_in_files, teams_in_files)):
            days = [day for day in (elsewhere, by.first(person_id, email), of_people.get(person_id)) if day is not None]
            if not days:
                continue
            of_people[person_id] = min(days)
            if team:
                of_teams[team] = min(min(days), of_teams.get(team, date.max))
    objecting = {level_of(person_id, "") for person_id in excluded.person_ids}
    objecting |= {level_of("", team) for team in teams_of_objectors - known_teams if team}
    owners = Owners(
        people,
        teams,
        frozenset(known),
        frozenset(known_teams),
        frozenset(objecting),
        addresses=_by_level(addresses, of_team),
        in_accord_since=found.in_accord_since,
    )
    return replace(owners, in_files=replace(owners, people=people_in_files, teams=teams_in_files))


def _by_level(addresses: Mapping[str, set[str]], of_team: Mapping[str, set[str]]) -> dict[str, Able]:
    """`addresses` by person_id, and `of_team`: the person_ids of each. Without levels that nobody in Accord belongs to."""
    able = {level_of(person_id, ""): frozenset(members) for person_id, members in addresses.items() if members}
    for team, people in of_team.items():
        if team and (members := set().union(*(addresses[person_id] for person_id in people))):
            level = level_of("", team)  # the same for each of its spellings
            able[level] = able.get(level, frozenset()) | members
    return able


# Columns --------------------------------------------------------------------------------------------------------------------


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


@dataclass
class _Columns:
    """Columns gathered chunk by chunk: dates as datetime64, our own keys as numbers (0 for none), the rest as objects.

    The same text in many rows is kept once, but for the `unit` itself, which has rows of its own.
    """

    unit: str

    dates: tuple[str, ...]
    names: tuple[str, ...]
    chunks: list[dict[str, np.ndarray]] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)

    def add(self, rows: Sequence[Sequence[Any]]) -> dict[str, np.ndarray]:
        columns = dict(zip(self.names, zip(*rows, strict=True), strict=True))
        chunk = {name: self._column(name, values) for name, values in columns.items()}
        self.chunks.append(chunk)
        return chunk

    def _column(self, name: str, values: Sequence[Any]) -> np.ndarray:
        if name in self.dates:
            return np.array(values, dtype="datetime64[D]")
        if name in KEYS:
            return np.array([value or 0 for value in values], dtype=np.int64)
        if name == self.unit:
            return objects_of(values)
        kept = self.texts.setdefault
        return objects_of([kept(value, value) if type(value) is str else value for value in values])

    def joined(self) -> dict[str, np.ndarray]:
        """Whole columns; the chunks are given up one column after the other."""
        if not self.chunks:
            return {name: np.array([], dtype="datetime64[D]" if name in self.dates else object) for name in self.names}
        return {name: np.concatenate([chunk.pop(name) for chunk in self.chunks]) for name in list(self.chunks[0])}


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
    dates = ("hire_date", "exit_date", "notice_date", "completion_date", "observed_from", "observed_until")
    fields = ("id", "source_id", "person_id", "email", "team", "exit_kind", *dates)
    declared, extra = _split(covariates, PEOPLE_COVARIATES)
    found, excluded, accord = completions_of(organisation, courses), excluded_from(organisation), known_to_accord(organisation)
    columns = _Columns(
        unit=fields[2],
        dates=(*dates, "completed", "brought"),
        names=(*fields, *(f"declared_{n}" for n in declared), *(f"extra_{n}" for n in extra)),
    )
    in_files, members = found.in_files or Completions(), dict[str, set[str]]()
    stints = EmploymentStint.objects.filter(organisation=organisation).order_by("person_id", "hire_date")
    for rows in _chunks(stints, [*fields, *declared], extra):
        chunk = columns.add(rows)
        pairs = list(zip(chunk["person_id"], chunk.pop("email"), strict=True))
        chunk["completed"] = np.array([found.first(person_id, email) for person_id, email in pairs], dtype="datetime64[D]")
        chunk["brought"] = np.array([in_files.first(person_id, email) for person_id, email in pairs], dtype="datetime64[D]")
        gather_members(members, accord, pairs)
    got = columns.joined()
    got["able"] = able_people(got["person_id"], members)
    is_out = _is_one_of(got["person_id"], excluded.person_ids)
    completed, brought = (got.get(name, got["completion_date"]) for name in ("completed", "brought"))
    if not courses or ELSEWHERE in courses:
        completed, brought = (np.fmin(got["completion_date"], days) for days in (completed, brought))
    got["brought"] = _first_of_person(got["person_id"], brought)
    says_left = np.isin(got["id"].astype(np.int64), list(left_without_day(stints, columns_of(stints))))
    windows = windows_of(organisation, "people")
    observed = _observed(got, got["exit_date"], windows)
    withdrawn = np.isnat(got["exit_date"]) & ~says_left & (observed["observed_until"] - got["notice_date"] > NOTICE_DAYS)
    exits = np.where(np.isnat(got["notice_date"]) | withdrawn, got["exit_date"], got["notice_date"])
    team = got["team"]
    if PersonPeriod.objects.filter(organisation=organisation).exists():
        begins = np.fmax(got["hire_date"], observed["observed_from"])
        team = teams_at_start(organisation, got["person_id"], begins, team)
    team = in_one_spelling(team)
    if "team" in declared:
        got["declared_team"] = team
    changed = changes(got["person_id"], got["hire_date"], got["exit_date"])
    columns_of_units = {
        "unit_id": got["person_id"],
        "origin": changed.origin,
        "exit": changed.exits(exits),
        "exposed_on": _in_their_stint(
            got["person_id"], got["hire_date"], changed.exits(exits), _first_of_person(got["person_id"], completed)
        ),
        **changed.observed(observed, got["exit_date"]),
        "team": team,
        "exit_kind": got["exit_kind"],
    }
    is_asked_for = _is_in(team, teams)
    left_out = _stints_left_out(columns_of_units, is_out & is_asked_for)
    objected = got["person_id"][is_out]
    kept = is_asked_for & ~is_out & ~changed.is_over(columns_of_units)
    if not kept.all():
        got, columns_of_units = ({name: column[kept] for name, column in each.items()} for each in (got, columns_of_units))
    units = Units.from_columns(columns_of_units, _covariates(got, declared, extra))
    return Loaded(
        units,
        windows,
        windows_of(organisation, SUBJECTS[EMPLOYEE_EXIT].history),
        able=got["able"],
        terms=terms_of(organisation),
        brought=got["brought"],
        in_accord_since=found.in_accord_since,
        n_changes=changed.n,
        n_undated=int((says_left & np.isnat(exits)).sum()),
        n_withdrawn=int(withdrawn.sum()),
        n_left_open=changed.n_left_open,
        n_exits=int((~np.isnat(exits)).sum()),
        matches=_matches(organisation, courses, observed),
        people_objected=len(set(objected)),
        rows_objected=len(objected),
        left_out=left_out,
    )


def _matches(organisation: Organisation, courses: Collection[str], observed: Mapping[str, Dates]) -> Matches:
    """Of whoever completed one of the courses while anybody was observed."""
    names = CourseNames(organisation)
    first, last = _first(observed["observed_from"], min), _first(observed["observed_until"], max)
    return matches_of(organisation, first, last, lambda course: not courses or names.key(course) in courses)


def _first(days: Dates, choose: Callable[[list[date]], date]) -> date | None:
    """The earliest or the latest of the days that are known."""
    known = np.unique(days[~np.isnat(days)]).tolist()
    return choose(known) if known else None


def load_customers(
    organisation: Organisation,
    covariates: Sequence[Covariate],
    courses: Collection[str] = (),
    teams: Collection[str] = (),
) -> Loaded:
    return _load_owned(SUBJECTS[CUSTOMER_CHURN], organisation, covariates, courses, teams)


def load_partners(
    organisation: Organisation,
    covariates: Sequence[Covariate],
    courses: Collection[str] = (),
    teams: Collection[str] = (),
) -> Loaded:
    return _load_owned(SUBJECTS[PARTNER_EXIT], organisation, covariates, courses, teams)


def _load_owned(
    subject: Subject,
    organisation: Organisation,
    covariates: Sequence[Covariate],
    courses: Collection[str],
    teams: Collection[str],
) -> Loaded:
    """Customers or partners, each exposed from the first completion of their owner, or of their team where they have no owner.

    Where the history of a customer is known, the owner of the time counts (`outcomes.analysis.history`).
    `team` of the units is the owner (or team) itself: exposure is given at that level, so errors are clustered there.
    """
    excluded = excluded_from(organisation)
    owners = owners_of(organisation, courses, excluded)
    # All, whichever teams are asked about: a customer may go on in another one, and how many object is the same for each.
    got = _read_owned(subject, organisation, subject.rows(organisation), covariates, owners)
    got["able"] = able_owners(list(got[subject.id_column]), list(got.pop("levels", ())), owners.addresses)
    objector = got.get("objector", objects_of([]))
    is_out = objector != ""
    objected = objector[is_out]
    is_asked_for = _is_in(got["team"], teams)
    if "declared_team" in got:
        got["declared_team"] = in_one_spelling(got["declared_team"])
    windows = windows_of(organisation, subject.kind)
    left_out = _owned_left_out(subject, got, windows, is_out & is_asked_for)
    changed = changes(got[subject.id_column], got["start_date"], got["end_date"])
    got |= {"origin": changed.origin, "exit": changed.exits(got["end_date"])}
    got |= changed.observed(_observed(got, got["end_date"], windows), got["end_date"])
    asked = is_asked_for & ~is_out & ~changed.is_over(got)
    if not asked.all():
        got = {name: column[asked] for name, column in got.items()}
    for name in ("completed", "brought") if "completed" in got else ():
        got[name] = carry_on(got[subject.id_column], got["start_date"], got["end_date"], got[name])
    level = got.get("level", np.array([], dtype=object))
    has_owner, is_known = level != "", got.get("is_known", np.array([], dtype=bool))
    kept = has_owner & is_known
    missing = MissingOwners(~kept, got["exit"], got["observed_from"], got["observed_until"])
    got = {name: values[kept] for name, values in got.items()}
    return Loaded(
        _owned_units(subject, got, level[kept], covariates),
        windows,
        windows_of(organisation, subject.history),
        able=got["able"],
        terms=terms_of(organisation),
        brought=got.get("brought", np.array([], dtype="datetime64[D]")),
        in_accord_since=owners.in_accord_since,
        **_by_whom(got, level[kept]),  # type: ignore[arg-type]  # of numbers alone
        unowned=int((~has_owner).sum()),
        owner_unknown=int((has_owner & ~is_known).sum()),
        missing=missing,
        n_changes=changed.n,
        people_objected=len(set(objected)),
        rows_objected=len(objected),
        left_out=left_out,
    )


def _owned_left_out(subject: Subject, got: dict[str, np.ndarray], windows: Sequence[FileWindow], is_out: Bools) -> Units | None:
    """Those looked after by somebody who objects, each with that colleague (or team) as its level."""
    if not is_out.any():
        return None
    out = {name: column[is_out] for name, column in got.items()}
    columns = {
        "unit_id": out[subject.id_column],
        "origin": out["start_date"],
        "exit": out["end_date"],
        **_observed(out, out["end_date"], windows),
        "team": out["objector"],
    }
    return Units.from_columns(columns)


def _stints_left_out(columns: Mapping[str, np.ndarray], is_out: Bools) -> Units | None:
    """By their days alone: neither completions nor covariates of whoever objects are kept."""
    if not is_out.any():
        return None
    names = ("unit_id", "origin", "exit", "observed_from", "observed_until", "team")
    return Units.from_columns({name: columns[name][is_out] for name in names})


def _owned_units(
    subject: Subject,
    got: dict[str, np.ndarray],
    level: np.ndarray,
    covariates: Sequence[Covariate],
) -> Units:
    columns = {
        "unit_id": got[subject.id_column],
        "origin": got["origin"],
        "exit": got["exit"],
        "exposed_on": got.get("completed", got["start_date"]),
        "observed_from": got["observed_from"],
        "observed_until": got["observed_until"],
        "team": level,
    }
    return Units.from_columns(columns, _covariates(got, *_split(covariates, subject.covariates)))


def _by_whom(got: dict[str, np.ndarray], level: np.ndarray) -> dict[str, int]:
    """How many are exposed by their history, their owner of today and their team, by the names of `Loaded`."""
    known_from = got.get("known_from", np.full(len(level), np.datetime64("NaT", "D")))
    has_history = ~np.isnat(known_from)
    begins = np.fmax(got["start_date"], got["observed_from"])
    is_by_team = np.array([name.startswith("team ") for name in level], dtype=bool)
    return {
        "by_history": int(has_history.sum()),
        "history_begins_late": int((known_from > begins).sum()),
        "by_owner": int((~has_history & ~is_by_team).sum()),
        "by_team": int(is_by_team.sum()),
    }


def _read_owned(
    subject: Subject,
    organisation: Organisation,
    stints: models.QuerySet[Any],
    covariates: Sequence[Covariate],
    owners: Owners,
) -> dict[str, np.ndarray]:
    """The columns of the `stints`, and of each the day that exposes it, its level, and whether anything is known of that."""
    dates = ("start_date", "end_date", "observed_from", "observed_until")
    fields = ("id", "source_id", subject.id_column, "team", "owner_person_id", *dates)
    declared, extra = _split(covariates, subject.covariates)
    periods = customer_periods(organisation) if subject.history == "customer_history" else {}
    columns = _Columns(
        unit=fields[2],
        dates=(*dates, "completed", "brought"),
        names=(*fields, *(f"declared_{n}" for n in declared), *(f"extra_{n}" for n in extra)),
    )
    for rows in _chunks(stints.order_by(subject.id_column, "start_date"), [*fields, *declared], extra):
        chunk = columns.add(rows)
        pairs = list(zip(chunk["owner_person_id"], chunk["team"], strict=True))
        of_files = owners.in_files or owners
        chunk["completed"], chunk["brought"] = _of_todays_owners(pairs, owners), _of_todays_owners(pairs, of_files)
        chunk["level"] = objects_of([level_of(owner, team) for owner, team in pairs])
        chunk["levels"] = objects_of([(level,) for level in chunk["level"]])
        chunk["objector"] = objects_of([level if level in owners.objecting else "" for level in chunk["level"]])
        chunk["is_known"] = np.array(
            [owner in owners.known if owner else plain(team) in owners.known_teams for owner, team in pairs], dtype=bool
        )
        if periods:
            follow_owners(chunk, periods, owners, of_files)
    return columns.joined()


def _of_todays_owners(pairs: Sequence[tuple[str, str]], owners: Owners) -> Dates:
    """(rows,) The first completion of the owner named today, failing that of the team."""
    days = [owners.people.get(owner) if owner else owners.teams.get(plain(team)) for owner, team in pairs]
    return np.array(days, dtype="datetime64[D]")


def _is_in(team: Objects, teams: Collection[str]) -> Bools:
    """(rows,) Whether each is of one of the `teams` asked about, however files spell it; of all where none is."""
    if not teams:
        return np.ones(len(team), dtype=bool)
    asked = {plain(name) for name in teams}
    return np.array([plain(name) in asked for name in team], dtype=bool)


def _is_one_of(names: np.ndarray, out: Collection[str]) -> Bools:
    """(rows,) Whether each is one of those who object."""
    return np.array([name in out for name in names], dtype=bool) if out else np.zeros(len(names), dtype=bool)


def _observed(got: dict[str, np.ndarray], exits: Dates, windows: Sequence[FileWindow]) -> dict[str, Dates]:
    """The days that a row itself gives, else those between which its files know leavers."""
    said = observe(got["id"].astype(np.int64), got["source_id"].astype(np.int64), exits, windows, missing_rows(windows))
    return {
        "observed_from": np.where(np.isnat(got["observed_from"]), said.first, got["observed_from"]),
        "observed_until": np.where(np.isnat(got["observed_until"]), said.last, got["observed_until"]),
    }


def _split(covariates: Sequence[Covariate], ours: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names among our own fields, and names among the columns that the organisation imported."""
    names = [covariate.name for covariate in covariates]
    return [name for name in names if name in ours], [name for name in names if name not in ours]


def _chunks(rows: models.QuerySet[Any], fields: list[str], extra: list[str]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows as the database driver gives them: a million dates are not turned into objects and back.

    `rows` are in the order of their unique constraint, whose index spares the database to sort a million of them in memory.
    """
    pieces = {f"piece_{i}": KeyTransform(name, "covariates") for i, name in enumerate(extra)}
    query = rows.annotate(**pieces).values_list(*fields, *pieces).query
    sql, parameters = query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        while chunk := cursor.fetchmany(ROWS_AT_ONCE):
            yield chunk


def _covariates(got: dict[str, np.ndarray], declared: list[str], extra: list[str]) -> dict[str, np.ndarray]:
    """Columns with at least one value; one without any does not exist, and the engine says so."""
    found = {name: got[f"declared_{name}"] for name in declared} | {name: _from_json(got[f"extra_{name}"]) for name in extra}
    return {name: values for name, values in found.items() if pd.notna(values).any()}


def _from_json(values: np.ndarray) -> np.ndarray:
    """PostgreSQL hands JSON over as text."""
    if connection.vendor != "postgresql":
        return values
    known = {text: json.loads(text) for text in set(values) - {None}}
    return objects_of([None if text is None else known[text] for text in values])


def _first_of_person(person: np.ndarray, completed: Dates) -> Dates:
    """The first completion of each person, in all of their stints: a rehire knows what was learned before."""
    if not len(person):
        return completed
    codes, _names = pd.factorize(person)
    first: Dates = pd.Series(completed).groupby(codes).transform("min").to_numpy(dtype="datetime64[D]")
    return first


def _in_their_stint(person: np.ndarray, hired: np.ndarray, left: np.ndarray, completed: np.ndarray) -> np.ndarray:
    """A completion during a later stint says nothing about an earlier one; it is not "a completion after the exit"."""
    codes, _names = pd.factorize(person)
    several = np.bincount(codes, minlength=1)[codes] > 1 if len(codes) else np.zeros(0, dtype=bool)
    if not several.any():
        return completed
    last = pd.Series(hired).groupby(codes).transform("max").to_numpy(dtype="datetime64[D]")
    later = several & (completed > left) & (hired < last)
    return np.where(later, np.datetime64("NaT", "D"), completed)
