"""Simulations: cases as they were published, and the talks of learners with them."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.models import PublicModel, TimeStampedModel


class SimulationKind(models.TextChoices):
    INTERVIEW = "interview", _("Interview")
    NEGOTIATION = "negotiation", _("Negotiation")


class Simulation(PublicModel):
    """Somebody to practise with. What is played stands in its versions."""

    key = models.SlugField(unique=True, help_text=_("As in its content file, and in its address."))
    kind = models.CharField(max_length=12, choices=SimulationKind)
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=300)
    skill = models.ForeignKey("skills.Skill", models.PROTECT, null=True, blank=True, related_name="simulations")
    position = models.PositiveSmallIntegerField(default=0)
    is_listed = models.BooleanField(default=True)
    current_version = models.ForeignKey("SimulationVersion", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("simulations:simulation", args=[self.key])


class SimulationVersion(TimeStampedModel):
    """A case as it was published. Immutable: who has begun goes on with the one they began with."""

    simulation = models.ForeignKey(Simulation, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    case = models.TextField(help_text=_("JSON as text: PostgreSQL would change the order of issues and topics."))
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["simulation", "number"], name="practice_simulation_version_once")]

    def __str__(self) -> str:
        return f"{self.simulation} {self.number}"


class SimulationRun(PublicModel):
    """One talk of one learner. Everything in it is replayed from `moves`; nobody but the learner can see it.

    `map`: of an interview, the lines noted so far. `result`: the figures when it ended.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="simulation_runs")
    version = models.ForeignKey(SimulationVersion, models.PROTECT, related_name="runs")
    activity = models.ForeignKey("courses.Activity", models.SET_NULL, null=True, blank=True, related_name="+")
    enrolment = models.ForeignKey("learning.Enrolment", models.SET_NULL, null=True, blank=True, related_name="simulation_runs")
    seed = models.CharField(max_length=32)
    moves = models.JSONField(default=list, blank=True)
    map = models.JSONField(default=list, blank=True)
    result = models.JSONField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "version"], name="practice_run_of_user")]

    def __str__(self) -> str:
        return f"{self.version} {self.uuid}"

    def get_absolute_url(self) -> str:
        return reverse("simulations:run", args=[self.uuid])
