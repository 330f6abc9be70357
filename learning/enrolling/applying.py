"""Writes an enrolment file that passed its check: people first, then their places."""

from typing import Any

from django.utils.translation import ngettext

from accounts.models import Membership
from accounts.people import Roster
from courses.models import Course
from imports.kinds import Application
from learning.models import Cohort
from learning.services.cohorts import create_cohort, place_in_cohort

PLACED_AT_ONCE = 5000


class Placing:
    """Places members cohort by cohort, a few thousand at a time, so that a file of any length fits into memory."""

    def __init__(self, organisation: Any, actor: Any) -> None:
        self.organisation, self.actor = organisation, actor
        self.cohorts: dict[tuple[str, str], Cohort] = {}
        self.waiting: dict[tuple[str, str], list[Membership]] = {}
        self.placed = 0

    def add(self, target: tuple[str, str], membership: Membership) -> None:
        waiting = self.waiting.setdefault(target, [])
        waiting.append(membership)
        if len(waiting) >= PLACED_AT_ONCE:
            self._place(target)

    def close(self) -> None:
        for target in list(self.waiting):
            self._place(target)

    def _place(self, target: tuple[str, str]) -> None:
        if target not in self.cohorts:
            name, slug = target
            course = Course.objects.select_related("current_version").get(slug=slug)
            self.cohorts[target] = create_cohort(organisation=self.organisation, name=name, course=course, actor=self.actor)
        members = self.waiting.pop(target)
        self.placed += place_in_cohort(cohort=self.cohorts[target], memberships=members, actor=self.actor)


def apply_enrolments(application: Application) -> dict[str, Any]:
    """People and their places; mails are owed and leave after the commit."""
    organisation, actor = application.organisation, application.actor
    result = application.options.get("result", {})
    roster = Roster(organisation=organisation, actor=actor, course_title=result.get("course_title", ""))
    placing = Placing(organisation, actor)
    for batch in application.batches():
        members = roster.take([item["person"] for item in batch])
        for item, membership in zip(batch, members, strict=True):
            if item["place"]:
                placing.add(tuple(item["place"]), membership)
    placing.close()
    roster.close()
    return {
        "message": _result_message(roster, placing.placed),
        "invited": roster.new + roster.returned,
        "placed": placing.placed,
        "cohorts": sorted(name for name, _slug in placing.cohorts),
    }


def _result_message(roster: Roster, placed: int) -> str:
    invited = roster.new + roster.returned
    parts = [ngettext("%(n)s person was invited by mail", "%(n)s people were invited by mail", invited) % {"n": f"{invited:,}"}]
    if placed:
        parts.append(ngettext("%(n)s placed in a cohort", "%(n)s placed in a cohort", placed) % {"n": f"{placed:,}"})
    return ", ".join(parts) + "."
