"""What pages and operators ask about mails."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from common.types import OrganisationRef
from mail.enums import UNDELIVERED, WAITING, DeliveryState, Priority
from mail.models import MailDelivery, StoppedMails


@dataclass(frozen=True)
class MailCounts:
    """`failed`: given up, refused or returned. `oldest_queued`: since when the mail waits that has waited longest, or None."""

    queued: int
    failed: int
    oldest_queued: datetime | None


def count_mail() -> MailCounts:
    """Two queries, each over the rows of few states."""
    waiting = MailDelivery.objects.filter(state__in=WAITING).aggregate(n=Count("pk"), oldest=Min("queued_at"))
    failed = MailDelivery.objects.filter(state__in=UNDELIVERED).count()
    return MailCounts(queued=waiting["n"], failed=failed, oldest_queued=waiting["oldest"])


def newest_mails_about(about: str) -> dict[str, MailDelivery]:
    """The last mail with this key of each template, the newest first. One query."""
    newest: dict[str, MailDelivery] = {}
    for delivery in MailDelivery.objects.filter(about=about).order_by("-pk"):
        newest.setdefault(delivery.template, delivery)
    return newest


def newest_undelivered(mails: dict[str, MailDelivery]) -> MailDelivery | None:
    """Of `newest_mails_about`, the one to send again: a mail that was sent again since is not among them."""
    return next((delivery for delivery in mails.values() if delivery.is_undelivered), None)


def undelivered_of_open_links(kind: str) -> QuerySet[MailDelivery]:
    """Mails that never arrived, though the link they carried has been neither used nor replaced."""
    open_link = Q(link__kind=kind, link__used_at=None, link__revoked_at=None)
    return MailDelivery.objects.filter(open_link, state__in=UNDELIVERED)


def wants(choice: str, user: str) -> Q:
    """That the person at this path of a query has not stopped e-mails of a choice."""
    return ~Q(Exists(StoppedMails.objects.filter(choice=choice, user=OuterRef(user))))


def stopped_choices(user_id: int) -> set[str]:
    """Which kinds of e-mail somebody has stopped. One query."""
    return set(StoppedMails.objects.filter(user=user_id).values_list("choice", flat=True))


@dataclass(frozen=True)
class BulkProgress:
    """How far one act that writes to many people is."""

    sent: int
    undelivered: int
    total: int


def bulk_progress(organisation: OrganisationRef, template: str, *, batch: UUID | None = None) -> BulkProgress | None:
    """Of the newest act whose mails of a template have not all gone out, or of one `batch`; None where none is under way.

    Two queries at most.
    """
    own = MailDelivery.objects.filter(organisation=organisation.pk, priority=Priority.BULK, template=template)
    own = own.exclude(batch=None) if batch is None else own.filter(batch=batch)
    batch = own.filter(state__in=WAITING).order_by("-pk").values_list("batch", flat=True).first()
    if batch is None:
        return None
    counts = (
        own.filter(batch=batch)
        .exclude(state=DeliveryState.CANCELLED)
        .aggregate(
            total=Count("pk"),
            # A returned mail was sent before.
            sent=Count("pk", filter=Q(state__in=[DeliveryState.SENT, DeliveryState.BOUNCED])),
            undelivered=Count("pk", filter=Q(state__in=UNDELIVERED)),
        )
    )
    return BulkProgress(**counts)
