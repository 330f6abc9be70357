"""The activities of practice: an agreement or a simulation, begun from a lesson. They live on pages of their own."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from courses.activity_types import ActivityType, EnrolmentRef
from practice.queries import finished_blocks, simulations_in
from practice.queries.pairs import calls_in


class AgreementActivity(ActivityType):
    """Finished when the other side has answered; what was agreed is kept in `practice`, not in the state."""

    name = "agreement"
    label = _("Workplace agreement")
    template = "courses/activities/agreement.html"


class SimulationActivity(ActivityType):
    """Finished with the first talk that comes to its end, or with a pair where the author allows that; what was said is kept in
    `practice`, not in the state.
    """

    name = "simulation"
    label = _("Simulation")
    template = "courses/activities/simulation.html"

    def add_state(self, blocks: Sequence[dict[str, Any]], enrolment: EnrolmentRef | None) -> None:
        """The simulation, and the talks begun from this course. One that was taken away cannot be shown."""
        rows = simulations_in({block["value"]["simulation"] for block in blocks}, enrolment.pk if enrolment else None)
        for block in blocks:
            block["row"] = rows.get(block["value"]["simulation"])
            block["is_missing"] = block["row"] is None
        if enrolment is not None and (with_partner := [block for block in blocks if block["value"].get("with_partner")]):
            self._add_pairs(with_partner, enrolment)

    @staticmethod
    def _add_pairs(blocks: Sequence[dict[str, Any]], enrolment: EnrolmentRef) -> None:
        """Where a colleague may be found for the case, and whether it was finished with one. Two queries."""
        calls = calls_in({block["value"]["simulation"] for block in blocks}, enrolment.pk)
        finished = finished_blocks(enrolment.pk, [block["id"] for block in blocks])
        for block in blocks:
            block["call"] = calls.get(block["value"]["simulation"])
            block["is_finished"] = block["id"] in finished
