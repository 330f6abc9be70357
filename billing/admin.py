"""Money for operators. What changes an order is its gateway; prices are added, and requests for refunds are answered."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.console import signed_in
from billing.errors import BuyingNotSetUp, GatewayUnavailable
from billing.forms import PriceForm, RefundAnswerForm
from billing.models import Dispute, Order, OrderLine, OrderState, Price, Refund, RefundRequest, RefundRequestState, WebhookEvent
from billing.rules import can_decide_refunds, can_set_prices
from billing.services import accept_refund, decline_refund, mark_reviewed, set_price
from common.admin import OperatorAdmin, ReadOnly
from common.errors import UserError
from common.money import format_money

# Of a buyer's reason in the list; the request itself has it whole.
REASON_SHOWN = 40


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


class RefundInline(ReadOnly, admin.TabularInline):
    model = Refund
    extra = 0


class DisputeInline(ReadOnly, admin.TabularInline):
    model = Dispute
    extra = 0


@admin.register(Order)
class OrderAdmin(OperatorAdmin):
    list_display = [
        "uuid",
        "created_at",
        "state",
        "total",
        "refunded_amount",
        "disputed_amount",
        "lost_amount",
        "currency",
        "gateway",
        "organisation",
        "attention",
    ]
    list_filter = [NeedsAttention, "state", "gateway", "currency"]
    list_select_related = ["organisation"]
    search_fields = ["uuid", "receipt_number", "gateway_reference", "payment_reference", "purchase_order", "buyer__email"]
    date_hierarchy = "created_at"
    inlines = [LineInline, RefundInline, DisputeInline]
    actions = ["review"]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return can_decide_refunds(request.user)

    @admin.action(description=_("Mark as reviewed"), permissions=["decide"])
    def review(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        reviewed = sum(mark_reviewed(order=order, actor=signed_in(request)) for order in queryset.order_by("pk"))
        text = ngettext("%(n)s order was marked.", "%(n)s orders were marked.", reviewed) % {"n": f"{reviewed:,}"}
        self.message_user(request, text, messages.SUCCESS if reviewed else messages.WARNING)


@admin.register(Price)
class PriceAdmin(OperatorAdmin):
    """Prices are added, never changed: the newest is in force, and those before it are its history."""

    list_display = ["course_set", "kind", "price", "from_quantity", "valid_from", "set_by", "currency"]
    list_filter = ["kind", "currency"]
    list_select_related = ["course_set", "set_by"]
    search_fields = ["course_set__title", "course_set__slug"]

    @admin.display(description=_("price"))
    def price(self, price: Price) -> str:
        return str(_("no longer sold")) if price.is_end else format_money(price.amount, price.currency)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_set_prices(request.user)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        return super().get_form(request, obj, change, **options) if obj else PriceForm

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_fields(request, obj) if obj else list(PriceForm.base_fields)

    def save_model(self, request: HttpRequest, obj: Price, form: Any, change: bool) -> None:
        obj.pk = set_price(
            course_set=obj.course_set,
            kind=obj.kind,
            currency=obj.currency,
            amount=obj.amount,
            from_quantity=obj.from_quantity,
            actor=signed_in(request),
        ).pk


@admin.register(RefundRequest)
class RefundRequestAdmin(OperatorAdmin):
    """What buyers ask for. Accepting sends the money through the gateway; declining sends the answer to the buyer."""

    list_display = ["created_at", "state", "amount", "why", "order", "decided_by", "decided_at"]
    list_filter = ["state"]
    list_select_related = ["order", "decided_by"]
    search_fields = ["uuid", "order__buyer__email"]
    fields = ["uuid", "order", "asked_by", "reason", "state", "answer", "decided_by", "decided_at"]
    date_hierarchy = "created_at"
    action_form = RefundAnswerForm
    actions = ["accept", "decline"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method == "GET" and self.has_decide_permission(request):
            self._say_which_are_own(request)
        return super().changelist_view(request, extra_context)

    def _say_which_are_own(self, request: HttpRequest) -> None:
        mine = Q(asked_by=request.user.pk) | Q(order__buyer=request.user.pk)
        waiting = RefundRequest.objects.filter(mine, state=RefundRequestState.WAITING)
        if orders := ", ".join(str(order) for order in waiting.values_list("order__uuid", flat=True)):
            text = _("These are your own orders, so someone else must decide: %(orders)s.") % {"orders": orders}
            self.message_user(request, text, messages.WARNING)

    @admin.display(description=_("reason"))
    def why(self, asked: RefundRequest) -> str:
        return Truncator(asked.reason).chars(REASON_SHOWN)

    @admin.display(description=_("still paid"))
    def amount(self, asked: RefundRequest) -> str:
        return format_money(asked.order.kept_amount, asked.order.currency)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return can_decide_refunds(request.user)

    @admin.action(description=_("Accept, and refund the order"), permissions=["decide"])
    def accept(self, request: HttpRequest, queryset: QuerySet[RefundRequest]) -> None:
        """Each by itself: what one gateway has paid back cannot be undone because another does not answer."""
        for asked in queryset.select_related("order").order_by("pk"):
            try:
                order = accept_refund(request=asked, actor=signed_in(request))
            except (GatewayUnavailable, BuyingNotSetUp):
                text = _("Order %(order)s: the payment provider is not responding. Accept it again in a minute.")
                self.message_user(request, text % {"order": asked.order}, messages.ERROR)
            except UserError as error:
                self.message_user(request, f"{asked.order}: {error}", messages.ERROR)
            else:
                self._say_how_it_went(request, order)

    def _say_how_it_went(self, request: HttpRequest, order: Order) -> None:
        if order.state == OrderState.PAID:
            text = _("Order %(order)s: the refund was sent. The payment provider has not confirmed it yet.")
        else:
            text = _("Order %(order)s: refunded.")
        self.message_user(request, text % {"order": order}, messages.SUCCESS)

    @admin.action(description=_("Decline and send this answer"), permissions=["decide"])
    def decline(self, request: HttpRequest, queryset: QuerySet[RefundRequest]) -> None:
        answer = request.POST.get("answer", "")
        for asked in queryset.select_related("order").order_by("pk"):
            try:
                decline_refund(request=asked, actor=signed_in(request), answer=answer)
            except UserError as error:
                self.message_user(request, f"{asked.order}: {error}", messages.ERROR)
            else:
                text = _("Order %(order)s: declined, and the buyer has been told.") % {"order": asked.order}
                self.message_user(request, text, messages.SUCCESS)


@admin.register(WebhookEvent)
class GatewayEventAdmin(OperatorAdmin):
    list_display = ["event_id", "gateway", "kind", "created_at", "processed_at", "tries", "error", "retry_at"]
    list_filter = ["gateway", "kind", ("processed_at", admin.EmptyFieldListFilter)]
    search_fields = ["event_id", "reference", "order_uuid"]
    date_hierarchy = "created_at"
