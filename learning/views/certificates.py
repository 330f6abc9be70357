"""The public page of a certificate, its PDF, and the correction of its name."""

import logging
from email.utils import parseaddr
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from common.errors import UserError
from common.kept_forms import keeps_form, keeps_own_form, show_kept
from learning import services
from learning.certificates.done import done_of
from learning.certificates.printing import pdf_of, undrawable
from learning.certificates.words import heading, meaning, public_address, scope
from learning.enums import CorrectionReason
from learning.errors import CannotPrint
from learning.forms import CorrectionForm, NameForm
from learning.models import Certificate, FormerCertificate

logger = logging.getLogger(__name__)


def _certificate(uuid: UUID) -> tuple[Certificate, FormerCertificate | None]:
    """The certificate of a number; with what it was, where the number is not in use any more."""
    certificate = Certificate.objects.select_related("enrolment__course", "enrolment__user").filter(uuid=uuid).first()
    if certificate is not None:
        return certificate, None
    formers = FormerCertificate.objects.select_related("certificate__enrolment__course", "certificate__enrolment__user")
    former = get_object_or_404(formers, uuid=uuid)
    return former.certificate, former


def _is_holder(request: HttpRequest, certificate: Certificate) -> bool:
    return request.user.is_authenticated and certificate.enrolment.user_id == request.user.pk


def _unlisted(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex"
    return response


@keeps_own_form
@require_http_methods(["GET", "HEAD", "POST"])
def certificate(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Open to anybody who has the address. Its holder may add a name where none was known."""
    certificate, former = _certificate(uuid)
    is_holder = _is_holder(request, certificate)
    can_name = is_holder and former is None and not certificate.name and certificate.revoked_at is None
    form = NameForm(request.POST or None) if can_name else None
    if request.method == "POST" and form is not None and form.is_valid():
        services.name_certificate(certificate=certificate, name=form.cleaned_data["name"])
        messages.success(request, _("Your name has been added to the certificate."))
        return redirect(certificate)
    context = _context(certificate, former, is_holder, form)
    context["is_kept"] = form is not None and show_kept(request, form)
    if context["undrawable"]:
        # Neither the name nor what of it is missing: the operator reads both on the page.
        logger.warning("Certificate %s cannot be printed: no font has all characters of its name or course.", certificate.pk)
    return _unlisted(render(request, "learning/certificate.html", context))


def _context(
    certificate: Certificate, former: FormerCertificate | None, is_holder: bool, form: NameForm | None
) -> dict[str, Any]:
    done = done_of(certificate)
    can_print = former is None and certificate.revoked_at is None
    return {
        "certificate": certificate,
        "former": former,
        "was_corrected_on": certificate.former.order_by("-created_at").values_list("created_at", flat=True).first(),
        "shown_name": former.name if former else certificate.name,
        "number": former.uuid if former else certificate.uuid,
        "is_holder": is_holder,
        "form": form,
        "heading": heading(done),
        "scope": scope(done),
        "meaning": meaning(),
        "address": public_address(certificate),
        "contact": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        "can_print": can_print,
        "undrawable": undrawable(certificate) if can_print else "",
    }


@require_safe
def certificate_pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The PDF. A revoked certificate has none, a former number neither, nor one with characters that no font has."""
    certificate, former = _certificate(uuid)
    if certificate.revoked_at is not None or former is not None:
        return redirect(former or certificate)
    try:
        pdf = pdf_of(certificate)
    except CannotPrint:
        return redirect(certificate)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{slugify(certificate.course_title) or "course"}-certificate.pdf"'
    return _unlisted(response)


@keeps_form
def certificate_name(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Correct the name. For its holder alone; for others the page does not exist."""
    certificate, former = _certificate(uuid)
    if former is not None or certificate.revoked_at is not None or not certificate.name or not _is_holder(request, certificate):
        raise Http404
    form = CorrectionForm(request.POST or None, initial={"name": certificate.name})
    if request.method == "POST" and form.is_valid():
        try:
            corrected = services.correct_name(
                certificate=certificate,
                name=form.cleaned_data["name"],
                reason=CorrectionReason(form.cleaned_data["reason"]),
                note=form.cleaned_data["note"],
            )
        except UserError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("The name has been corrected. This is your certificate under its new number."))
            return redirect(corrected)
    context = {"certificate": certificate, "form": form, "is_kept": show_kept(request, form)}
    return _unlisted(render(request, "learning/certificate_name.html", context, status=422 if form.errors else 200))
