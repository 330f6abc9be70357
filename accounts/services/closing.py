"""Closing an account: asked for, kept or not within two weeks, then erased part by part.

A request may still be writing at the moment of erasure, and a task may run for half an hour. Nobody can sign in from then on,
so a later round, over the same parts, finds all that they left.
"""

import logging
import zoneinfo
from datetime import timedelta, tzinfo

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.errors import CannotClose, ClosingBegan
from accounts.models import AccountClosure, Organisation, User
from accounts.personal_data import PrivacyPart, about_erasure_of, erase, in_order, obstacles_of
from accounts.queries import owned_by
from accounts.services.operators import lock_account
from accounts.services.sessions import end_sessions
from accounts.types import Actor
from common.errors import UserError
from common.time_zones import known_zone
from mail import services as mail
from mail.links import make_link
from mail.models import MailDelivery, MailLink

logger = logging.getLogger(__name__)
KEEP_LINK = "keep_account"
CLOSING, SOON, ERASED = "account_closing", "account_closing_soon", "account_erased"
REMINDED_BEFORE = timedelta(days=2)
# Longer than any request or task runs; a mail waits for its server for two days.
UNDERWAY, LATE = timedelta(minutes=30), timedelta(days=3)


@transaction.atomic
def ask_to_close(*, user: User, request: HttpRequest | None = None) -> AccountClosure:
    """Close an account after the days of grace. Sessions elsewhere end; asked again, it is the same.

    Raises `CannotClose`.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    closure = AccountClosure.objects.filter(user=user).first()
    if closure is not None:
        return closure
    _refuse_if_held_open(user)
    closes_at = timezone.now() + timedelta(days=settings.ACCORD_GRACE_DAYS)
    closure = AccountClosure.objects.create(user=user, closes_at=closes_at)
    User.objects.filter(pk=user.pk).update(closes_at=closes_at)
    user.closes_at = closes_at
    end_sessions(user=user, keep=request)
    record(verb=AuditVerb.ACCOUNT_CLOSING_ASKED, summary=_("Asked to close their account"), actor=user, target=user)
    _write(CLOSING, closure)
    return closure


def _refuse_if_held_open(user: User) -> None:
    if found := obstacles_of(user):
        raise CannotClose(" ".join(obstacle.text for obstacle in found))


@transaction.atomic
def keep_account(*, user: User) -> bool:
    """As if nobody had asked. False where nobody has, or somebody was quicker. Raises `ClosingBegan`."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    closure = AccountClosure.objects.filter(user=user).first()
    if closure is None:
        return False
    if closure.began_at is not None:
        raise ClosingBegan
    closure.delete()
    User.objects.filter(pk=user.pk).update(closes_at=None)
    user.closes_at = None
    now = timezone.now()
    _keep_links(user).filter(used_at=None).update(used_at=now, updated_at=now)
    record(verb=AuditVerb.ACCOUNT_KEPT, summary=_("Kept their account"), actor=user, target=user)
    return True


def _keep_links(user: User) -> QuerySet[MailLink]:
    return MailLink.objects.filter(kind=KEEP_LINK, target_id=str(user.pk))


def _write(template: str, closure: AccountClosure) -> None:
    user = closure.user
    days = max(1, (closure.closes_at - timezone.now()).days + 1)
    link = make_link(kind=KEEP_LINK, target_id=user.pk, recipient=user.email, days=days)
    day = date_format(timezone.localtime(closure.closes_at, zone_of(user)), "j F Y")
    mail.enqueue_mail(template=template, recipient=user.email, context={"day": day}, link=link)


def zone_of(user: User) -> tzinfo:
    """A task has no zone of its own: mails, and the page that they lead to, name the day that the other pages name."""
    zone = known_zone(user.time_zone)
    return zoneinfo.ZoneInfo(zone) if zone else timezone.get_current_timezone()


def holds_back(delivery: MailDelivery) -> bool:
    """Whether a mail goes to somebody who has asked to be left: reminders and questions stop at once."""
    own = Q(email=delivery.recipient) | Q(emailaddress__email=delivery.recipient, emailaddress__verified=True)
    return User.objects.filter(own, closes_at__isnull=False).exists()


# Erasing --------------------------------------------------------------------------------------------------------------


@shared_task(name="accounts.close_accounts")
def close_accounts() -> None:
    """Remind, erase what is due, and look once more for what was being written then. One that fails holds up no other."""
    now = timezone.now()
    waiting = AccountClosure.objects.filter(began_at=None).select_related("user").order_by("pk")
    soon = waiting.filter(reminded_at=None, closes_at__gt=now, closes_at__lte=now + REMINDED_BEFORE)
    for closure in soon:
        remind(closure)
    for closure in AccountClosure.objects.filter(closes_at__lte=now, erased_at=None).order_by("pk"):
        _attempt(closure)
    erased = AccountClosure.objects.filter(erased_at__lte=now - UNDERWAY, swept_at=None)
    for closure in erased.filter(Q(erased_at__gt=now - timedelta(hours=2)) | Q(erased_at__lte=now - LATE)).order_by("pk"):
        sweep(closure, is_last=closure.erased_at is not None and closure.erased_at <= now - LATE)


@transaction.atomic
def remind(closure: AccountClosure) -> None:
    """Once, two days before; not somebody who has kept their account in this moment."""
    asked = AccountClosure.objects.filter(pk=closure.pk, began_at=None, reminded_at=None)
    if asked.update(reminded_at=timezone.now()):
        _write(SOON, closure)


def _attempt(closure: AccountClosure) -> None:
    try:
        erase_account_of(closure)
    except UserError as error:
        logger.warning("Account %s is not erased yet: %s", closure.user_id, type(error).__name__)
    except Exception:
        logger.exception("Account %s could not be erased; it is tried again in an hour.", closure.user_id)


def erase_account_of(closure: AccountClosure, *, actor: Actor = None) -> bool:
    """Erase what is due, or go on where a worker died. False where it was kept. Raises `CannotClose`."""
    if not _begin(closure):
        return False
    user = User.objects.get(pk=closure.user_id)
    *parts, last = in_order()
    done = list(AccountClosure.objects.values_list("parts", flat=True).get(pk=closure.pk))
    for part in parts:
        if part.name not in done:
            done.append(part.name)
            _erase_part(closure, user, part, done)
    _finish(closure, user, last, [*done, last.name], actor)
    return True


@transaction.atomic
def _begin(closure: AccountClosure) -> bool:
    """From here on nobody can sign in or keep it. Whoever keeps it at the same moment waits, or has been quicker."""
    user = closure.user
    for membership in owned_by(user):
        Organisation.objects.lock(membership.organisation_id)
    lock_account(user, None)
    current = AccountClosure.objects.filter(pk=closure.pk).first()
    if current is None or current.closes_at > timezone.now():
        return False
    if current.began_at is None:
        _refuse_if_held_open(user)
        end_sessions(user=user)
        User.objects.filter(pk=user.pk).update(is_active=False)
        AccountClosure.objects.filter(pk=closure.pk).update(began_at=timezone.now())
    return True


@transaction.atomic
def _erase_part(closure: AccountClosure, user: User, part: PrivacyPart, done: list[str]) -> None:
    part.erase(user)
    AccountClosure.objects.filter(pk=closure.pk).update(parts=done, updated_at=timezone.now())


@transaction.atomic
def _finish(closure: AccountClosure, user: User, last: PrivacyPart, done: list[str], actor: Actor) -> None:
    """The account itself, and a mail to the address that it had. Two workers that come here at once write it once."""
    open_ones = AccountClosure.objects.select_for_update(no_key=True).filter(pk=closure.pk, erased_at=None)
    if not open_ones.exists():
        return
    address = user.email if user.has_address else ""
    last.erase(user)
    now = timezone.now()
    open_ones.update(parts=done, erased_at=now, updated_at=now)
    if address:
        mail.enqueue_mail(template=ERASED, recipient=address, context={}, about=about_erasure_of(user))
    record(verb=AuditVerb.ACCOUNT_ERASED, summary=_("Erased an account and what was its owner's"), actor=actor, target=user)
    # Where the database is lost, this tells whom to erase again from a backup.
    transaction.on_commit(lambda: logger.info("Account %s is erased.", user.pk))


def sweep(closure: AccountClosure, *, is_last: bool) -> None:
    """Erase once more what a request or a task was writing."""
    erase(User.objects.get(pk=closure.user_id))
    if is_last:
        AccountClosure.objects.filter(pk=closure.pk).update(swept_at=timezone.now())


def is_erased(user: User) -> bool:
    return AccountClosure.objects.filter(user=user, erased_at__isnull=False).exists()


def erase_now(*, user: User, actor: Actor = None) -> bool:
    """For operators, whom somebody has asked: without days of grace. Raises `CannotClose`."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _refuse_if_held_open(user)
        closes_at = timezone.now()
        closure, _created = AccountClosure.objects.update_or_create(user=user, defaults={"closes_at": closes_at})
        User.objects.filter(pk=user.pk).update(closes_at=closes_at)
    return erase_account_of(closure, actor=actor)
