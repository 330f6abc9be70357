"""A Stripe that runs in a thread on loopback: keeps sessions, payments, refunds and disputes, refuses what Stripe would refuse.

The test plays the buyer and the bank (`pay`, `start_transfer`, `expire`, `refund`, `dispute`, …); each act leaves events, and
`deliver(client, event)` brings one to our webhook address, signed. An object of the wrong shape is an error of the fake: it
shows as an exception in the test.
"""

import json
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import stripe
from django.test import Client
from django.urls import reverse

from tests.billing.stripe_rules import API_VERSION, Refused, check_object, parameters

SECRET_KEY = "sk_test_fake"
WEBHOOK_SECRET = "whsec_fake"


class FakeStripe:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.sessions: dict[str, dict[str, Any]] = {}
        self.intents: dict[str, dict[str, Any]] = {}
        self.charges: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.disputes: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, tuple[str, dict[str, Any]]] = {}
        self.events: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str]] = []
        self.is_down = False
        self.answers_to_lose = 0
        self.refuses_refunds = False
        self.lose_after_refund = False
        self.count = 0

    # What a test does to it -------------------------------------------------------------------------------------------

    def pay(self, session_id: str, *, amount: int | None = None) -> None:
        """The buyer pays by card: complete at once."""
        with self.lock:
            session = self._open(session_id)
            if amount is not None:
                session["amount_total"] = amount
            self._complete(session, "paid", "succeeded")
            self._tell("checkout.session.completed", session)

    def start_transfer(self, session_id: str) -> None:
        """The buyer pays in a way that takes its time: complete, but not yet paid."""
        with self.lock:
            session = self._open(session_id)
            self._complete(session, "unpaid", "processing")
            self._tell("checkout.session.completed", session)
            self._tell("payment_intent.processing", self.intents[session["payment_intent"]])

    def confirm_transfer(self, session_id: str) -> None:
        with self.lock:
            session = self._processing(session_id)
            self._complete(session, "paid", "succeeded")
            self._tell("checkout.session.async_payment_succeeded", session)

    def decline_transfer(self, session_id: str) -> None:
        with self.lock:
            session = self._processing(session_id)
            self.intents[session["payment_intent"]]["status"] = "requires_payment_method"
            self._tell("checkout.session.async_payment_failed", session)

    def expire(self, session_id: str) -> None:
        with self.lock:
            session = self._open(session_id)
            session |= {"status": "expired", "url": None}
            self._tell("checkout.session.expired", session)

    def refund(self, session_id: str, amount: int | None = None) -> None:
        """A refund made in the dashboard, of all that is left unless `amount` says otherwise."""
        with self.lock:
            self._make_refund(self._charge(session_id), amount)

    def refund_part(self, session_id: str) -> None:
        self.refund(session_id, 4_900)

    def fail_refund(self, session_id: str) -> None:
        """The buyer's bank sends the newest refund back; Stripe tells of the refund, which does not name our order."""
        with self.lock:
            charge = self._charge(session_id)
            refund = self._refunds_in(charge, "succeeded")[-1]
            refund["status"] = "failed"
            charge["amount_refunded"] -= refund["amount"]
            charge["refunded"] = False
            check_object("refund", refund)
            self._tell("refund.updated", refund)
            self._tell("refund.failed", refund)

    def dispute(self, session_id: str) -> None:
        """The buyer's bank asks back what has not been refunded; the money is held. The dispute does not name our order."""
        with self.lock:
            charge = self._charge(session_id)
            charge["disputed"] = True
            dispute = {
                "id": self._id("du"),
                "object": "dispute",
                "amount": charge["amount"] - charge["amount_refunded"],
                "balance_transactions": [],
                "charge": charge["id"],
                "created": int(time.time()),
                "currency": charge["currency"],
                "enhanced_eligibility_types": [],
                "evidence": {"enhanced_evidence": {}},
                "evidence_details": {
                    "due_by": int(time.time()) + 7 * 86_400,
                    "enhanced_eligibility": {},
                    "has_evidence": False,
                    "past_due": False,
                    "submission_count": 0,
                },
                "is_charge_refundable": False,
                "livemode": False,
                "metadata": {},
                "payment_intent": charge["payment_intent"],
                "reason": "product_not_received",
                "status": "needs_response",
            }
            check_object("dispute", dispute)
            self.disputes[dispute["id"]] = dispute
            self._tell("charge.dispute.created", dispute)
            self._tell("charge.dispute.funds_withdrawn", dispute)

    def win_dispute(self, session_id: str) -> None:
        """Decided for the seller, and be it after it had been lost."""
        self._decide(session_id, "won", "charge.dispute.funds_reinstated")

    def lose_dispute(self, session_id: str) -> None:
        self._decide(session_id, "lost")

    def _decide(self, session_id: str, status: str, *more: str) -> None:
        with self.lock:
            dispute = self._disputes_about(self._charge(session_id))[-1]
            dispute["status"] = status
            for kind in ("charge.dispute.updated", "charge.dispute.closed", *more):
                self._tell(kind, dispute)

    def may(self, act: str, session_id: str) -> bool:
        """Whether Stripe's own rules let `act` happen now."""
        session = self.sessions[session_id]
        if act in ("pay", "start_transfer", "expire"):
            return session["status"] == "open"
        intent = self.intents.get(session["payment_intent"] or "", {})
        if act in ("confirm_transfer", "decline_transfer"):
            return intent.get("status") == "processing"
        charge = self.charges.get(intent.get("latest_charge") or "")
        return charge is not None and self._may_with(charge, act)

    def _may_with(self, charge: dict[str, Any], act: str) -> bool:
        dispute = self._disputes_about(charge)[-1:]
        status = dispute[0]["status"] if dispute else ""
        left = charge["amount"] - charge["amount_refunded"]
        match act:
            case "refund" | "refund_part":
                return not dispute and left >= (4_900 if act == "refund_part" else 1)
            case "fail_refund":
                return bool(self._refunds_in(charge, "succeeded")) and not dispute
            case "dispute":
                return not dispute and left > 0
            case "win_dispute":
                return status in ("needs_response", "lost")
            case "lose_dispute":
                return status == "needs_response"
        raise AssertionError(act)

    def deliver(self, client: Client, event: dict[str, Any], *, secret: str = WEBHOOK_SECRET) -> Any:
        payload = json.dumps(event)
        signature = stripe.WebhookSignature.generate_signature_header(payload, secret)
        return self.deliver_raw(client, payload, signature)

    @staticmethod
    def deliver_raw(client: Client, payload: str, signature: str | None) -> Any:
        headers = {"Stripe-Signature": signature} if signature else {}
        return client.post(reverse("billing:stripe_webhook"), payload, content_type="application/json", headers=headers)

    # What it does inside ----------------------------------------------------------------------------------------------

    def _open(self, session_id: str) -> dict[str, Any]:
        session = self.sessions[session_id]
        assert session["status"] == "open"
        return session

    def _processing(self, session_id: str) -> dict[str, Any]:
        session = self.sessions[session_id]
        assert self.intents[session["payment_intent"]]["status"] == "processing"
        return session

    def _charge(self, session_id: str) -> dict[str, Any]:
        return self.charges[self.intents[self.sessions[session_id]["payment_intent"]]["latest_charge"]]

    def _complete(self, session: dict[str, Any], payment_status: str, intent_status: str) -> None:
        intent_id = session["payment_intent"] or self._id("pi")
        intent = self.intents.setdefault(
            intent_id,
            {
                "id": intent_id,
                "object": "payment_intent",
                "amount": session["amount_total"],
                "currency": session["currency"],
                "created": int(time.time()),
                "livemode": False,
                "latest_charge": None,
                "metadata": dict(session["_intent_metadata"]),
                "payment_method_types": ["card"],
            },
        )
        intent["status"] = intent_status
        if intent_status == "succeeded":
            intent["latest_charge"] = self._make_charge(intent)["id"]
        session |= {"status": "complete", "payment_status": payment_status, "payment_intent": intent_id, "url": None}

    def _refunds_in(self, charge: dict[str, Any], status: str) -> list[dict[str, Any]]:
        return [refund for refund in self.refunds.values() if refund["charge"] == charge["id"] and refund["status"] == status]

    def _disputes_about(self, charge: dict[str, Any]) -> list[dict[str, Any]]:
        return [dispute for dispute in self.disputes.values() if dispute["charge"] == charge["id"]]

    def _make_refund(self, charge: dict[str, Any], amount: int | None) -> dict[str, Any]:
        left = charge["amount"] - charge["amount_refunded"]
        amount = left if amount is None else amount
        if not left or self.refuses_refunds:
            raise Refused("Charge has already been refunded.", code="charge_already_refunded")
        if self._disputes_about(charge):
            raise Refused("Charge has been charged back.", code="charge_disputed")
        if not 0 < amount <= left:
            raise Refused("Refund amount is greater than unrefunded amount on charge.", "amount")
        refund = {
            "id": self._id("re"),
            "object": "refund",
            "amount": amount,
            "created": int(time.time()),
            "currency": charge["currency"],
            "charge": charge["id"],
            "payment_intent": charge["payment_intent"],
            "metadata": {},
            "status": "succeeded",
        }
        check_object("refund", refund)
        self.refunds[refund["id"]] = refund
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self._tell("charge.refunded", charge)
        return refund

    def _make_charge(self, intent: dict[str, Any]) -> dict[str, Any]:
        charge = {
            "id": self._id("ch"),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": intent["amount"],
            "amount_refunded": 0,
            "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
            "captured": True,
            "created": int(time.time()),
            "currency": intent["currency"],
            "disputed": False,
            "livemode": False,
            "metadata": dict(intent["metadata"]),
            "paid": True,
            "payment_intent": intent["id"],
            "refunded": False,
            "status": "succeeded",
        }
        check_object("charge", charge)
        self.charges[charge["id"]] = charge
        return charge

    def _tell(self, kind: str, subject: dict[str, Any]) -> None:
        event = {
            "id": self._id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": int(time.time()),
            "data": {"object": json.loads(json.dumps(_public(subject)))},
            "livemode": False,
            "pending_webhooks": 1,
            "request": None,
            "type": kind,
        }
        check_object("event", event)
        self.events.append(event)

    def _id(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}_test_{self.count:06d}"

    # What it answers --------------------------------------------------------------------------------------------------

    def create(self, params: dict[str, Any], key: str) -> dict[str, Any]:
        return self._once(params, key, lambda: self._make_session(params))

    def create_refund(self, params: dict[str, Any], key: str) -> dict[str, Any]:
        charge = self.charges[self.intents[params["payment_intent"]]["latest_charge"]]
        return self._once(params, key, lambda: self._make_refund(charge, params.get("amount")))

    def _once(self, params: dict[str, Any], key: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if not key:
            raise Refused("The test wants an idempotency key with every write.")
        told = json.dumps(params, sort_keys=True)
        if key in self.answers:
            before, answer = self.answers[key]
            if before != told:
                raise Refused(
                    "Keys for idempotent requests can only be used with the same parameters.", code="idempotency_error"
                )
            return answer
        answer = _public(make())
        self.answers[key] = (told, answer)
        return answer

    def _make_session(self, params: dict[str, Any]) -> dict[str, Any]:
        _check_beyond_the_description(params)
        session_id = self._id("cs")
        prices = [line["price_data"] for line in params["line_items"]]
        total = sum(price["unit_amount"] * line["quantity"] for price, line in zip(prices, params["line_items"], strict=True))
        session = {
            "id": session_id,
            "object": "checkout.session",
            "amount_subtotal": total,
            "amount_total": total,
            "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
            "cancel_url": params.get("cancel_url"),
            "client_reference_id": params.get("client_reference_id"),
            "created": int(time.time()),
            "currency": prices[0]["currency"],
            "custom_fields": [],
            "custom_text": {
                "after_submit": None,
                "shipping_address": None,
                "submit": None,
                "terms_of_service_acceptance": None,
            },
            "customer_email": params.get("customer_email"),
            "expires_at": int(time.time()) + 86_400,
            "livemode": False,
            "metadata": params.get("metadata", {}),
            "mode": "payment",
            "payment_intent": None,
            "payment_method_types": ["card"],
            "payment_status": "unpaid",
            "shipping_options": [],
            "status": "open",
            "success_url": params["success_url"],
            "url": f"https://checkout.stripe.com/c/pay/{session_id}",
            "_intent_metadata": params.get("payment_intent_data", {}).get("metadata", {}),
        }
        self.sessions[session_id] = session
        return session

    def retrieve(self, session_id: str, params: dict[str, Any]) -> dict[str, Any]:
        answer = _public(self.sessions[session_id])
        expand = params.get("expand", [])
        if answer["payment_intent"] and any(path.startswith("payment_intent") for path in expand):
            intent = dict(self.intents[answer["payment_intent"]])
            if intent["latest_charge"] and any(path.startswith("payment_intent.latest_charge") for path in expand):
                charge = dict(self.charges[intent["latest_charge"]])
                if "payment_intent.latest_charge.refunds" in expand:
                    charge["refunds"] = self._refund_list(charge)
                intent["latest_charge"] = charge
            answer["payment_intent"] = intent
        return answer

    def _refund_list(self, charge: dict[str, Any]) -> dict[str, Any]:
        """The ten newest, newest first."""
        found = [dict(refund) for refund in self.refunds.values() if refund["charge"] == charge["id"]][::-1]
        url = f"/v1/charges/{charge['id']}/refunds"
        return {"object": "list", "data": found[:10], "has_more": len(found) > 10, "url": url}

    def list_disputes(self, params: dict[str, Any]) -> dict[str, Any]:
        found = [dict(dispute) for dispute in self.disputes.values() if dispute["payment_intent"] == params["payment_intent"]]
        for dispute in found:
            check_object("dispute", dispute)
        return {"object": "list", "data": found[::-1][: params["limit"]], "has_more": False, "url": "/v1/disputes"}

    def close(self, session_id: str) -> dict[str, Any]:
        if self.sessions[session_id]["status"] != "open":
            raise Refused("This Session is not in an expireable state.", code="")
        self.expire(session_id)
        return _public(self.sessions[session_id])


def _public(subject: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps({key: value for key, value in subject.items() if not key.startswith("_")}))


def _check_beyond_the_description(params: dict[str, Any]) -> None:
    """What Stripe's reference says in words only."""
    if params.get("mode") != "payment" or not params.get("line_items"):
        raise Refused("line_items are required in payment mode", "line_items")
    for name in ("success_url", "cancel_url"):
        if not params.get(name, "").startswith(("http://", "https://")):
            raise Refused("Not a valid URL", name, "url_invalid")
    if len({line["price_data"]["currency"] for line in params["line_items"]}) != 1:
        raise Refused("All prices must have the same currency", "line_items")
    for line in params["line_items"]:
        if line["quantity"] < 1 or not 0 <= line["price_data"]["unit_amount"] <= 99_999_999:
            raise Refused("Amount or quantity out of range", "line_items")
    for metadata in (params.get("metadata", {}), params.get("payment_intent_data", {}).get("metadata", {})):
        if any(len(key) > 40 or len(value) > 500 for key, value in metadata.items()):
            raise Refused("Metadata too long", "metadata")
    if len(params.get("client_reference_id", "")) > 200:
        raise Refused("client_reference_id too long", "client_reference_id")


class _Handler(BaseHTTPRequestHandler):
    fake: FakeStripe

    def do_GET(self) -> None:
        self._handle("get", urlsplit(self.path).query)

    def do_POST(self) -> None:
        self._handle("post", self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

    def _handle(self, method: str, encoded: str) -> None:
        path = urlsplit(self.path).path
        with self.fake.lock:
            self.fake.requests.append((method, path))
            if self.fake.is_down:
                self._answer(503, {"error": {"type": "api_error", "message": "Down"}})
                return
            try:
                status, body = 200, self._work(method, path, encoded)
                if body["object"] != "list":
                    check_object(body["object"], body)
            except Refused as refused:
                error = {"type": "invalid_request_error", "message": str(refused), "param": refused.param, "code": refused.code}
                status, body = 400, {"error": error}
            if self.fake.lose_after_refund and path == "/v1/refunds":
                # Done, and from here on nothing is heard of it.
                self.fake.is_down = True
                self.close_connection = True
                return
            if self.fake.answers_to_lose:
                self.fake.answers_to_lose -= 1
                self.close_connection = True
                return
            self._answer(status, body)

    def _work(self, method: str, path: str, encoded: str) -> dict[str, Any]:
        if self.headers["Authorization"] != f"Bearer {SECRET_KEY}":
            raise Refused("Invalid API key")
        if self.headers["Stripe-Version"] != API_VERSION:
            raise Refused("The description is of another version")
        if path == "/v1/disputes" and method == "get":
            return self.fake.list_disputes(parameters(method, path, encoded))
        if path == "/v1/refunds" and method == "post":
            return self.fake.create_refund(parameters(method, path, encoded), self.headers.get("Idempotency-Key", ""))
        match path.removeprefix("/v1/checkout/sessions").strip("/").split("/"):
            case [""] if method == "post":
                params = parameters(method, "/v1/checkout/sessions", encoded)
                return self.fake.create(params, self.headers.get("Idempotency-Key", ""))
            case [session_id] if session_id in self.fake.sessions and method == "get":
                return self.fake.retrieve(session_id, parameters(method, "/v1/checkout/sessions/{session}", encoded))
            case [session_id, "expire"] if session_id in self.fake.sessions and method == "post":
                parameters(method, "/v1/checkout/sessions/{session}/expire", encoded)
                return self.fake.close(session_id)
        raise Refused(f"No such resource: {method} {path}", code="resource_missing")

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if status >= 500:
            self.send_header("Stripe-Should-Retry", "false")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@contextmanager
def running_fake():
    """A fake that answers; yields it and its address."""
    fake = FakeStripe()
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield fake, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
