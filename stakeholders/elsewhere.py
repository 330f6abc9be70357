"""Completions of files, and whether the people in the data are those who completed: by the files alone."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Organisation
from imports.kinds import FileCheck
from imports.tables.layout import enumerate_names
from stakeholders.models import Completion, EmploymentStint

SOME = 3


@dataclass(frozen=True)
class Matched:
    """Of `total` completions how many are of `nobody` in the data."""

    nobody: int
    total: int

    @property
    def share(self) -> float:
        return self.nobody / self.total if self.total else 0.0


def names_of_people(organisation: Organisation) -> tuple[set[str], set[str]]:
    """IDs and addresses of everybody in the files of people."""
    rows = EmploymentStint.objects.filter(organisation=organisation)
    ids, emails = set[str](), set[str]()
    for person_id, email in rows.values_list("person_id", "email").iterator():
        ids.add(person_id)
        emails.add(email)
    return ids, emails - {""}


def matched_completions(organisation: Organisation) -> Matched:
    """Two queries."""
    ids, emails = names_of_people(organisation)
    rows = Completion.objects.filter(organisation=organisation).values_list("person_id", "email")
    known = [person_id in ids or email in emails for person_id, email in rows.iterator()]
    return Matched(known.count(False), len(known))


def look_at_completions(check: FileCheck) -> dict[str, Any]:
    """The report says how many rows are of nobody in the people file, and which IDs only seem to be others."""
    ids, emails = names_of_people(check.organisation)
    if not ids:
        return {}
    id_at, email_at = (
        1 + check.staging.stored.index(name) if name in check.staging.stored else None for name in ("person_id", "email")
    )
    n, unknown = 0, set[str]()
    for rows in check.staging.batches():
        for row in rows:
            person_id, email = (row[at] if at is not None else "" for at in (id_at, email_at))
            if person_id not in ids and email not in emails:
                n += 1
                unknown.add(person_id)
    if n:
        check.note(_of_nobody(n) + _alike_words(written_otherwise(unknown - {""}, ids)))
    return {}


def _of_nobody(n: int) -> str:
    return ngettext(
        "%(n)s row is of nobody in the people file, so it counts for nobody. If that file comes later, all is well.",
        "%(n)s rows are of nobody in the people file, so they count for nobody. If that file comes later, all is well.",
        n,
    ) % {"n": f"{n:,}"}


def _alike_words(pairs: Iterable[tuple[str, str]]) -> str:
    found = [f"{here} / {there}" for here, there in pairs]
    if not found:
        return ""
    said = _("Some IDs seem to be written otherwise there (here / there): %(pairs)s. Write them as in the people file.")
    return " " + said % {"pairs": enumerate_names(found)}


def written_otherwise(unknown: Collection[str], known: Collection[str]) -> list[tuple[str, str]]:
    """IDs of which another one differs by zeros in front, by “.0” behind, or by case alone, with that one."""
    by_core = {core_of(person_id): person_id for person_id in sorted(known)}
    return [(person_id, by_core[core]) for person_id in sorted(unknown) if (core := core_of(person_id)) in by_core]


def core_of(person_id: str) -> str:
    return person_id.strip().casefold().removesuffix(".0").lstrip("0")
