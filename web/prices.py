"""What a course costs one person, in the reader's currency, for pages with many courses."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.utils import timezone

from billing.models import Price, PriceKind
from billing.queries import choose_currency, currency_of_reader
from common.money import format_money
from courses.models import Course


def prices_of(request: HttpRequest, courses: Iterable[Course]) -> dict[int, str]:
    """Price as text by course id; courses that are free or not sold singly are left out. One query."""
    slugs = {course.slug: course.pk for course in courses if not course.is_free}
    rows = Price.objects.filter(
        course_set__slug__in=slugs, kind=PriceKind.PERSON, from_quantity=1, valid_from__lte=timezone.now()
    )
    amounts: dict[int, dict[str, int]] = {}
    for slug, currency, amount in rows.order_by("valid_from", "pk").values_list("course_set__slug", "currency", "amount"):
        amounts.setdefault(slugs[slug], {})[currency] = amount
    wish = currency_of_reader(request.headers.get("Accept-Language", ""))
    prices = {}
    for course_id, offered in amounts.items():
        chosen = choose_currency(offered, wish)
        if chosen:
            prices[course_id] = format_money(offered[chosen], chosen)
    return prices
