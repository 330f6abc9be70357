"""A week after an if-then plan was written its writer is asked once what came of it; a course that was left is mentioned once.

By day, by the clock of each person. Both kinds can be stopped with one click.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from celery import shared_task
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from access.queries import may_open
from accounts.models import User
from accounts.queries import zone_of
from learning.activity_types import Plan
from learning.enums import PlanOutcome
from learning.models import ActivityState, Enrolment, PlanFollowUp, StalledReminder, StoppedReminders
from mail import services as mail
from mail.hours import next_waking_hour
from mail.models import MailDelivery
from mail.queries import wants
from mail.services.choices import link_to_stop

PLANS, STALLED = "plans", "stalled_courses"
PLAN_MAIL, STALLED_MAIL = "plan_follow_up", "stalled_course"
PLAN_AFTER, STALLED_AFTER = timedelta(days=7), timedelta(days=14)
# What is older was missed, or is from before anybody was asked.
PLAN_WINDOW, STALLED_WINDOW = timedelta(days=7), timedelta(days=14)
BATCH = 100


# Plans ----------------------------------------------------------------------------------------------------------------


def plans_to_ask_about(now: datetime) -> QuerySet[ActivityState]:
    """Plans written, or last changed, a week ago, by people who want to be asked, and have not been asked about them."""
    week_old = (now - PLAN_AFTER - PLAN_WINDOW, now - PLAN_AFTER)
    plans = ActivityState.objects.filter(activity__kind=Plan.name, updated_at__range=week_old, follow_up=None)
    return plans.filter(wants(PLANS, "enrolment__user"), enrolment__user__is_active=True).exclude(data={})


@shared_task(name="learning.ask_about_plans")
def ask_about_plans() -> None:
    """Hourly. Repeating it asks nobody twice."""
    now, last = timezone.now(), 0
    while (batch := _ask_some(now, last)) is not None:
        last = batch


@transaction.atomic
def _ask_some(now: datetime, after: int) -> int | None:
    """A batch with the notes that they were asked; the key of its last plan, or None where there was none left."""
    plans = plans_to_ask_about(now).filter(pk__gt=after).select_for_update(of=("self",), no_key=True)
    locked = list(plans.select_related("enrolment__user", "enrolment__course", "activity").order_by("pk")[:BATCH])
    if not locked:
        return None
    # Looked at once more under the lock: another worker may have asked while we waited for it.
    asked = set(PlanFollowUp.objects.filter(state__in=locked).values_list("state", flat=True))
    due = [state for state in locked if state.pk not in asked and _is_whole(state)]
    notes = PlanFollowUp.objects.bulk_create(PlanFollowUp(state=state) for state in due)
    mail.enqueue_in_bulk(_question(note, now) for note in notes)
    return locked[-1].pk


def _is_whole(state: ActivityState) -> bool:
    """Whether there is an *if* and a *then* to ask about."""
    return bool(state.data.get("if") and state.data.get("then"))


def _question(note: PlanFollowUp, now: datetime) -> MailDelivery:
    enrolment = note.state.enrolment
    context = {"course_title": enrolment.course.title, "page": reverse("plan_follow_up", args=[note.uuid])}
    return _mail(PLAN_MAIL, PLANS, enrolment.user, f"plan:{note.uuid}", context, now)


def _mail(template: str, choice: str, user: User, about: str, context: dict[str, Any], now: datetime) -> MailDelivery:
    """Of no organisation: what people write, and where they stopped, is no business of their employer's."""
    read_at = next_waking_hour(now.astimezone(zone_of(user)))
    return MailDelivery(
        template=template,
        recipient=user.email,
        link=link_to_stop(user_id=user.pk, recipient=user.email, choice=choice, now=now),
        about=about,
        context=context | {"first_name": user.first_name},
        not_before=read_at if read_at > now else None,
    )


def _note_of(delivery: MailDelivery) -> PlanFollowUp | None:
    if not delivery.about.startswith("plan:"):
        return None
    notes = PlanFollowUp.objects.select_related("state__enrolment__user")
    return notes.filter(uuid=delivery.about.removeprefix("plan:")).first()


def is_plan_question_wanted(delivery: MailDelivery) -> bool:
    """Whether the plan is still there, not answered, and its writer wants to be asked. It may have waited for the morning."""
    note = _note_of(delivery)
    if note is None or note.answered_at or not _is_whole(note.state):
        return False
    return _has_wish(note.state.enrolment.user, PLANS)


def _has_wish(user: User, choice: str) -> bool:
    return User.objects.filter(wants(choice, "pk"), pk=user.pk, is_active=True).exists()


def read_plan(delivery: MailDelivery) -> dict[str, Any]:
    """The plan stands in the mail to its writer alone, and not in the table of mails."""
    note = _note_of(delivery)
    data = note.state.data if note else {}
    return {"plan_if": data.get("if", ""), "plan_then": data.get("then", "")}


@transaction.atomic
def answer_plan_follow_up(*, note: PlanFollowUp, happened: str, what_done: str) -> PlanFollowUp:
    """Keep the answer with the plan; it may be changed later. ValueError for an outcome that does not exist."""
    if happened not in PlanOutcome.values:
        raise ValueError(f"{happened!r} is not an outcome.")
    locked = PlanFollowUp.objects.select_for_update(no_key=True).get(pk=note.pk)
    locked.happened, locked.what_done = happened, what_done
    locked.answered_at = locked.answered_at or timezone.now()
    locked.save(update_fields=["happened", "what_done", "answered_at", "updated_at"])
    return locked


# Stalled courses ------------------------------------------------------------------------------------------------------


def stalled(now: datetime) -> QuerySet[Enrolment]:
    """Begun, without a due date, and nothing done for two weeks, by people who want to hear of it; not mentioned yet.

    Where an organisation has switched reminders off for a cohort, or somebody has stopped its reminders, this is one of them.
    """
    left = now - STALLED_AFTER
    stopped = StoppedReminders.objects.filter(
        membership__user=OuterRef("user"), membership__organisation=OuterRef("organisation")
    )
    since = ActivityState.objects.filter(enrolment=OuterRef("pk"), updated_at__gt=left)
    return (
        Enrolment.objects.filter(completed_at=None, started_at__isnull=False, put_away_at=None)
        .filter(stalled_reminder=None, user__is_active=True)
        .filter(last_seen_at__range=(left - STALLED_WINDOW, left))
        .filter(Q(cohort=None) | Q(cohort__due_on=None, cohort__sends_reminders=True, cohort__archived_at=None))
        .filter(wants(STALLED, "user"), ~Exists(stopped), ~Exists(since))
    )


@shared_task(name="learning.remind_of_stalled_courses")
def remind_of_stalled_courses() -> None:
    """Hourly. Repeating it reminds nobody twice."""
    now, last = timezone.now(), 0
    while (batch := _remind_some(now, last)) is not None:
        last = batch


@transaction.atomic
def _remind_some(now: datetime, after: int) -> int | None:
    rows = stalled(now).filter(pk__gt=after).select_for_update(of=("self",), no_key=True)
    locked = list(rows.select_related("user", "course").order_by("pk")[:BATCH])
    if not locked:
        return None
    reminded = set(StalledReminder.objects.filter(enrolment__in=locked).values_list("enrolment", flat=True))
    due = [enrolment for enrolment in locked if enrolment.pk not in reminded and _can_go_on(enrolment)]
    StalledReminder.objects.bulk_create(StalledReminder(enrolment=enrolment) for enrolment in due)
    mail.enqueue_in_bulk(_reminders(due, now))
    return locked[-1].pk


def _can_go_on(enrolment: Enrolment) -> bool:
    return enrolment.course.current_version_id is not None and may_open(enrolment.user, enrolment.course)


def _reminders(enrolments: list[Enrolment], now: datetime) -> Iterator[MailDelivery]:
    for enrolment in enrolments:
        course = enrolment.course
        context = {"course_title": course.title, "course_path": course.get_absolute_url()}
        yield _mail(STALLED_MAIL, STALLED, enrolment.user, f"enrolment:{enrolment.uuid}", context, now)


def is_stalled_reminder_wanted(delivery: MailDelivery) -> bool:
    """Whether they have still left it, by the time it goes out."""
    enrolments = Enrolment.objects.select_related("user", "course", "cohort")
    enrolment = enrolments.filter(uuid=delivery.about.removeprefix("enrolment:"), completed_at=None, put_away_at=None).first()
    if enrolment is None or enrolment.last_seen_at is None or enrolment.last_seen_at > delivery.created_at:
        return False
    if enrolment.cohort is not None and enrolment.cohort.due_on is not None:
        return False
    return _has_wish(enrolment.user, STALLED) and _can_go_on(enrolment)
