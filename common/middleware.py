"""A looser Content-Security-Policy where Wagtail's and Django's own admin need one; parts of pages; what may be sent."""

from collections.abc import Callable
from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from allauth.core.ratelimit import consume, respond_429
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class AuthoringPolicyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(settings.AUTHORING_PREFIXES):
            response._csp_replace = settings.AUTHORING_CONTENT_SECURITY_POLICY  # type: ignore[attr-defined]  # of django-csp
        return response


class FragmentMiddleware:
    """Whoever asks for a part of a page and is sent elsewhere goes there: a whole page has no place inside another."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_part = "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
        if is_part and 300 <= response.status_code < 400 and "Location" in response:
            response.status_code, response.content = 200, b""
            response["HX-Redirect"] = response["Location"]
            del response["Location"]
        return response


class VisitorMiddleware:
    """Visitors may send so much a minute from one network address, whatever the page, and it is not kept for them.

    Reading is not counted. A view for which many honest senders share one address names a rate of its own in `visitor_rate`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if request.method in ("GET", "HEAD", "OPTIONS") or request.user.is_authenticated:
            return None
        rate = getattr(view, "visitor_rate", "visitor")
        return None if consume(request, action=rate) else respond_429(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """allauth would keep the whole request, up to two megabytes of it, in a session made for a stranger."""
        if isinstance(exception, ReauthenticationRequired) and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return None


class BodySizeMiddleware:
    """Refuses what is larger than its view takes before any of it is read: a view says how many bytes in `most_bytes`.

    Stands above what reads forms, which is Django's own protection against forged ones.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        most = getattr(view, "most_bytes", None)
        length = request.META.get("CONTENT_LENGTH") or ""
        if most is None or not length.isdecimal() or int(length) <= most():
            return None
        return render(request, "413.html", status=413)


class ReadableAddressMiddleware:
    """Refuses a query with a NUL in it: no page means one, and PostgreSQL takes none, whatever is searched for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query or "\x00" in query:
            raise BadRequest("The query has a NUL in it.")
        return self.get_response(request)
