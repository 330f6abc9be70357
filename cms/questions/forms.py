"""The form of the editor. It can always be saved: what keeps a draft from being published is said beside the fields."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminModelForm

from cms.questions.findings import bank_of
from courses.models import Course
from skills.models import Skill
from skills.queries import skills_of

LETTERS = "bcdfghjkmnpqrstvwxz23456789"


class MarkField(forms.CharField):
    """Something that the page knows, and nobody changes."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class BankDraftForm(WagtailAdminModelForm):
    """`base` says from which state of the question the page was written, so that a tab left open is known as what it is."""

    base = MarkField(widget=forms.HiddenInput, required=False, max_length=32)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["base"] = self.instance.based_on
        self.fields["skill"].queryset = skills_of() | Skill.objects.filter(pk=self.instance.skill_id)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if cleaned.get("base"):
            self.instance.based_on = cleaned["base"]
        return cleaned


class QuestionForm(BankDraftForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"].queryset = Course.objects.order_by("title")
        for name in ("key", "course"):
            self.fields[name].disabled = self.instance.item_id is not None

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"].strip()
        if not key:
            return self.instance.key or f"q-{get_random_string(8, LETTERS)}"
        if "," in key or any(letter.isspace() for letter in key):
            raise ValidationError(_("A key has no spaces and no commas."))
        return key

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if self.instance.item_id is None and cleaned.get("key"):
            self.instance.course, self.instance.key = cleaned.get("course"), cleaned["key"]
            if bank_of(self.instance).filter(key=cleaned["key"]).exists():
                self.add_error("key", _("A question with this key exists already. Choose another key."))
        return cleaned
