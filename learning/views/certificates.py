"""The public page of a certificate, and its PDF."""

from email.utils import parseaddr
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from learning import services
from learning.certificates import meaning, pdf_of, public_address
from learning.models import Certificate


class NameForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Your name as it should appear on the certificate"),
        max_length=300,
        help_text=gettext_lazy("You can enter it only once: it cannot be changed later, because others rely on it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


def _certificate(uuid: Any) -> Certificate:
    return get_object_or_404(Certificate.objects.select_related("enrolment__course"), uuid=uuid)


@require_http_methods(["GET", "HEAD", "POST"])
def certificate(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Open to anybody who has the address. Its owner may add a name where none was known; nobody may change one."""
    certificate = _certificate(uuid)
    is_owner = request.user.is_authenticated and certificate.enrolment.user_id == request.user.pk
    can_name = is_owner and not certificate.name and certificate.revoked_at is None
    form = NameForm(request.POST or None) if can_name else None
    if request.method == "POST" and form is not None and form.is_valid():
        services.name_certificate(certificate=certificate, name=form.cleaned_data["name"])
        messages.success(request, _("Your name has been added to the certificate."))
        return redirect(certificate)
    context = {
        "certificate": certificate,
        "is_owner": is_owner,
        "form": form,
        "meaning": meaning(),
        "address": public_address(certificate),
        "contact": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
    }
    response = render(request, "learning/certificate.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def certificate_pdf(request: HttpRequest, uuid: Any) -> HttpResponse:
    """The PDF; a revoked certificate has none."""
    certificate = _certificate(uuid)
    if certificate.revoked_at is not None:
        return redirect(certificate)
    response = HttpResponse(pdf_of(certificate), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{slugify(certificate.course_title)}-certificate.pdf"'
    response["X-Robots-Tag"] = "noindex"
    return response
