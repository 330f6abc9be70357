"""The list of those who want to hear when a course is complete: joined, left, told once, forgotten.

Somebody without an account writes down an address, and nothing of it is kept until it is confirmed: the link in the mail holds
what was asked, encrypted.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.types import Visitor
from common import encryption
from common.retention import delete_in_batches, expired_before
from courses.content import text_of
from courses.models import Course
from learning.errors import ConfirmationExpired, NotAPreview
from learning.models import CourseSubscriber
from mail import services as mail
from mail.models import MailDelivery, MailLink

CONFIRM, COMPLETE = "course_complete_confirm", "course_complete"
CONFIRM_DAYS = 3
LINK_DAYS = 60
BATCH = 500


def is_preview(course: Course) -> bool:
    return course.current_version is not None and text_of(course.current_version).is_preview


def is_subscribed(user: Visitor, course: Course) -> bool:
    """One query; none for visitors."""
    return user.is_authenticated and CourseSubscriber.objects.filter(course=course, user=user).exists()


@transaction.atomic
def subscribe(*, user: User, course: Course) -> CourseSubscriber:
    """Put somebody on the list of a course that is not complete; `NotAPreview` where there is nothing to wait for."""
    if not is_preview(course):
        raise NotAPreview(course)
    return CourseSubscriber.objects.get_or_create(course=course, user=user)[0]


@transaction.atomic
def unsubscribe(*, user: User, course: Course) -> None:
    CourseSubscriber.objects.filter(course=course, user=user).delete()


@transaction.atomic
def remove(*, subscribers: Iterable[int]) -> int:
    """Take people (ids) off their lists, as they have asked somebody to; returns how many."""
    return CourseSubscriber.objects.filter(pk__in=list(subscribers)).delete()[0]


# Without an account ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Request:
    """What the link of a mail holds: somebody with this address wants to hear of this course."""

    course: Course
    email: str
    asked_at: datetime

    @property
    def is_expired(self) -> bool:
        return timezone.now() > self.asked_at + timedelta(days=CONFIRM_DAYS)

    @property
    def rows(self) -> QuerySet[CourseSubscriber]:
        return CourseSubscriber.objects.filter(course=self.course, email=self.email)


@transaction.atomic
def ask_to_confirm(*, course: Course, email: str, language: str = "en") -> MailDelivery:
    """Send the link by which the owner of an address confirms it. Known and unknown addresses are treated alike."""
    if not is_preview(course):
        raise NotAPreview(course)
    path = reverse("tell_me_confirm", args=[token_of(course, email.lower())])
    return mail.enqueue_mail(
        template=CONFIRM,
        recipient=email,
        context={"course_title": course.title, "confirm_path": path, "days": CONFIRM_DAYS},
        language=language,
    )


def token_of(course: Course, email: str) -> str:
    """What a mail to `email` carries: course, address and time, encrypted."""
    words = json.dumps([course.uuid.hex, email, int(timezone.now().timestamp())])
    return encryption.encrypt(words).removeprefix(encryption.PREFIX)


def open_request(token: str) -> Request:
    """What a link holds that can still be used: for some days to join, for as long as somebody is on the list to leave."""
    asked = _read_token(token)
    if asked.is_expired and not asked.rows.exists():
        raise ConfirmationExpired
    return asked


def _read_token(token: str) -> Request:
    """`ConfirmationExpired` where it was not made here, or the course is gone."""
    try:
        course, email, asked_at = json.loads(encryption.decrypt(encryption.PREFIX + token))
        found = Course.objects.select_related("current_version").get(uuid=UUID(hex=course))
        return Request(found, email, datetime.fromtimestamp(asked_at, tz=timezone.get_default_timezone()))
    except (encryption.SecretUnreadable, ValueError, Course.DoesNotExist):
        raise ConfirmationExpired from None


@transaction.atomic
def confirm(request: Request) -> CourseSubscriber:
    """Put an address on the list whose owner has opened the link. Confirming again changes nothing."""
    row = request.rows.first()
    if row is not None:
        return row
    if request.is_expired:
        raise ConfirmationExpired
    if not is_preview(request.course):
        raise NotAPreview(request.course)
    return CourseSubscriber.objects.get_or_create(course=request.course, email=request.email)[0]


@transaction.atomic
def withdraw(request: Request) -> None:
    """Take an address off the list; the link does that for as long as the address is on it."""
    request.rows.delete()


# Told once ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """`told`: mails queued. `waiting`: the course is not complete yet. `before`: told earlier, by another row, or closed."""

    told: int = 0
    waiting: int = 0
    before: int = 0


def tell_complete(*, subscribers: Iterable[int]) -> Told:
    """Tell those of these (ids) whose course is complete, each address once however often this is asked."""
    rows = CourseSubscriber.objects.filter(pk__in=list(subscribers))
    courses = Course.objects.filter(pk__in=rows.values("course")).select_related("current_version").order_by("pk")
    counts = [_tell_of_course(course, rows.filter(course=course)) for course in courses]
    return Told(
        told=sum(count.told for count in counts),
        waiting=sum(count.waiting for count in counts),
        before=sum(count.before for count in counts),
    )


@transaction.atomic
def _tell_of_course(course: Course, rows: QuerySet[CourseSubscriber]) -> Told:
    if course.current_version is None or not course.is_listed or is_preview(course):
        return Told(waiting=rows.count())
    # Of two who press at once, one tells.
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    told_already = {address_of(row) for row in _with_users(course.subscribers.exclude(told_at=None))}
    untold = list(_with_users(rows.filter(told_at=None)))
    new: dict[str, CourseSubscriber] = {}
    for row in untold:
        address = address_of(row)
        if address and address not in told_already:
            new.setdefault(address, row)
    CourseSubscriber.objects.filter(pk__in=[row.pk for row in untold]).update(told_at=timezone.now())
    _queue(course, new)
    return Told(told=len(new), before=rows.count() - len(new))


def _with_users(rows: QuerySet[CourseSubscriber]) -> QuerySet[CourseSubscriber]:
    return rows.select_related("user").order_by("pk")


def address_of(row: CourseSubscriber) -> str:
    """Where to write to; nowhere where the account is closed."""
    if row.user is None:
        return row.email
    return row.user.email.lower() if row.user.is_active else ""


def _queue(course: Course, rows: dict[str, CourseSubscriber]) -> None:
    expires_at = timezone.now() + timedelta(days=LINK_DAYS)
    links = MailLink.objects.bulk_create(
        [
            MailLink(kind=COMPLETE, target_id=row.uuid.hex, recipient=address, expires_at=expires_at)
            for address, row in rows.items()
        ],
        batch_size=BATCH,
    )
    context = {"course_title": course.title, "course_path": course.get_absolute_url()}
    deliveries = MailDelivery.objects.bulk_create(
        [MailDelivery(template=COMPLETE, recipient=link.recipient, link=link, context=context) for link in links],
        batch_size=BATCH,
    )
    mail.send_after_commit([delivery.pk for delivery in deliveries])


def subscriber_of_link(link: MailLink) -> CourseSubscriber | None:
    return CourseSubscriber.objects.select_related("course").filter(uuid=link.target_id).first()


def is_wanted(delivery: MailDelivery) -> bool:
    """Whether they are still on the list when the mail goes out."""
    return delivery.link is not None and subscriber_of_link(delivery.link) is not None


@transaction.atomic
def stop_by_link(link: MailLink) -> None:
    """What the button of a mail program does. Safe to repeat."""
    CourseSubscriber.objects.filter(uuid=link.target_id).delete()


# Forgotten ------------------------------------------------------------------------------------------------------------


@shared_task(name="learning.forget_subscribers")
def forget_subscribers() -> None:
    """Who was told has no business here any more; nor has, after years, who still waits."""
    told = CourseSubscriber.objects.filter(told_at__lt=expired_before("told_subscribers"))
    delete_in_batches(told, name="people who were told that a course is complete")
    waiting = CourseSubscriber.objects.filter(Q(told_at=None), created_at__lt=expired_before("waiting_subscribers"))
    delete_in_batches(waiting, name="people who waited for a course to be complete")
