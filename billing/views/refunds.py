"""Asking for the money of an order back."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.console import signed_in
from billing.errors import RefundNotPossible
from billing.forms import RefundForm
from billing.queries import refund_request_of, withdrawal_of
from billing.services import request_refund
from billing.views.common import SignedInRequest, visible_order


@login_required
@require_http_methods(["GET", "POST"])
def ask(request: SignedInRequest, uuid: uuid.UUID) -> HttpResponse:
    """What a refund means, a place for the reason, and the button."""
    order = visible_order(request, uuid)
    form = RefundForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            request_refund(order=order, asked_by=signed_in(request), reason=form.cleaned_data["reason"])
        except RefundNotPossible as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, _("Your request has been sent. We will answer by e-mail."))
        return redirect(order)
    withdrawal = withdrawal_of(order)
    if refund_request_of(order) is not None or withdrawal is None or not withdrawal.is_open:
        return redirect(order)
    return render(request, "billing/refund.html", {"order": order, "form": form, "withdrawal": withdrawal})
