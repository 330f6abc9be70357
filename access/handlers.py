"""What access does when something happens to a course or to a membership."""

from access.services import sets
from access.services.seats import activate_seats, release_seats_of
from accounts.models import Membership
from courses.models import Course


def ensure_own_set(course: Course) -> None:
    """A course that is made or renamed is sold under a set of its own."""
    sets.ensure_own_set(course=course)


def open_seats(membership: Membership) -> None:
    activate_seats(membership=membership)


def release_seats(membership: Membership) -> None:
    """Their seats are free again. Enrolments, progress and certificates stay theirs."""
    release_seats_of(membership=membership)
