"""Why we train: a gap, what causes it, what would close it, and what stakeholders expect of that, written down beforehand."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.models import PublicModel, TimeStampedModel
from needs.enums import EXIT_KINDS, MAX_HORIZON_MONTHS


class StakeholderGroup(models.TextChoices):
    CUSTOMERS = "customers", _("Customers")
    EMPLOYEES = "employees", _("Employees")
    PARTNERS = "partners", _("Partners")


class GapState(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    NARROWED = "narrowed", _("Narrowed")
    NOT_CLOSED = "not_closed", _("Not closed")


class Gap(PublicModel):
    """Expected against actual on one measure, for some people, since a day, with what hangs on it."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="gaps")
    title = models.CharField(max_length=200)
    requested = models.TextField(blank=True, help_text=_("The request, in the words of the person who made it."))
    who = models.CharField(max_length=200, help_text=_("A team, a role or a site."))
    team = models.ForeignKey("accounts.Team", models.SET_NULL, null=True, blank=True, related_name="gaps")
    stakeholder_group = models.CharField(max_length=12, choices=StakeholderGroup, default=StakeholderGroup.EMPLOYEES)
    measure = models.CharField(max_length=200)
    unit = models.CharField(max_length=40, blank=True)
    expected = models.DecimalField(max_digits=14, decimal_places=4)
    actual = models.DecimalField(max_digits=14, decimal_places=4)
    higher_is_better = models.BooleanField(default=True)
    since = models.DateField(null=True, blank=True)
    yearly_cost = models.PositiveBigIntegerField(
        null=True, blank=True, help_text=_("Minor units of the organisation's currency.")
    )
    business_goal = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=300, blank=True, help_text=_("Where the figures come from."))
    state = models.CharField(max_length=12, choices=GapState, default=GapState.OPEN)
    remeasured = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    remeasured_on = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("org:gap", args=[self.organisation.slug, self.uuid])

    @property
    def is_about_employees(self) -> bool:
        return self.stakeholder_group == StakeholderGroup.EMPLOYEES


class CauseFactor(models.TextChoices):
    """Gilbert's six factors: three of the surroundings, three of the person."""

    INFORMATION = "information", _("Information: do they know what is expected and how they are doing?")
    RESOURCES = "resources", _("Resources: do they have the tools, the time and the authority?")
    INCENTIVES = "incentives", _("Incentives: does doing it well pay off, and doing it badly not?")
    KNOWLEDGE = "knowledge", _("Knowledge and skill: could they do it if they had to?")
    CAPACITY = "capacity", _("Capacity: are they the right people for it, and do they have room to do it?")
    MOTIVES = "motives", _("Motives: do they want what the job offers?")


class CauseWeight(models.TextChoices):
    MAIN = "main", _("Main cause")
    PART = "part", _("Contributing cause")
    NOT = "not", _("Not a cause")
    UNKNOWN = "unknown", _("Not known yet")


class Cause(TimeStampedModel):
    """What was found on one factor, for and against. Training is a remedy for knowledge only."""

    gap = models.ForeignKey(Gap, models.CASCADE, related_name="causes")
    factor = models.CharField(max_length=12, choices=CauseFactor)
    weight = models.CharField(max_length=8, choices=CauseWeight, default=CauseWeight.UNKNOWN)
    evidence_for = models.TextField(blank=True)
    evidence_against = models.TextField(blank=True)
    remedy = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gap", "factor"], name="needs_cause_once_per_factor")]

    def __str__(self) -> str:
        return self.get_factor_display()


class SpecificationState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    APPROVED = "approved", _("Approved")


class Specification(PublicModel):
    """What training is to do about a gap: who, which skills to which level, by which course and cohort, judged how."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="specifications")
    gap = models.ForeignKey(Gap, models.PROTECT, related_name="specifications")
    title = models.CharField(max_length=200)
    course = models.ForeignKey("courses.Course", models.PROTECT, related_name="specifications")
    cohort = models.ForeignKey("learning.Cohort", models.SET_NULL, null=True, blank=True, related_name="specifications")
    people = models.PositiveIntegerField(help_text=_("How many people will take part."))
    evaluation = models.TextField(
        help_text=_("How the training will be evaluated, by what date, and what else could explain the result.")
    )
    analysis_on = models.DateField(null=True, blank=True)
    event_kinds = models.JSONField(
        default=list,
        blank=True,
        help_text=_("Keys of the exits that the analysis is to count; an empty list where nothing has been said."),
    )
    horizon_months = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("How long the analysis is to follow anybody after they joined.")
    )
    despite_reason = models.TextField(
        blank=True,
        help_text=_(
            "Why training goes ahead although a lack of knowledge or skill is not among the causes. Every later "
            "report shows this reason."
        ),
    )
    state = models.CharField(max_length=10, choices=SpecificationState, default=SpecificationState.DRAFT)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(horizon_months=None) | models.Q(horizon_months__range=(1, MAX_HORIZON_MONTHS)),
                name="needs_horizon_in_range",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("org:specification", args=[self.organisation.slug, self.uuid])

    @property
    def exits_that_count(self) -> str:
        """In words, as in "Voluntary, other"; blank where nothing has been said."""
        names = [str(EXIT_KINDS[kind]) for kind in self.event_kinds]
        return ", ".join([*names[:1], *(name.lower() for name in names[1:])])


class SpecificationSkill(models.Model):
    specification = models.ForeignKey(Specification, models.CASCADE, related_name="skills")
    skill = models.ForeignKey("skills.Skill", models.PROTECT, related_name="+")
    from_level = models.PositiveSmallIntegerField()
    to_level = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["specification", "skill"], name="needs_skill_once_per_specification"),
            models.CheckConstraint(condition=models.Q(to_level__gt=models.F("from_level")), name="needs_level_rises"),
        ]

    def __str__(self) -> str:
        return f"{self.skill_id}: {self.from_level} to {self.to_level}"


class ExpectationResult(models.TextChoices):
    OPEN = "open", _("Not measured yet")
    MET = "met", _("Met")
    PARTLY = "partly", _("Partly met")
    NOT_MET = "not_met", _("Not met")


class Expectation(PublicModel):
    """What one stakeholder expects to see: measure, baseline, target, date. Its result is derived from the measured value."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="expectations")
    specification = models.ForeignKey(Specification, models.CASCADE, related_name="expectations")
    stakeholder_group = models.CharField(max_length=12, choices=StakeholderGroup)
    owner = models.CharField(max_length=200, help_text=_("The person or role that expects it."))
    statement = models.CharField(max_length=300, help_text=_("In their own words."))
    measure = models.CharField(max_length=200)
    unit = models.CharField(max_length=40, blank=True)
    baseline = models.DecimalField(max_digits=14, decimal_places=4)
    target = models.DecimalField(max_digits=14, decimal_places=4)
    due_on = models.DateField()
    importance = models.PositiveSmallIntegerField(default=3, help_text=_("1 (nice to have) to 5 (decisive)."))
    measured = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    measured_on = models.DateField(null=True, blank=True)
    remark = models.TextField(blank=True)

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(importance__gte=1, importance__lte=5), name="needs_importance_1_to_5"),
            models.CheckConstraint(condition=~models.Q(baseline=models.F("target")), name="needs_target_differs_from_baseline"),
        ]

    def __str__(self) -> str:
        return self.statement

    @property
    def result(self) -> str:
        """Met at or beyond the target, partly from half of the way on, otherwise not met; open until measured."""
        if self.measured is None:
            return ExpectationResult.OPEN
        share = (self.measured - self.baseline) / (self.target - self.baseline)
        if share >= 1:
            return ExpectationResult.MET
        return ExpectationResult.PARTLY if share * 2 >= 1 else ExpectationResult.NOT_MET
