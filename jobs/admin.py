"""For operators: what is running. Read only."""

from django.contrib import admin

from common.admin import OperatorAdmin
from jobs.models import Job


@admin.register(Job)
class JobAdmin(OperatorAdmin):
    list_display = ["title", "kind", "state", "done", "total", "attempts", "queue", "organisation", "created_at", "finished_at"]
    list_filter = ["state", "kind", "queue"]
    list_select_related = ["organisation"]
    show_full_result_count = False
