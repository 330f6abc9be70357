"""The built-in test gateway. It keeps its own book and has its own pages, and on each it says that no money moves."""

import json
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils import timezone

from billing.errors import GatewayUnavailable, InvalidMessage
from billing.gateways import Checkout, CheckoutRequest, CheckoutStatus, ProviderEvent
from billing.models import OrderState, TestCheckout

LIFETIME = timedelta(hours=24)
# What the buttons of its pages do: from which states, to which.
MOVES = {
    "pay": ({OrderState.OPEN}, OrderState.PAID),
    "decline": ({OrderState.OPEN}, OrderState.FAILED),
    "cancel": ({OrderState.OPEN}, OrderState.CANCELLED),
    "refund": ({OrderState.PAID}, OrderState.REFUNDED),
}
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
        return CheckoutStatus(
            state=state_of(checkout), amount=checkout.amount, currency=checkout.currency, payment=f"test-{checkout.uuid}"
        )

    def cancel(self, reference: str) -> None:
        TestCheckout.objects.filter(uuid=reference, state=OrderState.OPEN).update(state=OrderState.CANCELLED)

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


def press(checkout: TestCheckout, button: str) -> bool:
    """What a press of `button` on the gateway's page does; False when the checkout is past that."""
    allowed, state = MOVES[button]
    if state_of(checkout) not in allowed:
        return False
    return bool(TestCheckout.objects.filter(pk=checkout.pk, state__in=allowed).update(state=state))


def event_about(checkout: TestCheckout, kind: str) -> bytes:
    """What the gateway sends to the shop when something happened, signed."""
    data: dict[str, Any] = {
        "id": f"test_{uuid.uuid4().hex}",
        "kind": f"checkout.{kind}",
        "reference": str(checkout.uuid),
        "order": str(checkout.order_uuid),
    }
    return _signer.sign(json.dumps(data)).encode()
