"""Answers in a learner's own words, rated by people who do not know whose they are."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from assessments.enums import ItemKind
from assessments.models import Item
from common.models import PublicModel, TimeStampedModel
from rating.enums import Begun, SkipReason

LOWEST, HIGHEST = 1, 5
SCORES = tuple(range(LOWEST, HIGHEST + 1))
MAY_UNDO = timedelta(minutes=10)
"""A rating can be taken back for so long. Until then it decides nothing, and nobody sees it."""


class OpenQuestionManager(models.Manager["OpenQuestion"]):
    def get_queryset(self) -> models.QuerySet["OpenQuestion"]:
        return super().get_queryset().filter(kind=ItemKind.OPEN)


class OpenQuestion(Item):
    """A question that is answered in one's own words, as authors write it: with its rubric and its anchors."""

    objects = OpenQuestionManager()  # type: ignore[assignment, misc]  # it lists those alone

    class Meta:
        proxy = True
        verbose_name, verbose_name_plural = _("open question"), _("open questions")


class Rubric(TimeStampedModel):
    """One edition of what raters go by. Never changed: another rubric, other anchors, or the order to train again begin a new
    edition, and with it training and figures begin anew.

    `levels`: {"score", "name", "words"} from 1 to 5. `anchors`: {"id", "text", "score", "reason"}, each with the agreed score.
    """

    item = models.ForeignKey("assessments.Item", models.CASCADE, related_name="rubrics")
    number = models.PositiveSmallIntegerField()
    begun = models.CharField(max_length=10, choices=Begun, default=Begun.WRITTEN)
    levels = models.JSONField()
    anchors = models.JSONField()
    digest = models.CharField(max_length=64)
    paused_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Since when nothing it says is told: its raters agree too little.")
    )

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="rating_rubric_number_once")]

    def __str__(self) -> str:
        return f"{self.item_id}/{self.number}"

    def level(self, score: int) -> dict[str, Any]:
        found: dict[str, Any] = next(level for level in self.levels if level["score"] == score)
        return found


class Rater(PublicModel):
    """Somebody who may rate the answers to one question. The row stays, without its person, where ratings hang on it."""

    item = models.ForeignKey("assessments.Item", models.CASCADE, related_name="raters")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="rater_places")
    number = models.PositiveSmallIntegerField(help_text=_("What the rater is called in figures."))
    appointed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="rating_rater_number_once"),
            models.UniqueConstraint(fields=["item", "user"], name="rating_rater_once_per_question"),
        ]

    def __str__(self) -> str:
        return str(self.number)


class TrainingRound(TimeStampedModel):
    """One turn of a rater through all anchors of an edition. `scores`: what they gave, by id of the anchor."""

    rater = models.ForeignKey(Rater, models.CASCADE, related_name="rounds")
    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    scores = models.JSONField(default=dict)
    finished_at = models.DateTimeField(null=True, blank=True)
    has_passed = models.BooleanField(default=False)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["rater", "rubric", "number"], name="rating_round_once")]

    def __str__(self) -> str:
        return f"{self.rater_id}/{self.number}"


class Work(PublicModel):
    """One answer that is to be rated. `score`: what was decided, under which edition and when; nothing until then."""

    response = models.OneToOneField("assessments.Response", models.CASCADE, related_name="work")
    item = models.ForeignKey("assessments.Item", models.CASCADE, related_name="works")
    score = models.DecimalField(max_digits=2, decimal_places=1, null=True, blank=True)
    rubric = models.ForeignKey(Rubric, models.PROTECT, null=True, blank=True, related_name="decided")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(score__isnull=True, rubric__isnull=True, decided_at__isnull=True)
                | models.Q(
                    score__gte=Decimal(LOWEST), score__lte=Decimal(HIGHEST), rubric__isnull=False, decided_at__isnull=False
                ),
                name="rating_work_decided_whole",
            )
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class Rating(TimeStampedModel):
    work = models.ForeignKey(Work, models.CASCADE, related_name="ratings")
    rater = models.ForeignKey(Rater, models.CASCADE, related_name="ratings")
    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="ratings")
    score = models.PositiveSmallIntegerField(validators=[MinValueValidator(LOWEST), MaxValueValidator(HIGHEST)])

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["work", "rater", "rubric"], name="rating_once_per_rater_and_edition"),
            models.CheckConstraint(condition=models.Q(score__gte=LOWEST, score__lte=HIGHEST), name="rating_score_on_the_scale"),
        ]

    def __str__(self) -> str:
        return f"{self.work_id}: {self.score}"


class Skip(TimeStampedModel):
    """That a rater does not rate a work, now or later."""

    work = models.ForeignKey(Work, models.CASCADE, related_name="skips")
    rater = models.ForeignKey(Rater, models.CASCADE, related_name="skips")
    reason = models.CharField(max_length=12, choices=SkipReason)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work", "rater"], name="rating_skipped_once")]

    def __str__(self) -> str:
        return f"{self.work_id}: {self.reason}"
