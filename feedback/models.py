"""What others see of somebody's skills. While a round runs each rater's answers are sealed; once it closes they are gone, and
what is shown of them is all that is kept.
"""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.models import PublicModel
from feedback.enums import Question, RaterGroup, RoundState, Shown


class Round(PublicModel):
    """One learner asks others. Private to the learner; nobody, the learner included, reads what one rater said."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="feedback_rounds")
    state = models.CharField(max_length=10, choices=RoundState, default=RoundState.DRAFT)
    closes_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    own_answers = models.TextField(blank=True, help_text=_("What the learner says of themselves, encrypted."))
    asked = models.JSONField(default=dict, blank=True, help_text=_("Once closed: how many were asked, by group."))

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(state__in=[RoundState.DRAFT, RoundState.OPEN]),
                name="feedback_round_one_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["closes_at"], condition=models.Q(state="open"), name="feedback_round_due")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.state}"

    def get_absolute_url(self) -> str:
        return reverse("feedback:round", args=[self.uuid])


class RoundSkill(models.Model):
    """A skill that a round asks about, as it was called when it was sent."""

    feedback_round = models.ForeignKey(Round, models.CASCADE, related_name="skills")
    skill = models.ForeignKey("skills.Skill", models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()
    own_mean = models.FloatField(null=True, blank=True, help_text=_("Once closed: what the learner said, from 1 to 5."))

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["feedback_round", "skill"], name="feedback_round_skill_once")]

    def __str__(self) -> str:
        return self.name


class Behaviour(models.Model):
    """One sentence of a round, word for word: as the learner reads it, and as the others do."""

    round_skill = models.ForeignKey(RoundSkill, models.CASCADE, related_name="behaviours")
    position = models.PositiveSmallIntegerField()
    own_words = models.TextField()
    words = models.TextField()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.words


class Rater(PublicModel):
    """Somebody who is asked. Deleted when the round closes, with what they said."""

    feedback_round = models.ForeignKey(Round, models.CASCADE, related_name="raters")
    contact = models.ForeignKey("mail.Contact", models.CASCADE, related_name="feedback_raters")
    group = models.CharField(max_length=10, choices=RaterGroup)
    answers = models.TextField(blank=True, help_text=_("What they have said so far, encrypted."))
    is_submitted = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["feedback_round", "contact"], name="feedback_rater_once")]

    def __str__(self) -> str:
        return f"{self.feedback_round_id} {self.group}"


class ShownGroup(models.Model):
    """Once a round has closed: raters whose answers are shown together, and how many they are."""

    feedback_round = models.ForeignKey(Round, models.CASCADE, related_name="shown")
    name = models.CharField(max_length=20, choices=Shown)
    position = models.PositiveSmallIntegerField()
    n = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["feedback_round", "name"], name="feedback_shown_group_once"),
            models.CheckConstraint(
                condition=models.Q(n__gte=3) | models.Q(name=Shown.ONE_MANAGER, n=1), name="feedback_shown_group_of_three"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feedback_round_id} {self.name}"


class ShownFigure(models.Model):
    """What is shown of one group about one skill; see `scoring.summary.Figure`."""

    group = models.ForeignKey(ShownGroup, models.CASCADE, related_name="figures")
    round_skill = models.ForeignKey(RoundSkill, models.CASCADE, related_name="figures")
    mean = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    n = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "round_skill"], name="feedback_shown_figure_once")]

    def __str__(self) -> str:
        return f"{self.group_id} {self.round_skill_id} {self.mean}"


class ShownComment(models.Model):
    """Somebody's words, with nothing that says whose. Rows are made in an order drawn by lot, and know no time."""

    feedback_round = models.ForeignKey(Round, models.CASCADE, related_name="comments")
    question = models.CharField(max_length=10, choices=Question)
    text = models.TextField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.feedback_round_id} {self.question}"
