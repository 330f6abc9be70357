"""Prices: append-only history, and the one in force."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from access.models import CourseSet
from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.types import Actor
from billing.models import Price, PriceKind
from common.money import format_money


@transaction.atomic
def set_price(
    *, course_set: CourseSet, kind: str, currency: str, amount: int, from_quantity: int = 1, actor: Actor = None
) -> Price:
    """The price of one from `from_quantity` on, in minor units; a new row only when it differs from the one in force.

    Orders that were placed keep the price that they were placed at.
    """
    kind, currency = PriceKind(kind), currency.upper()
    CourseSet.objects.select_for_update(no_key=True).get(pk=course_set.pk)
    current = _steps_in_force(course_set, kind, currency).filter(from_quantity=from_quantity).first()
    if current is not None and current.amount == amount:
        return current
    price = Price.objects.create(
        course_set=course_set, kind=kind, currency=currency, amount=amount, from_quantity=from_quantity, set_by=actor
    )
    if actor is not None:
        _record(price, before=current)
    return price


def _record(price: Price, before: Price | None) -> None:
    words = {
        "course": price.course_set,
        "kind": price.get_kind_display(),
        "amount": format_money(price.amount, price.currency),
        "n": price.from_quantity,
    }
    facts = {"course_set": price.course_set.slug, "kind": price.kind, "currency": price.currency}
    record(
        verb=AuditVerb.PRICE_SET,
        summary=(_("%(course)s, %(kind)s: %(amount)s each from %(n)s on.") % words)[:300],
        actor=price.set_by,
        target=price,
        before={"amount": before.amount} if before else {},
        after=facts | {"amount": price.amount, "from_quantity": price.from_quantity},
    )


def price_for(course_set: CourseSet, kind: str, currency: str, quantity: int = 1) -> Price | None:
    """The price of each of `quantity`: the newest row of the highest volume step that `quantity` reaches."""
    steps = _steps_in_force(course_set, PriceKind(kind), currency.upper()).filter(from_quantity__lte=quantity)
    return steps.order_by("-from_quantity", "-valid_from", "-pk").first()


def _steps_in_force(course_set: CourseSet, kind: str, currency: str) -> QuerySet[Price]:
    return Price.objects.filter(course_set=course_set, kind=kind, currency=currency, valid_from__lte=timezone.now())
