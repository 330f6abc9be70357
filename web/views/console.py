"""The first page of a console: how things stand, in one sentence, and what needs attention."""

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from access.queries import pools_of
from accounts.console import console_view
from accounts.enums import MembershipState
from accounts.models import Organisation
from accounts.queries import states, undelivered_invitations
from accounts.rules import can_buy, can_manage_people, can_open_console, can_see_people
from learning import queries
from learning.queries import CohortRow, sum_of

SHOWN = 8
SOON = timedelta(days=7)


@dataclass(frozen=True)
class ActionItem:
    """Something that needs attention: one sentence, one place to go."""

    sentence: str
    address: str
    act: str


@require_safe
@console_view(can_open_console)
def overview(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    user = request.user
    sees_people = can_see_people(user, organisation)
    counts = states(organisation) if sees_people else {}
    rows = queries.cohort_rows(organisation) if sees_people else []
    action_items = [*_cohort_action_items(organisation, rows)]
    if sees_people:
        action_items += _people_action_items(organisation, counts)
    if can_manage_people(user, organisation):
        action_items += _mail_action_items(organisation)
    if can_buy(user, organisation):
        action_items += _seat_action_items(organisation)
    context = {
        "organisation": organisation,
        "active": "overview",
        "cohorts": rows[:SHOWN],
        "more_cohorts": max(0, len(rows) - SHOWN),
        "state": _state(rows, counts),
        "action_items": action_items,
        "sees_people": sees_people,
        "may_manage": can_manage_people(user, organisation),
        "people": counts.get(MembershipState.ACTIVE, 0) + counts.get(MembershipState.INVITED, 0),
    }
    return render(request, "console/overview.html", context)


def _state(rows: list[CohortRow], counts: dict[str, int]) -> str:
    if rows:
        return sum_of(row.progress for row in rows).words
    people = counts.get(MembershipState.ACTIVE, 0) + counts.get(MembershipState.INVITED, 0)
    if people > 1:
        return _("%(n)s people; no one is in a cohort yet.") % {"n": people}
    return _("You are set up. Add your colleagues, then add them to a cohort.") if counts else ""


def _cohort_action_items(organisation: Organisation, rows: list[CohortRow]) -> list[ActionItem]:
    today = timezone.localdate()
    action_items = []
    for row in rows:
        due_on = row.cohort.due_on
        if due_on is None:
            continue
        waiting = row.progress.people - row.progress.started
        if row.progress.late:
            sentence = ngettext(
                "%(n)s person in “%(cohort)s” is overdue: the course was due on %(day)s.",
                "%(n)s people in “%(cohort)s” are overdue: the course was due on %(day)s.",
                row.progress.late,
            )
            number = row.progress.late
        elif today <= due_on <= today + SOON and waiting:
            sentence = ngettext(
                "%(n)s person in “%(cohort)s” has not started; the course is due on %(day)s.",
                "%(n)s people in “%(cohort)s” have not started; the course is due on %(day)s.",
                waiting,
            )
            number = waiting
        else:
            continue
        words = sentence % {"n": number, "cohort": row.cohort.name, "day": date_format(due_on)}
        action_items.append(ActionItem(words, row.cohort.get_absolute_url(), _("See who")))
    return action_items


def _people_action_items(organisation: Organisation, counts: dict[str, int]) -> list[ActionItem]:
    invited = counts[MembershipState.INVITED]
    if not invited:
        return []
    sentence = ngettext(
        "%(n)s person has not accepted the invitation yet.", "%(n)s people have not accepted their invitation yet.", invited
    )
    address = reverse("org:people", args=[organisation.slug]) + "?state=invited"
    return [ActionItem(sentence % {"n": invited}, address, _("See who"))]


def _mail_action_items(organisation: Organisation) -> list[ActionItem]:
    undelivered = undelivered_invitations(organisation).count()
    if not undelivered:
        return []
    sentence = ngettext("%(n)s invitation could not be delivered.", "%(n)s invitations could not be delivered.", undelivered)
    address = reverse("org:people", args=[organisation.slug]) + "?state=undelivered"
    return [ActionItem(sentence % {"n": undelivered}, address, _("See who"))]


def _seat_action_items(organisation: Organisation) -> list[ActionItem]:
    """Pools that are used up; those with seats left, withdrawn or expired need nobody."""
    address = reverse("org:seats", args=[organisation.slug])
    return [
        ActionItem(
            ngettext("The only seat for “%(set)s” is taken.", "All %(n)s seats for “%(set)s” are taken.", pool.quantity)
            % {"n": pool.quantity, "set": pool.course_set},
            address,
            _("See seats"),
        )
        for pool in pools_of(organisation)
        if not pool.free and pool.assigned + pool.activated
    ]
