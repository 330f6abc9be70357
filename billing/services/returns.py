"""Money that comes back: refunds and disputes as the gateway tells of them, and what an operator has to know."""

from datetime import timedelta

from django.utils.translation import gettext as _

from accounts.enums import AuditVerb
from billing.gateways import CheckoutStatus
from billing.models import Dispute, DisputeState, Order, OrderState, Refund, RefundRequest, RefundRequestState, RefundState
from billing.services.notices import mail_operators
from common.money import format_money

NOT_SENT = "A refund was accepted and is not known to be sent. Accept the request again: the money is sent once."
# Between our clock and the gateway's.
CLOCKS_DIFFER = timedelta(minutes=5)
News = list[tuple[AuditVerb, str]]
DISPUTE_VERBS = {
    DisputeState.OPEN: AuditVerb.ORDER_DISPUTED,
    DisputeState.WON: AuditVerb.ORDER_DISPUTE_WON,
    DisputeState.LOST: AuditVerb.ORDER_DISPUTE_LOST,
}


def store_returns(order: Order, status: CheckoutStatus) -> News:
    """Bring refunds, disputes and their sums to what `status` says; returns what is new, for the record.

    The caller holds the lock on `order`, and saves it.
    """
    refunded_before = order.refunded_amount
    order.refunded_amount = status.refunded
    order.disputed_amount = status.disputed(DisputeState.OPEN)
    order.lost_amount = status.disputed(DisputeState.LOST)
    news = _store_refunds(order, status) + _store_disputes(order, status)
    if status.state == OrderState.PAID and order.refunded_amount > refunded_before:
        parts = {"part": _money(order, order.refunded_amount), "total": _money(order, order.total)}
        news.append((AuditVerb.ORDER_PARTLY_REFUNDED, _("Refunded in part: %(part)s of %(total)s.") % parts))
    return news


def _store_refunds(order: Order, status: CheckoutStatus) -> News:
    known = {refund.reference: refund for refund in order.refunds.all()}
    news: News = []
    for told in status.refunds:
        refund = known.get(told.reference) or Refund(order=order, reference=told.reference, amount=0)
        if (refund.state, refund.amount) == (told.state, told.amount):
            continue
        refund.state, refund.amount, refund.made_at = told.state, told.amount, told.made_at
        refund.save()
        if refund.state == RefundState.FAILED:
            sentence = _("A refund of %(amount)s came back from the bank.") % {"amount": _money(order, refund.amount)}
            news.append((AuditVerb.ORDER_REFUND_FAILED, sentence))
    return news


def _store_disputes(order: Order, status: CheckoutStatus) -> News:
    known = {dispute.reference: dispute for dispute in order.disputes.all()}
    news: News = []
    for told in status.disputes:
        dispute = known.get(told.reference) or Dispute(order=order, reference=told.reference, amount=0)
        is_news = dispute.state != told.state
        if not is_news and (dispute.amount, dispute.answer_by) == (told.amount, told.answer_by):
            continue
        dispute.state, dispute.amount, dispute.reason = told.state, told.amount, told.reason[:100]
        dispute.opened_at, dispute.answer_by = told.opened_at, told.answer_by
        dispute.save()
        if is_news and dispute.state == DisputeState.OPEN:
            mail_operators(order, dispute)
        if is_news:
            words = {"amount": _money(order, dispute.amount), "state": dispute.get_state_display()}
            news.append((DISPUTE_VERBS[DisputeState(told.state)], _("Dispute over %(amount)s: %(state)s.") % words))
    return news


def is_wrong_amount(order: Order, status: CheckoutStatus) -> bool:
    paid = status.state == OrderState.PAID
    return paid and (status.amount, status.currency.upper()) != (order.total, order.currency)


def attention_for(order: Order, status: CheckoutStatus) -> str:
    """Why an operator needs to look at the order, from what the gateway says now; empty when nobody has to."""
    if is_wrong_amount(order, status):
        return f"Paid {status.amount} {status.currency}, ordered {order.total} {order.currency}. Nothing was granted."
    if order.disputed_amount:
        return f"Disputed: {_money(order, order.disputed_amount)}.{_deadline(status)} Access stays until it is decided."
    if order.lost_amount:
        return f"Dispute lost: {_money(order, order.lost_amount)} went back to the buyer."
    failed = sum(refund.amount for refund in status.refunds if refund.state == RefundState.FAILED)
    if failed and order.state == OrderState.PAID:
        return f"The bank returned refunds of {_money(order, failed)}. Pay the buyer back in another way."
    return NOT_SENT if _is_unsent(order, status) else ""


def _is_unsent(order: Order, status: CheckoutStatus) -> bool:
    """Whether a refund was accepted here of which the gateway knows nothing: who accepted it was cut off."""
    if order.state != OrderState.PAID:
        return False
    accepted = RefundRequest.objects.filter(order=order, state=RefundRequestState.ACCEPTED, decided_at__isnull=False).first()
    if accepted is None or accepted.decided_at is None:
        return False
    since = accepted.decided_at - CLOCKS_DIFFER
    return not any(refund.made_at >= since for refund in status.refunds)


def _deadline(status: CheckoutStatus) -> str:
    due = [
        dispute.answer_by for dispute in status.disputes if dispute.state == DisputeState.OPEN and dispute.answer_by is not None
    ]
    return f" Answer the payment provider by {min(due):%Y-%m-%d}." if due else ""


def _money(order: Order, amount: int) -> str:
    return format_money(amount, order.currency)
