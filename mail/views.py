"""The page of a link in a mail."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from mail import links
from mail.errors import LinkNotOpen
from mail.kinds import link_kinds


@never_cache
def mail_link(request: HttpRequest, token: str) -> HttpResponse:
    """What a link in a mail shows (GET) and does (POST)."""
    try:
        link = links.find_link(token)
    except LinkNotOpen as error:
        return render(request, "mail/link_closed.html", {"reason": "unknown", "message": str(error)}, status=404)
    if not link.is_open:
        reason = "used" if link.used_at else "revoked" if link.revoked_at else "expired"
        return render(request, "mail/link_closed.html", {"reason": reason, "link": link}, status=410)
    if request.method not in ("GET", "HEAD", "POST"):
        raise Http404
    return link_kinds[link.kind].view(request, link)
