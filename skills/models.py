"""What we get better at: skills, their levels, and each learner's dated record of evidence, never overwritten."""

from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.enums import MembershipState
from accounts.models import Membership, Organisation
from common.models import PublicModel, TimeStampedModel
from skills.enums import EvidenceKind, WordsFrom
from skills.placed import Placed


class FrameworkQuerySet(models.QuerySet["Framework"]):
    def read(self) -> Self:
        """Organisations' own, of those whose members read them."""
        return self.filter(organisation__isnull=False, put_away_at=None)


class Framework(TimeStampedModel):
    """The skills by which people are told where they are: Accord's, or an organisation's own, in its own words."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    version = models.PositiveIntegerField(default=1)
    organisation = models.OneToOneField(
        Organisation, models.CASCADE, null=True, blank=True, related_name="framework", verbose_name=_("organisation")
    )
    put_away_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("Since when its members read the words of Accord again; empty: they read its own."),
    )

    objects = FrameworkQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title


class Skill(TimeStampedModel):
    framework = models.ForeignKey(Framework, models.CASCADE, related_name="skills")
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    measured_as = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="called",
        verbose_name=_("measured as"),
        help_text=_("Of an organisation's own skill: the skill of Accord whose evidence it shows."),
    )
    is_hidden = models.BooleanField(_("hidden"), default=False, help_text=_("Of an organisation's own skill: shown to nobody."))

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["framework", "slug"], name="skills_skill_once_per_framework")]

    def __str__(self) -> str:
        return self.name

    @property
    def measured(self) -> "Skill":
        """The skill that evidence is about: an organisation's own one is another name for it."""
        return self.measured_as or self


class SkillVersion(TimeStampedModel):
    """The words of a skill as they once were or are, so that what was told then can be read as it was. Never changed."""

    skill = models.ForeignKey(Skill, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    origin = models.CharField(max_length=10, choices=WordsFrom)
    name = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    levels = models.JSONField(help_text=_("Number, name and behaviour of each, in order."))

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["skill", "number"], name="skills_version_once_per_skill")]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class Level(TimeStampedModel):
    skill = models.ForeignKey(Skill, models.CASCADE, related_name="levels")
    number = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    name = models.CharField(max_length=80)
    behaviour = models.TextField(help_text=_("What someone at this level can be seen to do."))

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["skill", "number"], name="skills_level_once_per_skill")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def in_force(self) -> Self:
        """What counts: evidence that no later row corrects."""
        return self.filter(replaced_by__isnull=True)


def _all_or_none(*names: str) -> models.Q:
    filled, empty = ({f"{name}__isnull": is_empty for name in names} for is_empty in (False, True))
    return models.Q(**filled) | models.Q(**empty)


class Evidence(PublicModel):
    """One dated piece of evidence on one skill of one learner. A correction is a new row that names the one it replaces."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="skill_evidence")
    skill = models.ForeignKey(Skill, models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=20, choices=EvidenceKind)
    source = models.CharField(max_length=120, help_text=_("Stable key of what produced it: attempt:<uuid>, agreement:<uuid>."))
    label = models.CharField(
        max_length=200, help_text=_("Shown to the learner: what the evidence comes from, such as the name of the assessment.")
    )
    occurred_at = models.DateTimeField()
    share = models.FloatField(null=True, blank=True, help_text=_("Point estimate between 0 and 1, if the source has one."))
    share_low = models.FloatField(null=True, blank=True)
    share_high = models.FloatField(null=True, blank=True)
    items = models.PositiveSmallIntegerField(null=True, blank=True)
    place = models.FloatField(null=True, blank=True, help_text=_("Where the answers lie on the scale of levels, from 1 to 5."))
    place_low = models.FloatField(null=True, blank=True)
    place_high = models.FloatField(null=True, blank=True)
    likely_level = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("The level that the answers look most like; it is not awarded.")
    )
    likely_low = models.PositiveSmallIntegerField(null=True, blank=True)
    likely_high = models.PositiveSmallIntegerField(null=True, blank=True)
    level = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("Only if the source can award one."))
    is_provisional = models.BooleanField(default=True)
    may_be_shared = models.BooleanField(
        default=False, help_text=_("Whether its learner may show it to their organisation; nobody was promised otherwise.")
    )
    # Whoever is erased takes both along; a piece alone is never taken from under its correction.
    replaces = models.ForeignKey("self", models.RESTRICT, null=True, blank=True, related_name="replaced_by")

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["occurred_at", "pk"]
        constraints = [
            # A source speaks once of each skill; what it says later corrects what it said before, in one line without branches.
            models.UniqueConstraint(
                fields=["user", "skill", "source"],
                condition=models.Q(replaces__isnull=True),
                name="skills_evidence_once_per_source",
            ),
            models.UniqueConstraint(fields=["replaces"], name="skills_evidence_corrected_once"),
            models.CheckConstraint(
                condition=models.Q(is_provisional=False) | models.Q(level__isnull=True),
                name="skills_evidence_provisional_awards_no_level",
            ),
            models.CheckConstraint(
                condition=_all_or_none("place", "place_low", "place_high", "likely_level", "likely_low", "likely_high"),
                name="skills_evidence_whole_placement",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def placed(self) -> Placed | None:
        """Where it tells a level: evidence of earlier releases has a place also where it tells none."""
        if self.place is None or self.place_low is None or self.place_high is None:
            return None
        if self.likely_level is None or self.likely_low is None or self.likely_high is None:
            return None
        placed = Placed(self.place, self.place_low, self.place_high, self.likely_level, self.likely_low, self.likely_high)
        return placed if placed.tells_a_level else None


class SharedEvidenceQuerySet(models.QuerySet["SharedEvidence"]):
    def seen(self) -> Self:
        """What organisations see now: of active members who keep their account, and nothing that has been corrected since."""
        return self.filter(
            membership__state=MembershipState.ACTIVE,
            membership__user=models.F("evidence__user"),
            membership__user__is_active=True,
            membership__user__closes_at=None,
            evidence__replaced_by__isnull=True,
            evidence__may_be_shared=True,
        )


class SharedEvidence(TimeStampedModel):
    """A piece of evidence that its learner shows to one organisation, until they take it back: then the row is gone."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="shared_evidence")
    evidence = models.ForeignKey(Evidence, models.CASCADE, related_name="shares")

    objects = SharedEvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["membership", "evidence"], name="skills_shared_once_with_an_organisation")
        ]

    def __str__(self) -> str:
        return f"{self.evidence_id}: {self.membership_id}"
