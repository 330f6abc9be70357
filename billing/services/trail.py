"""The record of what happened to orders."""

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.types import Actor
from billing.models import Order


def record_order_event(order: Order, verb: AuditVerb, summary: str, *, before: str = "", actor: Actor = None) -> None:
    """One audit event about `order`, in the caller's transaction; `before` is the state it was in."""
    record(
        verb=verb,
        summary=summary[:300],
        organisation=order.organisation,
        actor=actor,
        target=order,
        before={"state": str(before)} if before else {},
        after={"state": str(order.state), "total": order.total, "currency": order.currency},
    )
