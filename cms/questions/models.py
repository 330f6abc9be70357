"""Questions of assessments as authors write them. What is asked are the versions that publishing a draft makes."""

from typing import Any

from django.db import models
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.fields import StreamField
from wagtail.images import get_image_model_string

from assessments.enums import ItemKind, ItemUse
from assessments.errors import QuestionNotPublished
from assessments.item_rules.model import BOUNDARIES
from assessments.models import Item
from assessments.services import put_on_trial, take_back_item, translations_of, upsert_item
from assessments.uploaded.refusals import Unreadable
from cms.blocks.static import RELATIONSHIPS
from cms.questions.base import BankDraft
from cms.questions.blocks import AnswersBlock
from cms.questions.conversion import as_item, fields_of, keys_in, mark_of, picture_of
from cms.questions.findings import Finding, bank_of, findings_in
from cms.questions.preview import show_question

KINDS = [(kind.value, kind.label) for kind in ItemKind if kind not in (ItemKind.OPEN, ItemKind.COMPOSED)]
"""An open response has a rubric and raters of its own (`cms.open_drafts`); a composed answer stands in lessons alone."""


class QuestionDraft(BankDraft):
    """A question with a key of its own: whoever answers it agrees with it or does not."""

    item = models.OneToOneField(Item, models.CASCADE, null=True, blank=True, editable=False, related_name="draft")
    key = models.CharField(
        gettext_lazy("key"),
        max_length=100,
        blank=True,
        help_text=gettext_lazy("By what forms and files name it. Empty: one is made. Fixed once it is published."),
    )
    course = models.ForeignKey(
        "courses.Course",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("course"),
        help_text=gettext_lazy("Empty: a question of the bank, for all courses. Fixed once it is published."),
    )
    kind = models.CharField(gettext_lazy("format"), max_length=10, choices=KINDS, default=ItemKind.SINGLE)
    image = models.ForeignKey(
        get_image_model_string(),
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("picture"),
        help_text=gettext_lazy("Shown below the situation. Learners who have started keep it, whatever becomes of the image."),
    )
    image_alt = models.CharField(
        gettext_lazy("what the picture shows"),
        max_length=500,
        blank=True,
        help_text=gettext_lazy("For whoever does not see it: all that the question needs of it."),
    )
    options = StreamField(AnswersBlock(), verbose_name=gettext_lazy("answers"), blank=True)
    others = models.TextField(
        gettext_lazy("also offered"),
        blank=True,
        help_text=gettext_lazy("Where answers are matched: what belongs to none of them, one a line."),
    )
    relationship = models.CharField(gettext_lazy("relationship"), max_length=20, choices=RELATIONSHIPS, blank=True)
    industry = models.CharField(gettext_lazy("industry"), max_length=80, blank=True)
    region = models.CharField(gettext_lazy("region"), max_length=40, blank=True)
    boundary = models.CharField(
        gettext_lazy("level boundary"),
        max_length=3,
        choices=[(boundary, boundary) for boundary in BOUNDARIES],
        blank=True,
        help_text=gettext_lazy("The two levels that the question should tell apart."),
    )
    enemies = models.TextField(
        gettext_lazy("not beside"),
        blank=True,
        help_text=gettext_lazy("Keys of questions that give this one away, separated by commas. Nobody meets both."),
    )

    tags = models.TextField(
        gettext_lazy("tags"), blank=True, help_text=gettext_lazy("Words by which authors find it, separated by commas.")
    )
    language = models.CharField(
        gettext_lazy("language"),
        max_length=20,
        blank=True,
        help_text=gettext_lazy(
            "Empty: that of this site. Of another its code, such as de or pt-BR: only forms into which it is picked ask it."
        ),
    )
    translation_of = models.CharField(
        gettext_lazy("translation of"),
        max_length=100,
        blank=True,
        help_text=gettext_lazy("Key of the question that this one says in another language. No form asks both."),
    )

    class Meta:
        verbose_name, verbose_name_plural = gettext_lazy("question draft"), gettext_lazy("question drafts")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                Coalesce("course", 0),
                "key",
                name="cms_question_draft_key_once_per_course",
                violation_error_message=gettext_lazy("Another draft has this key. Choose another one."),
            )
        ]

    fields_in_bank = staticmethod(fields_of)
    mark_in_bank = staticmethod(mark_of)

    def own_findings(self) -> list[Finding]:
        found = findings_in(self)
        if self.item_id is None and bank_of(self).filter(key=self.key).exists():
            found.append(Finding(_("A question with this key exists already. Choose another key."), "key"))
        return found

    def put_into_bank(self) -> Item:
        known = self.item
        item = upsert_item(
            course=known.course if known else self.course,
            key=known.key if known else self.key,
            uuid=known.uuid if known else self.uuid,
            use=ItemUse.FORM,
            picture=self._picture(),
            **as_item(self),
        )
        put_on_trial(item=item)
        take_back_item(item=item)
        enemies = bank_of(self).filter(use=ItemUse.FORM, key__in=keys_in(self.enemies)).exclude(pk=item.pk)
        item.enemies.set([*enemies, *translations_of(item)])
        return item

    def _picture(self) -> dict[str, Any]:
        """Raises `QuestionNotPublished` for a file that no browser would show."""
        try:
            return picture_of(self)
        except (Unreadable, OSError) as error:
            words = _("It was not published: the file of its picture cannot be read. Choose another image.")
            raise QuestionNotPublished(words, ()) from error

    def show_preview(self, request: HttpRequest) -> HttpResponse:
        return show_question(request, self, findings_in(self))
