"""What operators ask about background work."""

from django.db.models import Count

from jobs.enums import JobState
from jobs.models import Job


def count_jobs() -> dict[str, int]:
    """How many there are in each state, states without any too."""
    found = dict(Job.objects.order_by().values_list("state").annotate(n=Count("pk")))
    return {state.value: found.get(state.value, 0) for state in JobState}
