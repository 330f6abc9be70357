"""Prices: append-only history, and the one in force."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from access.models import CourseSet
from billing.models import Price, PriceKind


@transaction.atomic
def set_price(*, course_set: CourseSet, kind: str, currency: str, amount: int, from_quantity: int = 1) -> Price:
    """The price of one from `from_quantity` on, in minor units; a new row only when it differs from the one in force."""
    kind, currency = PriceKind(kind), currency.upper()
    CourseSet.objects.select_for_update(no_key=True).get(pk=course_set.pk)
    current = _steps_in_force(course_set, kind, currency).filter(from_quantity=from_quantity).first()
    if current is not None and current.amount == amount:
        return current
    return Price.objects.create(course_set=course_set, kind=kind, currency=currency, amount=amount, from_quantity=from_quantity)


def price_for(course_set: CourseSet, kind: str, currency: str, quantity: int = 1) -> Price | None:
    """The price of each of `quantity`: the newest row of the highest volume step that `quantity` reaches."""
    steps = _steps_in_force(course_set, PriceKind(kind), currency.upper()).filter(from_quantity__lte=quantity)
    return steps.order_by("-from_quantity", "-valid_from", "-pk").first()


def _steps_in_force(course_set: CourseSet, kind: str, currency: str) -> QuerySet[Price]:
    return Price.objects.filter(course_set=course_set, kind=kind, currency=currency, valid_from__lte=timezone.now())
