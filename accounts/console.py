"""The way into every console page: one organisation that this person may see, and a rule that says what they may do there."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from accounts.enums import MembershipState
from accounts.models import Organisation, User
from accounts.rules import can_open_console
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
