"""What every request passes: the reader's time zone, and whether a sign-in under way may still go on."""

import zoneinfo
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services.sessions import end_outdated_sign_in, note_pending_sign_in


class PendingSignInMiddleware:
    """A sign-in that waits for a code or a second factor falls with what would end a session.

    Here and not in the steps of signing in, so that it holds for each of them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if end_outdated_sign_in(request):
            messages.info(request, _("Your account has changed since you began to sign in. Please sign in again."))
        response = self.get_response(request)
        note_pending_sign_in(request)
        return response


class ReaderLocaleMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # The session says whether anybody is signed in; asking for the user would cost static pages a query.
        name = request.session.get("time_zone", "") or (
            request.user.time_zone if "_auth_user_id" in request.session and request.user.is_authenticated else ""
        )
        try:
            with timezone.override(zoneinfo.ZoneInfo(name) if name else None):
                return self.get_response(request)
        except zoneinfo.ZoneInfoNotFoundError:
            return self.get_response(request)
