"""Drafts of open questions."""

from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail.fields import StreamField

from assessments.enums import OF_COURSE
from assessments.formats.written import Means
from assessments.models import Item
from assessments.services import take_back_item
from cms.open_drafts.blocks import AnchorsBlock, LevelsBlock
from cms.open_drafts.conversion import anchors_of, asked_of, fields_of, levels_of, mark_of
from cms.open_drafts.findings import findings_in
from cms.open_drafts.preview import show_open_question
from cms.questions.base import BankDraft
from cms.questions.findings import Finding
from courses.models import Course
from rating.services import write_question

MEANS = [
    (Means.WORDS.value, _("In words, typed on the page")),
    (Means.FILE.value, _("With a file")),
    (Means.AUDIO.value, _("By speaking: recorded on the page, or uploaded")),
]
USUAL_KINDS = ("pdf", "docx", "odt")


def usual_kinds() -> list[str]:
    return list(USUAL_KINDS)


class OpenQuestionDraft(BankDraft):
    """A question that is answered in one's own words, with the rubric by which people rate it and the anchors they train on.

    Publishing a changed rubric begins a new edition of it: all raters train again.
    """

    item = models.OneToOneField(Item, models.CASCADE, null=True, blank=True, editable=False, related_name="open_draft")
    key = models.CharField(max_length=100, blank=True, editable=False)
    course = models.ForeignKey(
        Course,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("course"),
        help_text=_("Fixed once the question is published."),
    )
    occasion = models.CharField(
        _("asked"),
        max_length=10,
        choices=[(one.value, one.label) for one in OF_COURSE],
        blank=True,
        help_text=_("At the end of that assessment."),
    )
    by = models.CharField(_("how learners answer"), max_length=5, choices=MEANS, default=Means.WORDS)
    fewest = models.PositiveSmallIntegerField(_("fewest words"), null=True, blank=True, default=60)
    most = models.PositiveSmallIntegerField(
        _("most words"),
        null=True,
        blank=True,
        default=250,
        help_text=_("A longer text is kept. Raters read as far as here."),
    )
    kinds = models.JSONField(
        _("kinds of files"),
        default=usual_kinds,
        blank=True,
        help_text=_("What a file is, its content says, not its name."),
    )
    megabytes = models.PositiveSmallIntegerField(_("most megabytes"), null=True, blank=True, default=5)
    minutes = models.PositiveSmallIntegerField(
        _("most minutes"),
        null=True,
        blank=True,
        default=3,
        help_text=_("A recording on the page ends there. Of one that is uploaded raters hear as far as here."),
    )
    levels = StreamField(LevelsBlock(), verbose_name=_("levels of the rubric, from 1 to 5"), blank=True)
    anchors = StreamField(
        AnchorsBlock(),
        verbose_name=_("anchors"),
        blank=True,
        help_text=_("Answers whose level you and colleagues have agreed: at least six, of at least three levels."),
    )

    class Meta:
        verbose_name, verbose_name_plural = _("open question draft"), _("open question drafts")
        ordering = ["-pk"]

    fields_in_bank = staticmethod(fields_of)
    mark_in_bank = staticmethod(mark_of)

    def own_findings(self) -> list[Finding]:
        return findings_in(self)

    def put_into_bank(self) -> Item:
        known: Any = self.item
        course: Any = known.course if known else self.course  # a draft without a course has a finding, and comes not so far
        course = Course.objects.select_for_update(no_key=True).get(pk=course.pk)  # no two get the same key
        item = write_question(
            course=course,
            key=known.key if known else new_key(course),
            uuid=known.uuid if known else self.uuid,
            asked=asked_of(self),
            levels=levels_of(self),
            anchors=anchors_of(self),
        )
        take_back_item(item=item)
        return item

    def show_preview(self, request: HttpRequest) -> HttpResponse:
        return show_open_question(request, self, findings_in(self))


def new_key(course: Course | None) -> str:
    taken = set(Item.objects.filter(course=course).values_list("key", flat=True))
    return next(key for key in (f"open-{number}" for number in range(1, len(taken) + 2)) if key not in taken)
