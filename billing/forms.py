"""What the pages of buying send. Amounts travel only to be compared: the price in force is what counts."""

import uuid
from typing import Any

from django import forms
from django.contrib.admin.helpers import ActionForm
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from access.models import CourseSet
from billing.models import ENDED, MAX_TOTAL, Price, PriceKind
from billing.queries import price_in_force, sets_for_organisations
from common.forms import LongTextField, choice_of_rows
from common.money import CURRENCIES, MINOR_DIGITS

MAX_SEATS = 10_000
MAX_REASON = 2000
DECIMALS = {
    0: _("%(currency)s prices have no decimals."),
    2: _("%(currency)s prices have at most two decimals."),
    3: _("%(currency)s prices have at most three decimals."),
}


class BuyForm(forms.Form):
    """The hidden fields of a Buy button: what the buyer was shown, and a key that makes a second click harmless."""

    currency = forms.CharField(widget=forms.HiddenInput, validators=[RegexValidator(r"\A[A-Z]{3}\Z")])
    total = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    key = forms.UUIDField(widget=forms.HiddenInput)


class RefundForm(forms.Form):
    reason = LongTextField(
        label=_("Why do you want a refund?"),
        required=False,
        limit=MAX_REASON,
        rows=4,
        help_text=_("Your answer helps us improve the course. At most %(limit)s characters.") % {"limit": f"{MAX_REASON:,}"},
    )


class RefundAnswerForm(ActionForm):
    """Beside the actions on requests for refunds."""

    answer = LongTextField(label=_("Answer to the buyer:"), required=False, limit=2000, rows=2)


class PriceForm(forms.ModelForm):
    """A new price, as people write it; it is kept in minor units."""

    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    price = forms.DecimalField(
        label=_("Price"),
        min_value=0,
        max_digits=12,
        help_text=_(
            "Of each, before tax, such as 149 or 149.50. It takes effect immediately; existing orders keep their price. "
            "0 takes it off sale."
        ),
    )

    class Meta:
        model = Price
        fields = ["course_set", "kind", "currency", "price", "from_quantity"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if {"course_set", "kind", "currency", "price", "from_quantity"} <= data.keys():
            self._check(data)
        return data

    def _check(self, data: dict[str, Any]) -> None:
        digits = MINOR_DIGITS.get(data["currency"], 2)
        amount = data["price"] * 10**digits
        in_force = price_in_force(data["course_set"], data["kind"], data["currency"], data["from_quantity"])
        if amount != int(amount):
            self.add_error("price", DECIMALS[digits] % {"currency": data["currency"]})
        elif amount == ENDED and in_force is None:
            self.add_error("price", _("There is no such price to take off sale."))
        elif not 0 <= amount <= MAX_TOTAL:
            self.add_error("price", _("Enter a price within the limit for one payment, or 0 to take it off sale."))
        elif data["from_quantity"] < 1 or (data["kind"] == PriceKind.PERSON and data["from_quantity"] > 1):
            self.add_error(
                "from_quantity", _("A single-person price applies from quantity 1. Volume prices are for seats only.")
            )
        elif in_force == amount:
            self.add_error("price", _("This is already the current price."))
        self.instance.amount = int(amount)


class SetChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: CourseSet) -> str:
        return obj.title


class SeatQuoteForm(forms.Form):
    course = SetChoice(label=_("Course"), queryset=CourseSet.objects.none(), to_field_name="slug", empty_label=None)
    quantity = forms.IntegerField(
        label=_("Number of seats"),
        min_value=1,
        max_value=MAX_SEATS,
        help_text=_("One seat lets one person take the course. An unused seat can be assigned to someone else."),
        error_messages={
            "invalid": _("Enter a whole number, such as 50."),
            "min_value": _("Enter at least 1 seat."),
            "max_value": _("Enter at most %(limit_value)s seats; for more, place a second order."),
        },
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice_of_rows(self, "course").queryset = sets_for_organisations()


class SeatOrderForm(BuyForm, SeatQuoteForm):
    """The quote again, hidden, with what was shown."""

    purchase_order = forms.CharField(
        label=_("Your purchase order number"),
        max_length=100,
        required=False,
        help_text=_("It is printed on the receipt."),
    )
    field_order = ["purchase_order"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("course", "quantity"):
            self.fields[name].widget = forms.HiddenInput()


def new_key() -> uuid.UUID:
    """A key for one showing of a form."""
    return uuid.uuid4()
