"""Who judges the questions of the bank: panels of experts, whom they ask by mail, and what each says of each question."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.scoring.panel import LEAST_EXPERTS
from common.fields import LowercaseEmailField
from common.models import PublicModel, TimeStampedModel

MOST_QUESTIONS = 60
MOST_EXPERTS = 100
LEAST_SHOWN = LEAST_EXPERTS
"""Means of fewer experts are shown to nobody; a key needs as many."""


def today() -> date:
    """Where this site is: for everybody a panel ends at the same moment."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


class Panel(PublicModel):
    """Some questions, as they were worded when it was opened, and a last day. What experts said is read once it is closed."""

    title = models.CharField(max_length=120)
    words = models.TextField(blank=True, help_text=_("What experts should know before they begin: whom the questions are for."))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="opened_panels"
    )
    closes_on = models.DateField(_("last day"))
    closed_at = models.DateTimeField(null=True, blank=True)
    went_on_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When it went on after authors had read what it said, the last time.")
    )
    is_demonstration = models.BooleanField(
        default=False, help_text=_("Its experts and what they say are made up, to show how it works.")
    )

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.closed_at is None and not self.is_over(today())

    def is_over(self, day: date) -> bool:
        return day > self.closes_on


class PanelItem(models.Model):
    """A question of a panel, in the version that its experts read. `taken`: the version that got the panel's key."""

    panel = models.ForeignKey(Panel, models.CASCADE, related_name="items")
    item_version = models.ForeignKey("assessments.ItemVersion", models.PROTECT, related_name="panel_items")
    position = models.PositiveSmallIntegerField()
    taken = models.ForeignKey("assessments.ItemVersion", models.PROTECT, null=True, blank=True, related_name="keyed_by_panels")
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["panel", "item_version"], name="panels_version_once_per_panel"),
            models.UniqueConstraint(fields=["panel", "position"], name="panels_position_once_per_panel"),
            models.CheckConstraint(
                condition=Q(taken__isnull=True, taken_at__isnull=True) | Q(taken__isnull=False, taken_at__isnull=False),
                name="panels_key_taken_on_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.panel_id}/{self.position}"


class ExpertQuerySet(models.QuerySet["Expert"]):
    def counted(self) -> "ExpertQuerySet":
        """Whose ratings count: they have said so, and that they are done."""
        return self.filter(consented_at__isnull=False, submitted_at__isnull=False)

    def shown(self) -> "ExpertQuerySet":
        """Of one closed panel, those whose ratings its means are of.

        Nothing is shown of fewer than 8, and whoever has finished since then joins them when there are 8 more: the difference
        of two means would otherwise tell what one of them rated.
        """
        counted = self.counted()
        is_enough = counted.filter(told_at=None).count() >= LEAST_SHOWN
        return counted if is_enough else counted.exclude(told_at=None)

    def waiting(self) -> "ExpertQuerySet":
        """Who is asked and has neither finished nor declined."""
        return self.filter(submitted_at=None, declined_at=None).exclude(email="")


class Expert(PublicModel):
    """Somebody who was asked by mail. Without `email` they had their name and address taken out; what they said stays unnamed.

    Whether they are named is their own choice. Their ratings are told to nobody one by one.
    """

    panel = models.ForeignKey(Panel, models.CASCADE, related_name="experts")
    email = LowercaseEmailField(blank=True)
    name = models.CharField(max_length=100, blank=True)
    is_named = models.BooleanField(default=False)
    expertise = models.CharField(max_length=300, blank=True)
    consented_at = models.DateTimeField(null=True, blank=True, help_text=_("Agreed that the ratings are counted."))
    submitted_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("When the panel went on after their ratings had been read in means: they are final."),
    )

    objects = ExpertQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["panel", "email"], condition=~Q(email=""), name="panels_address_once_per_panel"),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True) | Q(consented_at__isnull=False), name="panels_submitted_with_consent"
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class Judgement(TimeStampedModel):
    """What an expert says of one question, finished or not.

    `points`: from 1 to 5 by option id; `best`: the id of the option chosen as best; `levels`: from 1 to 5 by option id, of
    those to which the expert gave any.
    """

    expert = models.ForeignKey(Expert, models.CASCADE, related_name="judgements")
    panel_item = models.ForeignKey(PanelItem, models.CASCADE, related_name="judgements")
    points = models.JSONField(default=dict)
    best = models.CharField(max_length=100, blank=True)
    levels = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["expert", "panel_item"], name="panels_judgement_once_per_question")]

    def __str__(self) -> str:
        return f"{self.expert_id}/{self.panel_item_id}"


class BarredMailbox(models.Model):
    """A mailbox that a panel does not ask: it invites to the panel, or has finished it and had its address taken out since.

    Only a digest of it is kept, a different one in each panel.
    """

    panel = models.ForeignKey(Panel, models.CASCADE, related_name="barred_mailboxes")
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "barred mailboxes"
        constraints = [models.UniqueConstraint(fields=["panel", "digest"], name="panels_mailbox_barred_once")]

    def __str__(self) -> str:
        return self.digest[:8]


class StoppedAddress(models.Model):
    """An address that no panel writes to again. Only a digest of it is kept, so that it outlives the address itself."""

    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "stopped addresses"

    def __str__(self) -> str:
        return self.digest[:8]
