"""One way in: Wagtail's and Django's own sign-in pages would skip second factors, so they lead to ours. And nothing that
authors typed is lost where their session ends."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from cms.desk import ask_before_approving
from cms.rules import AUTHORING, may_author
from cms.turns import is_an_act, lock_for
from common.kept_forms import DISCARD, find_kept, forget_kept, keep_form, offer_again

SIGN_IN = ("/cms/login/", "/_util/login/", "/admin/login/")
FORGOTTEN = "/cms/password_reset/"
CMS = "/cms/"
# A long lesson, encoded as a form.
MAX_EDIT = 1_000_000


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
        if request.path.startswith(CMS) and request.user.is_authenticated:
            if not may_author(request.user):
                # Wagtail would send them to sign in, and sign-in would send them back.
                raise PermissionDenied
            request.session.setdefault(AUTHORING, True)
        return self.get_response(request)


class KeptEditMiddleware:
    """An author's session may end while a page is open in the editor. What saves by itself is told; what is sent is kept.

    After signing in again at the address to which it was sent, a page offers to save it as a draft.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(CMS):
            return self.get_response(request)
        if not request.user.is_authenticated:
            return self._answer_signed_out(request)
        if request.method == "GET" and (kept := find_kept(request)):
            return offer_again(request, kept)
        response = self.get_response(request)
        if request.method == "POST" and response.status_code < 400:
            forget_kept(request)
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        if request.method == "POST" and request.path.startswith(CMS) and DISCARD in request.POST:
            return HttpResponseRedirect(request.get_full_path())
        return None

    def _answer_signed_out(self, request: HttpRequest) -> HttpResponse:
        if not request.accepts("text/html"):
            # Autosave: the sign-in page would look to it like an error of the server. Of codes that it does not know it shows
            # no words; of this one it does, and goes on trying.
            said = _("You have been signed out. Sign in in another tab, then save again.")
            return JsonResponse({"success": False, "error_code": "locked", "error_message": said}, status=401)
        if request.method == "POST":
            keep_form(request, limit=MAX_EDIT)
            return redirect_to_login(request.get_full_path())
        return self.get_response(request)


class TurnsMiddleware:
    """Acts on the same page of the CMS one after the other, each whole or not at all: `cms.turns`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if request.method != "POST" or not request.path.startswith(CMS) or match is None or not is_an_act(match):
            return None
        with transaction.atomic():
            lock_for(request, match)
            response: HttpResponse = ask_before_approving(request, match) or view(request, *args, **kwargs)
            return response
