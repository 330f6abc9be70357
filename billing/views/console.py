"""Seats and orders of an organisation."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from access.queries import SetSeats, pools_of, seats_held, seats_in_pools
from accounts.console import console_view, signed_in
from accounts.models import Organisation
from accounts.rules import can_buy, can_manage_people, can_see_people
from billing.forms import SeatOrderForm, SeatQuoteForm, new_key
from billing.models import PriceKind
from billing.queries import orders_with_returns, organisation_orders, sets_for_organisations
from billing.services import start_order
from billing.views.common import SignedInRequest, gateway_context, order_fields, price_offer, to_checkout
from common.errors import UserError
from learning.queries import seats_begun, seats_begun_by_set

ROWS_A_PAGE = 50
FIRST_QUANTITY = 10


@require_GET
@console_view(can_buy)
def seats(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """What was bought, how it is used, and who holds it."""
    pools = list(pools_of(organisation))
    chosen = next((pool for pool in pools if str(pool.uuid) == request.GET.get("pool")), None)
    shows_people = can_see_people(request.user, organisation)
    search = request.GET.get("q", "")[:100]
    context: dict[str, Any] = {
        "organisation": organisation,
        "active": "seats",
        "pools": pools,
        "gauges": list(_gauges(organisation, seats_in_pools(pools))),
        "search": search,
        "returns": orders_with_returns(organisation),
        "chosen": chosen,
        "bought": sum(pool.quantity for pool in pools),
        "free": sum(pool.free for pool in pools),
        "withdrawn": sum(pool.withdrawn for pool in pools),
        "expired": sum(pool.expired for pool in pools),
        "shows_people": shows_people,
        "may_free": can_manage_people(request.user, organisation),
    }
    if shows_people and pools:
        page = Paginator(seats_held(organisation, chosen, search=search), ROWS_A_PAGE).get_page(request.GET.get("page"))
        context["page"] = page
        begun = seats_begun(organisation).filter(pk__in=[seat.pk for seat in page])
        context["begun_seats"] = set(begun.values_list("pk", flat=True))
    return render(request, "console/seats.html#holders" if request.htmx else "console/seats.html", context)


def _gauges(organisation: Organisation, sets: Iterable[SetSeats]) -> Iterator[tuple[SetSeats, int, int]]:
    """Each with how many of its seats in use have been started, and how many never opened."""
    begun = seats_begun_by_set(organisation)
    for seats in sets:
        started = begun.get(seats.set_id, 0)
        yield seats, started, seats.opened - started


@require_http_methods(["GET", "POST"])
@console_view(can_buy)
def seats_buy(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Choose a course and a number, see the price, buy."""
    refusal = ""
    if request.method == "POST":
        try:
            fields = order_fields(
                SeatOrderForm(request.POST),
                _("The order was incomplete. Nothing was bought. Check the details below and order again."),
            )
            return _order(request, organisation, fields)
        except UserError as error:
            refusal = str(error)
    context = _quote_context(request, organisation) | {"refusal": refusal}
    template = "console/seats_buy.html#quote" if request.htmx else "console/seats_buy.html"
    return render(request, template, context, status=409 if refusal else 200)


def _order(request: SignedInRequest, organisation: Organisation, data: dict[str, Any]) -> HttpResponse:
    order = start_order(
        buyer=signed_in(request),
        organisation=organisation,
        course_set=data["course"],
        quantity=data["quantity"],
        currency=data["currency"],
        shown_total=data["total"],
        request_key=data["key"],
        purchase_order=data["purchase_order"],
    )
    return to_checkout(request, order)


def _quote_context(request: SignedInRequest, organisation: Organisation) -> dict[str, Any]:
    sent = request.POST or request.GET
    first = {"quantity": FIRST_QUANTITY}
    quote_form = SeatQuoteForm(sent, initial=first) if "quantity" in sent else SeatQuoteForm(initial=first | sent.dict())
    context: dict[str, Any] = {"organisation": organisation, "active": "seats", "form": quote_form} | gateway_context()
    context["has_courses"] = sets_for_organisations().exists()
    if not (quote_form.is_bound and quote_form.is_valid()):
        return context
    course_set, quantity = quote_form.cleaned_data["course"], quote_form.cleaned_data["quantity"]
    offer = price_offer(course_set, PriceKind.SEAT, quantity, sent.get("currency", ""), organisation.currency)
    context |= {"course_set": course_set, "offer": offer}
    if offer is not None and offer.total is not None:
        shown = {
            "course": course_set.slug,
            "quantity": quantity,
            "currency": offer.currency,
            "total": offer.total,
            "key": new_key(),
            "purchase_order": sent.get("purchase_order", ""),
        }
        context["order_form"] = SeatOrderForm(initial=shown, auto_id="order_%s")
    return context


@require_GET
@console_view(can_buy)
def orders(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    page = Paginator(organisation_orders(organisation), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"organisation": organisation, "active": "seats", "page": page} | gateway_context()
    return render(request, "console/seats_orders.html", context)
