"""For operators: what went out. Read only, but for sending a failed mail again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from common.admin import OperatorAdmin
from mail.models import MailDelivery
from mail.services import resend_failed


@admin.register(MailDelivery)
class MailDeliveryAdmin(OperatorAdmin):
    list_display = ["template", "recipient", "priority", "state", "attempts", "error", "created_at", "sent_at"]
    list_filter = ["state", "priority", "template"]
    search_fields = ["recipient"]
    # What a mail says is between its sender and its reader.
    fields = [
        *("template", "recipient", "language", "priority", "state", "attempts", "error"),
        *("queued_at", "not_before", "expires_at", "sent_at", "created_at"),
    ]
    actions = ["send_again"]
    show_full_result_count = False

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("mail.change_maildelivery"))

    @admin.action(description=_("Resend failed e-mails"), permissions=["resend"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[MailDelivery]) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        actor: Any = request.user  # nobody else gets here: they have the permission
        n_resent = resend_failed(delivery_ids=ids, actor=actor)
        text = ngettext("%(n)s e-mail is being resent.", "%(n)s e-mails are being resent.", n_resent) % {"n": f"{n_resent:,}"}
        if skipped := len(ids) - n_resent:
            text += " " + ngettext("%(n)s has not failed.", "%(n)s have not failed.", skipped) % {"n": f"{skipped:,}"}
        self.message_user(request, text, messages.SUCCESS if n_resent else messages.WARNING)
