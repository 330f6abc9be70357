"""What may go wrong in learning, in words for the person who reads it."""

from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.errors import UserError
from courses.models import Course


class CourseNotPublished(UserError):
    """Nobody can start a course that has no published version."""

    def __init__(self, course: Course) -> None:
        super().__init__(
            _("“%(course)s” has not been published yet. Choose another course, or publish this one first.") % {"course": course}
        )


class CourseNotFree(UserError):
    def __init__(self, course: Course) -> None:
        super().__init__(_("“%(course)s” is not free. Buy it, or ask your organisation for a seat.") % {"course": course})


class NamedCohort(Protocol):
    name: str

    @property
    def is_archived(self) -> bool: ...


class CohortNameTaken(UserError):
    def __init__(self, cohort: NamedCohort) -> None:
        if cohort.is_archived:
            message = _("There is already an archived cohort called “%(name)s”. Choose another name, or restore that cohort.")
        else:
            message = _("There is already a cohort called “%(name)s”. Choose another name.")
        super().__init__(message % {"name": cohort.name})


class CohortArchived(UserError):
    def __init__(self, cohort: NamedCohort) -> None:
        super().__init__(
            _("“%(name)s” is archived, so nothing was changed. Restore the cohort first, then try again.")
            % {"name": cohort.name}
        )


class SeatInUse(UserError):
    def __init__(self, percentage: int) -> None:
        super().__init__(
            _(
                "Nothing was changed: this person has taken %(percentage)s%% of the course. A seat can be released as long as "
                "its holder has taken a quarter of the course at most."
            )
            % {"percentage": percentage}
        )


class SeatsMissing(UserError):
    def __init__(self, course: Course, missing: int) -> None:
        message = ngettext(
            "You need one more seat for “%(course)s”, so no seat was given. Buy it under Seats, then try again.",
            "You need %(n)s more seats for “%(course)s”, so no seat was given. Buy them under Seats, then try again.",
            missing,
        )
        super().__init__(message % {"n": f"{missing:,}", "course": course})


class ActivityGone(UserError):
    """The block is not, or no longer, an activity of this course."""

    def __init__(self) -> None:
        super().__init__(
            _("This part of the lesson has been removed by its author. Reload the page to see the lesson as it is now.")
        )


class EntryTooLong(UserError):
    def __init__(self, limit: int) -> None:
        super().__init__(
            _(
                "This is too long to save (the maximum is %(limit)s characters). Shorten it; what you saved "
                "before is still there."
            )
            % {"limit": limit}
        )


class SavedEntry(Protocol):
    """What is stored of an activity: how often it was saved."""

    revision: int


class EntryChanged(UserError):
    """Somebody, most likely the same person in another tab, saved a newer text; `state` holds it."""

    def __init__(self, state: SavedEntry) -> None:
        self.state = state
        super().__init__(
            _("This was changed in another tab or on another device. Both texts are shown; keep the one you want.")
        )
