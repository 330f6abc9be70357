"""What search engines are told: where they need not look, and which pages are there for everybody."""

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from assessments.queries import has_public_instrument
from courses import queries as course_queries

# The beginnings of addresses that say nothing to somebody without an account, or are somebody's own.
CLOSED = (
    "/accounts/", "/admin/", "/agreements/", "/api/", "/assessments/", "/billing/", "/certificates/", "/cms/", "/demo/",
    "/jobs/", "/l/", "/learn/", "/org/", "/skill-check/questions/", "/skill-check/result/", "/skills/",
)  # fmt: skip
PUBLIC = ("home", "courses:catalogue", "for_organisations", "privacy", "terms")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {start}" for start in CLOSED), f"Sitemap: {_absolute(reverse('sitemap'))}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """The public pages and every course of the catalogue: published, and listed for everybody. Two queries."""
    addresses = [_absolute(address) for address in _addresses()]
    return render(request, "web/sitemap.xml", {"addresses": addresses}, content_type="application/xml; charset=utf-8")


def _addresses() -> Iterator[str]:
    yield from (reverse(name) for name in PUBLIC)
    if has_public_instrument():
        yield reverse("skill_check:start")
    yield from (course.get_absolute_url() for course in course_queries.catalogue())


def _absolute(address: str) -> str:
    return settings.ACCORD_BASE_URL + address
