"""Everything that changes who is on a course, what they have done, and what they hold. One verb per function."""

from learning.services.certificates import name_certificate, revoke_certificate, revoke_certificates_of
from learning.services.cohorts import (
    add_to_cohort,
    archive_cohort,
    change_cohort,
    create_cohort,
    remove_from_cohort,
    restore_cohort,
)
from learning.services.enrolment import begin, enrol, start_free
from learning.services.progress import finish_activity, open_lesson, save_entry, settle_enrolments

__all__ = [
    "add_to_cohort",
    "archive_cohort",
    "begin",
    "change_cohort",
    "create_cohort",
    "enrol",
    "finish_activity",
    "name_certificate",
    "open_lesson",
    "remove_from_cohort",
    "restore_cohort",
    "revoke_certificate",
    "revoke_certificates_of",
    "save_entry",
    "settle_enrolments",
    "start_free",
]
