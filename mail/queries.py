"""What operators ask about mail."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from mail.enums import DeliveryState
from mail.models import MailDelivery


@dataclass(frozen=True)
class MailCounts:
    """`oldest_queued`: when the mail was written that waits longest; None where none waits."""

    queued: int
    failed: int
    oldest_queued: datetime | None


def count_mail() -> MailCounts:
    """Two queries, each over the rows of one state."""
    waiting = MailDelivery.objects.filter(state=DeliveryState.QUEUED).aggregate(n=Count("pk"), oldest=Min("created_at"))
    failed = MailDelivery.objects.filter(state=DeliveryState.FAILED).count()
    return MailCounts(queued=waiting["n"], failed=failed, oldest_queued=waiting["oldest"])
