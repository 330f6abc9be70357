"""What learning does when something happens to a course or to a membership."""

from django.db import transaction

from accounts.models import Membership
from courses.events import VersionPublished
from jobs.services import hand_over
from learning.services.cohorts import enrol_in_cohorts
from learning.services.progress import settle_enrolments_later


def enrol_member(membership: Membership) -> None:
    enrol_in_cohorts(membership=membership)


def settle_after_publication(published: VersionPublished) -> None:
    """Nobody waits for an activity that has left the course."""
    if published.has_lost_requirements:
        course_id = published.version.course_id
        transaction.on_commit(lambda: hand_over(settle_enrolments_later, course_id))
