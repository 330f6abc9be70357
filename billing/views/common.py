"""What the pages of buying share."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from access.models import CourseSet
from accounts.models import User
from billing.errors import BuyingNotSetUp, GatewayUnavailable
from billing.gateways import gateway_named
from billing.models import Order, PriceKind
from billing.queries import Step, amount_each, choose_currency, price_steps
from billing.rules import can_see_order
from billing.services import open_checkout
from common.errors import UserError
from common.http import HtmxRequest


class SignedInRequest(HtmxRequest):
    """A request behind `login_required`."""

    user: User


@dataclass(frozen=True)
class PriceOffer:
    """What a buyer is shown: `steps` of one currency, and the price for `quantity`."""

    currency: str
    quantity: int
    steps: list[Step]
    other_currencies: list[str]

    @property
    def unit_amount(self) -> int | None:
        return amount_each(self.steps, self.quantity)

    @property
    def total(self) -> int | None:
        return None if self.unit_amount is None else self.unit_amount * self.quantity


def price_offer(course_set: CourseSet, kind: PriceKind, quantity: int, *preferred: str) -> PriceOffer | None:
    """The offer in the first of the `preferred` currencies that has a price, else in the one that it falls back to."""
    steps = price_steps(course_set, kind)
    currency = choose_currency(steps, *preferred)
    if currency is None:
        return None
    return PriceOffer(currency, quantity, steps[currency], sorted(set(steps) - {currency}))


def gateway_context() -> dict[str, Any]:
    """Whether anything can be bought here, and whether money would move."""
    try:
        gateway_named(settings.PAYMENT_GATEWAY)
    except BuyingNotSetUp as error:
        return {"not_set_up": str(error), "is_test": False}
    return {"not_set_up": "", "is_test": settings.PAYMENT_GATEWAY == "test"}


def order_fields(form: Form, incomplete: str) -> dict[str, Any]:
    """What a form of ordering holds; `UserError` with the sentence `incomplete` where something is missing or wrong."""
    if not form.is_valid():
        raise UserError(incomplete)
    return form.cleaned_data


def to_checkout(request: HttpRequest, order: Order) -> HttpResponse:
    """Send the buyer to the page on which to pay, or to the order when there is none."""
    try:
        address = open_checkout(order)
    except (GatewayUnavailable, BuyingNotSetUp) as error:
        messages.error(request, str(error))
        address = ""
    return redirect(address or order.get_absolute_url())


def visible_order(request: HttpRequest, uuid: uuid.UUID) -> Order:
    order = Order.objects.select_related("organisation", "buyer").filter(uuid=uuid).first()
    if order is None or not can_see_order(request.user, order):
        raise Http404
    return order
