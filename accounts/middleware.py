"""What every request passes: instants in the reader's time zone, an answer where a second factor cannot be read."""

import logging
import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from common.encryption import SecretUnreadable

logger = logging.getLogger(__name__)


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


class UnreadableSecretMiddleware:
    """Answers where the key of a second factor is not configured any more. The factor stays: nobody gets past it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, SecretUnreadable):
            return None
        page = request.resolver_match.view_name if request.resolver_match else ""
        logger.error("A second factor cannot be read (%s). %s", page, exception)
        return render(request, "mfa/unreadable.html", status=503)
