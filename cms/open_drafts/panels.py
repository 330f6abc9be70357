"""The editor of an open question."""

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, MultiFieldPanel, ObjectList, PublishingPanel

from cms.open_drafts.forms import OpenQuestionForm
from cms.questions.panels import NotesPanel

EDIT_HANDLER = ObjectList(
    [
        HelpPanel(
            content=_(
                "A draft can be saved at any time, and nobody is asked it. Once it is published, learners answer in their own "
                "words, written, in a file or spoken, at the end of the assessment that you choose. Two raters read or hear "
                "each answer without knowing whose it is. Before they rate, they train on your anchors. Whoever has begun "
                "keeps the wording they saw; where levels or anchors change, all raters train again."
            )
        ),
        NotesPanel(),
        MultiFieldPanel(
            [FieldRowPanel([FieldPanel("course"), FieldPanel("occasion")]), FieldPanel("skill", widget=forms.Select)],
            heading=_("Where it is asked"),
        ),
        FieldPanel("situation"),
        FieldPanel("prompt"),
        FieldPanel("by", widget=forms.RadioSelect),
        MultiFieldPanel([FieldRowPanel([FieldPanel("fewest"), FieldPanel("most")])], heading=_("Of an answer in words")),
        MultiFieldPanel([FieldPanel("kinds"), FieldPanel("megabytes")], heading=_("Of a file")),
        MultiFieldPanel([FieldPanel("minutes")], heading=_("Of a recording")),
        FieldPanel("levels"),
        FieldPanel("anchors"),
        FieldPanel("concept"),
        PublishingPanel(),
    ],
    base_form_class=OpenQuestionForm,
)
