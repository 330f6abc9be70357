"""Instants are shown in the reader's time zone."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone


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
