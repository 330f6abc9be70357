"""The port to whoever moves the money. Two adapters: `stripe`, and `test`, in which no money moves."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, Protocol

from django.conf import settings

from billing.errors import BuyingNotSetUp
from billing.models import OrderState

LIVE_KEY_PREFIXES = ("sk_live_", "rk_live_")
ADAPTERS = {"stripe": "billing.gateways.stripe", "test": "billing.gateways.test"}


@dataclass(frozen=True)
class Line:
    """One line as the payment page shows it; `unit_amount` in minor units."""

    name: str
    quantity: int
    unit_amount: int


@dataclass(frozen=True)
class CheckoutRequest:
    """What a gateway has to know to take the money of one order. `key` makes asking twice safe."""

    key: uuid.UUID
    currency: str
    lines: tuple[Line, ...]
    customer_email: str
    return_url: str
    cancel_url: str

    @property
    def total(self) -> int:
        return sum(line.quantity * line.unit_amount for line in self.lines)


@dataclass(frozen=True)
class Checkout:
    reference: str
    url: str


@dataclass(frozen=True)
class RefundStatus:
    """One refund of a payment; `state` is a value of `RefundState`."""

    reference: str
    amount: int
    state: str
    made_at: datetime


@dataclass(frozen=True)
class DisputeStatus:
    """One dispute of a payment; `state` is a value of `DisputeState`, `answer_by` until when the gateway hears the seller."""

    reference: str
    amount: int
    state: str
    reason: str
    opened_at: datetime
    answer_by: datetime | None = None


@dataclass(frozen=True)
class CheckoutStatus:
    """What the gateway says of a checkout now. `state` is a value of `OrderState`; `payment` its id of the payment.

    `refunded` is what has gone back altogether; `refunds` may leave out the oldest.
    """

    state: str
    amount: int
    currency: str
    payment: str = ""
    refunded: int = 0
    refunds: tuple[RefundStatus, ...] = ()
    disputes: tuple[DisputeStatus, ...] = ()

    def disputed(self, state: str) -> int:
        """The amount of all disputes in `state`."""
        return sum(dispute.amount for dispute in self.disputes if dispute.state == state)


def state_of_paid(amount: int, refunded: int, lost: int) -> OrderState:
    """The state of a payment that was made, by what came back of it: access ends when all of it did."""
    if refunded >= amount:
        return OrderState.REFUNDED
    return OrderState.REVERSED if lost and refunded + lost >= amount else OrderState.PAID


@dataclass(frozen=True)
class ProviderEvent:
    """What a provider sent us, once it is sure that the provider sent it."""

    event_id: str
    kind: str
    reference: str
    order_uuid: uuid.UUID | None
    payload: dict[str, Any]


class Gateway(Protocol):
    """`GatewayUnavailable` from any of the first four when there is no answer; `InvalidMessage` from the last."""

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        """A page on which the buyer pays; the same page however often it is asked for with the same key."""

    def fetch(self, reference: str) -> CheckoutStatus:
        """The present state of a checkout."""

    def cancel(self, reference: str) -> None:
        """Close a checkout that is still open, so that nobody can pay on it; nothing to do when it no longer is."""

    def refund(self, payment: str, amount: int, key: str) -> None:
        """Send `amount` of a payment back; once for each `key`. `RefundRejected` when the gateway will not."""

    def parse_event(self, payload: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        """Check who sent it, and say what it speaks of."""


def gateway_named(name: str) -> Gateway:
    """The adapter of an order or of the settings; `BuyingNotSetUp` when it may not be used here."""
    if not _may_use(name):
        raise BuyingNotSetUp
    return import_module(ADAPTERS[name]).make_gateway()


def _may_use(name: str) -> bool:
    if name == "test":
        return test_gateway_allowed()
    return name == "stripe" and bool(settings.STRIPE_SECRET_KEY)


def test_gateway_allowed() -> bool:
    """Only in demo mode and in tests, and never beside a key that can move money."""
    if settings.STRIPE_SECRET_KEY.startswith(LIVE_KEY_PREFIXES):
        return False
    return settings.PAYMENT_GATEWAY == "test" and (settings.ACCORD_DEMO or settings.PAYMENT_TEST_GATEWAY)


test_gateway_allowed.__test__ = False  # type: ignore[attr-defined]  # its name makes a test runner think it were one
