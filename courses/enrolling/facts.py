"""What the page of a person in the console shows of their courses: started and finished, nothing of what they wrote."""

from django.utils.translation import gettext as _

from accounts.handlers import Fact
from accounts.models import Membership
from courses.models import Course, Enrolment, Seat
from courses.services.seats import HELD


def seats_that_end(membership: Membership) -> list[str]:
    """What marking a person as left takes from them, in sentences."""
    held = Seat.objects.filter(membership=membership, state__in=HELD).select_related("pool__course_set")
    return [_("Their seat of “%(course)s” becomes free for somebody else.") % {"course": seat.pool.course_set} for seat in held]


def courses_of(membership: Membership) -> list[Fact]:
    """Cohorts and whether they have started and finished: no answers, no levels."""
    enrolments = {}
    if membership.user_id:
        enrolments = {
            one.course_id: one
            for one in Enrolment.objects.filter(user=membership.user_id, organisation=membership.organisation_id)
        }
    places = membership.cohort_places.select_related("cohort__course", "cohort__organisation")
    return [
        Fact(str(place.cohort), _progress_in_words(place.cohort.course, enrolments), place.cohort.get_absolute_url())
        for place in places
    ]


def _progress_in_words(course: Course, enrolments: dict[int, Enrolment]) -> str:
    enrolment = enrolments.get(course.pk)
    if enrolment is None or enrolment.started_at is None:
        state = _("not started")
    elif enrolment.completed_at:
        state = _("finished")
    else:
        state = _("started")
    return f"{course}: {state}"
