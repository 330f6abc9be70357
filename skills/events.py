"""What happens to the framework, for upper apps to act upon inside the same transaction; they connect in `AppConfig.ready`."""

from common.events import Event
from skills.models import Framework

framework_loaded: Event[Framework] = Event("Skills are loaded or renamed", stages=("search",))
