"""What browsers may keep of an answer: one policy for every address, declared here and nowhere else.

A view that sets `Cache-Control` itself keeps what it says. `tests/config/test_cache_policies.py` walks every address of the
project; a new one without a policy fails there.
"""

from collections.abc import Callable
from enum import Enum

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class Policy(Enum):
    """The value is the header."""

    NOT_KEPT = "private, no-store"  # nothing of it on the disk of a shared computer
    OWN_COPY = "private, no-cache"  # kept by the reader's browser, which asks before it is shown anew
    FOR_VISITORS = ""  # untouched for visitors; somebody signed in finds their name on it: OWN_COPY


# By how the route of an address begins, as URL patterns write it; the longest entry that fits decides.
POLICIES = {
    # Organisations, accounts, money, operators and authors, and what machines read.
    "org/": Policy.NOT_KEPT,
    "accounts/": Policy.NOT_KEPT,
    "billing/": Policy.NOT_KEPT,
    "admin/": Policy.NOT_KEPT,
    "cms/": Policy.NOT_KEPT,
    "declared/": Policy.NOT_KEPT,
    "jobs/": Policy.NOT_KEPT,
    "l/": Policy.NOT_KEPT,
    "tell-me/": Policy.NOT_KEPT,
    "api/": Policy.NOT_KEPT,
    "demo/": Policy.NOT_KEPT,
    "healthz": Policy.NOT_KEPT,
    "readyz": Policy.NOT_KEPT,
    "status": Policy.NOT_KEPT,
    "metrics": Policy.NOT_KEPT,
    # What is given has a header of its own; a refusal is kept by nobody.
    "media/": Policy.NOT_KEPT,
    "documents/": Policy.NOT_KEPT,
    # Learners' own pages. Going back to one must give back what was typed there.
    "courses/<slug:slug>/start/": Policy.OWN_COPY,
    "courses/<slug:slug>/what-you-wrote/": Policy.OWN_COPY,
    "courses/<slug:slug>/<slug:module>/": Policy.OWN_COPY,
    "learn/": Policy.OWN_COPY,
    "skills/": Policy.OWN_COPY,
    "agreements/": Policy.OWN_COPY,
    "practice/": Policy.OWN_COPY,
    "feedback/": Policy.OWN_COPY,
    "assessments/": Policy.OWN_COPY,
    "texts/": Policy.OWN_COPY,
    "rating/": Policy.NOT_KEPT,  # texts of others
    "certificates/": Policy.OWN_COPY,
    "skill-check/": Policy.OWN_COPY,  # by its token a visitor's own
    # For everybody.
    "courses/": Policy.FOR_VISITORS,
    "for-organisations/": Policy.FOR_VISITORS,
    "privacy/": Policy.FOR_VISITORS,
    "terms/": Policy.FOR_VISITORS,
    "styleguide/": Policy.FOR_VISITORS,
    "robots.txt": Policy.FOR_VISITORS,
    "sitemap.xml": Policy.FOR_VISITORS,
    "_util/": Policy.NOT_KEPT,
}
# The start page and pages of text, which authors name as they like.
OTHERWISE = Policy.FOR_VISITORS
CLEAR = '"cache"'


def declared_policy(route: str) -> Policy | None:
    """The entry for a route; None where there is none."""
    return POLICIES.get(max((start for start in POLICIES if route.startswith(start)), key=len, default=""))


class CachePolicyMiddleware:
    """Sets the policy of the address, and empties the browser's cache when somebody signs out or is signed out.

    Stands below the session middleware and above everything that may answer instead of a view.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        before = request.session.get(SESSION_KEY)
        response = self.get_response(request)
        after = request.session.get(SESSION_KEY)
        if not response.has_header("Cache-Control") and (header := _header(request, is_signed_in=after is not None)):
            response["Cache-Control"] = header
        if before is not None and after != before:
            # Pages that a browser would show again on Back, from its disk or from memory.
            response["Clear-Site-Data"] = CLEAR
        return response


def _header(request: HttpRequest, *, is_signed_in: bool) -> str:
    match = request.resolver_match  # None where no view was reached
    policy = declared_policy(match.route if match else request.path.removeprefix("/")) or OTHERWISE
    if policy is Policy.FOR_VISITORS and is_signed_in:
        policy = Policy.OWN_COPY
    return policy.value
