"""The mailbox of the demonstration: mail that never left this machine, readable by whoever runs it."""

from collections.abc import Callable
from functools import wraps

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from demo import mailbox as demo_mailbox

PER_PAGE = 50
# A mail may carry any HTML; in its frame it can show itself and open its links at the top, nothing else.
MAIL_POLICY = {
    "default-src": [NONE],
    "img-src": ["data:"],
    "style-src": ["'unsafe-inline'"],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-top-navigation-by-user-activation"],
}


def demo_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def wrapped(request: HttpRequest, **parts: str) -> HttpResponse:
        if not settings.ACCORD_DEMO:
            raise Http404
        return view(request, **parts)

    return wrapped


def _found(mail_id: str) -> demo_mailbox.Mail:
    mail = demo_mailbox.find(mail_id)
    if mail is None:
        raise Http404
    return mail


@demo_only
def demo_mails(request: HttpRequest) -> HttpResponse:
    """Mails newest first; `?to=` narrows them to a recipient."""
    recipient = request.GET.get("to", "").strip()
    page = Paginator(list(demo_mailbox.newest_first(recipient)), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "demo/mailbox.html", {"page": page, "recipient": recipient})


@demo_only
def demo_mail(request: HttpRequest, mail_id: str) -> HttpResponse:
    return render(request, "demo/mailbox_mail.html", {"mail": _found(mail_id)})


@demo_only
@csp_replace(MAIL_POLICY)
def demo_mail_html(request: HttpRequest, mail_id: str) -> HttpResponse:
    """The HTML of a mail, for a sandboxed frame. Its links open at the top, not inside the frame."""
    html = _found(mail_id).html
    return HttpResponse(html.replace("<head>", '<head><base target="_top">', 1))
