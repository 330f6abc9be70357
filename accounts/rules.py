"""Who may do what in an organisation. Small predicates, used by view, template and API alike; the default is no."""

from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import QuerySet

from accounts.enums import MembershipState, Role
from accounts.kinds import UserKind, user_kinds
from accounts.models import Membership, Organisation, RoleAssignment, User
from accounts.types import Visitor

# Administrators manage people and see no outcomes: they could not be kept apart if they gave these.
ROLES_GIVEN_BY_OWNERS = frozenset({Role.OWNER, Role.LND_PARTNER})
# Recovery codes alone are none: they stand in for a factor that is lost.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


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


def can_assign_role(user: Visitor, membership: Membership, role: str) -> bool:
    """Nobody gives a role to themselves. Who owns, and who sees what became of people, is decided by owners."""
    if membership.user_id is not None and membership.user_id == user.pk:
        return False
    if role in ROLES_GIVEN_BY_OWNERS:
        return is_owner(user, membership.organisation)
    return can_manage_people(user, membership.organisation)


def can_change_whose_roles(user: Visitor, membership: Membership) -> bool:
    """Whether they may decide who comes into the roles of a membership: by bringing it back, or by inviting another address."""
    roles = set(membership.roles.values_list("role", flat=True))
    return roles.isdisjoint(ROLES_GIVEN_BY_OWNERS) or is_owner(user, membership.organisation)


def is_operator(user: User) -> bool:
    return user.is_staff or user.is_superuser


def owns_an_organisation(user: User) -> bool:
    return _roles_anywhere(user).filter(role=Role.OWNER).exists()


def has_a_role(user: User) -> bool:
    return _roles_anywhere(user).exists()


def _roles_anywhere(user: User) -> QuerySet[RoleAssignment]:
    return RoleAssignment.objects.filter(membership__user=user, membership__state=MembershipState.ACTIVE)


def can_operate_accounts(operator: Visitor, account: User) -> bool:
    """Operators hand out rights and take away lost second factors, of others only."""
    return operator.is_active and operator.is_superuser and operator.pk != account.pk


def can_switch_account(operator: Visitor, account: User) -> bool:
    """Support staff may close and reopen accounts that have no rights of their own."""
    if can_operate_accounts(operator, account):
        return True
    is_support = operator.is_staff and operator.has_perm("accounts.change_user") and operator.pk != account.pk
    return is_support and not account.is_staff and not account.is_superuser


def kinds_of(user: User) -> list[UserKind]:
    """The kinds of user that somebody is, beside a learner. One query each."""
    return [kind for kind in user_kinds if kind.applies(user)]


def has_second_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())


def reasons_for_second_factor(user: User) -> list[UserKind]:
    """Why somebody needs a second factor that they do not have; empty where nothing is missing."""
    if not settings.ACCORD_REQUIRE_SECOND_FACTOR or has_second_factor(user):
        return []
    return [kind for kind in user_kinds if kind.needs_second_factor and kind.applies(user)]
