"""Buying a course for oneself, and one's orders."""

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from access.models import CourseSet
from access.queries import has_everything_of
from accounts.console import signed_in
from billing import services
from billing.errors import BuyingNotSetUp, GatewayUnavailable
from billing.forms import BuyForm, new_key
from billing.models import WAITING_STATES, Order, PriceKind
from billing.queries import (
    WITHDRAWAL_DAYS,
    WITHDRAWAL_PERCENTAGE,
    courses_of,
    currency_of_reader,
    mail_key,
    orders_of,
    processing_order_for,
    recipients_of,
    refund_request_of,
    returned_by_bank,
    withdrawal_of,
)
from billing.services import cancel_order, close_other_orders, settle_quietly, start_order
from billing.views.common import SignedInRequest, gateway_context, order_fields, price_offer, to_checkout, visible_order
from common.errors import UserError
from courses.models import Course
from mail.queries import newest_mails_about, newest_undelivered

ORDERS_A_PAGE = 25
# How often one page may ask the gateway, and for how long an open page goes on asking by itself.
ASK_AGAIN_AFTER = timedelta(seconds=2)
KEEP_ASKING_FOR = timedelta(minutes=10)


@require_http_methods(["GET", "POST"])
def buy(request: SignedInRequest, slug: str) -> HttpResponse:
    """A course for the reader alone: what it costs, what they get, and the button. Most visitors have no account yet."""
    course = get_object_or_404(Course, slug=slug, is_listed=True)
    if course.is_free:
        return redirect(course)
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), reverse("account_signup"))
    course_set = get_object_or_404(CourseSet, own_course=course)
    refusal = ""
    if request.method == "POST":
        try:
            fields = order_fields(BuyForm(request.POST), _("The order was incomplete. Nothing was bought. Please try again."))
            return _order(request, course_set, fields)
        except UserError as error:
            refusal = str(error)
    context = _buy_context(request, course, course_set) | {"refusal": refusal}
    return render(request, "billing/buy.html", context, status=409 if refusal else 200)


def _order(request: SignedInRequest, course_set: CourseSet, data: dict[str, Any]) -> HttpResponse:
    order = start_order(
        buyer=signed_in(request),
        course_set=course_set,
        currency=data["currency"],
        shown_total=data["total"],
        request_key=data["key"],
    )
    close_other_orders(order)
    return to_checkout(request, order)


def _buy_context(request: SignedInRequest, course: Course, course_set: CourseSet) -> dict[str, Any]:
    preferred = request.POST.get("currency") or request.GET.get("currency", "")
    guess = currency_of_reader(request.headers.get("Accept-Language", ""))
    offer = price_offer(course_set, PriceKind.PERSON, 1, preferred, guess)
    form = None
    if offer is not None and offer.total is not None:
        form = BuyForm(initial={"currency": offer.currency, "total": offer.total, "key": new_key()}, auto_id=False)
    has_access = has_everything_of(request.user, course_set)
    under_way = None if has_access else processing_order_for(signed_in(request), course_set)
    context = {"course": course, "offer": offer, "form": form, "has_access": has_access, "under_way": under_way}
    terms = {"withdrawal_days": WITHDRAWAL_DAYS, "withdrawal_percentage": WITHDRAWAL_PERCENTAGE}
    return context | terms | gateway_context()


@login_required
@require_GET
def orders(request: SignedInRequest) -> HttpResponse:
    page = Paginator(orders_of(request.user), ORDERS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "billing/orders.html", {"page": page} | gateway_context())


@login_required
@require_GET
def order(request: SignedInRequest, uuid: uuid.UUID) -> HttpResponse:
    """How an order stands. Where payment pages come back to; it asks the gateway instead of believing the address."""
    order = visible_order(request, uuid)
    returned = "returned" in request.GET
    if _should_ask(order, returned=returned):
        order = settle_quietly(order)
    asked = refund_request_of(order)
    mails = newest_mails_about(mail_key(order))
    refunds = list(order.refunds.all())
    context = {
        "order": order,
        "lines": order.lines.all(),
        "courses": courses_of(order) if order.organisation is None else [],
        "refunds": refunds,
        "returned_by_bank": returned_by_bank(order, refunds),
        "disputes": order.disputes.all(),
        "refund_request": asked,
        "withdrawal": None if asked else withdrawal_of(order),
        "withdrawal_percentage": WITHDRAWAL_PERCENTAGE,
        "returned": returned,
        "receipt_mail": mails.get("receipt"),
        "undelivered": newest_undelivered(mails),
        "recipients": _recipients(order),
        "left": "left" in request.GET,
        "keeps_asking": returned and _waits(order) and timezone.now() - order.created_at < KEEP_ASKING_FOR,
    }
    return render(request, "billing/order.html#state" if request.htmx else "billing/order.html", context)


def _recipients(order: Order) -> str:
    """To whom its mails go, as a page says it."""
    return ", ".join(user.email for user in recipients_of(order))


def _waits(order: Order) -> bool:
    return order.state in WAITING_STATES and not order.attention


def _should_ask(order: Order, *, returned: bool) -> bool:
    recently = order.checked_at is not None and timezone.now() - order.checked_at < ASK_AGAIN_AFTER
    return (_waits(order) or returned) and bool(order.gateway_reference) and not recently


@login_required
@require_POST
def pay(request: SignedInRequest, uuid: uuid.UUID) -> HttpResponse:
    """Back to the payment page of an order that waits."""
    return to_checkout(request, visible_order(request, uuid))


@login_required
@require_POST
def cancel(request: SignedInRequest, uuid: uuid.UUID) -> HttpResponse:
    order = visible_order(request, uuid)
    try:
        order = cancel_order(order=order, actor=signed_in(request))
    except (GatewayUnavailable, BuyingNotSetUp) as error:
        messages.error(request, str(error))
    else:
        if order.state in WAITING_STATES:
            messages.warning(request, _("The payment is already on its way, so this order can no longer be cancelled."))
    return redirect(order)


@login_required
@require_POST
def resend_mail(request: SignedInRequest, uuid: uuid.UUID) -> HttpResponse:
    order = visible_order(request, uuid)
    if services.resend_mail(order=order, actor=signed_in(request)):
        messages.success(request, _("The e-mail is on its way to %(email)s.") % {"email": _recipients(order)})
    return redirect(order)


@login_required
@require_GET
def receipt(request: SignedInRequest, uuid: uuid.UUID) -> HttpResponse:
    order = visible_order(request, uuid)
    if not order.receipt_number:
        raise Http404
    context = {
        "order": order,
        "lines": order.lines.all(),
        "refunds": order.refunds.all(),
        "disputes": order.disputes.all(),
    }
    return render(request, "billing/receipt.html", context)
