"""Who may work in the CMS."""

from wagtail.models import GroupApprovalTask
from wagtail.permissions import page_permission_policy

from accounts.models import User
from accounts.types import Visitor


def may_author(user: Visitor) -> bool:
    """Whether Wagtail lets this person in: authors, reviewers, operators. At most two queries a request."""
    return user.is_authenticated and user.has_perm("wagtailadmin.access_admin")


def may_publish(user: User) -> bool:
    """By the permission to publish, or by approving what others have written, which publishes it."""
    if page_permission_policy.user_has_any_permission(user, {"publish"}):
        return True
    return bool(GroupApprovalTask.objects.filter(active=True, groups__user=user).exists())
