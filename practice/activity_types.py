"""The activities of practice: an agreement or a simulation, begun from a lesson. They live on pages of their own."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from courses.activity_types import ActivityType, EnrolmentRef
from practice.queries import simulations_in


class AgreementActivity(ActivityType):
    """Finished when the other side has answered; what was agreed is kept in `practice`, not in the state."""

    name = "agreement"
    label = _("Workplace agreement")
    template = "courses/activities/agreement.html"


class SimulationActivity(ActivityType):
    """Finished with the first talk that comes to its end; what was said is kept in `practice`, not in the state."""

    name = "simulation"
    label = _("Simulation")
    template = "courses/activities/simulation.html"

    def add_state(self, blocks: Sequence[dict[str, Any]], enrolment: EnrolmentRef | None) -> None:
        """The simulation, and the talks begun from this course. One that was taken away cannot be shown."""
        rows = simulations_in({block["value"]["simulation"] for block in blocks}, enrolment.pk if enrolment else None)
        for block in blocks:
            block["row"] = rows.get(block["value"]["simulation"])
            block["is_missing"] = block["row"] is None
