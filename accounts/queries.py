"""What consoles ask about people, starting from one organisation, and operators about accounts."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.db.models import Count, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.enums import AuditVerb, MembershipState, Role
from accounts.models import AuditEvent, Membership, Organisation, RoleAssignment, Team, User
from common.http import whole_number
from mail.hours import first_zone
from mail.models import MailDelivery
from mail.queries import undelivered_of_open_links

CURRENT, UNDELIVERED = "current", "undelivered"
CLOSED_BY_SUPPORT, CLOSED_BY_OPERATOR = "support", "operator"


def people(organisation: Organisation, *, state: str = CURRENT, team: str = "", search: str = "") -> QuerySet[Membership]:
    """Members with team and roles, by name. `state` is one of the membership states; "undelivered": whose invitation never
    arrived; or "current": all who have not left.
    """
    memberships = Membership.objects.filter(organisation=organisation)
    if state == UNDELIVERED:
        memberships = memberships.filter(uuid__in=people_not_reached(organisation))
    else:
        memberships = memberships.filter(state=state) if state in MembershipState.values else memberships.current()
    if (number := whole_number(team)) is not None:
        memberships = memberships.filter(team_id=number)
    elif team == "none":
        memberships = memberships.filter(team=None)
    for word in search.split()[:5]:
        memberships = memberships.filter(
            Q(email__icontains=word) | Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(person_id=word)
        )
    roles = Prefetch("roles", RoleAssignment.objects.select_related("team").order_by("pk"))
    return memberships.select_related("team").prefetch_related(roles).order_by("last_name", "first_name", "email")


def people_of_teams(organisation: Organisation, teams: Iterable[Team]) -> QuerySet[Membership]:
    """Members of these teams who have not left, with their team, by name."""
    members = Membership.objects.filter(organisation=organisation, team__in=teams).current()
    return members.select_related("team").order_by("last_name", "first_name", "email")


def states(organisation: Organisation) -> dict[str, int]:
    """How many are invited, active, left. One query."""
    counts = Membership.objects.filter(organisation=organisation).order_by().values_list("state").annotate(n=Count("pk"))
    return dict.fromkeys(MembershipState.values, 0) | dict(counts)


def teams(organisation: Organisation) -> QuerySet[Team]:
    """Teams with `members`, how many of their people have not left."""
    current = Membership.objects.current().filter(team=OuterRef("pk")).order_by().values("team")
    members = Coalesce(Subquery(current.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)
    return organisation.teams.select_related("parent").annotate(members=members).order_by("name", "pk")


def _invitations_of(membership: Membership) -> QuerySet[MailDelivery]:
    return MailDelivery.objects.filter(
        organisation=membership.organisation_id,
        template="invitation",
        link__kind="invitation",
        link__target_id=membership.uuid.hex,
    )


def last_invitation(membership: Membership) -> MailDelivery | None:
    """The newest invitation mail: whether it has gone out, or why not."""
    return _invitations_of(membership).select_related("link").order_by("-pk").first()


def invitations_within_a_day(organisation: Organisation, email: str) -> int:
    """How many an address was sent by an organisation, whoever in it was invited there."""
    since = timezone.now() - timedelta(days=1)
    sent = MailDelivery.objects.filter(organisation=organisation, template="invitation", recipient=email)
    return sent.filter(created_at__gte=since).count()


def undelivered_invitations(organisation: Organisation) -> QuerySet[MailDelivery]:
    """Invitation mails that never arrived and have not been replaced by another."""
    return undelivered_of_open_links("invitation").filter(organisation=organisation)


def people_not_reached(organisation: Organisation) -> list[UUID]:
    """Of the memberships whose invitation never arrived."""
    return [UUID(hex=target) for target in undelivered_invitations(organisation).values_list("link__target_id", flat=True)]


def owned_by(user: User) -> QuerySet[Membership]:
    """Memberships as which somebody owns an organisation, by organisation, in the order of locks."""
    active = Membership.objects.filter(user=user, state=MembershipState.ACTIVE, roles__role=Role.OWNER)
    return active.select_related("organisation").distinct().order_by("organisation")


def users_with_role(organisation: Organisation, *roles: Role) -> QuerySet[User]:
    """Accounts that are open, of members who have one of these roles; in the order in which they were made."""
    assignments = RoleAssignment.objects.filter(
        membership__organisation=organisation, membership__state=MembershipState.ACTIVE, role__in=roles
    )
    return User.objects.filter(is_active=True, pk__in=assignments.values("membership__user")).order_by("pk")


def audit_events(organisation: Organisation, *, area: str = "", actor: str = "", person: str = "") -> QuerySet[AuditEvent]:
    """What was changed, newest first. `area` is the noun of the verb: person, role, cohort, seat.

    `actor` and `person`, who did it and whom it concerns, are words of a name or an address.
    """
    events = AuditEvent.objects.filter(organisation=organisation).select_related("actor", "person")
    if area:
        events = events.filter(verb__startswith=f"{area}.")
    for word in actor.split()[:5]:
        events = events.filter(
            Q(actor__email__icontains=word) | Q(actor__first_name__icontains=word) | Q(actor__last_name__icontains=word)
        )
    for word in person.split()[:5]:
        events = events.filter(
            Q(person__email__icontains=word) | Q(person__first_name__icontains=word) | Q(person__last_name__icontains=word)
        )
    return events


def audit_areas(organisation: Organisation) -> list[str]:
    """The nouns that occur in the log."""
    verbs: Any = AuditEvent.objects.filter(organisation=organisation).order_by().values_list("verb", flat=True).distinct()
    return sorted({verb.split(".")[0] for verb in verbs})


# Accounts -------------------------------------------------------------------------------------------------------------


def has_role_anywhere(account: User) -> bool:
    """Whether they own or administer an organisation, buy for it, or have any other role in one."""
    return RoleAssignment.objects.filter(membership__user=account, membership__state=MembershipState.ACTIVE).exists()


def was_closed_by_support(account: User) -> bool:
    """Whether the act that closed an account last is on record as one of support staff. No record means no."""
    closings = AuditEvent.objects.filter(
        verb=AuditVerb.ACCOUNT_DEACTIVATED, target_type=account._meta.label_lower, target_id=str(account.pk)
    )
    last = closings.order_by("-pk").first()
    return last is not None and last.after.get("closed_by") == CLOSED_BY_SUPPORT


def zone_of(user: User) -> ZoneInfo:
    """Where somebody's day is: their own time zone, else that of an organisation they belong to, else the site's."""
    if user.time_zone:
        return first_zone(user.time_zone)
    own = Membership.objects.active().filter(user=user).order_by("pk")
    return first_zone(*own.values_list("organisation__time_zone", flat=True)[:1])


def mailbox_of(email: str) -> str:
    """Whose mailbox an address leads to: `ann+work@example.org` is that of `ann@example.org`."""
    local, _at, domain = email.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def own_mailboxes(user: User) -> set[str]:
    addresses = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    return {mailbox_of(email) for email in (*addresses, user.email)}
