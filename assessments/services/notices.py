"""E-mails about assigned assessments: when one opens, and three days before it closes, to whoever has not submitted it.

By the clock of each person, as the reminders of their cohort are, and stopped with them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from celery import shared_task
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.enums import MembershipState
from accounts.models import Membership
from assessments.enums import NoticeReason
from assessments.models import AssignedInstrument, AssignmentNotice, Attempt
from common.sweeps import each
from learning.models import Enrolment
from learning.services import reminders
from learning.services.cohorts import lock_cohorts
from mail import services as mail
from mail.hours import first_zone, is_waking_hour
from mail.models import MailDelivery, MailLink

MAIL = "assessment_assigned"
ABOUT = "assigned:"
BATCH = 500
LINK_DAYS = 60
OPENING = timedelta(days=3)
"""A site that stood still for a day or two makes up for it; so long whoever joins the cohort is told too."""
CLOSING = timedelta(days=3)


@dataclass(frozen=True)
class Notice:
    """Why people are written to, and the day that it is about."""

    reason: NoticeReason
    day: date


def first_day(assigned: AssignedInstrument) -> date:
    if assigned.opens_on is not None:
        return assigned.opens_on
    return assigned.created_at.astimezone(ZoneInfo(assigned.organisation.time_zone)).date()


def notice_on(assigned: AssignedInstrument, day: date) -> Notice | None:
    """What people are told of where it is that `day`."""
    first, last = first_day(assigned), assigned.closes_on
    if day < first or (last is not None and day > last):
        return None
    if last is not None and day >= last - CLOSING and day > first:
        return Notice(NoticeReason.CLOSING, last)
    return Notice(NoticeReason.OPEN, first) if day < first + OPENING else None


@shared_task(name="assessments.send_notices")
def send_notices() -> None:
    """Hourly. Repeating it writes to nobody twice."""
    now = timezone.now()
    today = now.date()
    # A day more on both sides: it is another day elsewhere.
    near = Q(closes_on=None) | Q(closes_on__gte=today - timedelta(days=1))
    begun = Q(opens_on=None) | Q(opens_on__lte=today + timedelta(days=1))
    rows = AssignedInstrument.objects.current().filter(near, begun, sends_mail=True, cohort__archived_at=None)
    rows = rows.select_related("cohort__course", "organisation", "instrument").order_by("pk")
    each(rows, lambda assigned: notify_those_awake(assigned, now), name="Assigned assessments to write about")


def notify_those_awake(assigned: AssignedInstrument, now: datetime) -> int:
    """Everybody whose day and hour it is; returns how many."""
    count = 0
    for name, zone in _zones(assigned):
        local = now.astimezone(zone)
        notice = notice_on(assigned, local.date())
        if notice is None or not is_waking_hour(local):
            continue
        while batch := _notify_some(assigned, notice, now, zone_name=name):
            count += batch
    return count


def _zones(assigned: AssignedInstrument) -> Iterator[tuple[str, ZoneInfo]]:
    names = unfinished(assigned).order_by().values_list("user__time_zone", flat=True).distinct()
    for name in names:
        yield name, first_zone(name, assigned.organisation.time_zone)


def unfinished(assigned: AssignedInstrument) -> QuerySet[Membership]:
    """Who may be written to: has joined, can take it, has not submitted it, and has not stopped what they may stop."""
    cohort = assigned.cohort
    members = Membership.objects.filter(
        organisation=assigned.organisation_id,
        cohort_memberships__cohort=cohort,
        state=MembershipState.ACTIVE,
        user__is_active=True,
    )
    taking = Enrolment.objects.filter(user=OuterRef("user"), course=cohort.course_id, organisation=assigned.organisation_id)
    submitted = Attempt.objects.filter(user=OuterRef("user"), assigned=assigned, submitted_at__isnull=False)
    people = members.filter(Exists(taking)).exclude(Exists(submitted))
    return people if cohort.is_obligatory else people.filter(stopped_reminders=None)


def _to_notify(assigned: AssignedInstrument, notice: Notice) -> QuerySet[Membership]:
    told = AssignmentNotice.objects.filter(assigned=assigned, membership=OuterRef("pk"), reason=notice.reason, day=notice.day)
    return unfinished(assigned).exclude(Exists(told))


@transaction.atomic
def _notify_some(assigned: AssignedInstrument, notice: Notice, now: datetime, *, zone_name: str) -> int:
    """A batch of them, with the note that they were told, so that nobody is twice."""
    lock_cohorts([assigned.cohort])
    people = _to_notify(assigned, notice).filter(user__time_zone=zone_name).select_related("user").order_by("pk")
    batch = list(people[:BATCH])
    AssignmentNotice.objects.bulk_create(
        AssignmentNotice(assigned=assigned, membership=one, reason=notice.reason, day=notice.day) for one in batch
    )
    if batch:
        _queue(assigned, notice, batch, now)
    return len(batch)


def _queue(assigned: AssignedInstrument, notice: Notice, people: list[Membership], now: datetime) -> None:
    shared = {
        "reason": str(notice.reason),
        "title": assigned.instrument.title,
        "page_path": reverse("assessments:assigned", args=[assigned.uuid]),
        "last_day": date_format(assigned.closes_on, "j F Y") if assigned.closes_on else "",
        "day": notice.day.isoformat(),
        "is_obligatory": assigned.cohort.is_obligatory,
    }
    addressed = [(one, one.user.email) for one in people if one.user is not None]
    mail.enqueue_in_bulk(
        MailDelivery(
            template=MAIL,
            recipient=email,
            organisation=assigned.organisation,
            link=MailLink(
                kind=reminders.KIND,
                target_id=one.uuid.hex,
                recipient=email,
                organisation=assigned.organisation,
                expires_at=now + timedelta(days=LINK_DAYS),
            ),
            about=f"{ABOUT}{assigned.uuid}",
            context=shared | {"first_name": one.first_name},
        )
        for one, email in addressed
    )


def is_wanted(delivery: MailDelivery) -> bool:
    """Whether the reason of such a mail is still there when it goes out. Two queries."""
    if delivery.link is None or not delivery.about.startswith(ABOUT):
        return False
    rows = AssignedInstrument.objects.current().filter(uuid=delivery.about.removeprefix(ABOUT), cohort__archived_at=None)
    assigned = rows.select_related("cohort", "organisation").first()
    if assigned is None or not assigned.sends_mail or delivery.context["day"] not in _days_of(assigned):
        return False
    return unfinished(assigned).filter(uuid=delivery.link.target_id).exists()


def _days_of(assigned: AssignedInstrument) -> set[str]:
    """The days that mails may speak of: one that was moved is spoken of anew."""
    return {day.isoformat() for day in (first_day(assigned), assigned.closes_on) if day is not None}
