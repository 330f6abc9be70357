"""Cases of practice as authors write them. What is played are the versions that publishing one makes."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.panels import FieldPanel, HelpPanel, ObjectList
from wagtail.fields import StreamField
from wagtail.models import DraftStateMixin, LockableMixin, PreviewableMixin, Revision, RevisionMixin, WorkflowMixin

from cms.cases.blocks import CaseStreamBlock
from cms.cases.conversion import data_of
from cms.cases.findings import Finding
from common.models import TimeStampedModel
from practice.cases import CaseError, case_from_data
from practice.cases.reading import Case
from practice.errors import CaseNotPublished
from practice.models import Simulation, SimulationKind
from practice.scoring.lint import lint
from practice.services import digest_of, publish_case, withdraw_case
from skills.queries import skills_of


class CaseCheck(TimeStampedModel):
    """What the lint found in a case, by its text: it is looked through once, however often somebody asks."""

    digest = models.CharField(max_length=64, unique=True)
    findings = models.JSONField(default=list, help_text=gettext_lazy("Path, what is wrong and what to do, of each."))
    figures = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.digest


@dataclass(frozen=True)
class Standing:
    """What is known of a case. `case` is None where it cannot be read; `is_checked`: whether the lint has looked at it."""

    case: Case | None
    findings: tuple[Finding, ...] = ()
    is_checked: bool = False
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def can_be_published(self) -> bool:
        return self.case is not None and self.is_checked and not self.findings


class SimulationCase(WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, PreviewableMixin, TimeStampedModel):
    """A case with its drafts and their history. Publishing makes a version of its simulation; talks under way keep theirs."""

    key = models.SlugField(
        gettext_lazy("key"), max_length=60, unique=True, help_text=gettext_lazy("The id of the case: in its address and file.")
    )
    position = models.PositiveSmallIntegerField(
        gettext_lazy("place in the list"), default=0, help_text=gettext_lazy("Smaller numbers come first.")
    )
    body = StreamField(CaseStreamBlock(), verbose_name=gettext_lazy("case"), blank=True)
    imported_as = models.CharField(
        max_length=60,
        blank=True,
        editable=False,
        help_text=gettext_lazy("Its id as it was imported: of what is played under that id it may become the next version."),
    )

    edit_handler = ObjectList(
        [
            HelpPanel(
                content=gettext_lazy(
                    "A draft can be saved at any time. Before it is published, the case is read and played: what is wrong is "
                    "said beside the fields. Publishing makes a new version; whoever has begun goes on with theirs. The "
                    "format is described in docs/simulations.md."
                )
            ),
            FieldPanel("key"),
            FieldPanel("position"),
            FieldPanel("body"),
        ]
    )

    class Meta:
        verbose_name, verbose_name_plural = gettext_lazy("simulation"), gettext_lazy("simulations")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title or self.key

    @property
    def kind(self) -> str:
        return str(self.body[0].block_type) if self.body else ""

    @property
    def kind_in_words(self) -> str:
        return str(SimulationKind(self.kind).label) if self.kind else ""

    @property
    def title(self) -> str:
        return str(self.body[0].value.get("title") or "") if self.body else ""

    def as_data(self) -> dict[str, Any]:
        """As a file would hold it; without a block, what says that there is none."""
        return data_of(self.kind, self.key, self.body[0].value) if self.body else {"id": self.key}

    def standing(self) -> Standing:
        """What is wrong with this draft as far as is known without playing it. Up to four queries."""
        try:
            case = case_from_data(self.as_data())
        except CaseError as error:
            found = tuple(Finding(problem.path, problem.what, problem.remedy) for problem in error.problems)
            return Standing(None, found)
        if case.skill is not None and not skills_of().filter(slug=case.skill).exists():
            wrong = Finding("skill", _("There is no skill “%(slug)s”.") % {"slug": case.skill}, _("Name one of the framework."))
            return Standing(case, (wrong,))
        if of_another := self._of_another_case(case):
            return Standing(case, (of_another,))
        known = CaseCheck.objects.filter(digest=digest_of(case)).first()
        if known is None:
            return Standing(case)
        return Standing(case, tuple(Finding(*found) for found in known.findings), is_checked=True, figures=known.figures)

    def _of_another_case(self, case: Case) -> Finding | None:
        """What is wrong where its id is that of something else that is played: lessons and talks under way hang on that."""
        played = Simulation.objects.filter(key=case.id).first()
        # Of the row: a revision may be older than what it says.
        is_own = models.Q(imported_as=case.id) | models.Q(key=case.id, first_published_at__isnull=False)
        if played is None or (played.kind == case.kind and SimulationCase.objects.filter(is_own, pk=self.pk).exists()):
            return None
        told = {"key": case.id, "title": played, "kind": played.get_kind_display()}
        what = _("“%(key)s” is the id of “%(title)s” (%(kind)s), which is another case.") % told
        return Finding("id", what, _("Choose another id; to change that case, import its file and edit the draft."))

    def publish(self, revision: Revision, *args: Any, **kwargs: Any) -> None:
        """With a version of the simulation, in one transaction, by whatever way it is published.

        Raises `CaseNotPublished` for a case that cannot be read, was not played by its lint, or did not pass it.
        """
        draft: SimulationCase = revision.as_object()
        standing = draft.standing()
        if not standing.can_be_published or standing.case is None:
            raise CaseNotPublished(not_published(standing), tuple(str(finding) for finding in standing.findings))
        before = SimulationCase.objects.filter(pk=self.pk, live=True).exclude(key=draft.key).values_list("key", flat=True)
        with transaction.atomic():
            for key in list(before):
                withdraw_case(key)  # it goes by another key from now on
            super().publish(revision, *args, **kwargs)
            publish_case(standing.case, position=draft.position)

    def unpublish(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            super().unpublish(*args, **kwargs)
            withdraw_case(self.key)

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """The first page of the case; from there it is played inside the preview, as far as it was saved."""
        return render(request, "cms/case_preview.html", {"draft": self, "standing": self.standing(), "is_trial": True})


def not_published(standing: Standing) -> str:
    """Why, in a sentence."""
    if standing.findings:
        return _("It was not published. Your draft is saved; what has to change stands beside the fields.")
    return _("It was not published: it has not been checked yet. Your draft is saved.")


def check(case: Case) -> CaseCheck:
    """Play a case by its lint, up to half a minute for an interview, and note what was found. Repeating it looks it up."""
    digest = digest_of(case)
    known = CaseCheck.objects.filter(digest=digest).first()
    if known is not None:
        return known
    report = lint(case)
    findings = [[found.where, found.what, found.remedy] for found in report.findings]
    return CaseCheck.objects.update_or_create(
        digest=digest, defaults={"findings": findings, "figures": json.loads(json.dumps(dict(report.figures)))}
    )[0]
