"""What pages ask about prices, orders and seats. Every read for an organisation starts from that organisation."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from access.models import CourseSet
from accounts.models import Organisation, User
from billing.models import Order, OrderLine, OrderState, Price, PriceKind, WebhookEvent
from common.money import format_money
from courses.models import Course

# Where somebody reads from, as the browser's language says it, and the currency they would rather pay in.
CURRENCY_OF_REGION = {"GB": "GBP", "US": "USD", "CH": "CHF", "CA": "CAD", "AU": "AUD", "JP": "JPY"}
DEFAULT_CURRENCY = "EUR"
# Checkouts close after a day; an order older than that is not offered again.
CHECKOUT_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True)
class Step:
    """One volume step: `amount` in minor units each, from `from_quantity` on."""

    from_quantity: int
    amount: int


def price_steps(course_set: CourseSet, kind: str) -> dict[str, list[Step]]:
    """Volume steps in force by currency, smallest quantity first. One query."""
    rows = Price.objects.filter(course_set=course_set, kind=PriceKind(kind), valid_from__lte=timezone.now())
    newest: dict[tuple[str, int], int] = {}
    for row in rows.order_by("valid_from", "pk"):
        newest[row.currency, row.from_quantity] = row.amount
    steps: dict[str, list[Step]] = {}
    for (currency, quantity), amount in sorted(newest.items()):
        steps.setdefault(currency, []).append(Step(quantity, amount))
    return steps


def amount_each(steps: list[Step], quantity: int) -> int | None:
    """The price of each of `quantity`; None below the smallest step."""
    reached = [step.amount for step in steps if step.from_quantity <= quantity]
    return reached[-1] if reached else None


def choose_currency(offered: Any, *preferred: str) -> str | None:
    """The first of `preferred` that is offered, else euro, else the first of the alphabet; None when nothing is offered."""
    for currency in (*preferred, DEFAULT_CURRENCY):
        if currency in offered:
            return currency
    return min(offered, default=None)


def currency_of_reader(accept_language: str) -> str:
    """A guess from the browser's first language tag, for example "en-GB"; empty when it says no region."""
    first = accept_language.split(",")[0].split(";")[0].strip()
    return CURRENCY_OF_REGION.get(first.rpartition("-")[2].upper(), "")


def sets_for_organisations() -> QuerySet[CourseSet]:
    """Course sets that have a price per seat and at least one course that is published."""
    priced = Price.objects.filter(course_set=OuterRef("pk"), kind=PriceKind.SEAT, valid_from__lte=timezone.now())
    listed = Course.objects.filter(sets=OuterRef("pk"), is_listed=True)
    return CourseSet.objects.filter(Exists(priced), Q(is_catalogue=True) | Exists(listed)).order_by("title")


def open_order_for(user: User, course_set: CourseSet) -> Order | None:
    """The learner's own order of this set that still waits for payment."""
    recent = timezone.now() - CHECKOUT_LIFETIME
    waiting = Order.objects.filter(buyer=user, organisation=None, state=OrderState.OPEN, attention="", created_at__gt=recent)
    return waiting.filter(lines__course_set=course_set).first()


def orders_of(user: User) -> QuerySet[Order]:
    """What somebody bought for themselves, newest first."""
    return Order.objects.filter(buyer=user, organisation=None).prefetch_related(_lines())


def courses_of(order: Order) -> QuerySet[Course]:
    """The published courses that an order opens, for the way from the receipt to the first lesson."""
    sets = order.lines.values("course_set")
    return Course.objects.filter(sets__in=sets, is_listed=True).distinct()


def organisation_orders(organisation: Organisation) -> QuerySet[Order]:
    return organisation.orders.select_related("buyer").prefetch_related(_lines())


def _lines() -> "Prefetch[str, QuerySet[OrderLine], str]":
    return Prefetch("lines", OrderLine.objects.select_related("course_set"))


def prices_for_reader(courses: Iterable[Course], accept_language: str) -> dict[int, str]:
    """What each course costs one person, as text in the reader's currency, by course id. One query.

    Courses that are free or not sold singly are left out.
    """
    paid = [course.pk for course in courses if not course.is_free]
    rows = Price.objects.filter(
        course_set__own_course__in=paid, kind=PriceKind.PERSON, from_quantity=1, valid_from__lte=timezone.now()
    )
    amounts: dict[int, dict[str, int]] = {}
    rows = rows.order_by("valid_from", "pk")
    for course_id, currency, amount in rows.values_list("course_set__own_course", "currency", "amount"):
        amounts.setdefault(course_id, {})[currency] = amount
    preferred = currency_of_reader(accept_language)
    prices = {}
    for course_id, offered in amounts.items():
        chosen = choose_currency(offered, preferred)
        if chosen:
            prices[course_id] = format_money(offered[chosen], chosen)
    return prices


def count_orders_needing_attention() -> int:
    return Order.objects.exclude(attention="").count()


def count_waiting_events() -> int:
    """Messages of payment providers that are stored and not processed yet."""
    return WebhookEvent.objects.filter(processed_at=None).count()
