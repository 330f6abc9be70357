"""Withdrawing from an order: the buyer asks, an operator answers, and the gateway sends the money back."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.enums import AuditVerb
from accounts.models import User
from billing.errors import OwnRefund, RefundAlreadyRequested, RefundNotPossible, RefundRejected
from billing.gateways import gateway_named
from billing.models import Order, OrderState, RefundRequest, RefundRequestState
from billing.queries import WITHDRAWAL_DAYS, WITHDRAWAL_PERCENTAGE, refund_request_of, withdrawal_of
from billing.rules import is_own_refund
from billing.services.notices import mail_buyer
from billing.services.returns import NOT_SENT
from billing.services.settlement import settle, settle_quietly
from billing.services.trail import record_order_event
from common.retention import expired_before, in_batches


@transaction.atomic
def request_refund(*, order: Order, asked_by: User, reason: str = "") -> RefundRequest:
    """Write down the buyer's wish, once for each order.

    `RefundAlreadyRequested` the second time; `RefundNotPossible` where the terms do not give a right to it. The caller checks
    that `asked_by` may act on the order.
    """
    order = _lock(order)
    check_may_request(order)
    request = RefundRequest.objects.create(order=order, asked_by=asked_by, reason=reason)
    record_order_event(order, AuditVerb.REFUND_REQUESTED, _("Asked for a refund."), actor=asked_by)
    mail_buyer(order, "refund_requested", amount=order.kept_amount)
    return request


def check_may_request(order: Order) -> None:
    """`RefundAlreadyRequested` or `RefundNotPossible`, in words for the buyer."""
    if refund_request_of(order) is not None:
        raise RefundAlreadyRequested
    withdrawal = withdrawal_of(order)
    if withdrawal is None:
        raise RefundNotPossible(_("Nothing of this order can be paid back at the moment."))
    if withdrawal.is_over:
        words = {"days": WITHDRAWAL_DAYS, "day": date_format(withdrawal.last_day)}
        raise RefundNotPossible(_("The %(days)s days for a refund ended on %(day)s.") % words)
    if withdrawal.is_far:
        words = {"n": WITHDRAWAL_PERCENTAGE}
        raise RefundNotPossible(_("More than %(n)s%% of the course has been taken, so it can no longer be refunded.") % words)


def accept_refund(*, request: RefundRequest, actor: User) -> Order:
    """Pay back what is left of the order. Outside any transaction, and safe to repeat: the same money is sent once.

    `GatewayUnavailable` when there is no answer: nothing is lost, accept it again. `RefundRejected` when the gateway refuses:
    the request waits as before. A refund that came back from the bank can be sent again by accepting again. `OwnRefund`.
    """
    if is_own_refund(actor, request):
        raise OwnRefund
    order = settle(request.order)
    if order.state == OrderState.PAID and order.disputed_amount:
        raise RefundNotPossible(_("The payment is disputed: the bank decides who gets the money. Nothing was changed."))
    _claim(request, actor)
    if order.state != OrderState.PAID:
        return order
    # A new key only after another refund is known: whoever repeats this without an answer repeats the same refund.
    key = f"{request.uuid}-{order.refunds.count()}"
    try:
        gateway_named(order.gateway).refund(order.payment_reference, order.kept_amount, key)
    except RefundRejected:
        order = settle_quietly(order)
        if order.state != OrderState.PAID:
            return order
        _wait_again(request)
        raise
    return settle_quietly(order)


@transaction.atomic
def _claim(request: RefundRequest, actor: User) -> None:
    order = _lock(request.order)
    request.refresh_from_db()
    if request.state == RefundRequestState.DECLINED:
        raise RefundNotPossible(_("This request has been declined already. Nothing was changed."))
    if request.state == RefundRequestState.ACCEPTED:
        return
    _decide(request, RefundRequestState.ACCEPTED, actor)
    # Until the gateway knows of it: where this process ends before, operators see that it is not done.
    Order.objects.filter(pk=order.pk, attention="").update(attention=NOT_SENT)
    record_order_event(order, AuditVerb.REFUND_ACCEPTED, _("Accepted the request for a refund."), actor=actor)


@transaction.atomic
def _wait_again(request: RefundRequest) -> None:
    order = _lock(request.order)
    _decide(request, RefundRequestState.WAITING, None)
    Order.objects.filter(pk=order.pk, attention=NOT_SENT).update(attention="")
    record_order_event(order, AuditVerb.REFUND_REJECTED, _("The payment provider did not accept the refund."))


@transaction.atomic
def decline_refund(*, request: RefundRequest, actor: User, answer: str) -> None:
    """Refuse a request that waits; `answer` is sent to the buyer in these words. `OwnRefund`."""
    if is_own_refund(actor, request):
        raise OwnRefund
    if not answer.strip():
        raise RefundNotPossible(_("Write why: the buyer receives your words. Nothing was changed."))
    order = _lock(request.order)
    request.refresh_from_db()
    if request.state != RefundRequestState.WAITING:
        raise RefundNotPossible(_("This request has been answered already. Nothing was changed."))
    request.answer = answer.strip()
    _decide(request, RefundRequestState.DECLINED, actor)
    record_order_event(order, AuditVerb.REFUND_DECLINED, _("Declined the request for a refund."), actor=actor)
    mail_buyer(order, "refund_declined", amount=order.kept_amount, answer=request.answer)


@shared_task(name="billing.forget_refund_words")
def forget_refund_words() -> None:
    """What buyer and operator wrote about a refund that was decided long ago. That it was asked for and decided stays."""
    decided = RefundRequest.objects.filter(decided_at__lt=expired_before("refund_words")).exclude(reason="", answer="")
    in_batches(decided, lambda some: some.update(reason="", answer=""), name="requests for refunds emptied of their words")


def _lock(order: Order) -> Order:
    return Order.objects.select_for_update(of=("self",)).select_related("buyer", "organisation").get(pk=order.pk)


def _decide(request: RefundRequest, state: RefundRequestState, actor: User | None) -> None:
    request.state, request.decided_by = state, actor
    request.decided_at = timezone.now() if state != RefundRequestState.WAITING else None
    request.save(update_fields=["state", "answer", "decided_by", "decided_at", "updated_at"])
