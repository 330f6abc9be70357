"""Who may do what in an organisation. Small predicates, used by view, template and API alike; the default is no."""

from collections.abc import Iterable

from accounts.enums import MembershipState, Role
from accounts.models import Organisation, RoleAssignment, User
from accounts.types import Visitor


def roles_in(user: Visitor, organisation: Organisation) -> frozenset[str]:
    """Roles of an active member; one query per request and organisation."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    cache: dict[int, frozenset[str]] = user.__dict__.setdefault("_roles_by_organisation", {})
    if organisation.pk not in cache:
        cache[organisation.pk] = frozenset(
            RoleAssignment.objects.filter(
                membership__user=user, membership__organisation=organisation, membership__state=MembershipState.ACTIVE
            ).values_list("role", flat=True)
        )
    return cache[organisation.pk]


def _has_any(user: Visitor, organisation: Organisation, roles: Iterable[str]) -> bool:
    return not roles_in(user, organisation).isdisjoint(roles)


def can_open_console(user: Visitor, organisation: Organisation) -> bool:
    return _has_any(user, organisation, Role.values)


def can_manage_people(user: Visitor, organisation: Organisation) -> bool:
    return _has_any(user, organisation, {Role.OWNER, Role.ADMIN})


def can_see_people(user: Visitor, organisation: Organisation) -> bool:
    return _has_any(user, organisation, {Role.OWNER, Role.ADMIN, Role.LND_PARTNER})


def can_buy(user: Visitor, organisation: Organisation) -> bool:
    return _has_any(user, organisation, {Role.OWNER, Role.ADMIN, Role.BILLING})


def can_manage_needs(user: Visitor, organisation: Organisation) -> bool:
    return _has_any(user, organisation, {Role.OWNER, Role.LND_PARTNER})


def can_see_outcomes(user: Visitor, organisation: Organisation) -> bool:
    return _has_any(user, organisation, {Role.OWNER, Role.LND_PARTNER})


def can_manage_settings(user: Visitor, organisation: Organisation) -> bool:
    return _has_any(user, organisation, {Role.OWNER, Role.ADMIN})


def can_read_audit(user: Visitor, organisation: Organisation) -> bool:
    return _has_any(user, organisation, {Role.OWNER, Role.ADMIN})


def is_owner(user: Visitor, organisation: Organisation) -> bool:
    """Only owners make and unmake owners."""
    return _has_any(user, organisation, {Role.OWNER})


def can_operate_accounts(operator: Visitor, account: User) -> bool:
    """Operators hand out rights and take away lost second factors, of others only."""
    return operator.is_active and operator.is_superuser and operator.pk != account.pk


def can_switch_account(operator: Visitor, account: User) -> bool:
    """Support staff may close and reopen accounts that have no rights of their own."""
    if can_operate_accounts(operator, account):
        return True
    is_support = operator.is_staff and operator.has_perm("accounts.change_user") and operator.pk != account.pk
    return is_support and not account.is_staff and not account.is_superuser
