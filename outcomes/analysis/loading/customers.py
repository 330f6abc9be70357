"""Customers and partners, who are exposed by whoever looks after them."""

from collections.abc import Collection, Sequence
from typing import TypedDict

import numpy as np

from accounts.models import Organisation
from outcomes.analysis.at_stake import able_owners, objects_of, terms_of
from outcomes.analysis.history import carry_on, follow_owners, in_one_spelling
from outcomes.analysis.loading.columns import Columns, Wanted, is_in_teams, joined, observed_days, only, units_left_out
from outcomes.analysis.loading.loaded import Loaded, MissingOwners
from outcomes.analysis.loading.owners import Owners, level_of, owners_of
from outcomes.enums import CUSTOMER_CHURN, PARTNER_EXIT
from outcomes.evidence.arrays import NO_DAY
from outcomes.evidence.changes import changes
from outcomes.evidence.question import Covariate
from outcomes.evidence.units import Units
from outcomes.subjects import SUBJECTS, Subject
from stakeholders.history import customer_periods
from stakeholders.queries import excluded_from
from stakeholders.windows import windows_of

DATES = ("start_date", "end_date", "observed_from", "observed_until")


def load_customers(
    organisation: Organisation,
    covariates: Sequence[Covariate],
    courses: Collection[str] = (),
    teams: Collection[str] = (),
) -> Loaded:
    return _load(SUBJECTS[CUSTOMER_CHURN], organisation, covariates, courses, teams)


def load_partners(
    organisation: Organisation,
    covariates: Sequence[Covariate],
    courses: Collection[str] = (),
    teams: Collection[str] = (),
) -> Loaded:
    return _load(SUBJECTS[PARTNER_EXIT], organisation, covariates, courses, teams)


def _load(
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
    wanted = Wanted.of((subject.id_column, "team", "owner_person_id"), DATES, covariates, subject.covariates)
    owners = owners_of(organisation, courses, excluded_from(organisation))
    # All, whichever teams are asked about: a customer may go on in another one, and how many object is the same for each.
    rows = _read(subject, organisation, wanted, owners)
    windows = windows_of(organisation, subject.kind)
    is_out, is_asked_for = rows["objector"] != "", is_in_teams(rows["team"], teams)
    objectors = rows["objector"][is_out]
    observed = observed_days(rows, rows["end_date"], windows)
    left_out = units_left_out(_by_their_objectors(subject, rows | observed), is_out & is_asked_for)
    changed = changes(rows[subject.id_column], rows["start_date"], rows["end_date"])
    rows |= {"origin": changed.origin, "exit": changed.exits(rows["end_date"])}
    rows |= changed.observed(observed, rows["end_date"])
    rows = only(rows, is_asked_for & ~is_out & ~changed.is_over(rows))
    for name in ("completed", "brought"):
        rows[name] = carry_on(rows[subject.id_column], rows["start_date"], rows["end_date"], rows[name])
    has_owner, is_known = rows["level"] != "", rows["is_known"]
    missing = MissingOwners(~(has_owner & is_known), rows["exit"], rows["observed_from"], rows["observed_until"])
    rows = only(rows, has_owner & is_known)
    return Loaded(
        _units(subject, rows, wanted),
        windows,
        windows_of(organisation, subject.history),
        able=rows["able"],
        terms=terms_of(organisation),
        brought=rows["brought"],
        in_accord_since=owners.in_accord_since,
        **_by_whom(rows),
        unowned=int((~has_owner).sum()),
        owner_unknown=int((has_owner & ~is_known).sum()),
        missing=missing,
        n_changes=changed.n,
        people_objected=len(set(objectors)),
        rows_objected=len(objectors),
        left_out=left_out,
    )


def _read(subject: Subject, organisation: Organisation, wanted: Wanted, owners: Owners) -> Columns:
    """The rows, and of each the day that exposes it (`completed`, and `brought` by files), the level that errors go by, whether
    anything is known of that, whose objection leaves it out, since when a history knows it, and who could expose it.
    """
    periods = customer_periods(organisation) if subject.history == "customer_history" else {}
    of_files, chunks = owners.in_files or owners, list[Columns]()
    for chunk in wanted.chunks(subject.rows(organisation).order_by(subject.id_column, "start_date")):
        pairs = list(zip(chunk["owner_person_id"], chunk["team"], strict=True))
        levels = [level_of(owner, team) for owner, team in pairs]
        for name, known in (("completed", owners), ("brought", of_files)):
            chunk[name] = np.array([known.first(owner, team) for owner, team in pairs], dtype="datetime64[D]")
        chunk["level"] = objects_of(levels)
        chunk["levels"] = objects_of([(level,) for level in levels])
        chunk["objector"] = objects_of([level if level in owners.objecting else "" for level in levels])
        chunk["is_known"] = np.array([owners.knows(owner, team) for owner, team in pairs], dtype=bool)
        chunk["known_from"] = np.full(len(pairs), NO_DAY)
        if periods:
            follow_owners(chunk, periods, owners, of_files)
        chunks.append(chunk)
    rows = joined(chunks)
    rows["able"] = able_owners(list(rows[subject.id_column]), list(rows.pop("levels")), owners.addresses)
    if "team" in wanted.declared:
        rows["declared_team"] = in_one_spelling(rows["declared_team"])
    return rows


def _by_their_objectors(subject: Subject, rows: Columns) -> Columns:
    """By the names that the engine knows, each with the colleague (or team) who objects as its level."""
    return {
        "unit_id": rows[subject.id_column],
        "origin": rows["start_date"],
        "exit": rows["end_date"],
        "observed_from": rows["observed_from"],
        "observed_until": rows["observed_until"],
        "team": rows["objector"],
    }


def _units(subject: Subject, rows: Columns, wanted: Wanted) -> Units:
    columns = {
        "unit_id": rows[subject.id_column],
        "origin": rows["origin"],
        "exit": rows["exit"],
        "exposed_on": rows["completed"],
        "observed_from": rows["observed_from"],
        "observed_until": rows["observed_until"],
        "team": rows["level"],
    }
    return Units.from_columns(columns, wanted.covariates(rows))


class _ByWhom(TypedDict):
    by_history: int
    history_begins_late: int
    by_owner: int
    by_team: int


def _by_whom(rows: Columns) -> _ByWhom:
    """How many are exposed by their history, their owner of today and their team, by the names of `Loaded`."""
    has_history = ~np.isnat(rows["known_from"])
    begins = np.fmax(rows["start_date"], rows["observed_from"])
    is_by_team = np.array([name.startswith("team ") for name in rows["level"]], dtype=bool)
    return {
        "by_history": int(has_history.sum()),
        "history_begins_late": int((rows["known_from"] > begins).sum()),
        "by_owner": int((~has_history & ~is_by_team).sum()),
        "by_team": int(is_by_team.sum()),
    }
