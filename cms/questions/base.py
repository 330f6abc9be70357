"""A draft of something in the item bank. What is asked are the versions that publishing makes."""

from typing import Any, Self

from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.models import DraftStateMixin, LockableMixin, PreviewableMixin, Revision, RevisionMixin, WorkflowMixin

from assessments.enums import ItemState
from assessments.errors import QuestionNotPublished
from assessments.models import Item
from assessments.services import retire_item
from cms.questions.findings import Finding
from common.models import PublicModel
from skills.enums import DEFAULT_FRAMEWORK

WORDS_IN_NAME = 60


class BankDraft(WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, PreviewableMixin, PublicModel):
    """With its history. Publishing makes a version of the question in the item bank; attempts keep theirs.

    `based_on` and `published`: marks (`mark_in_bank`) of the state of the question that this draft was written from, and of the
    one that was published from here last. Where the bank has it in a third state, somebody else has changed it.
    """

    item: Any  # the question in the bank, one to one; None before the first publication
    key: Any
    course_id: int | None
    situation = models.TextField(gettext_lazy("situation"), blank=True)
    prompt = models.TextField(gettext_lazy("question"), blank=True)
    concept = models.CharField(
        gettext_lazy("concept"),
        max_length=300,
        blank=True,
        help_text=gettext_lazy("What the question is about, for authors. Learners do not see it."),
    )
    skill = models.ForeignKey(
        "skills.Skill",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("skill"),
        # Those of an organisation's own framework are its own words: no author reads them.
        limit_choices_to={"framework__slug": DEFAULT_FRAMEWORK},
    )
    based_on = models.CharField(max_length=32, blank=True, editable=False)
    published = models.CharField(max_length=32, blank=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        words = " ".join(f"{self.situation} {self.prompt}".split())
        return Truncator(words).chars(WORDS_IN_NAME) if words else str(self.key)

    # What each kind of draft says of its own ----------------------------------------------------------------------------------
    # Django's models have a metaclass of their own, so abstract methods would go unnoticed: what a kind leaves out is raised.

    @staticmethod
    def fields_in_bank(item: Item) -> dict[str, Any]:
        """What a draft of this question says, as the bank has it now."""
        raise NotImplementedError

    @staticmethod
    def mark_in_bank(item: Item) -> str:
        """Tells apart all states of a question that a draft could be based on."""
        raise NotImplementedError

    def own_findings(self) -> list[Finding]:
        """What of its words keeps it from being published."""
        raise NotImplementedError

    def put_into_bank(self) -> Item:
        """The question as this draft says it, asked from now on."""
        raise NotImplementedError

    def show_preview(self, request: HttpRequest) -> HttpResponse:
        raise NotImplementedError

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
        return self.item is not None and self.mark_in_bank(self.item) not in (self.based_on, self.published)

    def findings(self) -> list[Finding]:
        """All that keeps it from being published."""
        found = self.own_findings()
        if self.is_outdated:
            words = _("The question has been changed elsewhere since this draft was begun. See what is new, then decide.")
            found.insert(0, Finding(words))
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
            self._lock()
            draft: Self = revision.as_object()
            draft.refuse_unfinished()
            super().publish(revision, *args, **kwargs)
            if draft.go_live_at is None or draft.go_live_at <= timezone.now():
                item = draft.put_into_bank()
                mark = self.mark_in_bank(item)
                written = {"item": item, "key": item.key, "based_on": mark, "published": mark}
                type(self)._default_manager.filter(pk=self.pk).update(**written)

    def unpublish(self, *args: Any, **kwargs: Any) -> None:
        """The question is retired: nobody who begins is asked it; whoever has begun goes on."""
        with transaction.atomic():
            self._lock()
            super().unpublish(*args, **kwargs)
            if self.item is not None and self.item.state != ItemState.DRAFT:
                retire_item(item=self.item)

    def _lock(self) -> None:
        """The draft, then its question."""
        type(self)._default_manager.select_for_update(no_key=True, of=("self",)).filter(pk=self.pk).first()
        if self.item_id:
            self.item = Item.objects.select_for_update(no_key=True, of=("self",)).get(pk=self.item_id)

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
        return self.show_preview(request)
