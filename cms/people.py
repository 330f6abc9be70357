"""Wagtail's pages about people, closed or reduced: addresses, passwords and rights change elsewhere.

People change what is theirs in allauth's pages and their profile; operators act on accounts in `/admin/`, on record.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from wagtail.admin.views import account
from wagtail.permission_policies import BasePermissionPolicy

from accounts.models import User

CLOSED_PANELS = (account.NameEmailSettingsPanel, account.ChangePasswordPanel)


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
