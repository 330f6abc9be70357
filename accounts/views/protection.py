"""How an account is protected: the second factor that rights require, and where somebody is signed in."""

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.account.views import password_set
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.console import signed_in
from accounts.rules import has_second_factor, reasons_for_second_factor
from accounts.services import sessions
from common.http import whole_number

NEXT = "after_second_factor"


@require_safe
@login_required
def second_factor_needed(request: HttpRequest) -> HttpResponse:
    """Say why a second factor is needed and offer both kinds; once there is one, lead on to where somebody wanted to go."""
    target = request.GET.get(REDIRECT_FIELD_NAME, "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        request.session[NEXT] = target
    reasons = reasons_for_second_factor(signed_in(request))
    if not reasons:
        return HttpResponseRedirect(request.session.pop(NEXT, "/learn/"))
    return render(request, "accounts/second_factor_needed.html", {"reasons": reasons})


@require_safe
@login_required
def places(request: HttpRequest) -> HttpResponse:
    found = sessions.places_of(signed_in(request), request.session.session_key)
    return render(request, "accounts/places.html", {"places": found})


@require_POST
@login_required
def end_places(request: HttpRequest) -> HttpResponse:
    """Sign out in the browser that `place` names, or in all others."""
    user, here, place = signed_in(request), request.session.session_key, request.POST.get("place", "")
    if place == "others":
        ended = sessions.end_other_places(user=user, current_key=here)
        text = ngettext("You were signed out in %(n)s other browser.", "You were signed out in %(n)s other browsers.", ended)
        messages.success(request, text % {"n": ended} if ended else _("You are not signed in anywhere else."))
    elif (number := whole_number(place)) is not None and sessions.end_place(user=user, pk=number, current_key=here):
        messages.success(request, _("You were signed out in that browser."))
    else:
        messages.info(request, _("You are not signed in there any more."))
    return redirect("signed_in_places")


@login_required
def set_password(request: HttpRequest) -> HttpResponse:
    """allauth's page for accounts without a password. Where there is a second factor that comes first: a password which
    whoever sits at an open session chooses would be proof of who they are from then on.

    Nothing that was typed is put aside meanwhile: it is a password.
    """
    user = signed_in(request)
    if not user.has_usable_password() and has_second_factor(user) and not did_recently_reauthenticate(request):
        query = urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})
        return redirect(f"{reverse('mfa_reauthenticate')}?{query}")
    response: HttpResponse = password_set(request)
    return response
