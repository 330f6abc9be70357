"""Who may put a course away, and who may revoke certificates; and what an unfinished enrolment has to finish, when the course
changes under it.

- The requirements are those of the version they started with. New lessons and checks are offered, never imposed.
- A pinned requirement that has left the course without having been finished is waived: it counts neither way.
  What was finished counts for ever, whether it is still in the course or not.
- When fewer than half of the pinned requirements are left, it is another course: the newest version's apply.
- Who began with a preview goes on with the newest version: what was announced to them is what they came for. While modules are
  still to follow, the percentage is of the whole course as it is announced, so that nobody completes it.

Reasons are in docs/decisions/0010-progress-and-new-versions.md.
"""

from accounts.types import Visitor
from courses.content import CourseText, text_of
from courses.models import CourseVersion
from learning.models import Enrolment


def can_put_away(enrolment: Enrolment, *, is_open: bool) -> bool:
    """Whether its learner may take an unfinished course out of sight: their own at any time, an organisation's once it has
    ended. `is_open`: whether something lets them into the course now.
    """
    return enrolment.completed_at is None and (enrolment.organisation_id is None or not is_open)


def requirements_in_force(
    pinned: CourseVersion, newest: CourseVersion | None, finished: set[str]
) -> tuple[CourseVersion, set[str]]:
    """The version whose requirements apply, and those of them that count (see the rules above)."""
    wanted = {str(item["activity"]) for item in pinned.requirements}
    if newest is None or newest.pk == pinned.pk:
        return pinned, wanted
    offered = {str(item["activity"]) for item in newest.requirements}
    if text_of(pinned).is_preview:
        return newest, offered
    counted = wanted & (offered | finished)
    if wanted and len(counted) * 2 < len(wanted):
        return newest, offered
    return pinned, counted


def percentage_of(text: CourseText, counted: set[str], finished: set[str]) -> int:
    """The share of the requirements that is finished, in whole per cent, of a preview as a part of the course to come."""
    if not counted:
        return 0
    there = len(text.modules)
    return len(counted & finished) * 100 * there // (len(counted) * (there + text.modules_to_follow))


def can_revoke_certificates(user: Visitor) -> bool:
    """Staff with the permission to change certificates; operators have every permission."""
    return user.is_active and user.is_staff and user.has_perm("learning.change_certificate")
