"""Who pays: prices with their history, orders, what came back of them, and what the payment provider told us.

Money is minor units.
"""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.models import PublicModel, TimeStampedModel

# What payment providers take in one payment at the most, in minor units.
MAX_TOTAL = 99_999_999


class PriceKind(models.TextChoices):
    PERSON = "person", _("One person")
    SEAT = "seat", _("One organisation seat")


# The amount of a price that ends a sale: nothing is sold for nothing.
ENDED = 0


class PriceQuerySet(models.QuerySet["Price"]):
    def in_force(self) -> "PriceQuerySet":
        """Of each currency and quantity the newest price that has begun, without those that were ended."""
        begun = Price.objects.filter(valid_from__lte=timezone.now())
        later = begun.filter(
            models.Q(valid_from__gt=models.OuterRef("valid_from"))
            | models.Q(valid_from=models.OuterRef("valid_from"), pk__gt=models.OuterRef("pk")),
            course_set=models.OuterRef("course_set"),
            kind=models.OuterRef("kind"),
            currency=models.OuterRef("currency"),
            from_quantity=models.OuterRef("from_quantity"),
        )
        return self.filter(~models.Exists(later), valid_from__lte=timezone.now()).exclude(amount=ENDED)


class Price(TimeStampedModel):
    """Append-only: a new price is a new row; the newest that has begun is in force, and one of `ENDED` ends the sale."""

    course_set = models.ForeignKey("access.CourseSet", models.CASCADE, related_name="prices")
    kind = models.CharField(max_length=10, choices=PriceKind)
    currency = models.CharField(max_length=3)
    amount = models.PositiveIntegerField(help_text=_("Minor units, before tax."))
    from_quantity = models.PositiveIntegerField(default=1, help_text=_("Volume price: applies from this quantity."))
    valid_from = models.DateTimeField(default=timezone.now)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Who set it here; nobody for a price from a content file."),
    )

    objects = PriceQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from", "-pk"]

    def __str__(self) -> str:
        return f"{self.course_set_id} {self.kind} {self.amount} {self.currency}"

    @property
    def is_end(self) -> bool:
        return self.amount == ENDED


class OrderState(models.TextChoices):
    OPEN = "open", _("Waiting for payment")
    PROCESSING = "processing", _("Payment under way")
    PAID = "paid", _("Paid")
    FAILED = "failed", _("Payment declined")
    CANCELLED = "cancelled", _("Cancelled")
    REFUNDED = "refunded", _("Refunded")
    REVERSED = "reversed", _("Charged back")


# Not decided yet: the gateway is asked again.
WAITING_STATES = (OrderState.OPEN, OrderState.PROCESSING)


class RefundState(models.TextChoices):
    PENDING = "pending", _("On its way")
    SUCCEEDED = "succeeded", _("Paid back")
    FAILED = "failed", _("Returned by the bank")
    CANCELLED = "cancelled", _("Cancelled")


class DisputeState(models.TextChoices):
    OPEN = "open", _("Open")
    WON = "won", _("Won by the seller")
    LOST = "lost", _("Won by the buyer")


class RefundRequestState(models.TextChoices):
    WAITING = "waiting", _("Waiting for an answer")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")


class Order(PublicModel):
    """One purchase. Its state is derived from what the gateway says of it now, never from a message alone."""

    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders")
    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, null=True, blank=True, related_name="orders")
    state = models.CharField(max_length=10, choices=OrderState, default=OrderState.OPEN)
    currency = models.CharField(max_length=3)
    total = models.PositiveIntegerField(help_text=_("Minor units."))
    request_key = models.UUIDField(
        default=uuid.uuid4, help_text=_("From the order form: submitting the same form again gives the same order.")
    )
    purchase_order = models.CharField(max_length=100, blank=True, help_text=_("The buyer's own number for the order."))
    gateway = models.CharField(max_length=20)
    gateway_reference = models.CharField(max_length=200, blank=True, help_text=_("The gateway's id for the checkout."))
    payment_reference = models.CharField(max_length=200, blank=True, help_text=_("The gateway's id for the payment."))
    checkout_url = models.TextField(blank=True)
    receipt_number = models.CharField(max_length=20, unique=True, null=True, blank=True, default=None)
    refunded_amount = models.PositiveIntegerField(default=0, help_text=_("Paid back by refunds, minor units."))
    disputed_amount = models.PositiveIntegerField(default=0, help_text=_("Held in disputes that are open, minor units."))
    lost_amount = models.PositiveIntegerField(default=0, help_text=_("Taken back by lost disputes, minor units."))
    attention = models.CharField(max_length=300, blank=True, help_text=_("Why an operator needs to review it."))
    reviewed_attention = models.CharField(
        max_length=300, blank=True, help_text=_("What an operator has marked as reviewed; it is not said again.")
    )
    revision = models.PositiveIntegerField(default=0, help_text=_("Increases whenever a response from the gateway is applied."))
    paid_at = models.DateTimeField(null=True, blank=True)
    refunded_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True, help_text=_("When the gateway was last queried."))

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "gateway_reference"],
                condition=~models.Q(gateway_reference=""),
                name="billing_order_reference_once",
            ),
            models.UniqueConstraint(fields=["buyer", "request_key"], name="billing_order_once_per_form"),
        ]
        indexes = [
            models.Index(fields=["buyer", "-created_at"], name="billing_order_by_buyer"),
            models.Index(fields=["organisation", "-created_at"], name="billing_order_by_org"),
            models.Index(fields=["state", "created_at"], name="billing_order_waiting"),
            models.Index(fields=["payment_reference"], name="billing_order_by_payment"),
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    def get_absolute_url(self) -> str:
        return reverse("billing:order", args=[self.uuid])

    @property
    def summary(self) -> str:
        """What was ordered, in a few words and without names of people."""
        return ", ".join(f"{line.quantity:,} × {line.description}" for line in self.lines.all())

    @property
    def is_test(self) -> bool:
        return self.gateway == "test"

    @property
    def returned_amount(self) -> int:
        """What is no longer ours, by refunds and by lost disputes."""
        if self.state in (OrderState.REFUNDED, OrderState.REVERSED):
            return self.total
        return min(self.total, self.refunded_amount + self.lost_amount)

    @property
    def kept_amount(self) -> int:
        return self.total - self.returned_amount


class OrderLine(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(default=1)
    course_set = models.ForeignKey("access.CourseSet", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=PriceKind)
    quantity = models.PositiveIntegerField()
    unit_amount = models.PositiveIntegerField()
    description = models.CharField(max_length=300)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gte=1), name="billing_line_at_least_one"),
            models.UniqueConstraint(fields=["order", "position"], name="billing_line_position_once"),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def amount(self) -> int:
        return self.quantity * self.unit_amount

    @property
    def source_key(self) -> str:
        """What access that comes from this line names as its cause."""
        return f"order:{self.order.uuid}" if self.position == 1 else f"order:{self.order.uuid}:{self.position}"


class ReceiptSeries(models.Model):
    """The last number of a series; locked to hand out the next, so that numbers have no gap and no twin."""

    name = models.CharField(max_length=10, unique=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "receipt series"

    def __str__(self) -> str:
        return self.name


class Refund(TimeStampedModel):
    """Money on its way back to the buyer, as the gateway says now."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="refunds")
    reference = models.CharField(max_length=200, help_text=_("The gateway's id for the refund."))
    amount = models.PositiveIntegerField(help_text=_("Minor units."))
    state = models.CharField(max_length=10, choices=RefundState)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["made_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["order", "reference"], name="billing_refund_once")]

    def __str__(self) -> str:
        return self.reference


class Dispute(TimeStampedModel):
    """A payment that the buyer's bank asks back, as the gateway says now."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="disputes")
    reference = models.CharField(max_length=200, help_text=_("The gateway's id for the dispute."))
    amount = models.PositiveIntegerField(help_text=_("Minor units."))
    state = models.CharField(max_length=10, choices=DisputeState)
    reason = models.CharField(max_length=100, blank=True, help_text=_("The bank's word for it."))
    opened_at = models.DateTimeField()
    answer_by = models.DateTimeField(null=True, blank=True, help_text=_("Until when the gateway takes an answer."))

    class Meta:
        ordering = ["opened_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["order", "reference"], name="billing_dispute_once")]

    def __str__(self) -> str:
        return self.reference


class RefundRequest(PublicModel):
    """The buyer's wish to withdraw from an order: once for each order, answered by an operator."""

    order = models.OneToOneField(Order, models.CASCADE, related_name="refund_request")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, max_length=2000, help_text=_("In the buyer's words; may be left out."))
    state = models.CharField(max_length=10, choices=RefundRequestState, default=RefundRequestState.WAITING)
    answer = models.TextField(blank=True, max_length=2000, help_text=_("What the buyer was told when it was declined."))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "created_at"], name="billing_refund_request_state")]

    def __str__(self) -> str:
        return str(self.uuid)


class WebhookEvent(TimeStampedModel):
    """A message of the payment provider, stored before it is answered, worked on afterwards."""

    gateway = models.CharField(max_length=20)
    event_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=100)
    reference = models.CharField(max_length=200, blank=True, help_text=_("The checkout or payment it refers to."))
    order_uuid = models.UUIDField(null=True, blank=True, help_text=_("Our order, if the event names it."))
    payload = models.JSONField()
    processed_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text=_("How many times it was worked on without success."))
    error = models.CharField(max_length=100, blank=True, help_text=_("What the last try ended with."))
    retry_at = models.DateTimeField(null=True, blank=True, help_text=_("Not tried again before."))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gateway", "event_id"], name="billing_event_once")]
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(processed_at=None), name="billing_event_unhandled"),
            models.Index(fields=["retry_at"], condition=models.Q(processed_at=None), name="billing_event_due"),
        ]

    def __str__(self) -> str:
        return self.event_id


class TestCheckout(PublicModel):
    """The built-in test gateway's own book: no money moves, and every page of it says so."""

    __test__ = False  # not a test class, whatever its name makes a test runner think

    order_uuid = models.UUIDField(unique=True)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, default="open", help_text=_("open, processing, paid, cancelled, failed"))
    refunds = models.JSONField(default=list, blank=True)
    disputes = models.JSONField(default=list, blank=True)
    return_url = models.TextField()
    cancel_url = models.TextField()

    def __str__(self) -> str:
        return str(self.uuid)
