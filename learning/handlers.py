"""What learning does when something happens to a course or to a membership."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.events import Reinstatement
from accounts.models import Membership
from courses.events import VersionPublished
from jobs.services import hand_over
from learning.services.cohorts import assign_cohort_seats, enrol_in_cohorts
from learning.services.progress import settle_enrolments_later


def enrol_member(membership: Membership) -> None:
    enrol_in_cohorts(membership=membership)


def give_seats_back(reinstatement: Reinstatement) -> None:
    for course in assign_cohort_seats(membership=reinstatement.membership):
        reinstatement.remarks.append(
            _(
                "No seat is available for “%(course)s”, so they cannot open it. Buy a seat, then give it to them in their "
                "cohort."
            )
            % {"course": course}
        )


def settle_after_publication(published: VersionPublished) -> None:
    """Nobody waits for an activity that has left the course, or for a whole of which they have done all."""
    if published.has_lost_requirements or published.has_become_whole:
        course_id = published.version.course_id
        transaction.on_commit(lambda: hand_over(settle_enrolments_later, course_id))
