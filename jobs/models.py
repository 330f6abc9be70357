"""Long work with progress. The organisation belongs to a higher app: its foreign key is named as text."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.models import PublicModel
from common.queues import Queue
from jobs.enums import JobState

# A worker says three times a minute that it is still at a job (`jobs.services.BEAT_SECONDS`).
DEAD_AFTER = timedelta(minutes=2)
# The sweep hands a waiting job over again each minute; one that is still waiting then has met no worker.
UNTAKEN_AFTER = timedelta(minutes=10)


def is_dead() -> models.Q:
    """Running jobs whose worker has been silent for too long."""
    before = timezone.now() - DEAD_AFTER
    is_silent = models.Q(alive_at=None) | models.Q(alive_at__lt=before)
    return is_silent & models.Q(state=JobState.RUNNING, updated_at__lt=before)


def is_untaken() -> models.Q:
    """Waiting jobs that have met no worker for too long."""
    return models.Q(state=JobState.QUEUED, updated_at__lt=timezone.now() - UNTAKEN_AFTER)


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
    queue = models.CharField(max_length=10, default=Queue.DEFAULT.value)
    attempts = models.PositiveSmallIntegerField(default=0, help_text=_("How many times a worker has started it."))
    runner = models.CharField(max_length=64, blank=True, help_text=_("The task that started it last."))
    alive_at = models.DateTimeField(null=True, blank=True, help_text=_("When its worker last said that it is at it."))

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["organisation", "-created_at"], name="jobs_job_recent"),
            models.Index(fields=["updated_at"], condition=models.Q(finished_at=None), name="jobs_job_open"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_finished(self) -> bool:
        return self.state in (JobState.DONE, JobState.FAILED)

    @property
    def moved_at(self) -> datetime:
        """When it was last heard of."""
        return max(self.alive_at or self.updated_at, self.updated_at)

    @property
    def is_stuck(self) -> bool:
        """Nobody is at it any more, or nobody has taken it: the person waiting may start it again, or stop it at once."""
        patience = UNTAKEN_AFTER if self.state == JobState.QUEUED else DEAD_AFTER
        return not self.is_finished and self.moved_at < timezone.now() - patience

    @property
    def percentage(self) -> int | None:
        """Whole per cent done, or None while the amount of work is unknown."""
        if self.state == JobState.DONE:
            return 100
        return min(100, self.done * 100 // self.total) if self.total else None
