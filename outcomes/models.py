"""What an analysis is asked to say, and immutable runs of evidence. No statistics library is imported here."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from common.models import PublicModel
from jobs.models import Job
from needs.models import Specification
from outcomes.enums import CLOCKS, EMPLOYEE_EXIT, EXPOSURES, OUTCOMES
from outcomes.errors import QuestionNotUnderstood
from outcomes.evidence.question import QuestionError, parse_covariates

# Our own columns of people and customers that one may compare by; the organisation's own come on top.
PEOPLE_COVARIATES = ("team", "manager_id", "annual_cost")
CUSTOMER_COVARIATES = ("segment", "team", "owner_person_id", "annual_value", "currency")


@dataclass(frozen=True)
class AnalysisRequest:
    """`covariates` as on the command line: `age,grade:category`."""

    outcome: str = EMPLOYEE_EXIT
    exposure: str = "completion"
    covariates: str = ""
    clock: str = "day"

    def __post_init__(self) -> None:
        if self.exposure not in EXPOSURES:
            raise QuestionNotUnderstood(
                f"The exposure {self.exposure!r} is not recognised. Choose one of: {', '.join(EXPOSURES)}."
            )
        if self.clock not in CLOCKS:
            raise QuestionNotUnderstood(f"The clock {self.clock!r} is not recognised. Choose one of: {', '.join(CLOCKS)}.")
        try:
            names = [covariate.name for covariate in parse_covariates(self.covariates)]
        except QuestionError as error:
            raise QuestionNotUnderstood(str(error)) from error
        for name in names:
            if names.count(name) > 1:
                raise QuestionNotUnderstood(f"The covariate {name!r} is named twice. Name it once.")

    @property
    def is_metric(self) -> bool:
        return self.outcome not in OUTCOMES

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "AnalysisRequest":
        return cls(**{name: data[name] for name in ("outcome", "exposure", "covariates", "clock") if name in data})


class EvidenceRun(PublicModel):
    """One question, answered once. The result is the JSON of the formats page and is never changed afterwards."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="evidence_runs")
    specification = models.ForeignKey(Specification, models.SET_NULL, null=True, blank=True, related_name="evidence_runs")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="evidence_runs")
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
