"""The pages of the built-in test gateway, where a provider's own pages would be."""

import uuid
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing import gateways
from billing.gateways.test import BUTTONS, buttons_of, event_about, press, remaining, state_of
from billing.models import TestCheckout
from billing.services import receive_event
from billing.views.common import visible_order


@login_required
@require_http_methods(["GET", "POST"])
def test_checkout(request: HttpRequest, uuid: uuid.UUID) -> HttpResponse:
    """Everything that may become of a payment: for those who may see its order, and only where the test gateway may be used."""
    if not gateways.test_gateway_allowed():
        raise Http404
    checkout = get_object_or_404(TestCheckout, uuid=uuid)
    order = visible_order(request, checkout.order_uuid)
    if request.method == "POST":
        return _pressed(request, checkout)
    left = remaining(checkout)
    context = {
        "checkout": checkout,
        "state": state_of(checkout),
        "buttons": buttons_of(checkout),
        "remaining": left,
        "half": left // 2,
        "order": order,
        "lines": order.lines.all(),
    }
    return render(request, "billing/test_checkout.html", context)


test_checkout.__test__ = False  # type: ignore[attr-defined]  # its name makes a test runner think it were one


def _pressed(request: HttpRequest, checkout: TestCheckout) -> HttpResponse:
    button = request.POST.get("button", "")
    if button not in BUTTONS:
        raise Http404
    if press(checkout, button):
        receive_event(gateway="test", payload=event_about(checkout, button), headers={})
    else:
        messages.warning(request, _("This payment page has already been used or is closed, so nothing was changed."))
    back = urlsplit(checkout.cancel_url if button == "cancel" else checkout.return_url)
    return redirect(f"{back.path}?{back.query}")
