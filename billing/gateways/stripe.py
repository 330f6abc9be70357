"""Stripe: hosted Checkout in payment mode. The only module that knows the `stripe` library.

The API version is pinned to the one whose description the tests check every request against. The webhook endpoint of the
Stripe account points to /billing/webhooks/stripe/ and sends `checkout.session.completed`, `.expired`,
`.async_payment_succeeded` and `.async_payment_failed`, `charge.refunded` and `refund.failed`.
"""

import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings

from billing.errors import GatewayUnavailable, InvalidMessage
from billing.gateways import Checkout, CheckoutRequest, CheckoutStatus, ProviderEvent
from billing.models import OrderState

API_VERSION = "2026-08-26.dahlia"
TIMEOUT_SECONDS = 20
NETWORK_RETRIES = 2
# A payment that can no longer succeed: its bank said no after the checkout was complete.
DEAD_INTENTS = {"requires_payment_method", "canceled"}


class StripeGateway:
    def __init__(self, client: stripe.StripeClient, webhook_secret: str) -> None:
        self.client = client
        self.webhook_secret = webhook_secret

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        order = {"order": str(request.key)}
        params: Any = {
            "mode": "payment",
            "client_reference_id": str(request.key),
            "customer_email": request.customer_email,
            "success_url": request.return_url,
            "cancel_url": request.cancel_url,
            "line_items": [_line_item(line, request.currency) for line in request.lines],
            "metadata": order,
            # Charges inherit the metadata of their intent: so messages about refunds name our order too.
            "payment_intent_data": {"metadata": order},
        }
        try:
            session = self.client.v1.checkout.sessions.create(params, {"idempotency_key": f"order-{request.key}"}).to_dict()
        except stripe.StripeError as error:
            raise GatewayUnavailable from error
        return Checkout(reference=session["id"], url=session["url"])

    def fetch(self, reference: str) -> CheckoutStatus:
        params: Any = {"expand": ["payment_intent.latest_charge"]}
        try:
            session = self.client.v1.checkout.sessions.retrieve(reference, params).to_dict()
        except stripe.StripeError as error:
            raise GatewayUnavailable from error
        intent = session.get("payment_intent") or {}
        return CheckoutStatus(
            state=_state(session, intent),
            amount=session["amount_total"] or 0,
            currency=(session["currency"] or "").upper(),
            payment=intent.get("id", ""),
        )

    def cancel(self, reference: str) -> None:
        try:
            self.client.v1.checkout.sessions.expire(reference)
        except stripe.InvalidRequestError:
            return  # no longer open; the next fetch tells what became of it
        except stripe.StripeError as error:
            raise GatewayUnavailable from error

    def parse_event(self, payload: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        try:
            event = self.client.construct_event(payload, headers.get("Stripe-Signature"), self.webhook_secret).to_dict(
                for_json=True
            )
            subject = event["data"]["object"]
            return ProviderEvent(
                event_id=event["id"],
                kind=event["type"],
                reference=_reference(subject),
                order_uuid=_order(subject),
                payload=event,
            )
        except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError, AttributeError):
            raise InvalidMessage from None


def make_gateway() -> StripeGateway:
    return StripeGateway(_client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE), settings.STRIPE_WEBHOOK_SECRET)


@lru_cache(maxsize=4)
def _client(api_key: str, api_base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        api_key,
        stripe_version=API_VERSION,
        base_addresses={"api": api_base} if api_base else {},
        max_network_retries=NETWORK_RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
    )


def _line_item(line: Any, currency: str) -> dict[str, Any]:
    price = {"currency": currency.lower(), "unit_amount": line.unit_amount, "product_data": {"name": line.name}}
    return {"quantity": line.quantity, "price_data": price}


def _state(session: dict[str, Any], intent: dict[str, Any]) -> OrderState:
    if session["status"] == "expired":
        return OrderState.CANCELLED
    if session["status"] != "complete":
        return OrderState.OPEN
    if session["payment_status"] == "unpaid":
        return OrderState.FAILED if intent.get("status") in DEAD_INTENTS else OrderState.OPEN
    charge = intent.get("latest_charge") or {}
    return OrderState.REFUNDED if charge.get("refunded") else OrderState.PAID


def _reference(subject: dict[str, Any]) -> str:
    """The checkout's id, or the payment's where the message is about a charge or a refund."""
    if subject.get("object") == "checkout.session":
        return subject["id"]
    return subject.get("payment_intent") or ""


def _order(subject: dict[str, Any]) -> uuid.UUID | None:
    named = (subject.get("metadata") or {}).get("order")
    try:
        return uuid.UUID(named) if named else None
    except ValueError:
        return None
