"""Long work with progress. The organisation belongs to a higher app: its foreign key is named as text."""

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.models import PublicModel
from jobs.enums import JobState


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> "JobQuerySet":
        """What they asked for themselves; in an organisation, as long as they are an active member."""
        is_member = models.Q(organisation__memberships__user=user.pk, organisation__memberships__state="active")
        return self.filter(models.Q(organisation=None) | is_member, requested_by=user.pk).distinct()


class Job(PublicModel):
    """Long work with progress that survives a reload. `kind` names a handler registered by the app that owns the work."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, null=True, blank=True, related_name="jobs")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    step = models.CharField(max_length=200, blank=True, help_text=_("The current step, as shown to the person waiting."))
    result = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True, help_text=_("What went wrong, as shown to the person waiting."))
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    stop_requested_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When somebody asked for it to stop; it does at the next occasion.")
    )
    result_url = models.CharField(max_length=300, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["organisation", "-created_at"], name="jobs_job_recent")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_finished(self) -> bool:
        return self.state in (JobState.DONE, JobState.FAILED)

    @property
    def percentage(self) -> int | None:
        """Whole per cent done, or None while the amount of work is unknown."""
        if self.state == JobState.DONE:
            return 100
        return min(100, self.done * 100 // self.total) if self.total else None
