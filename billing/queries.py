"""What pages ask about prices, orders and seats. Every read for an organisation starts from that organisation."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.models import Organisation, User
from billing.models import Order, OrderLine, OrderState, Price, PriceKind
from courses.enums import SeatState
from courses.models import AccessGrant, Course, CourseSet, Seat, SeatPool

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


def choose_currency(offered: Any, *wishes: str) -> str | None:
    """The first wish that is offered, else euro, else the first of the alphabet; None when nothing is offered."""
    for wish in (*wishes, DEFAULT_CURRENCY):
        if wish in offered:
            return wish
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


def has_everything_of(user: User, course_set: CourseSet) -> bool:
    """Whether grants in force already open all that the set would."""
    grants = AccessGrant.objects.filter(user=user).in_force()
    if grants.filter(Q(course_set=course_set) | Q(course_set__is_catalogue=True)).exists():
        return True
    if course_set.is_catalogue:
        return False
    granted = grants.filter(course_set__courses=OuterRef("pk"))
    courses = course_set.courses.all()
    return courses.exists() and not courses.filter(~Exists(granted), is_free=False).exists()


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


def _lines() -> Prefetch:
    return Prefetch("lines", OrderLine.objects.select_related("course_set"))


def pools_of(organisation: Organisation) -> QuerySet[Any]:
    """Pools with the number of seats in each state (`free`, `assigned`, `activated`, `withdrawn`), newest first. One query.

    The four always add up to `quantity`.
    """

    def count(*states: str) -> Count:
        return Count("seats", filter=Q(seats__state__in=states))

    return (
        organisation.seat_pools.select_related("course_set")
        .annotate(
            free=count(SeatState.FREE),
            assigned=count(SeatState.ASSIGNED),
            activated=count(SeatState.ACTIVATED),
            withdrawn=count(SeatState.REVOKED, SeatState.EXPIRED),
        )
        .order_by("-created_at", "-pk")
    )


def held_seats(organisation: Organisation, pool: SeatPool | None = None) -> QuerySet[Seat]:
    """Seats that somebody of the organisation sits on, or is invited to."""
    seats = Seat.objects.filter(
        pool__organisation=organisation, state__in=[SeatState.ASSIGNED, SeatState.ACTIVATED], membership__isnull=False
    )
    if pool is not None:
        seats = seats.filter(pool=pool)
    return seats.select_related("membership", "pool__course_set").order_by(
        "membership__last_name", "membership__first_name", "membership__email", "pk"
    )
