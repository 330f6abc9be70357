"""What happens to mails, for upper apps to act upon; they connect in `AppConfig.ready`."""

from dataclasses import dataclass

from common.events import Event
from common.types import PersonRef


@dataclass(frozen=True)
class Resending:
    """How many failed mails were queued again at once, and by whom."""

    count: int
    actor: PersonRef


mails_resent: Event[Resending] = Event("An operator resends failed e-mails", stages=("record",))
