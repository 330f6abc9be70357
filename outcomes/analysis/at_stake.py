"""Whose completion is at stake in a row of the data, as far as Accord alone may know of it: people, whatever files call them.

Files can give one person many numbers, teams and stints. Counted by those, one person hides behind themself. Decision 0043.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import numpy as np

from accounts.models import Organisation
from outcomes.evidence.arrays import Bools, Dates, Floats, Objects

Able = frozenset[str]
"""Addresses in Accord of those whose completion could expose a row; empty where Accord knows none of them."""
NOBODY: Able = frozenset()


def known_to_accord(organisation: Organisation) -> dict[str, str]:
    """The address of each member with an account, by itself and by the organisation's own ID.

    Whoever was invited and has no account can have completed nothing here, and hides nobody.
    """
    names: dict[str, str] = {}
    joined = organisation.memberships.filter(user__isnull=False)
    for person_id, email in joined.values_list("person_id", "email").iterator():
        names[email] = email
        if person_id:
            names[f"id {person_id}"] = email
    return names


Terms = Mapping[str, date]
"""By address the first day on which a member can have completed something here."""


def terms_of(organisation: Organisation) -> Terms:
    """Since when they are members, which their organisation knows; before that nothing is open.

    It has no end: courses of former members can still be completed for the organisation that they have left.
    """
    joined = organisation.memberships.filter(user__isnull=False).values_list("email", "joined_at", "created_at")
    return {
        # Whoever comes back joins again.
        email: organisation.day_of(min(first, created)) if first else date.min
        for email, first, created in joined.iterator()
    }


def there_from(able: Objects, terms: Terms, since: date, until: date) -> tuple[Objects, Dates]:
    """(rows,) Of those who could expose a row, who were members before `until`; and from which day on, not before `since`, one
    of them was.
    """
    found: dict[Able, tuple[Able, date]] = {}
    for members in set(able):
        there = {member: terms.get(member, date.min) for member in members if terms.get(member, date.min) < until}
        found[members] = frozenset(there), max(since, min(there.values(), default=since))
    return (
        objects_of([found[members][0] for members in able]),
        np.array([found[members][1] for members in able], dtype="datetime64[D]"),
    )


def members_named(accord: Mapping[str, str], person_id: str, email: str) -> set[str]:
    """The members whom a row leads to: by its address, and by its ID, which may be two."""
    return {found for name in (email, f"id {person_id}") if (found := accord.get(name))}


def gather_members(found: dict[str, set[str]], accord: Mapping[str, str], rows: Iterable[tuple[str, str]]) -> None:
    """Put into `found`, by person_id, the members whom `rows` (person_id and address) lead to."""
    for person_id, email in rows:
        if members := members_named(accord, person_id, email):
            found.setdefault(person_id, set()).update(members)


def able_people(person_ids: Iterable[str], found: Mapping[str, set[str]]) -> Objects:
    """(rows,) A completion of whoever any row of a person leads to exposes all their rows."""
    able = {person_id: frozenset(members) for person_id, members in found.items()}
    return objects_of([able.get(person_id, NOBODY) for person_id in person_ids])


def able_owners(units: Sequence[str], levels: Sequence[tuple[str, ...]], addresses: Mapping[str, Able]) -> Objects:
    """(rows,) Of customers or partners, by the `levels` that could expose each row, and those of its earlier rows: what exposed
    one stint does so in later ones. Rows of a unit stand together, in the order of time.
    """
    known: dict[tuple[str, ...], Able] = {}
    found: list[Able] = []
    for n, (unit, own) in enumerate(zip(units, levels, strict=True)):
        able = known.get(own)
        if able is None:
            able = known[own] = NOBODY.union(*(addresses.get(level, NOBODY) for level in own))
        found.append(able | found[-1] if n and units[n - 1] == unit and not found[-1] <= able else able)
    return objects_of(found)


def representatives(able: Objects, mask: Bools, weights: Floats) -> Objects:
    """(rows,) One of those who could expose each row of `mask`, blank elsewhere: whoever could expose most, by the `weights` of
    the rows.

    So whoever could expose many is not counted as many; and nobody who could weighs more than the one who is counted. Rows that
    weigh nothing lend nobody weight: a file can hold any number of them.
    """
    kinds: dict[Able, int] = {}
    codes = np.array([kinds.setdefault(members, len(kinds)) for members in able[mask]], dtype=np.int64)
    loads: dict[str, float] = {}
    for members, load in zip(kinds, np.bincount(codes, weights[mask], minlength=len(kinds)).tolist(), strict=True):
        for member in members:
            loads[member] = loads.get(member, 0.0) + load
    chosen = [max(members, key=lambda member: (loads[member], member), default="") for members in kinds]
    found = np.full(len(able), "", dtype=object)
    found[mask] = objects_of([chosen[code] for code in codes.tolist()])
    return found


def has_anybody(able: Objects) -> Bools:
    """(rows,) Whether Accord may know of somebody that they completed."""
    found: Bools = able.astype(bool)
    return found


def everybody_of(able: Objects, mask: Bools) -> Collection[str]:
    """Addresses of all who could expose a row of `mask`."""
    return NOBODY.union(*set(able[mask]))


def objects_of(values: Sequence[object]) -> Objects:
    """(values,) Each as it is: numpy would make a table of what can be counted through."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
