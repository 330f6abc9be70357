"""Pages for what goes wrong (what happened, why, what to do now), and what the apps have declared."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common.events import all_events
from common.kept_forms import is_own_form, offer_again
from common.registry import all_registries


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    # Rendered without context processors: they may be what failed.
    from django.template.loader import render_to_string

    return HttpResponse(render_to_string("500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    # Whoever signed in again in another tab has a new token, and an old page with everything that they typed.
    if is_own_form(request):
        return offer_again(request, request.POST, status=403)
    return render(request, "403_csrf.html", status=403)


@login_required
def declared(request: HttpRequest) -> HttpResponse:
    """For operators: what the installed apps have declared, and what happens in which order."""
    if not request.user.is_staff:
        raise PermissionDenied
    return render(request, "declared.html", {"registries": all_registries(), "events": all_events()})
