"""Prices: append-only history, and the one in force."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from access.models import CourseSet
from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.types import Actor
from billing.models import ENDED, Price, PriceKind
from common.money import format_money


@transaction.atomic
def set_price(
    *, course_set: CourseSet, kind: str, currency: str, amount: int, from_quantity: int = 1, actor: Actor = None
) -> Price:
    """The price of one from `from_quantity` on, in minor units; a new row only when it differs from the one in force.

    `ENDED` takes it off sale.

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


@transaction.atomic
def set_prices_of_file(*, course_set: CourseSet, amounts: Mapping[tuple[str, str], int]) -> None:
    """What a content file says that one costs, by (kind, currency).

    A price that somebody set here stands until the file says another one than it did; one that is gone from the file ends.
    """
    CourseSet.objects.select_for_update(no_key=True).get(pk=course_set.pk)
    rows = Price.objects.filter(course_set=course_set, set_by=None, from_quantity=1).order_by("valid_from", "pk")
    said = {(row.kind, row.currency): row.amount for row in rows}
    for kind, currency in sorted({*said, *amounts}):
        amount = amounts.get((kind, currency), ENDED)
        if said.get((kind, currency), ENDED) != amount:
            set_price(course_set=course_set, kind=kind, currency=currency, amount=amount)


@transaction.atomic
def end_prices(*, course_set: CourseSet) -> None:
    """Take it off sale, whoever set its prices. Orders that were placed keep theirs, and access that was bought stays."""
    for price in Price.objects.filter(course_set=course_set).in_force():
        set_price(
            course_set=course_set, kind=price.kind, currency=price.currency, amount=ENDED, from_quantity=price.from_quantity
        )


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
        summary=_summary(price, words)[:300],
        actor=price.set_by,
        target=price,
        before={"amount": before.amount} if before else {},
        after=facts | {"amount": price.amount, "from_quantity": price.from_quantity},
    )


def _summary(price: Price, words: dict[str, object]) -> str:
    if price.is_end:
        return _("%(course)s, %(kind)s: no longer sold from %(n)s on.") % words
    return _("%(course)s, %(kind)s: %(amount)s each from %(n)s on.") % words


def price_for(course_set: CourseSet, kind: str, currency: str, quantity: int = 1) -> Price | None:
    """The price of each of `quantity`: the newest row of the highest volume step that `quantity` reaches."""
    prices = Price.objects.filter(course_set=course_set, kind=PriceKind(kind), currency=currency.upper()).in_force()
    return prices.filter(from_quantity__lte=quantity).order_by("-from_quantity").first()


def _steps_in_force(course_set: CourseSet, kind: str, currency: str) -> QuerySet[Price]:
    return Price.objects.filter(course_set=course_set, kind=kind, currency=currency, valid_from__lte=timezone.now())
