"""What forms share."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from common.time_zones import known_zone, zone_choices


def choice_of_rows(form: forms.BaseForm, name: str) -> forms.ModelChoiceField:
    """The field in which one row of a queryset is chosen, known as such to a type checker."""
    return cast(forms.ModelChoiceField, form.fields[name])


class LongTextField(forms.CharField):
    """Text of some lines. Line ends are the same whoever sends them, a form or a script.

    What is too long is refused with its length and stays in the field, where it is counted: under a `maxlength` browsers cut
    what is pasted, and say nothing.
    """

    def __init__(self, *, limit: int, rows: int = 3, **kwargs: Any) -> None:
        attributes = {"rows": rows, "dir": "auto", "data-counter": limit}
        super().__init__(widget=forms.Textarea(attrs=attributes), **kwargs)
        self.limit = limit

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) > self.limit:
            raise forms.ValidationError(
                _("Your text has %(length)s characters; the limit is %(limit)s. Shorten it: all of it is still here."),
                code="max_length",
                params={"length": f"{len(value):,}", "limit": f"{self.limit:,}"},
            )


class TimeZoneField(forms.ChoiceField):
    """A zone by region and place. One that was kept under an older name is shown, and saved, under that of today."""

    def __init__(self, *, before: Sequence[tuple[str, Any]] = (), **kwargs: Any) -> None:
        super().__init__(choices=lambda: [*before, *zone_choices()], **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return known_zone(value) or value if value else value

    def to_python(self, value: Any) -> str:
        return known_zone(value) or str(value) if value else ""


class DetectedTimeZoneField(forms.CharField):
    """A hidden field that static/js/accord.js fills with what the browser says; nothing where no script runs."""

    def __init__(self) -> None:
        super().__init__(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-time-zone": ""}))

    def to_python(self, value: Any) -> str:
        return known_zone(super().to_python(value) or "")

    def run_validators(self, value: str) -> None:
        """Nobody typed it: what is no zone counts as nothing said."""
