"""Who may do what in an organisation. Small predicates, used by view, template and API alike; the default is no."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from accounts.enums import MembershipState, Role
from accounts.kinds import UserKind, user_kinds
from accounts.models import Membership, Organisation, RoleAssignment, Team, User
from accounts.queries import has_role_anywhere, was_closed_by_support
from accounts.types import Visitor
from jobs.models import Job

# Administrators manage people and see no outcomes: they could not be kept apart if they gave these.
ROLES_GIVEN_BY_OWNERS = frozenset({Role.OWNER, Role.LND_PARTNER, Role.DATA_STEWARD, Role.OUTCOMES_READER})
# Asked about before they are given, and only by somebody who has just proved who they are.
ROLES_GIVEN_WITH_CARE = frozenset({Role.OWNER, Role.ADMIN, Role.LND_PARTNER, Role.DATA_STEWARD})
# Recovery codes alone are none: they stand in for a factor that is lost.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def roles_in(user: Visitor, organisation: Organisation) -> frozenset[str]:
    """Roles of an active member."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    return next((console.roles for console in consoles_of(user) if console.pk == organisation.pk), frozenset())


@dataclass(frozen=True)
class Console:
    """An organisation in which somebody has a role, and which they have."""

    pk: int
    slug: str
    name: str
    roles: frozenset[str]


_CONSOLES = """
SELECT organisation.id, organisation.slug, organisation.name, given.role
FROM accounts_roleassignment AS given
JOIN accounts_membership AS membership ON membership.id = given.membership_id
JOIN accounts_organisation AS organisation ON organisation.id = membership.organisation_id
WHERE membership.user_id = %s AND membership.state = %s
ORDER BY organisation.name, organisation.id"""


def consoles_of(user: User) -> list[Console]:
    """By name. One query for each `user` that is read from the database, so for each request."""
    known: list[Console] | None = user.__dict__.get("_consoles")
    if known is None:
        known = user.__dict__["_consoles"] = _read_consoles(user)
    return known


def _read_consoles(user: User) -> list[Console]:
    with connection.cursor() as cursor:
        cursor.execute(_CONSOLES, [user.pk, MembershipState.ACTIVE])
        rows = cursor.fetchall()
    groups = groupby(rows, key=lambda row: row[:3])
    return [
        Console(pk, slug, name, frozenset(role for *_organisation, role in assigned)) for (pk, slug, name), assigned in groups
    ]


def _has_any(user: Visitor, organisation: Organisation, roles: Iterable[str]) -> bool:
    return not roles_in(user, organisation).isdisjoint(roles)


def can_open_console(user: Visitor, organisation: Organisation) -> bool:
    return _has_any(user, organisation, Role.values)


def can_manage_people(user: Visitor, organisation: Organisation) -> bool:
    return _has_any(user, organisation, {Role.OWNER, Role.ADMIN})


def can_see_people(user: Visitor, organisation: Organisation) -> bool:
    return _has_any(user, organisation, {Role.OWNER, Role.ADMIN, Role.LND_PARTNER})


def teams_managed(user: Visitor, organisation: Organisation) -> QuerySet[Team]:
    """Teams of an organisation whose progress this person may see because they manage them, by name."""
    if Role.MANAGER not in roles_in(user, organisation):
        return Team.objects.none()
    assignments = RoleAssignment.objects.filter(
        membership__user=user.pk, membership__state=MembershipState.ACTIVE, role=Role.MANAGER
    )
    return organisation.teams.filter(pk__in=assignments.values("team")).order_by("name")


def can_see_own_team(user: Visitor, organisation: Organisation) -> bool:
    """Managers of a team; those who see all people find it among them."""
    return _has_any(user, organisation, {Role.MANAGER})


def can_buy(user: Visitor, organisation: Organisation) -> bool:
    return _has_any(user, organisation, {Role.OWNER, Role.ADMIN, Role.BILLING})


def can_manage_needs(user: Visitor, organisation: Organisation) -> bool:
    return _has_any(user, organisation, {Role.OWNER, Role.LND_PARTNER})


def can_manage_framework(user: Visitor, organisation: Organisation) -> bool:
    """Give the organisation words of its own for skills."""
    return _has_any(user, organisation, {Role.OWNER, Role.ADMIN, Role.LND_PARTNER})


# Administrators are not among them: they see no results of anybody. Learners are told these by name before they share.
READERS_OF_SHARED_EVIDENCE = (Role.OWNER, Role.LND_PARTNER)


def can_see_shared_evidence(user: Visitor, organisation: Organisation) -> bool:
    """See, with their names, what learners share of their evidence."""
    return _has_any(user, organisation, READERS_OF_SHARED_EVIDENCE)


# Uploading, asking and reading are apart: whoever brings a file made for the purpose and asks about it could read one person.


def can_upload_outcomes(user: Visitor, organisation: Organisation) -> bool:
    """Bring files about colleagues, customers and the like, and keep the objections of the people in them."""
    return _has_any(user, organisation, {Role.OWNER, Role.DATA_STEWARD})


def can_ask_outcomes(user: Visitor, organisation: Organisation) -> bool:
    """Run analyses; whoever asks reads."""
    return _has_any(user, organisation, {Role.OWNER, Role.LND_PARTNER})


def can_read_outcomes(user: Visitor, organisation: Organisation) -> bool:
    """Read finished reports and download them."""
    return _has_any(user, organisation, {Role.OWNER, Role.LND_PARTNER, Role.OUTCOMES_READER})


def can_open_outcomes(user: Visitor, organisation: Organisation) -> bool:
    """The first page of it all, which shows to each what they have a right to."""
    return can_upload_outcomes(user, organisation) or can_read_outcomes(user, organisation)


def can_see_coverage(user: Visitor, organisation: Organisation) -> bool:
    """What the data can say: for those who bring them and for those who ask."""
    return can_upload_outcomes(user, organisation) or can_ask_outcomes(user, organisation)


def has_exact_totals(user: Visitor, organisation: Organisation) -> bool:
    """Whoever brings the files knows how many are in them: exits and headcount of the whole organisation."""
    return can_upload_outcomes(user, organisation)


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
    """Whether they may decide who comes into the roles of a membership, and who leaves them: by bringing it back, by inviting
    another address, by marking it as left.
    """
    roles = set(membership.roles.values_list("role", flat=True))
    return roles.isdisjoint(ROLES_GIVEN_BY_OWNERS) or is_owner(user, membership.organisation)


def is_staff(user: User) -> bool:
    """Whether `/admin/` lets somebody in, or anything else on the strength of being a superuser."""
    return user.is_staff or user.is_superuser


def owns_an_organisation(user: User) -> bool:
    return RoleAssignment.objects.filter(
        membership__user=user, membership__state=MembershipState.ACTIVE, role=Role.OWNER
    ).exists()


def can_take_role(user: Visitor, assignment: RoleAssignment) -> bool:
    """What only owners give only owners take; anybody who manages people takes the other roles."""
    organisation = assignment.membership.organisation
    return is_owner(user, organisation) if assignment.role in ROLES_GIVEN_BY_OWNERS else can_manage_people(user, organisation)


def is_operator(user: Visitor) -> bool:
    """Who does everything in `/admin/`, which lets in staff only."""
    return user.is_active and user.is_staff and user.is_superuser


def can_operate_accounts(operator: Visitor, account: User) -> bool:
    """Operators hand out rights and take away lost second factors, of others only."""
    return is_operator(operator) and operator.pk != account.pk


def can_close_account(operator: Visitor, account: User) -> bool:
    """Support staff close accounts that have no rights anywhere; every other is for operators."""
    return can_operate_accounts(operator, account) or (is_support(operator, account) and not has_rights(account))


def can_reopen_account(operator: Visitor, account: User) -> bool:
    """Support staff reopen what support staff closed, as long as it has no rights; every other is for operators."""
    return can_operate_accounts(operator, account) or (
        is_support(operator, account) and not has_rights(account) and was_closed_by_support(account)
    )


def is_support(operator: Visitor, account: User) -> bool:
    """Whether they answer for the accounts of others, below the operators. A closed account has no permission."""
    return operator.is_staff and operator.has_perm("accounts.change_user") and operator.pk != account.pk


def has_rights(account: User) -> bool:
    """Anything beyond learning: in `/admin/`, in `/cms/` or in the console of any organisation."""
    if account.is_staff or account.is_superuser:
        return True
    return account.groups.exists() or account.user_permissions.exists() or has_role_anywhere(account)


def kinds_of(user: User) -> list[UserKind]:
    """The kinds of user that somebody is, beside a learner. One query each."""
    return [kind for kind in user_kinds if kind.applies(user)]


def has_second_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())


def can_prove_identity(user: User) -> bool:
    """Whether there is anything with which they could show, while signed in, that it is them."""
    return user.has_usable_password() or has_second_factor(user)


def has_role_given_with_care(membership: Membership) -> bool:
    return membership.roles.filter(role__in=ROLES_GIVEN_WITH_CARE).exists()


def reasons_for_second_factor(user: User) -> list[UserKind]:
    """Why somebody needs a second factor that they do not have; empty where nothing is missing."""
    if not settings.ACCORD_REQUIRE_SECOND_FACTOR or has_second_factor(user):
        return []
    return [kind for kind in user_kinds if kind.needs_second_factor and kind.applies(user)]


def by_rule(rule: Callable[[Visitor, Organisation], bool]) -> Callable[[int, Job], bool]:
    """A rule of ours for `JobKind.may`: about somebody by primary key, in the organisation of a job, as things are now."""

    def may(person: int, job: Job) -> bool:
        if job.organisation_id is None:
            return False
        user = User.objects.filter(pk=person).first()
        organisation = Organisation.objects.filter(pk=job.organisation_id).first()
        return user is not None and organisation is not None and rule(user, organisation)

    return may
