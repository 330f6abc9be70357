"""The way into every console page: one organisation that this person may see, and a rule that says what they may do there."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.enums import MembershipState
from accounts.models import Organisation, User
from accounts.rules import can_open_console, can_prove_identity, reasons_for_second_factor
from accounts.types import Visitor

Rule = Callable[[Visitor, Organisation], bool]


def console_view(rule: Rule) -> Callable:
    """Wrap `view(request, organisation, …)`, mounted under `/org/<slug:organisation>/`.

    Not a member of the organisation: 404, it might as well not exist. A member without the right: 403.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def wrapped(request: HttpRequest, organisation: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            requested = Organisation.objects.filter(
                slug=organisation, memberships__user=request.user.pk, memberships__state=MembershipState.ACTIVE
            ).first()
            if requested is None:
                raise Http404
            if not can_open_console(request.user, requested) or not rule(request.user, requested):
                raise PermissionDenied
            if not getattr(request, "is_factor_checked", False) and reasons_for_second_factor(signed_in(request)):
                # A request that was put aside comes back under the address of the proof, which asks for no factor.
                return redirect("second_factor_needed")
            request.organisation = requested  # type: ignore[attr-defined]  # read by the console's navigation
            return view(request, requested, *args, **kwargs)

        wrapped.rule = rule  # type: ignore[attr-defined]  # the isolation test asks for it
        return wrapped

    return decorate


def signed_in(request: HttpRequest) -> User:
    """The person behind a page that asks for a sign-in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _always(*_args: Any, **_kwargs: Any) -> bool:
    return True


def own_proof_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Wrap a view about one's own account: only somebody who has just proved who they are gets in.

    allauth lets an account in that has nothing to prove itself with. Here it sets a password first.
    """
    proven = reauthentication_required(view)

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return proven(request, *args, **kwargs) if can_prove_identity(signed_in(request)) else _ask_for_password(request)

    return wrapped


def _ask_for_password(request: HttpRequest) -> HttpResponseBase:
    messages.info(request, _("Nothing was done: this needs proof that it is you. Set a password first, then repeat it."))
    return redirect("account_set_password")


def proof_required(*, when: Callable[..., bool] = _always) -> Callable:
    """Wrap a view inside `console_view`: only somebody who has just proved who they are gets in, where `when` says so.

    allauth lets an account in that has nothing to prove itself with. Here it sets a password first.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        proven = reauthentication_required(view)

        @wraps(view)
        def wrapped(request: HttpRequest, organisation: Organisation, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not when(request, organisation, *args, **kwargs):
                return view(request, organisation, *args, **kwargs)
            if not can_prove_identity(signed_in(request)):
                return _ask_for_password(request)
            return proven(request, organisation, *args, **kwargs)

        return wrapped

    return decorate
