"""By the clock: panels are closed after their last day, and whoever has not finished is reminded once."""

from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from common import sweeps
from panels.contacts import has_stopped
from panels.models import Expert, Panel, today
from panels.services.opening import close_panel, lock_panel, remind

LEAST_WAIT = timedelta(days=2)


@shared_task(name="panels.keep_up")
def keep_up() -> None:
    """Hourly. Repeating it closes nothing twice and reminds nobody twice."""
    sweeps.each(Panel.objects.filter(closed_at=None).order_by("pk"), _keep_up, name="Panels of experts")


def _keep_up(panel: Panel) -> int:
    if panel.is_over(today()):
        close_panel(panel=panel)
        return 1
    return remind_experts(panel)


@transaction.atomic
def remind_experts(panel: Panel) -> int:
    """Those whose time to answer is half over, two days after they were asked at the earliest; how many."""
    locked = lock_panel(panel)
    if not locked.is_open:
        return 0
    due = [expert for expert in locked.experts.waiting().filter(reminded_at=None) if _is_due(expert, locked)]
    for expert in due:
        expert.panel = locked
        remind(expert)
    return len(due)


def _is_due(expert: Expert, panel: Panel) -> bool:
    asked_on = timezone.localdate(expert.created_at, timezone.get_default_timezone())
    half = max((panel.closes_on - asked_on) / 2, LEAST_WAIT)
    return today() >= asked_on + half and not has_stopped(expert.email)
