"""What happens to a course, for upper apps to act upon inside the same transaction; they connect in `AppConfig.ready`."""

from dataclasses import dataclass

from common.events import Event
from courses.models import Course, CourseVersion


@dataclass(frozen=True)
class VersionPublished:
    """`version` is what learners see from now on; `previous` what they saw before, None at the first publication."""

    version: CourseVersion
    previous: CourseVersion | None

    @property
    def has_lost_requirements(self) -> bool:
        """Whether something that had to be done before need not be done any more."""
        if self.previous is None:
            return False
        required = {item["activity"] for item in self.version.requirements}
        return not {item["activity"] for item in self.previous.requirements} <= required

    @property
    def has_become_whole(self) -> bool:
        """Whether what was a preview is a whole course now, so that it can be completed."""
        return self.previous is not None and self.version.is_whole and not self.previous.is_whole


# Sent with the course locked.
course_ensured: Event[Course] = Event("A course is created or renamed", stages=("course set",))
version_published: Event[VersionPublished] = Event("A course is published", stages=("enrolments", "media", "search"))
