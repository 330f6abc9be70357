"""Wagtail's pages about people, closed or reduced: addresses, passwords and rights change elsewhere.

People change what is theirs in allauth's pages and their profile; operators act on accounts in `/admin/`, on record.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from wagtail.admin.views import account
from wagtail.models import GroupApprovalTask
from wagtail.permission_policies import BasePermissionPolicy
from wagtail.permissions import page_permission_policy

from accounts.models import User

CLOSED_PANELS = (account.NameEmailSettingsPanel, account.ChangePasswordPanel)


def may_author(user: User) -> bool:
    return user.has_perm("wagtailadmin.access_admin")


def may_publish(user: User) -> bool:
    """By the permission to publish, or by approving what others have written, which publishes it."""
    if page_permission_policy.user_has_any_permission(user, {"publish"}):
        return True
    return bool(GroupApprovalTask.objects.filter(active=True, groups__user=user).exists())


class ClosedPolicy(BasePermissionPolicy):
    """Nobody does anything, superusers included: closes list, forms, history and bulk actions of a model."""

    def user_has_permission(self, user: User, action: str) -> bool:
        return False

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[User]:
        return User.objects.none()


class AccountView(account.AccountView):
    """How the editor looks and what it sends. Name and address are in the profile, the password in the account pages."""

    def get_panels(self) -> list[Any]:
        return [panel for panel in super().get_panels() if not isinstance(panel, CLOSED_PANELS)]
