"""What happens to a membership, for upper apps to act upon; they connect in `AppConfig.ready`."""

from dataclasses import dataclass, field

from accounts.models import Membership
from common.events import Event


@dataclass(frozen=True)
class Reinstatement:
    """`remarks`: what could not be given back, in sentences for whoever reinstates them; handlers add theirs."""

    membership: Membership
    remarks: list[str] = field(default_factory=list)


# Seats before cohorts: whoever is enrolled must be able to open the course.
membership_accepted: Event[Membership] = Event("A person joins an organisation", stages=("seats", "cohorts"))
# Before what follows from joining: what they had is theirs again, as far as it is still there.
membership_reinstated: Event[Reinstatement] = Event("A former member is reinstated", stages=("cohorts",))
membership_ended: Event[Membership] = Event("A membership ends", stages=("seats", "shared"))
