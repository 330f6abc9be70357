"""The built-in test gateway. It keeps its own book and has its own pages, and on each it says that no money moves."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from billing.errors import GatewayUnavailable, InvalidMessage, RefundRejected
from billing.gateways import (
    Checkout,
    CheckoutRequest,
    CheckoutStatus,
    DisputeStatus,
    ProviderEvent,
    RefundStatus,
    state_of_paid,
)
from billing.models import DisputeState, OrderState, RefundState, TestCheckout

LIFETIME = timedelta(hours=24)
ANSWER_WITHIN = timedelta(days=14)
_signer = Signer(salt="billing.gateways.test")


class TestGateway:
    __test__ = False

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        checkout, _created = TestCheckout.objects.get_or_create(
            order_uuid=request.key,
            defaults={
                "amount": request.total,
                "currency": request.currency,
                "return_url": request.return_url,
                "cancel_url": request.cancel_url,
            },
        )
        return Checkout(reference=str(checkout.uuid), url=reverse("billing:test_checkout", args=[checkout.uuid]))

    def fetch(self, reference: str) -> CheckoutStatus:
        try:
            checkout = TestCheckout.objects.get(uuid=reference)
        except TestCheckout.DoesNotExist:
            raise GatewayUnavailable from None
        return status_of(checkout)

    def cancel(self, reference: str) -> None:
        TestCheckout.objects.filter(uuid=reference, state=OrderState.OPEN).update(state=OrderState.CANCELLED)

    @transaction.atomic
    def refund(self, payment: str, amount: int, key: str) -> None:
        checkout = TestCheckout.objects.select_for_update().filter(uuid=payment.removeprefix("test-")).first()
        if checkout is None:
            raise GatewayUnavailable
        if any(refund["reference"] == key for refund in checkout.refunds):
            return
        if not 0 < amount <= remaining(checkout):
            raise RefundRejected
        _add_refund(checkout, amount, key)
        checkout.save(update_fields=["refunds", "updated_at"])

    def parse_event(self, payload: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        try:
            data = json.loads(_signer.unsign(payload.decode()))
        except (BadSignature, ValueError):
            raise InvalidMessage from None
        return ProviderEvent(data["id"], data["kind"], data["reference"], uuid.UUID(data["order"]), data)


def make_gateway() -> TestGateway:
    return TestGateway()


def state_of(checkout: TestCheckout) -> str:
    """Like a real provider, the page closes after a day."""
    if checkout.state == OrderState.OPEN and checkout.created_at + LIFETIME <= timezone.now():
        return OrderState.CANCELLED
    return OrderState(checkout.state)


def status_of(checkout: TestCheckout) -> CheckoutStatus:
    """What the book says of one checkout now."""
    state, refunded = state_of(checkout), refunded_of(checkout)
    disputes = tuple(
        DisputeStatus(
            reference=dispute["reference"],
            amount=dispute["amount"],
            state=dispute["state"],
            reason="general",
            opened_at=datetime.fromisoformat(dispute["at"]),
            answer_by=datetime.fromisoformat(dispute["at"]) + ANSWER_WITHIN,
        )
        for dispute in checkout.disputes
    )
    if state == OrderState.PAID:
        state = state_of_paid(checkout.amount, refunded, _in_disputes(checkout, DisputeState.LOST))
    return CheckoutStatus(
        state=state,
        amount=checkout.amount,
        currency=checkout.currency,
        payment=f"test-{checkout.uuid}",
        refunded=refunded,
        refunds=tuple(
            RefundStatus(refund["reference"], refund["amount"], refund["state"], datetime.fromisoformat(refund["at"]))
            for refund in checkout.refunds
        ),
        disputes=disputes,
    )


def refunded_of(checkout: TestCheckout) -> int:
    return sum(refund["amount"] for refund in checkout.refunds if refund["state"] == RefundState.SUCCEEDED)


def _in_disputes(checkout: TestCheckout, *states: str) -> int:
    return sum(dispute["amount"] for dispute in checkout.disputes if dispute["state"] in states)


def remaining(checkout: TestCheckout) -> int:
    """What could still be paid back or disputed."""
    if checkout.state != OrderState.PAID:
        return 0
    return checkout.amount - refunded_of(checkout) - _in_disputes(checkout, DisputeState.OPEN, DisputeState.LOST)


def _add_refund(checkout: TestCheckout, amount: int, reference: str) -> None:
    entry = {"reference": reference, "amount": amount, "state": RefundState.SUCCEEDED.value}
    checkout.refunds.append(entry | {"at": timezone.now().isoformat()})


def _add_dispute(checkout: TestCheckout) -> None:
    entry = {"reference": f"dispute-{uuid.uuid4().hex}", "amount": remaining(checkout), "state": DisputeState.OPEN.value}
    checkout.disputes.append(entry | {"at": timezone.now().isoformat()})


def _decide(checkout: TestCheckout, *, before: tuple[str, ...], after: str) -> None:
    for dispute in checkout.disputes:
        if dispute["state"] in before:
            dispute["state"] = after


def _return_refunds(checkout: TestCheckout) -> None:
    for refund in checkout.refunds:
        if refund["state"] == RefundState.SUCCEEDED:
            refund["state"] = RefundState.FAILED.value


@dataclass(frozen=True)
class Button:
    """One thing that the gateway's page lets one choose: when it may be, and what it writes into the book."""

    may: Callable[[TestCheckout], bool]
    do: Callable[[TestCheckout], None]


def _move(before: OrderState, after: OrderState) -> Button:
    def do(checkout: TestCheckout) -> None:
        checkout.state = after

    return Button(lambda checkout: state_of(checkout) == before, do)


def _refund_button(part: int) -> Button:
    def do(checkout: TestCheckout) -> None:
        _add_refund(checkout, remaining(checkout) // part, f"refund-{uuid.uuid4().hex}")

    return Button(lambda checkout: remaining(checkout) // part > 0, do)


BUTTONS = {
    "pay": _move(OrderState.OPEN, OrderState.PAID),
    "pay_later": _move(OrderState.OPEN, OrderState.PROCESSING),
    "decline": _move(OrderState.OPEN, OrderState.FAILED),
    "cancel": _move(OrderState.OPEN, OrderState.CANCELLED),
    "transfer_arrives": _move(OrderState.PROCESSING, OrderState.PAID),
    "transfer_fails": _move(OrderState.PROCESSING, OrderState.FAILED),
    "refund": _refund_button(1),
    "refund_half": _refund_button(2),
    "refund_returns": Button(lambda checkout: refunded_of(checkout) > 0, _return_refunds),
    "dispute": Button(lambda checkout: remaining(checkout) > 0, _add_dispute),
    "win_dispute": Button(
        lambda checkout: _in_disputes(checkout, DisputeState.OPEN, DisputeState.LOST) > 0,
        partial(_decide, before=(DisputeState.OPEN, DisputeState.LOST), after=DisputeState.WON),
    ),
    "lose_dispute": Button(
        lambda checkout: _in_disputes(checkout, DisputeState.OPEN) > 0,
        partial(_decide, before=(DisputeState.OPEN,), after=DisputeState.LOST),
    ),
}


def buttons_of(checkout: TestCheckout) -> list[str]:
    """What can be chosen on the gateway's page now."""
    return [name for name, button in BUTTONS.items() if button.may(checkout)]


@transaction.atomic
def press(checkout: TestCheckout, name: str) -> bool:
    """What a press of a button on the gateway's page does; False when the checkout is past that."""
    locked = TestCheckout.objects.select_for_update().get(pk=checkout.pk)
    if not BUTTONS[name].may(locked):
        return False
    BUTTONS[name].do(locked)
    locked.save(update_fields=["state", "refunds", "disputes", "updated_at"])
    return True


def event_about(checkout: TestCheckout, kind: str) -> bytes:
    """What the gateway sends to the shop when something happened, signed."""
    data: dict[str, Any] = {
        "id": f"test_{uuid.uuid4().hex}",
        "kind": f"checkout.{kind}",
        "reference": str(checkout.uuid),
        "order": str(checkout.order_uuid),
    }
    return _signer.sign(json.dumps(data)).encode()
