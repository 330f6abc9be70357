"""What an invitation shows (GET) and does (POST). The link proves the address it was sent to."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.errors import InvitationNotYours
from accounts.forms import NewAccountForm
from accounts.models import Membership, User
from accounts.services import invitations
from accounts.services.time_zones import note_detected_zone
from mail.errors import LinkNotOpen
from mail.models import MailLink

PASSWORD_BACKEND = "django.contrib.auth.backends.ModelBackend"  # noqa: S105  # the name of a backend


def invitation(request: HttpRequest, link: MailLink) -> HttpResponse:
    membership = invitations.membership_of(link)
    if membership is None:
        return render(request, "accounts/invitation_gone.html", {"link": link}, status=410)
    if isinstance(request.user, User):
        if invitations.owns_address(request.user, membership.email):
            return _for_member(request, link, membership, request.user)
        return render(request, "accounts/invitation_other_address.html", {"membership": membership, "link": link}, status=403)
    if invitations.must_sign_in(membership.email):
        return render(request, "accounts/invitation_sign_in.html", {"membership": membership, "link": link})
    return _for_newcomer(request, link, membership)


def _for_member(request: HttpRequest, link: MailLink, membership: Membership, user: User) -> HttpResponse:
    context = {"membership": membership, "link": link}
    if request.method != "POST":
        return render(request, "accounts/invitation_accept.html", context)
    try:
        invitations.accept_invitation(link=link, user=user)
    except (InvitationNotYours, LinkNotOpen) as error:
        return render(request, "accounts/invitation_accept.html", context | {"refusal": str(error)}, status=409)
    return _welcome(request, membership)


def _for_newcomer(request: HttpRequest, link: MailLink, membership: Membership) -> HttpResponse:
    known = {"first_name": membership.first_name, "last_name": membership.last_name}
    form = NewAccountForm(request.POST if request.method == "POST" else None, initial=known)
    context = {"membership": membership, "link": link, "form": form}
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/invitation_new.html", context)
    given = dict(form.cleaned_data)
    time_zone = given.pop("time_zone")
    try:
        user = invitations.join_as_newcomer(link=link, **given)
    except ValidationError as error:
        form.add_error("password", error)
        return render(request, "accounts/invitation_new.html", context)
    except (InvitationNotYours, LinkNotOpen) as error:
        return render(request, "accounts/invitation_accept.html", context | {"refusal": str(error)}, status=409)
    note_detected_zone(user=user, time_zone=time_zone)
    login(request, user, backend=PASSWORD_BACKEND)
    return _welcome(request, membership)


def _welcome(request: HttpRequest, membership: Membership) -> HttpResponse:
    messages.success(request, _("Welcome to %(organisation)s.") % {"organisation": membership.organisation})
    return redirect(settings.LOGIN_REDIRECT_URL)
