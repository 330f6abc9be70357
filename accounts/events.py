"""What happens to a membership, for upper apps to act upon; they connect in `AppConfig.ready`."""

from accounts.models import Membership
from common.events import Event

# Seats before cohorts: whoever is enrolled must be able to open the course.
membership_accepted: Event[Membership] = Event("A person joins an organisation", stages=("seats", "cohorts"))
membership_ended: Event[Membership] = Event("A membership ends", stages=("seats",))
