"""allauth's page for the code that proves an address, with words where it would refuse."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.email_verification import consume_email_verification_rate_limit
from allauth.account.views import ConfirmEmailVerificationCodeView
from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse


class ConfirmAddressView(ConfirmEmailVerificationCodeView):
    def _resend_form_valid(self, form: forms.Form) -> HttpResponse:
        """A code that is asked for too soon is refused before there is a new one: the one that was sent stays good."""
        if consume_email_verification_rate_limit(self.request, self._process.email, dry_run=True):
            response: HttpResponse = super()._resend_form_valid(form)
            return response
        get_adapter().add_message(self.request, messages.ERROR, message=get_adapter().error_messages["rate_limited"])
        return HttpResponseRedirect(self.passthrough_next_url(reverse("account_email_verification_sent")))
