"""For operators: what is running, what came in, what went out. Read only, but for sending a failed mail again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from operations.enums import DeliveryState
from operations.mail.services import send_after_commit
from operations.models import ImportProblem, Job, MailDelivery, StagedImport


class ReadOnly:
    """Nothing is added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["title", "kind", "state", "done", "total", "organisation", "created_at", "finished_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["organisation"]
    show_full_result_count = False


class ProblemInline(ReadOnly, admin.TabularInline):
    model = ImportProblem
    fields = ["row_number", "column", "value", "message"]
    extra = 0
    max_num = 20


@admin.register(StagedImport)
class StagedImportAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["file_name", "kind", "organisation", "state", "rows_total", "rows_refused", "created_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["organisation"]
    search_fields = ["file_name", "checksum", "organisation__slug"]
    exclude = ["file", "set_aside"]
    inlines = [ProblemInline]


@admin.register(MailDelivery)
class MailDeliveryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["template", "recipient", "state", "attempts", "error", "created_at", "sent_at"]
    list_filter = ["state", "template"]
    search_fields = ["recipient"]
    # What a mail says is between its sender and its reader.
    fields = ["template", "recipient", "language", "state", "attempts", "error", "not_before", "sent_at", "created_at"]
    actions = ["send_again"]
    show_full_result_count = False

    @admin.action(description=_("Send the failed ones again"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[MailDelivery]) -> None:
        ids = list(queryset.filter(state=DeliveryState.FAILED).values_list("pk", flat=True))
        MailDelivery.objects.filter(pk__in=ids).update(state=DeliveryState.QUEUED, attempts=0, error="")
        send_after_commit(ids)
        text = ngettext("%(n)s mail is sent again.", "%(n)s mails are sent again.", len(ids)) % {"n": len(ids)}
        self.message_user(request, text, messages.SUCCESS)
