"""Stripe: hosted Checkout in payment mode. The only module that knows the `stripe` library.

The API version is pinned to the one whose description the tests check every request against. The webhook endpoint of the
Stripe account points to /billing/webhooks/stripe/ and sends `checkout.session.completed`, `.expired`,
`.async_payment_succeeded` and `.async_payment_failed`, `payment_intent.processing`, `charge.refunded`, `refund.updated` and
`refund.failed`, and of `charge.dispute` `.created`, `.updated`, `.closed`, `.funds_withdrawn` and `.funds_reinstated`.
"""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings

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
from billing.models import DisputeState, OrderState, RefundState

API_VERSION = "2026-08-26.dahlia"
TIMEOUT_SECONDS = 20
NETWORK_RETRIES = 2
# A payment that can no longer succeed: its bank said no after the checkout was complete.
DEAD_INTENTS = {"requires_payment_method", "canceled"}
REFUND_STATES = {"failed": RefundState.FAILED, "canceled": RefundState.CANCELLED, "succeeded": RefundState.SUCCEEDED}
# An inquiry that was closed and a dispute that was prevented took nothing.
DISPUTE_STATES = {
    "won": DisputeState.WON,
    "warning_closed": DisputeState.WON,
    "prevented": DisputeState.WON,
    "lost": DisputeState.LOST,
}
MAX_DISPUTES = 100


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
        params: Any = {"expand": ["payment_intent.latest_charge.refunds"]}
        try:
            session = self.client.v1.checkout.sessions.retrieve(reference, params).to_dict()
            intent = session.get("payment_intent") or {}
            charge = intent.get("latest_charge") or {}
            disputes = self._disputes(intent["id"]) if charge else ()
        except stripe.StripeError as error:
            raise GatewayUnavailable from error
        refunds = charge.get("refunds") or {"data": [], "has_more": False}
        status = CheckoutStatus(
            state=_state(session, intent),
            amount=session["amount_total"] or 0,
            currency=(session["currency"] or "").upper(),
            payment=intent.get("id", ""),
            refunded=_refunded(charge, refunds),
            refunds=tuple(_refund(refund) for refund in refunds["data"]),
            disputes=disputes,
        )
        if status.state != OrderState.PAID:
            return status
        lost = status.disputed(DisputeState.LOST)
        return replace(status, state=state_of_paid(status.amount, status.refunded, lost))

    def _disputes(self, payment: str) -> tuple[DisputeStatus, ...]:
        params: Any = {"payment_intent": payment, "limit": MAX_DISPUTES}
        found = self.client.v1.disputes.list(params).to_dict()["data"]
        return tuple(_dispute(dispute) for dispute in found)

    def refund(self, payment: str, amount: int, key: str) -> None:
        params: Any = {"payment_intent": payment, "amount": amount, "reason": "requested_by_customer"}
        try:
            self.client.v1.refunds.create(params, {"idempotency_key": f"refund-{key}"})
        except stripe.InvalidRequestError as error:
            raise RefundRejected from error
        except stripe.StripeError as error:
            raise GatewayUnavailable from error

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
    """Where the payment is; of one that was made, what came back is not counted yet."""
    if session["status"] == "expired":
        return OrderState.CANCELLED
    if session["status"] != "complete":
        return OrderState.PROCESSING if intent.get("status") == "processing" else OrderState.OPEN
    if session["payment_status"] == "unpaid":
        return OrderState.FAILED if intent.get("status") in DEAD_INTENTS else OrderState.PROCESSING
    return OrderState.PAID


def _refunded(charge: dict[str, Any], refunds: dict[str, Any]) -> int:
    """What has gone back, without refunds that failed; the charge's own sum where its list is not whole."""
    if refunds["has_more"] or not refunds["data"]:
        return charge.get("amount_refunded", 0)
    return sum(refund["amount"] for refund in refunds["data"] if refund.get("status") not in ("failed", "canceled"))


def _refund(refund: dict[str, Any]) -> RefundStatus:
    return RefundStatus(
        reference=refund["id"],
        amount=refund["amount"],
        state=REFUND_STATES.get(refund.get("status") or "", RefundState.PENDING),
        made_at=_instant(refund["created"]),
    )


def _dispute(dispute: dict[str, Any]) -> DisputeStatus:
    due = dispute["evidence_details"].get("due_by")
    return DisputeStatus(
        reference=dispute["id"],
        amount=dispute["amount"],
        state=DISPUTE_STATES.get(dispute["status"], DisputeState.OPEN),
        reason=dispute["reason"],
        opened_at=_instant(dispute["created"]),
        answer_by=_instant(due) if due else None,
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def _reference(subject: dict[str, Any]) -> str:
    """The checkout's or the payment's id; that of the payment too where the message is about a charge, refund or dispute."""
    if subject.get("object") in ("checkout.session", "payment_intent"):
        return subject["id"]
    return subject.get("payment_intent") or ""


def _order(subject: dict[str, Any]) -> uuid.UUID | None:
    named = (subject.get("metadata") or {}).get("order")
    try:
        return uuid.UUID(named) if named else None
    except ValueError:
        return None
