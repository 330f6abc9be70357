"""For operators: what came in. Read only."""

from django.contrib import admin

from common.admin import OperatorAdmin, ReadOnly
from imports.models import ImportProblem, StagedImport


class ProblemInline(ReadOnly, admin.TabularInline):
    model = ImportProblem
    fields = ["row_number", "column", "value", "message"]
    extra = 0
    max_num = 20


@admin.register(StagedImport)
class StagedImportAdmin(OperatorAdmin):
    list_display = ["file_name", "kind", "organisation", "state", "rows_total", "rows_refused", "created_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["organisation"]
    search_fields = ["file_name", "checksum", "organisation__slug"]
    exclude = ["file", "rows_file", "skipped_file"]
    inlines = [ProblemInline]
