"""Everything that changes what learners may open, have done, and hold. One verb per function."""

from courses.errors import EntryChanged, SeatsExhausted
from courses.services.access import begin, grant_access, revoke_access, start_free
from courses.services.certificates import name_certificate, revoke_certificate, revoke_certificates_of
from courses.services.cohorts import change_cohort, create_cohort, place_in_cohort, take_out_of_cohort
from courses.services.enrolment import enrol
from courses.services.learning import finish_activity, open_lesson, save_entry, settle_enrolments
from courses.services.publishing import ensure_course, publish_version, unpublish
from courses.services.seats import add_seats, assign_seats, free_seat

__all__ = [
    "EntryChanged",
    "SeatsExhausted",
    "add_seats",
    "assign_seats",
    "begin",
    "change_cohort",
    "create_cohort",
    "enrol",
    "ensure_course",
    "finish_activity",
    "free_seat",
    "grant_access",
    "name_certificate",
    "open_lesson",
    "place_in_cohort",
    "publish_version",
    "revoke_access",
    "revoke_certificate",
    "revoke_certificates_of",
    "save_entry",
    "settle_enrolments",
    "start_free",
    "take_out_of_cohort",
    "unpublish",
]
