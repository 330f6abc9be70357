"""Who may work in the CMS."""

from wagtail.models import GroupApprovalTask, Page
from wagtail.permissions import page_permission_policy

from accounts.models import User
from accounts.rules import reasons_for_second_factor
from accounts.types import Visitor

# In a session that has been in the CMS: only then do pages of learners ask who may edit them.
AUTHORING = "authoring"


def may_author(user: Visitor) -> bool:
    """Whether Wagtail lets this person in: authors, reviewers, operators. At most two queries a request."""
    return user.is_authenticated and user.has_perm("wagtailadmin.access_admin")


def may_see_unopened(user: Visitor) -> bool:
    """Whether pages of learners show what is not for learners yet: to those who write, with the second factor they need."""
    return user.is_authenticated and may_author(user) and not reasons_for_second_factor(user)


def may_publish(user: User) -> bool:
    """By the permission to publish, or by approving what others have written, which publishes it."""
    if page_permission_policy.user_has_any_permission(user, {"publish"}):
        return True
    return bool(GroupApprovalTask.objects.filter(active=True, groups__user=user).exists())


def may_edit_page(user: Visitor, page: Page) -> bool:
    """Whether this person works on the page, now or when whoever locked it lets go."""
    return user.is_authenticated and page.permissions_for_user(user).can_edit()


def may_publish_page(user: Visitor, page: Page) -> bool:
    """Whether this person decides about what learners see of the page: publishes it, opens its course for enrolment."""
    return user.is_authenticated and page.permissions_for_user(user).can_publish()
