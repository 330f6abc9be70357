"""Queueing and sending mail. Templates live in templates/emails/<template>/{subject.txt,body.txt,body.html}.

Three lines, each with a task of its own: `send_urgent`, `send_deliveries`, and `send_bulk` for one organisation at a time.
"""

import logging
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from email.utils import parseaddr
from smtplib import SMTPException
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation
from kombu.exceptions import OperationalError

from common import leases
from common.names import all_as_words, as_words
from common.types import OrganisationRef
from mail.enums import WAITING, DeliveryState, Priority
from mail.kinds import mail_bars, mail_templates
from mail.links import address_of
from mail.models import BulkTurn, MailDelivery, MailLink
from mail.services import messages, refusals

logger = logging.getLogger(__name__)
# Longer than one mail can take: a connection has a handful of steps, each of which waits for EMAIL_TIMEOUT at most.
CLAIMED_FOR = timedelta(minutes=10)
# After each attempt; the last pause is repeated until the mail has been tried for so long.
PAUSES = [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), *(timedelta(hours=n) for n in (1, 3, 6))]
TRIED_FOR = timedelta(hours=48)
# What is of use for so short a time is tried every minute.
SHORT_LIVED = timedelta(hours=1)
# The task of a mail has begun by then, or was lost.
TASK_LOST_AFTER = timedelta(seconds=30)
SENT_TOGETHER = 100
# After so many seconds a task hands the rest to another one, so that whatever else waits in its queue has a turn: checks of
# files and payments, or other organisations.
SHORT_SECONDS, BULK_SECONDS = 10, 60
SENDER = "mail-sender"
# While a mail server lets everybody wait, one task after another asks it: the others of a worker are not held up by what they
# cannot mend, and codes, payments and checks of files share that worker. The pause is more than a time-out, and less than the
# minute after which what waits is handed over again.
SILENT, SILENT_SECONDS = "mail-server-silent", 3600
ASKED, PAUSE_SECONDS = "mail-server-asked", 45
MAX_SUBJECT = 200
# RFC 8058, section 3.1.
ONE_CLICK = "List-Unsubscribe=One-Click"


def enqueue_mail(
    *,
    template: str,
    recipient: str,
    context: dict[str, Any],
    link: MailLink | None = None,
    organisation: OrganisationRef | None = None,
    language: str = "en",
    about: str = "",
) -> MailDelivery:
    """Write down a mail inside the caller's transaction; it is sent after the commit."""
    delivery = MailDelivery.objects.create(
        template=mail_templates[template].name,
        recipient=recipient,
        context=context,
        link=link,
        organisation_id=organisation.pk if organisation else None,
        language=language,
        about=about,
    )
    send_after_commit([delivery.pk])
    return delivery


# Handing over ---------------------------------------------------------------------------------------------------------


def send_after_commit(delivery_ids: Iterable[int], *, priority: str = Priority.DEFAULT) -> None:
    """Hand deliveries of one line to the workers, in tasks of a hundred; bulk mail goes by `send_bulk_after_commit`."""
    ids = list(delivery_ids)
    task = send_urgent if priority == Priority.URGENT else send_deliveries
    if ids:
        _after_commit(lambda: [task.delay(some) for some in _in_hundreds(ids)])


def send_bulk_after_commit(organisation_id: int | None) -> None:
    """Hand an organisation's bulk mail to the workers; None: what is of no organisation."""
    _after_commit(lambda: send_bulk.delay(organisation_id))


def _after_commit(hand_over: Any) -> None:
    """A broker that does not answer loses nothing: what was committed stays queued, and `send_waiting_mail` comes for it."""

    def try_to_hand_over() -> None:
        try:
            hand_over()
        except OperationalError:
            logger.warning("The broker is not responding; e-mails stay queued until it does.")

    transaction.on_commit(try_to_hand_over)


def _in_hundreds(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + SENT_TOGETHER] for start in range(0, len(ids), SENT_TOGETHER))


@shared_task(name="mail.send_urgent", bind=True)
def send_urgent(self: Any, delivery_ids: list[int]) -> None:
    send_in_turn(delivery_ids, self.request.id or uuid.uuid4().hex)


@shared_task(name="mail.send_deliveries", bind=True)
def send_deliveries(self: Any, delivery_ids: list[int]) -> None:
    send_in_turn(delivery_ids, self.request.id or uuid.uuid4().hex)


@shared_task(name="mail.send_bulk", bind=True)
def send_bulk(self: Any, organisation_id: int | None) -> None:
    """Batch after batch, each over a connection of its own, for a minute; then whoever waits in the same queue is next."""
    until = monotonic() + BULK_SECONDS
    # The task comes back under its own name when its worker has died, and goes on with the turn that it had.
    holder = uuid.UUID(self.request.id) if self.request.id else uuid.uuid4()
    while send_bulk_batch(organisation_id, holder, until):
        if monotonic() > until:
            send_bulk.delay(organisation_id)
            return


@shared_task(name="mail.send_waiting_mail")
def send_waiting_mail() -> None:
    """Ends what has expired; hands over again what is due: its task was lost, or it failed and its pause is over.

    What nobody has begun with by the next minute is handed over then: tasks do not pile up behind a worker that is busy.
    """
    now = timezone.now()
    _expire(MailDelivery.objects.filter(_may_be_claimed(now), expires_at__lte=now))
    waiting = _due().filter(queued_at__lt=now - TASK_LOST_AFTER).order_by("pk")
    for priority, task in ((Priority.URGENT, send_urgent), (Priority.DEFAULT, send_deliveries)):
        # One task goes on with the others.
        if ids := list(waiting.filter(priority=priority).values_list("pk", flat=True)[:SENT_TOGETHER]):
            task.apply_async([ids], expires=60)
    bulk = waiting.filter(priority=Priority.BULK).order_by("organisation").values_list("organisation", flat=True)
    for organisation_id in bulk.distinct():
        send_bulk.apply_async([organisation_id], expires=60)


# Sending --------------------------------------------------------------------------------------------------------------


def send_in_turn(delivery_ids: Iterable[int], holder: str) -> None:
    """Send those that are due and what else is in the first two lines; where another task is at it, they are left to that one.

    One task at a time, for a few seconds: however slow or silent the mail server is, it takes one process of a worker, and
    leaves the others to checks of files and payments.
    """
    until = monotonic() + SHORT_SECONDS
    if not _due().filter(pk__in=list(delivery_ids)).exists():
        return
    while True:
        with leases.held(SENDER, holder) as is_ours:
            if not (is_ours and send(_codes_first(until))):
                return
        # Looked for once the lease is given back: whoever met it before that has left their mail to us.
        codes, receipts = _line(Priority.URGENT), _line(Priority.DEFAULT)
        if not (codes or receipts):
            return
        if monotonic() > until:
            send_after_commit(codes or receipts, priority=Priority.URGENT if codes else Priority.DEFAULT)
            return


def _line(priority: str) -> list[int]:
    """The first hundred that are due."""
    return list(_due().filter(priority=priority).order_by("pk").values_list("pk", flat=True)[:SENT_TOGETHER])


def _codes_first(until: float) -> Iterator[int]:
    """A hundred of the first two lines, before each receipt the codes that have come meanwhile; no more once it is `until`."""
    receipts = _line(Priority.DEFAULT)
    for _number in range(SENT_TOGETHER):
        codes = _line(Priority.URGENT)
        if not (codes or receipts):
            return
        yield (codes or receipts).pop(0)
        if monotonic() > until:
            return


def send(delivery_ids: Iterable[int]) -> bool:
    """Send those that are due over one connection; what another worker has, or what has been sent, is left alone.

    False where the mail server is not to be had, and those that come next had better wait.

    No transaction is open while the mail server is spoken to: on SQLite everybody else who writes would wait for it. Where it
    is silent, and another task asks it already, all of them stay queued; `send_waiting_mail` comes for them.
    """
    if not _may_ask():
        return False
    line = _Connection()
    try:
        for delivery_id in delivery_ids:
            if delivery := _claim(delivery_id):
                _deliver(delivery, line)
    finally:
        line.close()
    return line.problem is None


class _Connection:
    """To the mail server, for one batch. Where it cannot be had, is silent, or is lost twice running, `problem` says why.

    The batch then goes on without it: all the rest has failed for the same reason, and nobody waits for another time-out.
    """

    def __init__(self) -> None:
        self._backend = get_connection(settings.ACCORD_MAIL_TRANSPORT)
        self._losses = 0
        self._has_sent = False
        self.problem: Exception | None = None

    def open(self) -> None:
        if self.problem:
            raise self.problem
        began = monotonic()
        try:
            self._backend.open()
        except Exception as error:  # whatever a library of the transport raises
            _note_wait(monotonic() - began)
            self.problem = error
            raise

    def close(self) -> None:
        try:
            self._backend.close()
        except (SMTPException, OSError) as error:
            logger.info("The connection to the mail server ended with %s", type(error).__name__)

    def send(self, message: EmailMessage) -> None:
        began = monotonic()
        try:
            self._backend.send_messages([message])
        except Exception as error:
            if refusals.is_about_connection(error):
                is_silent = _note_wait(monotonic() - began)
                self.close()
                self._losses += 1
                self.problem = error if is_silent or self._losses == 2 else None
            raise
        self._losses = 0
        if not self._has_sent:
            self._has_sent = True
            _note_answer()


def _may_ask() -> bool:
    """Whether this task may speak to the mail server: yes, unless it was silent and somebody asked a moment ago."""
    try:
        return not cache.get(SILENT) or cache.add(ASKED, "yes", PAUSE_SECONDS)
    except Exception:
        logger.warning("The cache is not responding; the mail server is asked without it.")
        return True


def _note_wait(seconds: float) -> bool:
    """Remember it where a failure came after a time-out; returns whether it did."""
    # smtplib tells a time-out and a lost connection by the same error.
    if seconds < settings.EMAIL_TIMEOUT:
        return False
    try:
        cache.set(SILENT, "yes", SILENT_SECONDS)
        cache.set(ASKED, "yes", PAUSE_SECONDS)
    except Exception:
        logger.warning("The cache is not responding; that the mail server is silent is not known to others.")
    return True


def _note_answer() -> None:
    """It takes mail: everybody may send again."""
    try:
        if cache.get(SILENT):
            cache.delete_many([SILENT, ASKED])
    except Exception:
        logger.warning("The cache is not responding; the mail server is asked without it.")


def _deliver(delivery: MailDelivery, line: _Connection) -> None:
    try:
        if not _is_wanted(delivery):
            cancel(MailDelivery.objects.filter(pk=delivery.pk))
            return
        message = render(delivery)
        line.open()
        if delivery.expires_at and delivery.expires_at <= timezone.now():  # while we waited for the connection
            _expire(MailDelivery.objects.filter(pk=delivery.pk))
            return
        line.send(message)
    except SoftTimeLimitExceeded:  # of the task, and no fault of the mail: it is free again after `CLAIMED_FOR`
        raise
    except Exception as error:
        _note_failure(delivery, error)
    else:
        now = timezone.now()
        sent = {"state": DeliveryState.SENT, "sent_at": now, "error": "", "not_before": None, "updated_at": now}
        MailDelivery.objects.filter(pk=delivery.pk).update(**sent, **_erased(delivery))


def _is_wanted(delivery: MailDelivery) -> bool:
    """Whether its reason is still there, which it may have waited for a night or two days to say."""
    template = mail_templates.get(delivery.template)
    if template is None:
        return True
    if not template.is_essential and any(bar.holds_back(delivery) for bar in mail_bars):
        return False
    return template.is_wanted is None or template.is_wanted(delivery)


def _erased(delivery: MailDelivery) -> dict[str, str]:
    return {} if delivery.message is None else {"message": ""}


def _note_failure(delivery: MailDelivery, error: Exception) -> None:
    problem, now = refusals.describe(error), timezone.now()
    logger.warning("Delivery %s failed on attempt %s: %s", delivery.uuid, delivery.attempts, problem)
    # Who withdrew it meanwhile keeps the last word.
    rows = MailDelivery.objects.filter(pk=delivery.pk, state=DeliveryState.SENDING)
    next_attempt = None if refusals.is_permanent(error) else _next_attempt(delivery, now)
    if next_attempt and delivery.expires_at and next_attempt >= delivery.expires_at:
        rows.update(error=problem)
        _expire(rows)
    elif next_attempt:
        rows.update(state=DeliveryState.QUEUED, error=problem, not_before=next_attempt, updated_at=now)
    else:
        # What expires is not sent again later, so nothing of it is kept.
        gone = _erased(delivery) if delivery.expires_at else {}
        rows.update(state=DeliveryState.FAILED, error=problem, not_before=None, updated_at=now, **gone)


def _next_attempt(delivery: MailDelivery, now: datetime) -> datetime | None:
    """None once it has been tried for 48 hours; the last attempt is made when they end."""
    give_up_at = delivery.queued_at + TRIED_FOR
    if now >= give_up_at:
        return None
    is_short_lived = delivery.expires_at is not None and delivery.expires_at - delivery.queued_at <= SHORT_LIVED
    pause = PAUSES[0] if is_short_lived else PAUSES[min(delivery.attempts, len(PAUSES)) - 1]
    return min(now + pause, give_up_at)


def _expire(deliveries: QuerySet[MailDelivery]) -> None:
    deliveries.update(state=DeliveryState.EXPIRED, message="", not_before=None, updated_at=timezone.now())


def _may_be_claimed(now: datetime) -> Q:
    """Nobody has it, or whoever had it was killed."""
    in_line = Q(state=DeliveryState.QUEUED) & (Q(not_before=None) | Q(not_before__lte=now))
    return in_line | Q(state=DeliveryState.SENDING, not_before__lte=now)


def _due() -> QuerySet[MailDelivery]:
    now = timezone.now()
    # The states once more by themselves, for the index.
    return MailDelivery.objects.filter(
        _may_be_claimed(now), Q(expires_at=None) | Q(expires_at__gt=now), state__in=WAITING
    ).order_by()


def _claim(delivery_id: int) -> MailDelivery | None:
    """Take a due delivery before another worker does; what a killed worker had taken is free again after `CLAIMED_FOR`.

    One whose link has been closed meanwhile is of no use to anybody, and is not sent.
    """
    now = timezone.now()
    taken = {"state": DeliveryState.SENDING, "attempts": F("attempts") + 1, "not_before": now + CLAIMED_FOR, "updated_at": now}
    if not _due().filter(pk=delivery_id).update(**taken):
        return None
    delivery = MailDelivery.objects.select_related("link", "organisation").get(pk=delivery_id)
    link = delivery.link
    if link and (link.used_at or link.revoked_at or link.expires_at <= now):
        cancel(MailDelivery.objects.filter(pk=delivery_id))
        return None
    return delivery


def cancel(deliveries: QuerySet[MailDelivery]) -> None:
    """What has not gone out yet never will."""
    waiting = deliveries.filter(state__in=WAITING)
    waiting.update(state=DeliveryState.CANCELLED, not_before=None, updated_at=timezone.now())


# Bulk -----------------------------------------------------------------------------------------------------------------


def send_bulk_batch(organisation_id: int | None, holder: uuid.UUID, until: float) -> bool:
    """Send a hundred of an organisation's bulk mails, unless another task is about it; True where more are due.

    A slow server gets fewer: none after `until`.
    """
    due = _due().filter(priority=Priority.BULK, organisation=organisation_id)
    if not _take_turn(organisation_id, holder):
        return False
    try:
        ids = list(due.order_by("pk").values_list("pk", flat=True)[:SENT_TOGETHER])
        send(_while_ours(ids, organisation_id, holder, until))
    finally:
        BulkTurn.objects.filter(organisation=organisation_id, holder=holder).update(holder=None, held_until=None)
    return due.exists()


def _take_turn(organisation_id: int | None, holder: uuid.UUID) -> bool:
    now = timezone.now()
    BulkTurn.objects.get_or_create(organisation_id=organisation_id)  # type: ignore[misc]  # None finds the row of none
    is_free = Q(held_until=None) | Q(held_until__lte=now) | Q(holder=holder)
    turn = BulkTurn.objects.filter(is_free, organisation=organisation_id)
    return bool(turn.update(holder=holder, held_until=now + CLAIMED_FOR))


def _while_ours(ids: list[int], organisation_id: int | None, holder: uuid.UUID, until: float) -> Iterator[int]:
    """The turn lasts as long as it is renewed; whoever was too slow, and lost it, stops."""
    turn = BulkTurn.objects.filter(organisation=organisation_id, holder=holder)
    for delivery_id in ids:
        if not turn.update(held_until=timezone.now() + CLAIMED_FOR):
            return
        yield delivery_id
        if monotonic() > until:
            return


# What is sent ---------------------------------------------------------------------------------------------------------


def render(delivery: MailDelivery) -> EmailMessage:
    """The message of a delivery, in its language; its link is signed here and stored nowhere.

    The Message-ID is the delivery's, however often it is tried.
    """
    message = _from_template(delivery) if delivery.message is None else messages.unseal(delivery.message)
    message.to, message.cc, message.bcc = [delivery.recipient], [], []
    message.extra_headers["Message-ID"] = f"<{delivery.uuid.hex}@{_mail_domain()}>"
    return message


def _mail_domain() -> str:
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return sender or urlsplit(settings.ACCORD_BASE_URL).hostname or "localhost"


def _from_template(delivery: MailDelivery) -> EmailMessage:
    context = _as_words(delivery) | {
        "base_url": settings.ACCORD_BASE_URL,
        "link_url": address_of(delivery.link) if delivery.link else "",
        "organisation": {"name": as_words(delivery.organisation.name)} if delivery.organisation else None,
        "recipient": delivery.recipient,
    }
    template, folder = mail_templates[delivery.template], f"emails/{delivery.template}"
    if template.read:
        context |= template.read(delivery)
    with translation.override(delivery.language):
        subject = " ".join(render_to_string(f"{folder}/subject.txt", context).split())[:MAX_SUBJECT]
        message = EmailMultiAlternatives(subject, render_to_string(f"{folder}/body.txt", context))
        message.attach_alternative(render_to_string(f"{folder}/body.html", context), "text/html")
    for file in template.attach(delivery) if template.attach else []:
        message.attach(*file)
    if delivery.link and template.can_be_stopped and not delivery.context.get("is_obligatory"):
        message.extra_headers["List-Unsubscribe"] = f"<{context['link_url']}>"
        message.extra_headers["List-Unsubscribe-Post"] = ONE_CLICK
    return message


def _as_words(delivery: MailDelivery) -> dict[str, Any]:
    """What the template is given, with nothing in it that a reader could take for an address of ours."""
    meant = mail_templates[delivery.template].addresses
    return {name: value if name in meant else all_as_words(value) for name, value in delivery.context.items()}
