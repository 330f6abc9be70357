"""Pages of jobs and of links in mails."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache

from common.http import HtmxRequest
from operations import links
from operations.errors import LinkNotOpen
from operations.models import Job


@never_cache
@login_required
def job(request: HtmxRequest, uuid: str) -> HttpResponse:
    """Progress of a job, to the person who asked for it."""
    found = get_object_or_404(Job, uuid=uuid, requested_by=request.user)
    template = "operations/job.html#progress" if request.htmx else "operations/job.html"
    return render(request, template, {"job": found})


@never_cache
def mail_link(request: HttpRequest, token: str) -> HttpResponse:
    """What a link in a mail shows (GET) and does (POST)."""
    try:
        link = links.find_link(token)
    except LinkNotOpen as error:
        return render(request, "operations/link_closed.html", {"reason": "unknown", "message": str(error)}, status=404)
    if not link.is_open:
        reason = "used" if link.used_at else "revoked" if link.revoked_at else "expired"
        return render(request, "operations/link_closed.html", {"reason": reason, "link": link}, status=410)
    if request.method not in ("GET", "HEAD", "POST"):
        raise Http404
    return links.view_of(link)(request, link)
