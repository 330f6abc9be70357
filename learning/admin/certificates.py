"""Certificates for operators: look, find, and revoke."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.console import signed_in
from common.admin import OperatorAdmin, ReadOnly
from common.errors import UserError
from learning.certificates.done import done_of
from learning.certificates.words import scope
from learning.models import Certificate, FormerCertificate
from learning.rules import can_revoke_certificates
from learning.services import revoke_certificate


class RevocationForm(ActionForm):
    reason = forms.CharField(
        required=False, max_length=200, label="", widget=forms.TextInput(attrs={"placeholder": _("Reason, sent to the holder")})
    )


class FormerInline(ReadOnly, admin.TabularInline):
    """Numbers that the certificate had before its name was corrected."""

    model = FormerCertificate
    fields = ["uuid", "name", "reason", "note", "created_at"]
    readonly_fields = ["uuid", "name", "reason", "note", "created_at"]
    extra = 0


class Revoked(admin.SimpleListFilter):
    title = _("revoked")
    parameter_name = "revoked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> QuerySet[Certificate]:
        if self.value() in ("yes", "no"):
            return queryset.filter(revoked_at__isnull=self.value() == "no")
        return queryset


@admin.register(Certificate)
class CertificateAdmin(OperatorAdmin):
    """The name is its holder's to correct. Revoking needs a reason, which is sent to them."""

    list_display = ["uuid", "name", "course_title", "completed_on", "revoked_at"]
    list_filter = [Revoked, "course_title"]
    search_fields = ["uuid", "former__uuid", "name", "enrolment__user__email"]
    date_hierarchy = "completed_on"
    fields = [
        "uuid",
        "name",
        "holder",
        "course_title",
        "minutes",
        "completed_on",
        "what_was_done",
        "revoked_at",
        "revoked_by",
        "revoked_reason",
    ]
    readonly_fields = ["holder", "what_was_done"]
    inlines = [FormerInline]
    action_form = RevocationForm
    actions = ["revoke"]

    @admin.display(description=_("holder"))
    def holder(self, certificate: Certificate) -> str:
        return certificate.enrolment.user.email

    @admin.display(description=_("what was done"))
    def what_was_done(self, certificate: Certificate) -> str:
        return " ".join(scope(done_of(certificate)))

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return can_revoke_certificates(request.user)

    @admin.action(description=_("Revoke, and send this reason"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> None:
        revoked, reason = 0, request.POST.get("reason", "")[:200]
        for certificate in queryset.order_by("pk"):
            try:
                revoked += revoke_certificate(certificate=certificate, reason=reason, actor=signed_in(request))
            except UserError as error:
                self.message_user(request, str(error), messages.ERROR)
                return
        text = ngettext("%(n)s certificate was revoked.", "%(n)s certificates were revoked.", revoked) % {"n": f"{revoked:,}"}
        self.message_user(request, text, messages.SUCCESS if revoked else messages.WARNING)
