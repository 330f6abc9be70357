"""What holds for every request of somebody who signs in: their time zone, how long they stay, what their rights require."""

import logging
import zoneinfo
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth import SESSION_KEY as SIGNED_IN
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.errors import PeopleHeld
from accounts.kinds import UserKind
from accounts.rules import reasons_for_second_factor
from accounts.services import sessions
from accounts.services.pending import end_outdated_sign_in, note_pending_sign_in
from common.encryption import SecretUnreadable
from common.kept_forms import is_kept

GetResponse = Callable[[HttpRequest], HttpResponse]
logger = logging.getLogger(__name__)


class PendingSignInMiddleware:
    """A sign-in that waits for a code or a second factor falls with what would end a session.

    Here and not in the steps of signing in, so that it holds for each of them.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if end_outdated_sign_in(request):
            messages.info(request, _("Your account has changed since you began to sign in. Please sign in again."))
        response = self.get_response(request)
        note_pending_sign_in(request)
        return response


class ReaderLocaleMiddleware:
    """Instants are shown in the reader's time zone."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # The session says whether anybody is signed in; asking for the user would cost static pages a query.
        name = request.session.get("time_zone", "") or (
            request.user.time_zone if SIGNED_IN in request.session and request.user.is_authenticated else ""
        )
        try:
            with timezone.override(zoneinfo.ZoneInfo(name) if name else None):
                return self.get_response(request)
        except zoneinfo.ZoneInfoNotFoundError:
            return self.get_response(request)


class SignedOutMiddleware:
    """Whoever presses a button after they were signed out is told that nothing was done, and comes back to the page it is on.

    The address of the button itself may take no GET. Where the form is kept, it is found again at its address.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        sign_in = reverse("account_login")
        asks = response.status_code == 302 and response["Location"].split("?")[0] == sign_in
        if request.method == "POST" and asks and REDIRECT_FIELD_NAME in response["Location"] and not is_kept(request):
            messages.warning(request, _("You have been signed out, so nothing was done. Sign in again, then repeat it."))
            response["Location"] = f"{sign_in}?{urlencode({REDIRECT_FIELD_NAME: _page_before(request)})}"
        return response


def _page_before(request: HttpRequest) -> str:
    """The page of this site from which a form was sent, as far as the browser says so."""
    page = urlsplit(request.headers.get("Referer", ""))
    if page.netloc != request.get_host() or not page.path.startswith("/"):
        return settings.LOGIN_REDIRECT_URL
    return page.path + (f"?{page.query}" if page.query else "")


class SessionLifetimeMiddleware:
    """End a session that was not used for too long, or that has gone on for too long: settings.SESSION_LIFETIMES."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SIGNED_IN in request.session:
            if sessions.has_ended(request.session):
                logout(request)
                messages.info(request, _("You were signed out to protect your account. Sign in to go on."))
            elif sessions.is_due_for_refresh(request.session) and request.user.is_authenticated:
                sessions.refresh(request, request.user)
        return self.get_response(request)


# Where nobody has more rights than a learner, or only over their own account. Everything else asks for the second factor of
# those who need one; tests/accounts/test_required_factor.py lists every address and the side on which it stands.
OPEN_TO_ALL = (
    "/accounts/",
    "/agreements/",
    "/practice/",
    "/assessments/",
    "/certificates/",
    "/courses/",
    "/demo/",
    "/feedback/",
    "/for-organisations/",
    "/healthz",
    "/l/",
    "/learn/",
    "/media/",
    "/privacy/",
    "/readyz",
    "/robots.txt",
    "/sitemap.xml",
    "/skill-check/",
    "/skills/",
    "/static/",
    "/styleguide/",
    "/tell-me/",
    "/terms/",
    "/texts/",
)


class SecondFactorMiddleware:
    """Lead those whose rights need a second factor to set one up, before they come to where they have these rights."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SIGNED_IN in request.session and not is_open_to_all(request.path) and request.user.is_authenticated:
            reasons = reasons_for_second_factor(request.user)
            if reasons:
                return _ask_for_factor(request, reasons)
            request.is_factor_checked = True  # type: ignore[attr-defined]  # of a request as it came; `console_view` reads it
        return self.get_response(request)


def is_open_to_all(path: str) -> bool:
    return path == "/" or path.startswith(OPEN_TO_ALL)


def _ask_for_factor(request: HttpRequest, reasons: list[UserKind]) -> HttpResponse:
    if request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"detail": _("Set up two-step sign-in first.")}, status=403)
    is_fragment = request.headers.get("HX-Request") or request.headers.get("X-Requested-With")
    if request.method in ("GET", "HEAD") and not is_fragment:
        query = urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})
        return redirect(f"{reverse('second_factor_needed')}?{query}")
    # What was typed stays in the browser, to be sent again once the factor is there.
    return render(request, "accounts/second_factor_first.html", {"reasons": reasons}, status=403)


class UnreadableSecretMiddleware:
    """Answers where the key of a second factor is not configured any more. The factor stays: nobody gets past it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, SecretUnreadable):
            return None
        page = request.resolver_match.view_name if request.resolver_match else ""
        logger.error("A second factor cannot be read (%s). %s", page, exception)
        return render(request, "mfa/unreadable.html", status=503)


class PeopleHeldMiddleware:
    """Answers where something has to wait for an import of people, unless its own page says so beside what was typed."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, PeopleHeld):
            return None
        if request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", ""):
            return JsonResponse({"detail": str(exception)}, status=503, headers={"Retry-After": "60"})
        response = render(request, "accounts/people_held.html", status=503)
        response["Retry-After"] = "60"
        return response
