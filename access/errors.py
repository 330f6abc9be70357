"""What the services of access refuse, in words for the person who reads it."""

from django.utils.translation import ngettext

from common.errors import UserError
from courses.models import Course


class SeatsExhausted(UserError):
    """`missing`: how many seats there are too few."""

    def __init__(self, course: Course, missing: int) -> None:
        self.missing = missing
        message = ngettext(
            "One more seat is needed for “%(course)s”. Buy it under Seats, then place these people again; nobody was placed.",
            "%(n)s more seats are needed for “%(course)s”. Buy them under Seats, then place these people again; "
            "nobody was placed.",
            missing,
        )
        super().__init__(message % {"n": missing, "course": course})
