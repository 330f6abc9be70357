"""What happens to a course, for upper apps to act upon inside the same transaction; they connect in `AppConfig.ready`."""

from dataclasses import dataclass

from common.events import Event
from courses.models import Course, CourseVersion


@dataclass(frozen=True)
class CourseEnsured:
    """A course was made, or its particulars were brought up to date. `old_slug` is the one it had before."""

    course: Course
    old_slug: str


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


course_ensured: Event[CourseEnsured] = Event("A course is created or renamed", stages=("course set",))
version_published: Event[VersionPublished] = Event("A course is published", stages=("enrolments",))
