"""What may go wrong in learning, in words for the person who reads it."""

from typing import Any, Protocol

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


class CourseClosed(UserError):
    """Its author lets nobody new in: not yet, or not any more."""

    def __init__(self, course: Course) -> None:
        super().__init__(
            _("“%(course)s” is not open for enrolment, so nobody new can be added. Those who are on it keep learning.")
            % {"course": course}
        )


class NotAPreview(UserError):
    """Nobody waits for what is complete, or not there."""

    def __init__(self, course: Course) -> None:
        super().__init__(_("“%(course)s” is complete, so there is nothing to wait for.") % {"course": course})


class ConfirmationExpired(UserError):
    def __init__(self) -> None:
        super().__init__(_("This link is incomplete or has expired. Enter your e-mail address on the course page again."))


class EnrolmentOfSomebody(Protocol):
    @property
    def course(self) -> Course: ...

    @property
    def organisation(self) -> object: ...


class CourseStillGiven(UserError):
    """An organisation counts on it; only somebody's own courses are theirs to leave."""

    def __init__(self, enrolment: EnrolmentOfSomebody) -> None:
        super().__init__(
            _("%(organisation)s has given you “%(course)s”, so it stays on your list. Ask them to remove you from it.")
            % {"organisation": enrolment.organisation, "course": enrolment.course}
        )


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
    def __init__(self, length: int, limit: int) -> None:
        super().__init__(
            _(
                "Not saved: this has %(length)s characters; the limit is %(limit)s. Shorten it: all of it is still here, and "
                "what you saved before is kept."
            )
            % {"length": f"{length:,}", "limit": f"{limit:,}"}
        )


class TooManyRows(UserError):
    def __init__(self, limit: int) -> None:
        text = _(
            "Not saved: a worksheet has %(limit)s rows at most. Delete a row that you no longer need; all of it is still here."
        )
        super().__init__(text % {"limit": limit})


class TooManyDeletedRows(UserError):
    """They are kept, so there has to be an end to them."""

    def __init__(self) -> None:
        super().__init__(
            _("Not saved: the deleted rows are full. Delete some of them permanently, or put them back; nothing is lost.")
        )


class SavedEntry(Protocol):
    """What is stored of an activity, and how often it was saved."""

    data: dict[str, Any]
    revision: int


class EntryChanged(UserError):
    """Somebody, most likely the same person in another tab, saved a newer text; `state` holds it."""

    def __init__(self, state: SavedEntry) -> None:
        self.state = state
        super().__init__(
            _("This was changed in another tab or on another device. Both texts are shown; keep the one you want.")
        )


class CertificateRevoked(UserError):
    def __init__(self) -> None:
        super().__init__(_("This certificate has been revoked, so its name cannot be changed."))


class NameUnchanged(UserError):
    def __init__(self) -> None:
        super().__init__(_("This is the name on the certificate already. Nothing was changed."))


class TooManyCorrections(UserError):
    """`day`: when the next one is possible, written out."""

    def __init__(self, most: int, day: str) -> None:
        super().__init__(
            _(
                "You have corrected this name %(most)s times within a year, which is the most there can be. You can correct it "
                "again from %(day)s on. If it cannot wait, contact us."
            )
            % {"most": most, "day": day}
        )


class ReasonMissing(UserError):
    def __init__(self) -> None:
        super().__init__(_("Nothing was changed: write the reason. The holder of the certificate will read it."))


class CannotPrint(UserError):
    """No font of this server has these characters."""

    def __init__(self, characters: str) -> None:
        self.characters = characters
        super().__init__(
            _("This site has no font for “%(characters)s”, so the PDF cannot be made.") % {"characters": characters}
        )
