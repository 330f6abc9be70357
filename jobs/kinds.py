"""Kinds of long work, declared by the app that owns the work, and what their handlers see."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from common.registry import Registry
from jobs.models import Job


class Progress:
    """What a handler sees of its job, and how it says how far it is."""

    def __init__(self, job: Job) -> None:
        self.job = job

    @property
    def parameters(self) -> dict[str, Any]:
        return self.job.parameters

    def report(self, done: int, total: int | None = None, step: str = "") -> None:
        """Store the progress; call it between transactions, about once a second."""
        changes: dict[str, Any] = {"done": done, "updated_at": timezone.now()}
        if total is not None:
            changes["total"] = total
        if step:
            changes["step"] = step
        Job.objects.filter(pk=self.job.pk).update(**changes)


@dataclass(frozen=True)
class JobKind:
    """`handler` does the work so that repeating it is safe, and returns the result for the page."""

    name: str
    handler: Callable[[Progress], dict[str, Any]]


job_kinds: Registry[JobKind] = Registry("Kinds of background work", owner="jobs.kinds")
