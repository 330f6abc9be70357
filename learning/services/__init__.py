"""Everything that changes who is on a course, what they have done, and what they hold. One verb per function."""

from learning.services.certificates import correct_name, name_certificate, revoke_certificate, withdraw_certificates_of
from learning.services.cohorts import (
    add_to_cohort,
    archive_cohort,
    change_cohort,
    create_cohort,
    remove_from_cohort,
    restore_cohort,
)
from learning.services.enrolment import begin, enrol, put_away, start_free, take_up
from learning.services.progress import finish_activity, open_lesson, save_entry, settle_enrolments, show_completions

__all__ = [
    "add_to_cohort",
    "archive_cohort",
    "begin",
    "change_cohort",
    "correct_name",
    "create_cohort",
    "enrol",
    "finish_activity",
    "name_certificate",
    "open_lesson",
    "put_away",
    "remove_from_cohort",
    "restore_cohort",
    "revoke_certificate",
    "save_entry",
    "settle_enrolments",
    "show_completions",
    "start_free",
    "take_up",
    "withdraw_certificates_of",
]
