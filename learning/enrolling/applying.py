"""Writes an enrolment file that passed its check: people first, then their cohorts."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.utils.translation import ngettext

from accounts.models import Membership, Organisation
from accounts.services.people import DETAILS, RosterImport, classify_changes
from accounts.types import Actor
from courses.models import Course
from imports.kinds import ImportApplication
from learning.models import Cohort, CohortMembership
from learning.services.cohorts import add_to_cohort, create_cohort

ADDED_AT_ONCE = 5000
RowValues = dict[str, str]


class CohortAdditions:
    """Adds members cohort by cohort, a few thousand at a time, so that a file of any length fits into memory."""

    def __init__(self, organisation: Organisation, actor: Actor) -> None:
        self.organisation, self.actor = organisation, actor
        self.cohorts: dict[tuple[str, str], Cohort] = {}
        self.waiting: dict[tuple[str, str], list[Membership]] = {}
        self.added = 0

    def add(self, target: tuple[str, str], membership: Membership) -> None:
        waiting = self.waiting.setdefault(target, [])
        waiting.append(membership)
        if len(waiting) >= ADDED_AT_ONCE:
            self._add_waiting(target)

    def finish(self) -> None:
        for target in list(self.waiting):
            self._add_waiting(target)

    def _add_waiting(self, target: tuple[str, str]) -> None:
        if target not in self.cohorts:
            name, slug = target
            course = Course.objects.select_related("current_version").get(slug=slug)
            self.cohorts[target] = create_cohort(organisation=self.organisation, name=name, course=course, actor=self.actor)
        members = self.waiting.pop(target)
        self.added += add_to_cohort(cohort=self.cohorts[target], memberships=members, actor=self.actor)


def apply_enrolments(application: ImportApplication) -> dict[str, Any]:
    """People and their cohorts; mails are queued and leave after the commit. Rows that change nothing are passed over."""
    organisation, actor = application.organisation, application.actor
    result = application.options.get("result", {})
    roster = RosterImport(organisation=organisation, actor=actor, course_title=result.get("course_title", ""))
    additions = CohortAdditions(organisation, actor)
    repeated = application.staged.rows_total - application.staged.rows_refused
    counts: Counter[str] = Counter()
    for batch in application.batches():
        changes = _changes_of(organisation, batch)
        counts.update(changes)
        rows = [row for row, change in zip(batch, changes, strict=True) if change != "unchanged"]
        members = roster.add_batch([_person(row) for row in rows])
        for row, membership in zip(rows, members, strict=True):
            if row["cohort"]:
                additions.add((row["cohort"], row["course"]), membership)
    additions.finish()
    roster.finish()
    repeated -= sum(counts.values())
    application.count(new=counts["new"], changed=counts["changed"], unchanged=counts["unchanged"] + repeated)
    return {
        "message": _result_message(roster, additions.added),
        "invited": roster.new + roster.returned,
        "placed": additions.added,
        "cohorts": sorted(name for name, _slug in additions.cohorts),
    }


def _person(row: RowValues) -> dict[str, str]:
    return {name: row[name] for name in ("email", "team", *DETAILS)}


def _changes_of(organisation: Organisation, rows: Sequence[RowValues]) -> list[str]:
    """What each row does now: "new", "changed" or "unchanged". Two queries."""
    changes = classify_changes(organisation, [_person(row) for row in rows])
    members = set(
        CohortMembership.objects.filter(
            cohort__organisation=organisation,
            cohort__name__in={row["cohort"] for row in rows},
            membership__email__in={row["email"] for row in rows},
        ).values_list("membership__email", "cohort__name")
    )
    return [
        "changed"
        if changes[row["email"]] == "unchanged" and row["cohort"] and (row["email"], row["cohort"]) not in members
        else changes[row["email"]]
        for row in rows
    ]


def _result_message(roster: RosterImport, added: int) -> str:
    invited = roster.new + roster.returned
    parts = [
        ngettext("%(n)s person was invited by e-mail", "%(n)s people were invited by e-mail", invited) % {"n": f"{invited:,}"}
    ]
    if added:
        parts.append(ngettext("%(n)s added to a cohort", "%(n)s added to a cohort", added) % {"n": f"{added:,}"})
    return ", ".join(parts) + "."
