"""What the pages of buying send. Amounts travel only to be compared: the price in force is what counts."""

import uuid
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from access.models import CourseSet
from billing.queries import sets_for_organisations
from common.forms import choice_of_rows

MAX_SEATS = 10_000


class BuyForm(forms.Form):
    """The hidden fields of a Buy button: what the buyer was shown, and a key that makes a second click harmless."""

    currency = forms.CharField(widget=forms.HiddenInput, validators=[RegexValidator(r"\A[A-Z]{3}\Z")])
    total = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    key = forms.UUIDField(widget=forms.HiddenInput)


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
