"""Numbers of receipts: one series a year, without gap and without twin."""

from datetime import datetime

from billing.models import ReceiptSeries


def next_receipt_number(paid_at: datetime) -> str:
    """The next number, as 2026-000017; call it last in the transaction that pays, since it makes others wait."""
    ReceiptSeries.objects.get_or_create(name=f"{paid_at:%Y}")
    series = ReceiptSeries.objects.select_for_update().get(name=f"{paid_at:%Y}")
    series.last += 1
    series.save(update_fields=["last"])
    return f"{series.name}-{series.last:06d}"
