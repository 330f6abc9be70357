"""One way in. Wagtail's and Django's own sign-in pages would skip second factors, so they lead to ours."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from cms.people import may_author

SIGN_IN = ("/cms/login/", "/_util/login/", "/admin/login/")
FORGOTTEN = "/cms/password_reset/"
AUTHORING = "/cms/"


class SingleSignInMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(FORGOTTEN):
            return HttpResponseRedirect(reverse("account_reset_password"))
        if request.path.startswith(SIGN_IN):
            if request.user.is_authenticated:
                # Signed in and sent here all the same: not an editor. Another redirect would go round in circles.
                raise PermissionDenied
            target = request.GET.get("next", "")
            query = f"?{urlencode({'next': target})}" if target else ""
            return HttpResponseRedirect(reverse("account_login") + query)
        if request.path.startswith(AUTHORING) and request.user.is_authenticated and not may_author(request.user):
            # Wagtail would send them to sign in, and sign-in would send them back.
            raise PermissionDenied
        return self.get_response(request)
