"""What came of it: stakeholder data as organisations bring them, and immutable runs of evidence."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.fields import LowercaseEmailField
from common.models import PublicModel


class StakeholderRow(models.Model):
    """A row somebody brought; `source` is the import that first brought it (see `RowChange` for those that changed it).

    The unique constraint of each kind begins with the organisation, so no further index is paid for on a million rows.
    """

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="+", db_index=False)
    source = models.ForeignKey("imports.StagedImport", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        abstract = True


class Person(StakeholderRow):
    """One stint of one colleague: a rehire is a second row with another hire date."""

    person_id = models.CharField(max_length=100)
    hire_date = models.DateField()
    email = LowercaseEmailField(blank=True)
    team = models.CharField(max_length=200, blank=True)
    manager_id = models.CharField(max_length=100, blank=True)
    exit_date = models.DateField(null=True, blank=True)
    exit_kind = models.CharField(max_length=12, blank=True, help_text=_("voluntary, involuntary, other"))
    notice_date = models.DateField(null=True, blank=True)
    completion_date = models.DateField(null=True, blank=True, help_text=_("Of training taken elsewhere."))
    observed_from = models.DateField(null=True, blank=True)
    observed_until = models.DateField(null=True, blank=True)
    annual_cost = models.PositiveBigIntegerField(null=True, blank=True, help_text=_("Minor units."))
    covariates = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "person_id", "hire_date"], name="outcomes_person_stint_once"),
        ]

    def __str__(self) -> str:
        return self.person_id


class Completion(StakeholderRow):
    """A completion reported from elsewhere; those inside Accord are read from `courses`."""

    person_id = models.CharField(max_length=100, blank=True)
    email = LowercaseEmailField(blank=True)
    course = models.CharField(max_length=200)
    completed_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "person_id", "email", "course"], name="outcomes_completion_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id or self.email} {self.course}"


class Customer(StakeholderRow):
    customer_id = models.CharField(max_length=100)
    start_date = models.DateField()
    end_date = models.DateField(null=True, blank=True)
    segment = models.CharField(max_length=200, blank=True)
    team = models.CharField(max_length=200, blank=True)
    owner_person_id = models.CharField(max_length=100, blank=True)
    annual_value = models.PositiveBigIntegerField(null=True, blank=True, help_text=_("Minor units."))
    currency = models.CharField(max_length=3, blank=True)
    observed_from = models.DateField(null=True, blank=True)
    observed_until = models.DateField(null=True, blank=True)
    covariates = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "customer_id", "start_date"], name="outcomes_customer_stint_once"),
        ]

    def __str__(self) -> str:
        return self.customer_id


class OutcomeTeam(StakeholderRow):
    team = models.CharField(max_length=200)
    offered_on = models.DateField(null=True, blank=True)
    parent = models.CharField(max_length=200, blank=True)
    covariates = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "team"], name="outcomes_team_once")]

    def __str__(self) -> str:
        return self.team


class TeamMetric(StakeholderRow):
    team = models.CharField(max_length=200)
    month = models.DateField(help_text=_("First day of the month."))
    metric = models.CharField(max_length=100)
    value = models.FloatField()
    numerator = models.FloatField(null=True, blank=True)
    denominator = models.FloatField(null=True, blank=True)
    first_trained_month = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "metric", "team", "month"], name="outcomes_team_metric_once")
        ]

    def __str__(self) -> str:
        return f"{self.team} {self.month:%Y-%m} {self.metric}"


class PersonMetric(StakeholderRow):
    person_id = models.CharField(max_length=100)
    month = models.DateField(help_text=_("First day of the month."))
    metric = models.CharField(max_length=100)
    value = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "metric", "person_id", "month"], name="outcomes_person_metric_once")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.month:%Y-%m} {self.metric}"


class Assignment(StakeholderRow):
    """Who was drawn into which arm, as recorded when it was drawn."""

    person_id = models.CharField(max_length=100, blank=True)
    team = models.CharField(max_length=200, blank=True)
    arm = models.CharField(max_length=100)
    randomised_on = models.DateField()
    stratum = models.CharField(max_length=100, blank=True)
    wave_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "person_id", "team", "randomised_on"], name="outcomes_assignment_once"
            ),
            models.CheckConstraint(
                condition=models.Q(person_id="") ^ models.Q(team=""), name="outcomes_assignment_names_person_or_team"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id or self.team}: {self.arm}"


class RowChange(models.Model):
    """What a row held before an import changed it, so that the import can be withdrawn."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="+", db_index=False)
    staged_import = models.ForeignKey("imports.StagedImport", models.CASCADE, related_name="row_changes", db_index=False)
    row_id = models.BigIntegerField(help_text=_("Key of the row in the table of the import's kind."))
    previous = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staged_import", "row_id"], name="outcomes_change_once_per_import")]
        indexes = [models.Index(fields=["organisation", "row_id"], name="outcomes_change_by_row")]

    def __str__(self) -> str:
        return f"{self.staged_import_id}/{self.row_id}"


class EvidenceRun(PublicModel):
    """One question, answered once. The result is the JSON of the formats page and is never changed afterwards."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="evidence_runs")
    specification = models.ForeignKey(
        "needs.Specification", models.SET_NULL, null=True, blank=True, related_name="evidence_runs"
    )
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    job = models.ForeignKey("jobs.Job", models.SET_NULL, null=True, blank=True, related_name="evidence_runs")
    outcome = models.CharField(max_length=60)
    exposure = models.CharField(max_length=20)
    question = models.JSONField(help_text=_("Outcome, exposure, covariates, clock."))
    result = models.JSONField(null=True, blank=True)
    report = models.JSONField(default=dict, blank=True, help_text=_("The result in words, written by the worker."))
    charts = models.JSONField(default=dict, blank=True, help_text=_("Rendered SVG by name and theme."))
    data_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.outcome} by {self.exposure}"

    def get_absolute_url(self) -> str:
        return reverse("org:evidence_run", args=[self.organisation.slug, self.uuid])
