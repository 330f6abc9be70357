"""What the services of access refuse, in words for the person who reads it."""

from django.utils.translation import ngettext

from common.errors import UserError
from courses.models import Course


class SeatsExhausted(UserError):
    """`missing`: how many seats there are too few."""

    def __init__(self, course: Course, missing: int) -> None:
        self.missing = missing
        message = ngettext(
            "You need one more seat for “%(course)s”, so no one was added. Buy it under Seats, then add these people again.",
            "You need %(n)s more seats for “%(course)s”, so no one was added. Buy them under Seats, then add these people "
            "again.",
            missing,
        )
        super().__init__(message % {"n": f"{missing:,}", "course": course})
