"""What instruments need that are taken by themselves: parameters to choose questions by, and to whom an instrument is assigned.

`models` brings these to Django. They name its models by their names, so that nothing runs in a circle.
"""

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from assessments.enums import NoticeReason
from assessments.item_rules.model import MOST_MINUTES
from common.models import PublicModel


class Calibration(PublicModel):
    """Parameters (2PL) of the questions of one skill, worked out once of all answers that counted then. Never changed: a
    sitting keeps the one by which it began.
    """

    skill = models.ForeignKey("skills.Skill", models.PROTECT, related_name="calibrations")
    persons = models.PositiveIntegerField()
    log_likelihood = models.FloatField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.skill_id}: {self.persons}"


class CalibratedItem(models.Model):
    """One question as it was worded then. `answers`: complete ones, on which its parameters rest; `facet`: what it counts as
    where a sitting is balanced.
    """

    calibration = models.ForeignKey(Calibration, models.CASCADE, related_name="items")
    item_version = models.ForeignKey("assessments.ItemVersion", models.PROTECT, related_name="calibrations")
    answers = models.PositiveIntegerField()
    a = models.FloatField()
    b = models.FloatField()
    a_error = models.FloatField(null=True, blank=True)
    b_error = models.FloatField(null=True, blank=True)
    facet = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["calibration", "item_version"], name="assessments_version_once_per_calibration")
        ]

    def __str__(self) -> str:
        return f"{self.calibration_id}/{self.item_version_id}"


class AssignedQuerySet(models.QuerySet["AssignedInstrument"]):
    def current(self) -> Self:
        return self.filter(withdrawn_at=None)


class AssignedInstrument(PublicModel):
    """An assessment that an organisation gives to a cohort, with days and minutes of its own."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="assigned_instruments")
    cohort = models.ForeignKey("learning.Cohort", models.CASCADE, related_name="assigned_instruments")
    instrument = models.ForeignKey("assessments.Instrument", models.PROTECT, related_name="assigned")
    opens_on = models.DateField(_("first day"), null=True, blank=True)
    closes_on = models.DateField(_("last day"), null=True, blank=True)
    time_limit = models.PositiveSmallIntegerField(
        _("time limit in minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES)],
        help_text=_("Counted on the server from the start. Empty: no limit."),
    )
    sends_mail = models.BooleanField(
        _("tell people by e-mail"),
        default=True,
        help_text=_("When it opens, and three days before the last day whoever has not finished."),
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text=_("Since when nobody can begin it any more."))

    objects = AssignedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "instrument"],
                condition=models.Q(withdrawn_at=None),
                name="assessments_assigned_once_per_cohort",
            ),
            models.CheckConstraint(
                condition=models.Q(opens_on=None) | models.Q(closes_on=None) | models.Q(closes_on__gte=models.F("opens_on")),
                name="assessments_assigned_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.cohort_id}"


class AssignmentNotice(models.Model):
    """That somebody was written to about an assigned assessment: for the same reason and the same day once."""

    assigned = models.ForeignKey(AssignedInstrument, models.CASCADE, related_name="notices")
    membership = models.ForeignKey("accounts.Membership", models.CASCADE, related_name="assignment_notices")
    reason = models.CharField(max_length=10, choices=NoticeReason)
    day = models.DateField(help_text=_("The first or the last day that it spoke of."))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assigned", "membership", "reason", "day"], name="assessments_assignment_notice_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.assigned_id} {self.membership_id} {self.reason}"


class AssignedRelease(PublicModel):
    """What an organisation was told of the results of a group of ten or more, as it was shown."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="assigned_releases")
    assigned = models.ForeignKey(AssignedInstrument, models.CASCADE, related_name="releases")
    people = models.PositiveIntegerField()
    content = models.JSONField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.assigned_id}: {self.people}"


class AssignedReleasePerson(models.Model):
    """That the sitting of somebody is in it."""

    release = models.ForeignKey(AssignedRelease, models.CASCADE, related_name="counted")
    enrolment = models.ForeignKey("learning.Enrolment", models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "enrolment"], name="assessments_person_once_per_assigned_release")
        ]

    def __str__(self) -> str:
        return f"{self.release_id}/{self.enrolment_id}"
