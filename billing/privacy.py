"""What buying holds of a person beside orders and receipts, which stay: what they wrote to have their money back."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from accounts.models import User
from accounts.privacy import PrivacyPart
from billing.models import RefundRequest


def export_refund_requests(user: User) -> Iterator[dict[str, Any]]:
    for asked in RefundRequest.objects.filter(asked_by=user).select_related("order").order_by("pk"):
        yield {
            "order": str(asked.order.uuid),
            "asked_at": timezone.localtime(asked.created_at).isoformat(),
            "reason": asked.reason,
            "state": asked.state,
            "answer": asked.answer,
        }


def erase_refund_requests(user: User) -> int:
    """The words. That a refund was asked for, and what was decided, belongs to the order."""
    written = RefundRequest.objects.filter(asked_by=user).exclude(reason="", answer="")
    return written.update(reason="", answer="", updated_at=timezone.now())


PARTS = (PrivacyPart("requests for refunds", export_refund_requests, erase_refund_requests),)
