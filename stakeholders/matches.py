"""Whose completions in files are of people in the data, and IDs that only look different: 37 and 0037, 1234.0 and 1234."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import ngettext

from accounts.models import Organisation
from imports.kinds import FileCheck
from stakeholders.models import Completion, EmploymentStint


@dataclass(frozen=True)
class KnownPeople:
    """Those in files of people, by ID, by address, and by what is left of an ID without its zeros and its decimal."""

    person_ids: frozenset[str]
    emails: frozenset[str]

    @classmethod
    def of(cls, organisation: Organisation) -> "KnownPeople":
        people = list(EmploymentStint.objects.filter(organisation=organisation).values_list("person_id", "email"))
        return cls(frozenset(one for one, _email in people), frozenset(email for _id, email in people) - {""})

    def has(self, person_id: str, email: str) -> bool:
        return person_id in self.person_ids or email in self.emails

    @property
    def by_core(self) -> dict[str, str]:
        """An ID of each core; none of those of which several IDs have the same."""
        found: dict[str, set[str]] = {}
        for person_id in self.person_ids:
            found.setdefault(core(person_id), set()).add(person_id)
        return {bare: next(iter(names)) for bare, names in found.items() if bare and len(names) == 1}


def core(person_id: str) -> str:
    """What spreadsheets and programs leave of an ID: without zeros before it, without ".0" after it, in one case."""
    whole, point, decimals = person_id.partition(".")
    text = whole if point and whole.isdigit() and not decimals.strip("0") else person_id
    return text.casefold().lstrip("0")


@dataclass(frozen=True)
class Matches:
    """Of `people` in files of completions, how many are in the files of people."""

    known: int
    people: int

    @property
    def share_unknown(self) -> float:
        return (self.people - self.known) / self.people if self.people else 0.0


def matches_of(
    organisation: Organisation,
    first: date | None = None,
    last: date | None = None,
    is_asked: Callable[[str], bool] = lambda _course: True,
) -> Matches:
    """Of the courses that are asked about. Whoever completed before `first` or after `last` and is not among the people has
    left before, or come since: only those of them count whose ID is that of somebody in the data written otherwise.
    """
    known = KnownPeople.of(organisation)
    rows = Completion.objects.filter(organisation=organisation).order_by()
    met: set[tuple[str, str]] = set()
    missed: set[tuple[str, str]] = set()
    by_core = known.by_core
    for person_id, email, course, day in rows.values_list("person_id", "email", "course", "completed_on").iterator():
        if not is_asked(course):
            continue
        if known.has(person_id, email):
            met.add((person_id, email))
        elif ((first is None or day >= first) and (last is None or day <= last)) or core(person_id) in by_core:
            missed.add((person_id, email))
    return Matches(len(met), len(met) + len(missed))


# At import ------------------------------------------------------------------------------------------------------------------


def look_at_completions(check: FileCheck) -> dict[str, Any]:
    """How many rows are of people in the data, where there are any, and IDs that differ by zeros or a decimal alone."""
    known = KnownPeople.of(check.organisation)
    if not known.person_ids:
        return {}
    stored = check.staging.stored
    at: dict[str, int] = {name: 1 + stored.index(name) for name in ("person_id", "email") if name in stored}
    n, met, missed = 0, 0, []
    for person_id, email in _staged(check, at):
        n += 1
        if known.has(person_id, email):
            met += 1
        else:
            missed.append(person_id)
    if met == n:
        return {}
    said = {"n": f"{met:,}", "total": f"{n:,}"}
    check.note(
        ngettext(
            "%(n)s of %(total)s row is of somebody in the data; the completions of the others count for nobody.",
            "%(n)s of %(total)s rows are of people in the data; the completions of the others count for nobody.",
            n,
        )
        % said
    )
    # No ID is named: what a report says stays when its file is withdrawn.
    if alike := sum(bool(person_id) and core(person_id) in known.by_core for person_id in missed):
        check.note(
            ngettext(
                "The ID of %(n)s row differs from one of the people only by zeros before it, “.0” after it or upper and lower "
                "case, as “007”, “7” and “7.0” do. If they are the same person, format the column as text, then export and "
                "upload the file again.",
                "The IDs of %(n)s rows differ from those of the people only by zeros before them, “.0” after them or upper and "
                "lower case, as “007”, “7” and “7.0” do. If they are the same people, format the column as text, then export "
                "and upload the file again.",
                alike,
            )
            % {"n": f"{alike:,}"}
        )
    return {}


def _staged(check: FileCheck, at: dict[str, int]) -> Iterator[tuple[str, str]]:
    for rows in check.staging.batches():
        for row in rows:
            person_id, email = (row[at[name]] if name in at else "" for name in ("person_id", "email"))
            yield person_id, email.lower()
