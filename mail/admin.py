"""For operators: what went out. Read only, but for sending a failed mail again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from common.admin import OperatorAdmin
from mail.enums import DeliveryState
from mail.models import MailDelivery
from mail.services import send_after_commit


@admin.register(MailDelivery)
class MailDeliveryAdmin(OperatorAdmin):
    list_display = ["template", "recipient", "state", "attempts", "error", "created_at", "sent_at"]
    list_filter = ["state", "template"]
    search_fields = ["recipient"]
    # What a mail says is between its sender and its reader.
    fields = ["template", "recipient", "language", "state", "attempts", "error", "not_before", "sent_at", "created_at"]
    actions = ["send_again"]
    show_full_result_count = False

    @admin.action(description=_("Resend failed e-mails"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[MailDelivery]) -> None:
        ids = list(queryset.filter(state=DeliveryState.FAILED).exclude(recipient="").values_list("pk", flat=True))
        MailDelivery.objects.filter(pk__in=ids).update(state=DeliveryState.QUEUED, attempts=0, error="")
        send_after_commit(ids)
        text = ngettext("%(n)s e-mail is being resent.", "%(n)s e-mails are being resent.", len(ids)) % {"n": len(ids)}
        self.message_user(request, text, messages.SUCCESS)
