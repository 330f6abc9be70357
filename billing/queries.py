"""What pages ask about prices, orders and seats. Every read for an organisation starts from that organisation."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Permission
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from access.models import CourseSet
from access.queries import people_through
from accounts.enums import Role
from accounts.models import Organisation, User
from accounts.queries import users_with_role
from accounts.rules import can_buy
from accounts.types import Visitor
from billing.models import (
    ENDED,
    Order,
    OrderLine,
    OrderState,
    Price,
    PriceKind,
    Refund,
    RefundRequest,
    RefundState,
    WebhookEvent,
)
from common.money import format_money
from courses.models import Course
from learning.queries import furthest_percentage

# Where somebody reads from, as the browser's language says it, and the currency they would rather pay in.
CURRENCY_OF_REGION = {"GB": "GBP", "US": "USD", "CH": "CHF", "CA": "CAD", "AU": "AUD", "JP": "JPY"}
DEFAULT_CURRENCY = "EUR"
# Checkouts close after a day; an order older than that is not offered again.
CHECKOUT_LIFETIME = timedelta(hours=24)
# The terms say the same: a buyer may withdraw for so many days, as long as nobody has gone further in the course.
WITHDRAWAL_DAYS = 14
WITHDRAWAL_PERCENTAGE = 25


@dataclass(frozen=True)
class Step:
    """One volume step: `amount` in minor units each, from `from_quantity` on."""

    from_quantity: int
    amount: int


def price_steps(course_set: CourseSet, kind: str) -> dict[str, list[Step]]:
    """Volume steps in force by currency, smallest quantity first; those that were ended are left out. One query."""
    rows = Price.objects.filter(course_set=course_set, kind=PriceKind(kind), valid_from__lte=timezone.now())
    newest: dict[tuple[str, int], int] = {}
    for row in rows.order_by("valid_from", "pk"):
        newest[row.currency, row.from_quantity] = row.amount
    steps: dict[str, list[Step]] = {}
    for (currency, quantity), amount in sorted(newest.items()):
        if amount != ENDED:
            steps.setdefault(currency, []).append(Step(quantity, amount))
    return steps


def price_in_force(course_set: CourseSet, kind: str, currency: str, from_quantity: int) -> int | None:
    """The amount of one volume step now; None where there is no such step."""
    steps = price_steps(course_set, kind).get(currency, [])
    return next((step.amount for step in steps if step.from_quantity == from_quantity), None)


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
    priced = Price.objects.filter(course_set=OuterRef("pk"), kind=PriceKind.SEAT).in_force()
    listed = Course.objects.filter(sets=OuterRef("pk"), is_listed=True)
    return CourseSet.objects.filter(Exists(priced), Q(is_catalogue=True) | Exists(listed)).order_by("title")


def open_order_for(user: User, course_set: CourseSet) -> Order | None:
    """The learner's own order of this set that still waits for payment."""
    recent = timezone.now() - CHECKOUT_LIFETIME
    waiting = Order.objects.filter(buyer=user, organisation=None, state=OrderState.OPEN, attention="", created_at__gt=recent)
    return waiting.filter(lines__course_set=course_set).first()


def processing_order_for(user: User, course_set: CourseSet) -> Order | None:
    """The learner's own order of this set whose payment is under way: nobody pays for it a second time."""
    return _under_way(user).filter(lines__course_set=course_set).first()


def processing_order_for_course(user: Visitor, course: Course) -> Order | None:
    """The same of a course that is sold singly. One query, for visitors none."""
    return _under_way(user).filter(lines__course_set__own_course=course).first() if user.is_authenticated else None


def _under_way(user: User) -> QuerySet[Order]:
    return Order.objects.filter(buyer=user, organisation=None, state=OrderState.PROCESSING)


def orders_of(user: User) -> QuerySet[Order]:
    """What somebody bought for themselves, newest first."""
    return Order.objects.filter(buyer=user, organisation=None).prefetch_related(_lines())


def recipients_of(order: Order) -> list[User]:
    """Who is told what becomes of an order: its buyer.

    Where they no longer buy for the organisation, its owners and those who do its billing; without either, its administrators.
    """
    organisation = order.organisation
    if organisation is None or (order.buyer.is_active and can_buy(order.buyer, organisation)):
        return [order.buyer]
    return list(users_with_role(organisation, Role.OWNER, Role.BILLING)) or list(users_with_role(organisation, Role.ADMIN))


def refund_deciders() -> QuerySet[User]:
    """Staff who look after money: those of `billing.rules.can_decide_refunds`."""
    named = {"codename": "change_refundrequest", "content_type__app_label": "billing"}
    permission = Permission.objects.filter(**named)
    may = Q(is_superuser=True) | Q(groups__permissions__in=permission) | Q(user_permissions__in=permission)
    return User.objects.filter(may, is_active=True, is_staff=True).distinct().order_by("pk")


def mail_key(order: Order) -> str:
    """Under which mails about an order are found."""
    return f"order:{order.uuid}"


def courses_of(order: Order) -> QuerySet[Course]:
    """The published courses that an order opens, for the way from the receipt to the first lesson."""
    sets = order.lines.values("course_set")
    return Course.objects.filter(sets__in=sets, is_listed=True).distinct()


@dataclass(frozen=True)
class Withdrawal:
    """Whether the buyer may ask for a refund of a paid order, and until when; `is_far` where the course was taken too far."""

    last_day: date
    is_over: bool
    is_far: bool

    @property
    def is_open(self) -> bool:
        return not self.is_over and not self.is_far


def returned_by_bank(order: Order, refunds: Iterable[Refund]) -> int:
    """What the buyer still waits for, in minor units: refunds that their bank sent back, and none has been made since.

    `refunds` are those of the order, the oldest first.
    """
    amount = 0
    for refund in refunds:
        if refund.state == RefundState.FAILED:
            amount += refund.amount
        elif refund.state != RefundState.CANCELLED:
            amount = 0
    return min(amount, order.kept_amount) if order.state == OrderState.PAID else 0


def refund_request_of(order: Order) -> RefundRequest | None:
    return RefundRequest.objects.filter(order=order).first()


def withdrawal_of(order: Order) -> Withdrawal | None:
    """None for an order of which nothing can be paid back, or which is disputed already."""
    if order.state != OrderState.PAID or order.paid_at is None or order.disputed_amount or not order.kept_amount:
        return None
    zone = _zone_of(order)
    last_day = timezone.localdate(order.paid_at, zone) + timedelta(days=WITHDRAWAL_DAYS)
    return Withdrawal(
        last_day=last_day,
        is_over=timezone.localdate(timezone=zone) > last_day,
        is_far=_furthest(order) > WITHDRAWAL_PERCENTAGE,
    )


def _zone_of(order: Order) -> ZoneInfo:
    """In whose days an order counts, whoever reads it: the organisation's, else the buyer's, else those of UTC."""
    return ZoneInfo((order.organisation or order.buyer).time_zone or "UTC")


def _furthest(order: Order) -> int:
    """How far anybody has come, in percent, who got into a course through this order."""
    lines = order.lines.select_related("course_set")
    reached = []
    for line in lines:
        line.order = order
        people = people_through(line.source_key)
        reached.append(furthest_percentage(people, line.course_set, order.organisation, since=order.paid_at))
    return max(reached, default=0)


def organisation_orders(organisation: Organisation) -> QuerySet[Order]:
    return organisation.orders.select_related("buyer").prefetch_related(_lines())


def orders_to_pay(organisation: Organisation) -> QuerySet[Order]:
    """Orders that somebody of the organisation has begun and not paid."""
    return organisation.orders.filter(state=OrderState.OPEN)


def orders_with_returns(organisation: Organisation) -> dict[str, Order]:
    """Orders of which money came back or is disputed, by what the seats that they brought name as their cause. Two queries."""
    came_back = Q(refunded_amount__gt=0) | Q(lost_amount__gt=0) | Q(disputed_amount__gt=0)
    orders = organisation.orders.filter(came_back).prefetch_related("lines")
    return {line.source_key: order for order in orders for line in order.lines.all()}


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
        offered = amounts.setdefault(course_id, {})
        offered[currency] = amount
        if amount == ENDED:
            del offered[currency]
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
