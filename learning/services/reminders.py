"""Reminders of cohorts: on the start day, a week before the due day, on it and a week after, or when somebody asks for them.

By the clock of each person: nobody is written to in the evening or at night, and a day is the day where they are.
"""

import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from celery import shared_task
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import ngettext

from accounts.audit import record
from accounts.enums import AuditVerb, MembershipState
from accounts.models import Membership, Organisation
from accounts.types import Actor
from common.sweeps import each
from learning.enums import ReminderReason
from learning.models import Cohort, CohortMembership, Reminder, StoppedReminders
from learning.queries import STATUSES, cohort_people, has_seat, today_in, without_seat
from learning.services.cohorts import lock_cohorts, lock_current_cohort
from mail import services as mail
from mail.hours import first_zone, is_waking_hour, next_waking_hour
from mail.models import MailDelivery, MailLink
from mail.queries import BulkProgress, bulk_progress

KIND = "reminder"
ABOUT = "cohort:"
# Has joined, has not finished, has an account that is open.
UNFINISHED = Q(finished_at__isnull=True, state=MembershipState.ACTIVE, user__is_active=True)
BATCH = 500
LINK_DAYS = 60
WEEK = timedelta(weeks=1)
# A site that stood still for a day makes up for it.
START_WINDOW = timedelta(days=2)
# Whoever was added a moment ago has just been written to.
SETTLING = timedelta(days=3)


@dataclass(frozen=True)
class Occasion:
    """Why people are reminded, and the day that it is about."""

    reason: ReminderReason
    day: date


def occasion_on(cohort: Cohort, day: date) -> Occasion | None:
    """What people of a cohort are reminded of where it is that `day`; the due day comes first."""
    starts_on, due_on = cohort.starts_on, cohort.due_on
    if due_on and day == due_on:
        return Occasion(ReminderReason.DUE, due_on)
    if due_on and due_on + WEEK <= day < due_on + 2 * WEEK:
        return Occasion(ReminderReason.AFTER, due_on)
    if starts_on and starts_on <= day < starts_on + START_WINDOW:
        return Occasion(ReminderReason.START, starts_on)
    if due_on and due_on - WEEK <= day < due_on and (starts_on is None or starts_on <= day):
        return Occasion(ReminderReason.BEFORE, due_on)
    return None


@shared_task(name="learning.send_reminders")
def send_reminders() -> None:
    """Hourly: whoever is due to be reminded and is awake. Repeating it reminds nobody twice."""
    now = timezone.now()
    today = now.date()
    # A day more on both sides: it is another day elsewhere.
    near = Q(due_on__range=(today - 2 * WEEK - timedelta(days=1), today + WEEK + timedelta(days=1)))
    near |= Q(starts_on__range=(today - START_WINDOW - timedelta(days=1), today + timedelta(days=1)))
    cohorts = (
        Cohort.objects.current().filter(near, sends_reminders=True).select_related("course", "organisation").order_by("pk")
    )
    each(cohorts, lambda cohort: remind_those_awake(cohort, now), name="Cohorts to be reminded")


def remind_those_awake(cohort: Cohort, now: datetime) -> int:
    """Everybody in the cohort whose day and hour it is; returns how many."""
    count = 0
    for name, zone in _zones(cohort):
        local = now.astimezone(zone)
        occasion = occasion_on(cohort, local.date())
        if occasion and occasion.reason != ReminderReason.START and not cohort.course.is_whole:
            continue  # nobody can finish a preview, so nobody is late with it
        if occasion is None or not is_waking_hour(local):
            continue
        while batch := _remind_some(cohort, occasion, now, zone_name=name):
            count += batch
    return count


def _zones(cohort: Cohort) -> Iterator[tuple[str, zoneinfo.ZoneInfo]]:
    """Time zones of a cohort's people as they have set them, "" for those who go by their organisation's."""
    names = unfinished(cohort).order_by().values_list("user__time_zone", flat=True).distinct()
    for name in names:
        yield name, first_zone(name, cohort.organisation.time_zone)


def unfinished(cohort: Cohort) -> QuerySet[Membership]:
    """Who could be reminded: has joined, has not finished, has an account that is open, and can open the course."""
    people = cohort_people(cohort).filter(UNFINISHED)
    return people if cohort.course.is_free else people.filter(has_seat(cohort))


def with_reason(cohort: Cohort, reason: ReminderReason) -> QuerySet[Membership]:
    """Of these, whom it concerns, and who has not stopped reminders that they may stop. Nobody of an archive."""
    if cohort.is_archived:
        return Membership.objects.none()
    people = unfinished(cohort)
    if not cohort.is_obligatory:
        people = people.filter(stopped_reminders=None)
    if reason == ReminderReason.START:
        people = people.filter(STATUSES["idle"])
    return people


def to_remind(cohort: Cohort, occasion: Occasion) -> QuerySet[Membership]:
    """Of these, who has not been reminded of this yet."""
    reminded = Reminder.objects.filter(cohort=cohort, membership=OuterRef("pk"), reason=occasion.reason, day=occasion.day)
    people = with_reason(cohort, occasion.reason).filter(~Exists(reminded))
    if occasion.reason in (ReminderReason.START, ReminderReason.BEFORE):
        settled = CohortMembership.objects.filter(
            cohort=cohort, membership=OuterRef("pk"), created_at__lte=timezone.now() - SETTLING
        )
        people = people.filter(Exists(settled))
    return people


def is_wanted(delivery: MailDelivery) -> bool:
    """Whether the reason of a reminder is still there when it goes out, which may be the next morning. Two queries."""
    if delivery.link is None or not delivery.about.startswith(ABOUT):
        return False
    cohort = Cohort.objects.select_related("course", "organisation").filter(uuid=delivery.about.removeprefix(ABOUT)).first()
    if cohort is None:
        return False
    reason = ReminderReason(delivery.context["reason"])
    if reason != ReminderReason.ASKED and not _still_reminds(cohort, reason, delivery.batch):
        return False
    return with_reason(cohort, reason).filter(uuid=delivery.link.target_id).exists()


def _still_reminds(cohort: Cohort, reason: ReminderReason, batch: UUID | None) -> bool:
    """Whether a cohort sends reminders by itself, and of the day that this one speaks of."""
    day = cohort.starts_on if reason == ReminderReason.START else cohort.due_on
    return cohort.sends_reminders and day is not None and batch == _batch_of(cohort, Occasion(reason, day))


@dataclass(frozen=True)
class Preview:
    """What asking for reminders today would do. `seatless`: could be reminded if they had a seat for the course."""

    people: int
    stopped: int
    reminded: int
    seatless: int


def preview(cohort: Cohort) -> Preview:
    everybody = unfinished(cohort).count()
    stopped = 0 if cohort.is_obligatory else unfinished(cohort).filter(stopped_reminders__isnull=False).count()
    people = to_remind(cohort, _asked_today(cohort)).count()
    seatless = without_seat(cohort).filter(UNFINISHED).count()
    return Preview(people, stopped, everybody - stopped - people, seatless)


def _uncounted(counted: int, total: int) -> None:
    """In a request nobody watches the progress."""


def remind_unfinished(
    *,
    cohort: Cohort,
    actor: Actor,
    counted: int = 0,
    count: Callable[[int, int], None] = _uncounted,
) -> int:
    """Remind everybody who has not finished, once a day; by night the mail waits for the morning. Returns how many.

    In batches that are whole: one that was killed goes on where it stopped. `counted` is how far earlier runs came, and `count`
    is told in the transaction of each batch; the first of all is on record. `CohortArchived` where it is.
    """
    occasion, total = _asked_today(cohort), 0
    while True:
        with transaction.atomic():
            # Whoever asks at the same moment counts those who are left.
            locked = lock_current_cohort(cohort)
            total = total or counted + to_remind(locked, occasion).count()
            reminded = _remind_some(locked, occasion, timezone.now())
            if not reminded:
                return counted
            if not counted:
                _record(locked, actor, total)
            counted += reminded
            count(counted, max(counted, total))


def _batch_of(cohort: Cohort, occasion: Occasion) -> UUID:
    """What the mails of one occasion share, in however many runs they were queued."""
    return uuid5(cohort.uuid, f"{occasion.reason} {occasion.day}")


def mail_progress(cohort: Cohort) -> BulkProgress | None:
    """How far the reminders are that somebody asked for today; None where all have gone out. One query where there are none."""
    return bulk_progress(cohort.organisation, KIND, batch=_batch_of(cohort, _asked_today(cohort)))


def _asked_today(cohort: Cohort) -> Occasion:
    """By the day of the organisation: "once a day" is what whoever asks there understands by it."""
    return Occasion(ReminderReason.ASKED, today_in(cohort.organisation))


def _record(cohort: Cohort, actor: Actor, count: int) -> None:
    summary = ngettext("Reminded %(n)s person in “%(cohort)s”", "Reminded %(n)s people in “%(cohort)s”", count)
    record(
        verb=AuditVerb.COHORT_REMINDED,
        summary=summary % {"n": f"{count:,}", "cohort": cohort.name[:200]},
        organisation=cohort.organisation,
        actor=actor,
        target=cohort,
        after={"count": count},
    )


@transaction.atomic
def _remind_some(cohort: Cohort, occasion: Occasion, now: datetime, zone_name: str | None = None) -> int:
    """A batch of those who are due, with the note that they were reminded, so that nobody is twice."""
    (locked,) = lock_cohorts([cohort])
    people = to_remind(locked, occasion).select_related("user").order_by("pk")
    if zone_name is not None:
        people = people.filter(user__time_zone=zone_name)
    batch = list(people[:BATCH])
    Reminder.objects.bulk_create(
        Reminder(cohort=locked, membership=one, reason=occasion.reason, day=occasion.day) for one in batch
    )
    if batch:
        _queue(locked, occasion, batch, now)
    return len(batch)


def _queue(cohort: Cohort, occasion: Occasion, people: list[Membership], now: datetime) -> None:
    links = [
        MailLink(
            kind=KIND,
            target_id=one.uuid.hex,
            recipient=one.user.email,  # type: ignore[union-attr]  # active members have a user
            organisation=cohort.organisation,
            expires_at=now + timedelta(days=LINK_DAYS),
        )
        for one in people
    ]
    due_on, starts_on = cohort.due_on, cohort.starts_on
    waking = [_waking_hour_of(one, cohort.organisation, now) for one in people]
    shared = {
        "reason": str(occasion.reason),
        "course_title": cohort.course.title,
        "course_path": cohort.course.get_absolute_url(),
        "due_day": date_format(due_on, "j F Y") if due_on else "",
        "start_day": date_format(starts_on, "j F") if starts_on else "",
        "is_obligatory": cohort.is_obligatory,
    }
    mail.enqueue_in_bulk(
        MailDelivery(
            template=KIND,
            recipient=link.recipient,
            organisation=cohort.organisation,
            link=link,
            about=f"{ABOUT}{cohort.uuid}",
            context=shared
            | {
                "first_name": one.first_name,
                "has_started": one.started_at is not None,  # type: ignore[attr-defined]  # annotated by `cohort_people`
                "is_past": bool(due_on and due_on < read_at.date()),
                "starts_today": starts_on == read_at.date(),
            },
            batch=_batch_of(cohort, occasion),
            not_before=read_at if read_at > now else None,
        )
        for one, link, read_at in zip(people, links, waking, strict=True)
    )


def _waking_hour_of(one: Membership, organisation: Organisation, now: datetime) -> datetime:
    """When the mail is read, where they are: now by day, else the next morning."""
    return next_waking_hour(now.astimezone(first_zone(one.user.time_zone if one.user else "", organisation.time_zone)))


# Stopping -------------------------------------------------------------------------------------------------------------


def stop_reminders(*, membership: Membership) -> None:
    """No more of them, but of what is obligatory; those that have not gone out stay here. Safe to repeat."""
    StoppedReminders.objects.get_or_create(membership=membership)
    waiting = MailDelivery.objects.filter(template=KIND, link__kind=KIND, link__target_id=membership.uuid.hex)
    mail.cancel(waiting.exclude(context__is_obligatory=True))


def want_reminders(*, membership: Membership) -> None:
    """Undo `stop_reminders`."""
    StoppedReminders.objects.filter(membership=membership).delete()


def membership_of_link(link: MailLink) -> Membership | None:
    """Whom the mail reminded; None where they are gone, or are somebody else by now."""
    memberships = Membership.objects.select_related("organisation", "user").filter(organisation=link.organisation_id)
    return memberships.filter(uuid=link.target_id).exclude(user=None).first()


def stop_by_link(link: MailLink) -> None:
    if membership := membership_of_link(link):
        stop_reminders(membership=membership)


def has_stopped(membership: Membership) -> bool:
    return StoppedReminders.objects.filter(membership=membership).exists()
