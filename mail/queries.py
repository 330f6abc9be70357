"""What pages and operators ask about mails."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from common.types import OrganisationRef
from mail.enums import UNDELIVERED, WAITING, DeliveryState, Priority
from mail.models import MailDelivery


def oldest_waiting_mail() -> datetime | None:
    """Since when the mail has been queued that has waited longest; None where none waits."""
    waiting: datetime | None = MailDelivery.objects.filter(state__in=WAITING).aggregate(since=Min("queued_at"))["since"]
    return waiting


def failed_mail_count(organisation: OrganisationRef | None = None) -> int:
    """How many mails could not be delivered: given up, refused or returned. Of one organisation, or altogether."""
    failed = MailDelivery.objects.filter(state__in=UNDELIVERED)
    return (failed.filter(organisation=organisation.pk) if organisation else failed).count()


def mail_counts(organisation: OrganisationRef | None = None) -> dict[str, int]:
    """How many mails are in each state; of one organisation, or altogether. One query."""
    deliveries = MailDelivery.objects.filter(organisation=organisation.pk) if organisation else MailDelivery.objects.all()
    counts = deliveries.order_by().values_list("state").annotate(n=Count("pk"))
    return dict.fromkeys(DeliveryState.values, 0) | dict(counts)


def newest_about(about: str) -> MailDelivery | None:
    """The last mail that was queued with this key."""
    return MailDelivery.objects.filter(about=about).order_by("-pk").first()


def undelivered_of_open_links(kind: str) -> QuerySet[MailDelivery]:
    """Mails that never arrived, though the link they carried has been neither used nor replaced."""
    open_link = Q(link__kind=kind, link__used_at=None, link__revoked_at=None)
    return MailDelivery.objects.filter(open_link, state__in=UNDELIVERED)


@dataclass(frozen=True)
class BulkProgress:
    """How far one act that writes to many people is."""

    sent: int
    undelivered: int
    total: int


def bulk_progress(organisation: OrganisationRef) -> BulkProgress | None:
    """Of the newest act whose mails have not all gone out; None where none is under way. Two queries at most."""
    own = MailDelivery.objects.filter(organisation=organisation.pk, priority=Priority.BULK).exclude(batch=None)
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
