"""A looser Content-Security-Policy where Wagtail's and Django's own admin need one."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class AuthoringPolicyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(settings.AUTHORING_PREFIXES):
            response._csp_replace = settings.AUTHORING_CONTENT_SECURITY_POLICY  # type: ignore[attr-defined]  # of django-csp
        return response
