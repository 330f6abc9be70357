"""What the learner and the other party type."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from common.errors import UserError
from common.forms import LongTextField
from common.names import NameField
from practice.diff import is_same
from practice.models import Agreement, AgreementRevision, ReviewAnswer, Verdict

TEXT_LIMIT = 5000


class PlainText(LongTextField):
    """What one party says to the other."""

    def __init__(self, *, rows: int = 6, **kwargs: Any) -> None:
        # A form of a model brings the widget of its column.
        super().__init__(limit=TEXT_LIMIT, rows=rows, **{name: kwargs[name] for name in kwargs if name != "widget"})


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
            "title": _(
                "A few words. They are the subject of the e-mail that the other person gets, so leave out anything only the "
                "two of you should read."
            ),
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

    def clean_review_on(self) -> date | None:
        """The learner's day, which the middleware has made this one."""
        review_on: date | None = self.cleaned_data["review_on"]
        if review_on is not None and review_on < timezone.localdate():
            raise forms.ValidationError(_("This day is in the past. Choose a later one."))
        return review_on


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


class ReviewForm(forms.Form):
    """What one party says on a review day."""

    verdict = forms.ChoiceField(
        label=_("Was it kept?"),
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the three."), "invalid_choice": _("Choose one of the three.")},
    )
    what_changed = LongTextField(
        label=_("What has changed"), required=False, limit=500, rows=2, help_text=_("One sentence is enough.")
    )

    def __init__(self, *args: Any, answer: ReviewAnswer | None = None, **kwargs: Any) -> None:
        if answer is not None:
            kwargs.setdefault("initial", {"verdict": answer.verdict, "what_changed": answer.what_changed})
        super().__init__(*args, **kwargs)

    def clean_what_changed(self) -> str:
        return " ".join(self.cleaned_data["what_changed"].split())


class NextReviewForm(forms.Form):
    due_on = forms.DateField(
        label=_("Next review day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("At least a week from now. Both of you get it for your calendars."),
        error_messages={"required": _("Choose a day.")},
    )


@dataclass(frozen=True)
class RefusedReview:
    """What was sent to a review that nothing can be said to any more: shown with the reason, so that no word is lost."""

    reason: str
    words: str

    @classmethod
    def of(cls, form: ReviewForm | NextReviewForm, error: UserError) -> "RefusedReview":
        values = form.cleaned_data
        verdict = dict(Verdict.choices).get(values.get("verdict", ""), "")
        return cls(str(error), " · ".join(str(part) for part in (verdict, *_rest(values)) if part))


def _rest(values: dict[str, Any]) -> list[Any]:
    rest = [value for name, value in values.items() if name != "verdict"]
    return [date_format(value, "DATE_FORMAT") if isinstance(value, date) else value for value in rest]
