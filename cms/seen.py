"""Forms of what has no drafts say what they showed: a tab that was left open does not undo what a colleague saved since."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminModelForm

SEEN = "seen"


class SeenForm(WagtailAdminModelForm):
    """Refused once where something else is current, with both shown: what is there beside what was typed. Sent again it saves.

    A form says with `mark_of` what is current, and with `says_now` what each field would show.
    """

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            del self.fields[SEEN]
        else:
            self.initial[SEEN] = self.mark_of()

    def mark_of(self) -> str:
        raise NotImplementedError

    def says_now(self) -> Mapping[str, str]:
        raise NotImplementedError

    def typed(self, name: str) -> str:
        """What stands in a field, as `says_now` would say it."""
        value = self.cleaned_data.get(name)
        return "" if value is None else str(value).replace("\r\n", "\n").strip()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if SEEN in self.fields and cleaned.get(SEEN) and cleaned[SEEN] != self.mark_of():
            self._refuse_stale()
        return cleaned

    def _refuse_stale(self) -> None:
        sent = self.data.copy()  # type: ignore[has-type]  # of a form, which has no types here
        sent[self.add_prefix(SEEN)] = self.mark_of()
        self.data = sent
        for name, words in self.says_now().items():
            if name in self.fields and name not in self.errors and self.typed(name) != words.strip():
                self.add_error(name, _("It says now: “%(words)s”") % {"words": words} if words else _("It is empty now."))
        told = _(
            "Somebody has changed this since you opened it, so nothing was saved. Beside each field that differs you read what "
            "it says now. Take over what should stay; saving again replaces it with yours."
        )
        self.add_error(None, told)
