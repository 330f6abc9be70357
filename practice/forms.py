"""What the learner and the other party type."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.names import NameField
from practice.diff import is_same
from practice.models import Agreement, AgreementRevision

TEXT_LIMIT = 5000


class PlainText(forms.CharField):
    """Text of some lines; line ends are the same whoever sends them, a form or a script."""

    def __init__(self, *, rows: int = 6, **kwargs: Any) -> None:
        kwargs["widget"] = forms.Textarea(attrs={"rows": rows})
        kwargs["max_length"] = TEXT_LIMIT
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class AgreementForm(forms.ModelForm):
    """A draft: nothing is required until it is sent."""

    class Meta:
        model = Agreement
        fields = ("title", "party_name", "party_email", "they_expect", "i_expect", "review_on")
        labels = {
            "title": _("What it is about"),
            "party_name": _("Who it is with"),
            "party_email": _("Their e-mail address"),
            "they_expect": _("What they expect of me"),
            "i_expect": _("What I expect of them"),
            "review_on": _("Review date"),
        }
        help_texts = {
            "title": _("A few words. They appear in the e-mail, so leave out anything only the two of you should read."),
            "party_name": _("Their name: a customer, a colleague, a partner."),
            "party_email": _("Nothing is sent until you press “Send”."),
            "they_expect": _("In their words: who does what, by when, and how you will both know it is done."),
            "i_expect": _("What you need from them to keep your side."),
            "review_on": _("The day you will review it together."),
        }
        field_classes = {"title": NameField, "party_name": NameField, "they_expect": PlainText, "i_expect": PlainText}
        widgets = {
            "party_email": forms.EmailInput(attrs={"autocomplete": "off"}),
            "party_name": forms.TextInput(attrs={"autocomplete": "off"}),
            "review_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }


class CorrectionForm(forms.Form):
    """The other party's own wording. The field names say whose expectation it is from the learner's side."""

    they_expect = PlainText(label=_("What you expect"))
    i_expect = PlainText(label=_("What is expected of you"))
    comment = PlainText(label=_("Anything you want to add"), rows=3, required=False)

    def __init__(self, *args: Any, revision: AgreementRevision, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"they_expect": revision.they_expect, "i_expect": revision.i_expect})
        super().__init__(*args, **kwargs)
        self.revision = revision

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        is_unchanged = all(
            name in cleaned and is_same(getattr(self.revision, name), cleaned[name]) for name in ("they_expect", "i_expect")
        )
        if is_unchanged and not cleaned.get("comment"):
            raise forms.ValidationError(
                _("You have not changed anything yet. Change the wording, add a comment, or confirm it as it is.")
            )
        return cleaned


class DeclineForm(forms.Form):
    comment = PlainText(label=_("Why, if you want to say"), rows=3, required=False)
    do_not_write = forms.BooleanField(label=_("Do not write to me again"), required=False)
