"""Questions of assessments as authors write them. What is asked are the versions that publishing a draft makes."""

from typing import Any, Self

from django.db import models, transaction
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.fields import StreamField
from wagtail.models import DraftStateMixin, LockableMixin, PreviewableMixin, Revision, RevisionMixin, WorkflowMixin

from assessments.enums import ItemKind, ItemState, ItemUse
from assessments.errors import QuestionNotPublished
from assessments.item_rules.model import BOUNDARIES
from assessments.models import Item
from assessments.services import put_on_trial, retire_item, take_back_item, upsert_item
from cms.blocks.static import RELATIONSHIPS
from cms.questions.blocks import AnswersBlock
from cms.questions.conversion import as_item, keys_in, mark_of
from cms.questions.findings import Finding, bank_of, findings_in
from cms.questions.preview import show_question
from common.models import PublicModel

KINDS = [(kind.value, kind.label) for kind in ItemKind if kind not in (ItemKind.OPEN, ItemKind.COMPOSED)]
"""An open response has a rubric and raters of its own; a composed answer is not scored, so it stands in lessons alone."""
WORDS_IN_NAME = 60


class QuestionDraft(WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, PreviewableMixin, PublicModel):
    """A question with its drafts and their history. Publishing makes a version of it in the item bank; attempts keep theirs.

    `based_on` and `published`: marks (`conversion.mark_of`) of the state of the question that this draft was written from, and
    of the one that was published from here last. Where the bank has it in a third state, somebody else has changed it.
    """

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
    skill = models.ForeignKey(
        "skills.Skill", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=gettext_lazy("skill")
    )
    situation = models.TextField(gettext_lazy("situation"), blank=True)
    prompt = models.TextField(gettext_lazy("question"), blank=True)
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
    concept = models.CharField(
        gettext_lazy("concept"),
        max_length=300,
        blank=True,
        help_text=gettext_lazy("What the question is about, for authors. Learners do not see it."),
    )
    enemies = models.TextField(
        gettext_lazy("not beside"),
        blank=True,
        help_text=gettext_lazy("Keys of questions that give this one away, separated by commas. Nobody meets both."),
    )
    based_on = models.CharField(max_length=32, blank=True, editable=False)
    published = models.CharField(max_length=32, blank=True, editable=False)

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

    def __str__(self) -> str:
        words = " ".join(f"{self.situation} {self.prompt}".split())
        return Truncator(words).chars(WORDS_IN_NAME) if words else self.key

    # What is kept of the row whatever revision is looked at -----------------------------------------------------------------

    def with_content_json(self, content: dict[str, Any]) -> Self:
        """Which question it is, and what was published of it, is no matter of a revision."""
        draft: Self = super().with_content_json(content)
        draft.item_id, draft.uuid, draft.published = self.item_id, self.uuid, self.published
        if self.item_id:
            draft.key, draft.course_id = self.key, self.course_id
        return draft

    @property
    def is_outdated(self) -> bool:
        """Whether a content file, an import or a panel has changed the question since this draft was begun."""
        return self.item is not None and mark_of(self.item) not in (self.based_on, self.published)

    def findings(self) -> list[Finding]:
        """All that keeps it from being published."""
        found = findings_in(self)
        if self.is_outdated:
            words = _("The question has been changed elsewhere since this draft was begun. See what is new, then decide.")
            found.insert(0, Finding(words))
        if self.item_id is None and bank_of(self).filter(key=self.key).exists():
            found.append(Finding(_("A question with this key exists already. Choose another key."), "key"))
        return found

    def refuse_unfinished(self) -> None:
        """Raises `QuestionNotPublished`, with all findings, for a draft that cannot be published as it is."""
        if found := self.findings():
            words = _("It was not published. Your draft is saved; what has to change stands beside the fields.")
            raise QuestionNotPublished(words, tuple(map(str, found)))

    # Acts -------------------------------------------------------------------------------------------------------------------

    def publish(self, revision: Revision, *args: Any, **kwargs: Any) -> None:
        """With a version in the bank, in one transaction, by whatever way it is published; not before its day.

        Raises `QuestionNotPublished` for one that is not complete, or whose question was changed elsewhere.
        """
        with transaction.atomic():
            _lock(self)
            draft: QuestionDraft = revision.as_object()
            draft.refuse_unfinished()
            super().publish(revision, *args, **kwargs)
            if draft.go_live_at is None or draft.go_live_at <= timezone.now():
                _put_into_bank(draft)

    def unpublish(self, *args: Any, **kwargs: Any) -> None:
        """The question is retired: nobody who begins is asked it; whoever has begun goes on."""
        with transaction.atomic():
            _lock(self)
            super().unpublish(*args, **kwargs)
            if self.item is not None and self.item.state != ItemState.DRAFT:
                retire_item(item=self.item)

    # Preview ----------------------------------------------------------------------------------------------------------------

    def make_preview_request(
        self, original_request: Any = None, preview_mode: Any = None, extra_request_attrs: Any = None
    ) -> HttpResponse:
        """With what was answered in the preview, which its form sends to its own address."""
        attributes = dict(extra_request_attrs or {})
        if original_request:
            attributes |= {"asked_at": original_request.path, "answered": original_request.GET}
        answer: HttpResponse = super().make_preview_request(original_request, preview_mode, attributes)
        return answer

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        return show_question(request, self, findings_in(self))


def _lock(draft: QuestionDraft) -> None:
    """The draft, then its question."""
    QuestionDraft.objects.select_for_update(no_key=True, of=("self",)).filter(pk=draft.pk).first()
    if draft.item_id:
        draft.item = Item.objects.select_for_update(no_key=True, of=("self",)).get(pk=draft.item_id)


def _put_into_bank(draft: QuestionDraft) -> None:
    known = draft.item
    item = upsert_item(
        course=known.course if known else draft.course,
        key=known.key if known else draft.key,
        uuid=known.uuid if known else draft.uuid,
        use=ItemUse.FORM,
        **as_item(draft),
    )
    put_on_trial(item=item)
    take_back_item(item=item)
    item.enemies.set(bank_of(draft).filter(use=ItemUse.FORM, key__in=keys_in(draft.enemies)).exclude(pk=item.pk))
    mark = mark_of(item)
    QuestionDraft.objects.filter(pk=draft.pk).update(item=item, key=item.key, based_on=mark, published=mark)
