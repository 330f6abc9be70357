"""What an unfinished enrolment has to finish, when the course changes under it.

- The requirements are those of the version they started with. New lessons and checks are offered, never imposed.
- A pinned requirement that has left the course without having been finished is waived: it counts neither way.
  What was finished counts for ever, whether it is still in the course or not.
- When fewer than half of the pinned requirements are left, it is another course: the newest version's apply.

Reasons are in docs/decisions/0010-progress-and-new-versions.md.
"""

from courses.models import CourseVersion


def requirements_in_force(
    pinned: CourseVersion, newest: CourseVersion | None, finished: set[str]
) -> tuple[CourseVersion, set[str]]:
    """The version whose requirements apply, and those of them that count (see the rules above)."""
    wanted = {str(item["activity"]) for item in pinned.requirements}
    if newest is None or newest.pk == pinned.pk:
        return pinned, wanted
    offered = {str(item["activity"]) for item in newest.requirements}
    counted = wanted & (offered | finished)
    if wanted and len(counted) * 2 < len(wanted):
        return newest, offered
    return pinned, counted
