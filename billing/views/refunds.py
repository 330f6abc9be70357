"""Asking for the money of an order back."""

import uuid

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.console import signed_in
from billing.errors import RefundNotPossible
from billing.forms import RefundForm
from billing.models import Order
from billing.queries import refund_request_of
from billing.services import check_may_request, request_refund
from billing.views.common import SignedInRequest, visible_order
from common.kept_forms import fill, keeps_form, take_kept


@keeps_form
@require_http_methods(["GET", "POST"])
def ask(request: SignedInRequest, uuid: uuid.UUID) -> HttpResponse:
    """What a refund means, a place for the reason, and the button."""
    order = visible_order(request, uuid)
    if request.method == "POST":
        return _send(request, order)
    kept = take_kept(request)
    try:
        check_may_request(order)
    except RefundNotPossible as error:
        return _refuse(request, order, error, kept) if kept else redirect(order)
    form = RefundForm()
    if kept is not None:
        fill(form, kept)
    return render(request, "billing/refund.html", {"order": order, "form": form, "kept": kept})


def _send(request: SignedInRequest, order: Order) -> HttpResponse:
    form = RefundForm(request.POST)
    if not form.is_valid():
        return render(request, "billing/refund.html", {"order": order, "form": form})
    try:
        request_refund(order=order, asked_by=signed_in(request), reason=form.cleaned_data["reason"])
    except RefundNotPossible as error:
        return _refuse(request, order, error, request.POST)
    messages.success(request, _("Your request has been sent. We will answer by e-mail."))
    return redirect(order)


def _refuse(request: SignedInRequest, order: Order, error: RefundNotPossible, fields: QueryDict) -> HttpResponse:
    """Why nothing was sent, with what was written; on the order's own page where no words would be lost."""
    form = RefundForm(fields)
    reason = form.cleaned_data["reason"] if form.is_valid() else fields.get("reason", "")
    stored = refund_request_of(order)
    if reason and (stored is None or stored.reason != reason):
        return render(request, "billing/refund.html", {"order": order, "form": form, "refusal": str(error)}, status=409)
    messages.warning(request, str(error))
    return redirect(order)
