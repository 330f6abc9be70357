"""The form of the editor. It can always be saved: what keeps a draft from being published is said beside the fields."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.formats.written import DOCUMENTS
from assessments.uploaded import KINDS
from cms.open_drafts.blocks import empty_levels
from cms.open_drafts.findings import most_megabytes
from cms.open_drafts.models import USUAL_KINDS
from cms.questions.forms import BankDraftForm
from courses.models import Course


class OpenQuestionForm(BankDraftForm):
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of files"),
        choices=[(name, KINDS[name].label) for name in DOCUMENTS],
        required=False,
        initial=USUAL_KINDS,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What a file is, its content says, not its name."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"].queryset = Course.objects.order_by("title")
        self.fields["course"].disabled = self.instance.item_id is not None
        self.fields["occasion"].choices = [("", gettext("Not yet")), *self.fields["occasion"].choices[1:]]
        if self.instance.pk is None and not self.instance.levels:
            self.initial["levels"] = empty_levels()
        self.fields["megabytes"].help_text = gettext("%(most)s at the most.") % {"most": most_megabytes()}
