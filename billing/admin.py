"""Money for operators: everything can be read, nothing can be changed. What changes an order is its gateway."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from billing.models import Order, OrderLine, Price, WebhookEvent
from common.admin import OperatorAdmin, ReadOnly


class NeedsAttention(admin.SimpleListFilter):
    title = "needs attention"
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.exclude(attention="") if self.value() == "yes" else queryset


class LineInline(ReadOnly, admin.TabularInline):
    model = OrderLine
    extra = 0


@admin.register(Order)
class OrderAdmin(OperatorAdmin):
    list_display = ["uuid", "created_at", "state", "total", "currency", "gateway", "organisation", "attention"]
    list_filter = [NeedsAttention, "state", "gateway", "currency"]
    list_select_related = ["organisation"]
    search_fields = ["uuid", "receipt_number", "gateway_reference", "payment_reference", "purchase_order", "buyer__email"]
    date_hierarchy = "created_at"
    inlines = [LineInline]


@admin.register(Price)
class PriceAdmin(OperatorAdmin):
    list_display = ["course_set", "kind", "currency", "amount", "from_quantity", "valid_from"]
    list_filter = ["kind", "currency"]
    list_select_related = ["course_set"]
    search_fields = ["course_set__title", "course_set__slug"]


@admin.register(WebhookEvent)
class GatewayEventAdmin(OperatorAdmin):
    list_display = ["event_id", "gateway", "kind", "created_at", "processed_at", "tries", "error", "retry_at"]
    list_filter = ["gateway", "kind", ("processed_at", admin.EmptyFieldListFilter)]
    search_fields = ["event_id", "reference", "order_uuid"]
    date_hierarchy = "created_at"
