"""What organisations import: stints of colleagues, customers and partners, contracts, teams, figures, assignments."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from common.fields import LowercaseEmailField
from common.models import PublicModel
from imports.models import ImportedRow
from stakeholders.enums import CircleKind


class EmploymentStint(ImportedRow):
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
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "person_id", "hire_date"], name="stakeholders_employment_stint_once"
            ),
        ]

    def __str__(self) -> str:
        return self.person_id


class Completion(ImportedRow):
    """A completion reported from elsewhere; those inside Accord are read from `learning`."""

    person_id = models.CharField(max_length=100, blank=True)
    email = LowercaseEmailField(blank=True)
    course = models.CharField(max_length=200)
    completed_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "person_id", "email", "course"], name="stakeholders_completion_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id or self.email} {self.course}"


class OwnedStint(ImportedRow):
    """One stint of somebody outside whom a colleague looks after: one who comes back is a second row, with another start."""

    start_date = models.DateField()
    end_date = models.DateField(null=True, blank=True)
    team = models.CharField(max_length=200, blank=True)
    owner_person_id = models.CharField(max_length=100, blank=True)
    annual_value = models.PositiveBigIntegerField(null=True, blank=True, help_text=_("Minor units."))
    observed_from = models.DateField(null=True, blank=True)
    observed_until = models.DateField(null=True, blank=True)
    covariates = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True


class CustomerStint(OwnedStint):
    customer_id = models.CharField(max_length=100)
    segment = models.CharField(max_length=200, blank=True)
    currency = models.CharField(max_length=3, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "customer_id", "start_date"], name="stakeholders_customer_stint_once"
            ),
        ]

    def __str__(self) -> str:
        return self.customer_id


class PartnerStint(OwnedStint):
    partner_id = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "partner_id", "start_date"], name="stakeholders_partner_stint_once"
            ),
        ]

    def __str__(self) -> str:
        return self.partner_id


class Contract(ImportedRow):
    """One contract with a customer, and what became of it when it ended."""

    customer_id = models.CharField(max_length=100)
    start_date = models.DateField()
    end_date = models.DateField()
    value = models.PositiveBigIntegerField(null=True, blank=True, help_text=_("Minor units."))
    currency = models.CharField(max_length=3, blank=True)
    result = models.CharField(max_length=8, blank=True, help_text=_("renewed, expanded, reduced, lost"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "customer_id", "start_date"], name="stakeholders_contract_once"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.start_date}"


class PersonPeriod(ImportedRow):
    """In which team a colleague was, and under whom, from one day until another; until the next row where no end is given."""

    person_id = models.CharField(max_length=100)
    from_date = models.DateField()
    to_date = models.DateField(null=True, blank=True)
    team = models.CharField(max_length=200, blank=True)
    manager_id = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "person_id", "from_date"], name="stakeholders_person_period_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.from_date:%Y-%m-%d}"


class CustomerPeriod(ImportedRow):
    """Who looked after a customer from one day until another; until the next row where no end is given."""

    customer_id = models.CharField(max_length=100)
    from_date = models.DateField()
    to_date = models.DateField(null=True, blank=True)
    team = models.CharField(max_length=200, blank=True)
    owner_person_id = models.CharField(max_length=100, blank=True)
    annual_value = models.PositiveBigIntegerField(null=True, blank=True, help_text=_("Minor units."))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "customer_id", "from_date"], name="stakeholders_customer_period_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.from_date:%Y-%m-%d}"


class TenureRow(ImportedRow):
    """How long somebody had been there on a day, or when they left: a person or customer of whom no dates are known."""

    unit_id = models.CharField(max_length=100)
    as_of = models.DateField()
    months = models.FloatField()
    has_left = models.BooleanField()
    team = models.CharField(max_length=200, blank=True)
    completed_months_before = models.FloatField(
        null=True, blank=True, help_text=_("Months of tenure between completing and leaving, or the day of the figures.")
    )
    covariates = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "as_of", "unit_id"], name="stakeholders_tenure_row_once"),
        ]

    def __str__(self) -> str:
        return self.unit_id


class StakeholderTeam(ImportedRow):
    team = models.CharField(max_length=200)
    offered_on = models.DateField(null=True, blank=True)
    parent = models.CharField(max_length=200, blank=True)
    covariates = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "team"], name="stakeholders_team_once")]

    def __str__(self) -> str:
        return self.team


class TeamMetric(ImportedRow):
    team = models.CharField(max_length=200)
    month = models.DateField(help_text=_("First day of the month."))
    metric = models.CharField(max_length=100)
    value = models.FloatField()
    numerator = models.FloatField(null=True, blank=True)
    denominator = models.FloatField(null=True, blank=True)
    first_trained_month = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "metric", "team", "month"], name="stakeholders_team_metric_once")
        ]

    def __str__(self) -> str:
        return f"{self.team} {self.month:%Y-%m} {self.metric}"


class PersonMetric(ImportedRow):
    person_id = models.CharField(max_length=100)
    month = models.DateField(help_text=_("First day of the month."))
    metric = models.CharField(max_length=100)
    value = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "metric", "person_id", "month"], name="stakeholders_person_metric_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.month:%Y-%m} {self.metric}"


class Assignment(ImportedRow):
    "Who was assigned to which arm, as recorded at randomisation."

    person_id = models.CharField(max_length=100, blank=True)
    team = models.CharField(max_length=200, blank=True)
    arm = models.CharField(max_length=100)
    randomised_on = models.DateField()
    stratum = models.CharField(max_length=100, blank=True)
    wave_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "person_id", "team", "randomised_on"], name="stakeholders_assignment_once"
            ),
            models.CheckConstraint(
                condition=models.Q(person_id="") ^ models.Q(team=""), name="stakeholders_assignment_names_person_or_team"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id or self.team}: {self.arm}"


class Performance(ImportedRow):
    """What one person or team was expected to reach on one measure in one period, and what they reached."""

    person_id = models.CharField(max_length=100, blank=True)
    team = models.CharField(max_length=200, blank=True)
    measure = models.CharField(max_length=100)
    period = models.CharField(max_length=7, help_text=_("2024, 2024-H1, 2024-Q1 or 2024-01"))
    expected = models.FloatField()
    actual = models.FloatField()
    goal = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    higher_is_better = models.CharField(max_length=3, blank=True, help_text=_("yes, no"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "measure", "person_id", "team", "period"], name="stakeholders_performance_once"
            ),
            models.CheckConstraint(
                condition=models.Q(person_id="") ^ models.Q(team=""), name="stakeholders_performance_names_person_or_team"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id or self.team} {self.period} {self.measure}"


class Objection(PublicModel):
    """Somebody's data are left out of outcomes, from now until the objection is withdrawn. It is kept beside the imported rows,
    by whatever names the person, so that no later file brings them back.

    Made by the person: `user`, whose addresses and memberships are looked up when it is honoured. Recorded for somebody:
    `person_id` or `email`. Of an erased account `digests` of its addresses stay, and the person_id of its membership.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="objections")
    is_own = models.BooleanField(default=False, help_text=_("Made by the person, not recorded for them."))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="objections")
    person_id = models.CharField(max_length=100, blank=True)
    email = LowercaseEmailField(blank=True)
    digests = models.JSONField(default=list, blank=True, help_text=_("SHA-256 of the addresses of an erased account."))
    circle = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Of an erased account: the circle that goes on being left out with it.")
    )
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    counts_from = models.DateTimeField(
        null=True, blank=True, help_text=_("Of one made by the person: the midnight after it was made.")
    )
    counts_until = models.DateTimeField(null=True, blank=True, help_text=_("The midnight after they took it back."))

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user"],
                condition=models.Q(user__isnull=False, withdrawn_at__isnull=True),
                name="stakeholders_objection_of_account_once",
            ),
            models.UniqueConstraint(
                fields=["organisation", "person_id", "email"],
                condition=models.Q(is_own=False, withdrawn_at__isnull=True),
                name="stakeholders_objection_recorded_once",
            ),
            models.CheckConstraint(
                condition=models.Q(is_own=True) | ~models.Q(person_id="", email=""),
                name="stakeholders_objection_names_somebody",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class CirclePlace(models.Model):
    """In which circle somebody is, by a digest of their membership, or of an ID in the data: kept, so that circles stay."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=CircleKind.choices)
    name = models.CharField(max_length=32, help_text=_("Digest of the organisation's identifier with a membership or an ID."))
    circle = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "kind", "name"], name="stakeholders_circle_place_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.circle}"
