"""The page of a link in a mail."""

import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from mail import links
from mail.errors import LinkNotOpen
from mail.kinds import link_kinds

logger = logging.getLogger(__name__)


@csrf_exempt
def mail_link(request: HttpRequest, token: str) -> HttpResponse:
    """What a link in a mail shows (GET) and does (POST)."""
    if request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click":
        return _stop(token)
    return _page(request, token)


def _stop(token: str) -> HttpResponse:
    """The button of a mail program: it has no cookie, shows no page, and asks again where it got no answer (RFC 8058)."""
    try:
        link = links.find_link(token)
    except LinkNotOpen:
        raise Http404 from None
    kind = link_kinds.get(link.kind)
    if kind is None or kind.stop is None:
        raise Http404
    kind.stop(link)
    return HttpResponse()


@csrf_protect
def _page(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = links.find_link(token)
    except LinkNotOpen as error:
        return render(request, "mail/link_closed.html", {"reason": "unknown", "message": str(error)}, status=404)
    kind = link_kinds.get(link.kind)
    if kind and kind.after_use and link.used_at and not link.revoked_at:
        return kind.after_use(request, link)
    if not link.is_open and not (kind and kind.is_lasting):
        reason = "used" if link.used_at else "revoked" if link.revoked_at else "expired"
        return render(request, "mail/link_closed.html", {"reason": reason, "link": link}, status=410)
    if request.method not in ("GET", "HEAD", "POST"):
        raise Http404
    if kind is None:
        # Of a version of this site that knew more, or other, kinds.
        logger.warning("A link of the unknown kind %s was opened.", link.kind)
        return render(request, "mail/link_closed.html", {"reason": "unsupported", "link": link}, status=410)
    return kind.view(request, link)
