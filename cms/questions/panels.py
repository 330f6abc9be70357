"""The editor of a question: its fields, and above them what is to be known of it."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, MultiFieldPanel, ObjectList, Panel, PublishingPanel

from cms.questions.advice import advice_on
from cms.questions.base import BankDraft
from cms.questions.forms import QuestionForm
from cms.questions.models import QuestionDraft


class NotesPanel(Panel):
    """Whether the question was changed elsewhere, and what the rules advise."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "cms/panels/question_notes.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            draft: BankDraft = self.instance
            findings = draft.findings() if draft.pk else []
            advice = advice_on(draft) if isinstance(draft, QuestionDraft) and draft.pk and not findings else []
            newer = reverse(f"{draft._meta.model_name}_newer", args=[draft.pk]) if draft.pk and draft.is_outdated else ""
            return context | {"newer": newer, "advice": advice}

        def is_shown(self) -> bool:
            return bool(self.instance.pk) and super().is_shown()


EDIT_HANDLER = ObjectList(
    [
        HelpPanel(
            content=_(
                "A draft can be saved at any time, and nobody is asked it. Publishing makes a version of the question: "
                "learners who have started an assessment keep the one they saw. A new question is on trial: it awards no "
                "level. To ask something different, write a new question."
            )
        ),
        NotesPanel(),
        MultiFieldPanel(
            [FieldRowPanel([FieldPanel("kind"), FieldPanel("skill", widget=forms.Select)])], heading=_("What is asked")
        ),
        FieldPanel("situation"),
        MultiFieldPanel([FieldPanel("image"), FieldPanel("image_alt")], heading=_("Picture")),
        FieldPanel("prompt"),
        FieldPanel(
            "options",
            help_text=_(
                "Steps that are put into order are written in the right order here, and shown mixed. Points of a scale stand "
                "in their order; several may be the key where they follow each other. Of a short text, answers are wordings "
                "that you know: those marked as the key are right, and learners see none before they have answered."
            ),
        ),
        FieldPanel("others"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("relationship"), FieldPanel("industry")]),
                FieldRowPanel([FieldPanel("boundary"), FieldPanel("region")]),
                FieldPanel("concept"),
                FieldPanel("enemies"),
                FieldPanel("tags", widget=forms.TextInput),
                FieldRowPanel([FieldPanel("language"), FieldPanel("translation_of")]),
            ],
            heading=_("For authors"),
        ),
        MultiFieldPanel([FieldRowPanel([FieldPanel("key"), FieldPanel("course")])], heading=_("Where it belongs")),
        PublishingPanel(),
    ],
    base_form_class=QuestionForm,
)
