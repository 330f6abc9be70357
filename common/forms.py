"""What forms share."""

from typing import cast

from django import forms


def choice_of_rows(form: forms.BaseForm, name: str) -> forms.ModelChoiceField:
    """The field in which one row of a queryset is chosen, known as such to a type checker."""
    return cast(forms.ModelChoiceField, form.fields[name])
