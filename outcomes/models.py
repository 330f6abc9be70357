"""Immutable runs of evidence."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from common.models import PublicModel
from jobs.models import Job
from needs.models import Specification


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
