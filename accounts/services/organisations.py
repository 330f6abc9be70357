"""Organisations, their teams, and who may do what."""

import zoneinfo

from django.core.validators import validate_slug
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb, MembershipState, Role
from accounts.errors import AskAgain, LastOwner, NotAllowed, PersonConflict
from accounts.models import Membership, Organisation, RoleAssignment, Team
from accounts.rules import ROLES_GIVEN_BY_OWNERS, can_assign_role, can_take_role
from accounts.types import Actor


@transaction.atomic
def create_organisation(*, slug: str, name: str = "", actor: Actor = None) -> Organisation:
    """The organisation of that slug; asked again it is the same one, under the name given last."""
    validate_slug(slug)
    name = name.strip()
    organisation, created = Organisation.objects.get_or_create(
        slug=slug.lower(), defaults={"name": name or slug.replace("-", " ").replace("_", " ").capitalize()}
    )
    if created:
        record(
            verb=AuditVerb.ORGANISATION_CREATED,
            summary=_("Created the organisation"),
            organisation=organisation,
            actor=actor,
            target=organisation,
            after={"slug": organisation.slug, "name": organisation.name},
        )
    elif name and name != organisation.name:
        change_organisation(organisation=organisation, actor=actor, name=name)
    return organisation


@transaction.atomic
def change_organisation(*, organisation: Organisation, actor: Actor, **changes: str) -> Organisation:
    """Change name, time zone or currency; nothing is recorded where nothing differs."""
    unknown = set(changes) - {"name", "time_zone", "currency"}
    if unknown:
        raise TypeError(f"Unknown settings of an organisation: {', '.join(sorted(unknown))}.")
    before = {name: getattr(organisation, name) for name, value in changes.items() if getattr(organisation, name) != value}
    if not before:
        return organisation
    if "time_zone" in before:
        zoneinfo.ZoneInfo(changes["time_zone"])
    for name in before:
        setattr(organisation, name, changes[name])
    organisation.save(update_fields=[*before, "updated_at"])
    record(
        verb=AuditVerb.ORGANISATION_CHANGED,
        summary=_("Changed the settings: %(names)s") % {"names": ", ".join(sorted(before))},
        organisation=organisation,
        actor=actor,
        target=organisation,
        before=before,
        after={name: changes[name] for name in before},
    )
    return organisation


# Teams ----------------------------------------------------------------------------------------------------------------


@transaction.atomic
def create_team(*, organisation: Organisation, name: str, actor: Actor, parent: Team | None = None) -> Team:
    """A team of that name; the same name again, in any case, returns it."""
    name = " ".join(name.split())
    existing = organisation.teams.filter(name__iexact=name).first()
    if existing:
        return existing
    team = Team.objects.create(organisation=organisation, name=name, parent=_own_team(organisation, parent))
    record(
        verb=AuditVerb.TEAM_CREATED,
        summary=_("Created the team “%(team)s”") % {"team": name[:200]},
        organisation=organisation,
        actor=actor,
        target=team,
    )
    return team


@transaction.atomic
def rename_team(*, team: Team, name: str, actor: Actor) -> Team:
    name = " ".join(name.split())
    if Team.objects.filter(organisation=team.organisation_id, name__iexact=name).exclude(pk=team.pk).exists():
        raise PersonConflict(_("There is already a team called “%(team)s”. Choose another name.") % {"team": name})
    before, team.name = team.name, name
    if before == name:
        return team
    team.save(update_fields=["name", "updated_at"])
    record(
        verb=AuditVerb.TEAM_RENAMED,
        summary=_("Renamed the team “%(before)s” to “%(after)s”") % {"before": before[:120], "after": name[:120]},
        organisation=team.organisation,
        actor=actor,
        target=team,
        before={"name": before},
        after={"name": name},
    )
    return team


@transaction.atomic
def delete_team(*, team: Team, actor: Actor) -> None:
    """Its members stay, without a team; managers' roles for it end."""
    members = list(team.memberships.values_list("pk", flat=True))
    Membership.objects.lock_numbered(members)
    record(
        verb=AuditVerb.TEAM_DELETED,
        summary=_("Deleted the team “%(team)s”") % {"team": team.name[:200]},
        organisation=team.organisation,
        actor=actor,
        target=team,
        before={"name": team.name, "members": len(members)},
    )
    team.delete()


def _own_team(organisation: Organisation, team: Team | None) -> Team | None:
    if team is not None and team.organisation_id != organisation.pk:
        raise NotAllowed(_("That team belongs to another organisation."))
    return team


# Roles ----------------------------------------------------------------------------------------------------------------


@transaction.atomic
def assign_role(
    *,
    membership: Membership,
    role: str,
    actor: Actor = None,
    team: Team | None = None,
    asked_about: str | None = None,
) -> RoleAssignment:
    """Give a role; a manager's role names the team. `actor` None is the system itself.

    `asked_about`: the address that whoever gives the role was asked about. Raises `AskAgain` where it is another by now.
    """
    organisation = membership.organisation
    role = Role(role)
    # Whoever is marked as left at the same moment is asked about this role, or keeps none.
    Membership.objects.lock([membership])
    _refuse_role(membership, role, actor)
    if asked_about is not None and asked_about != membership.email:
        raise AskAgain(_("The address of this person is %(email)s now. Look at it again.") % {"email": membership.email})
    if role == Role.MANAGER and team is None:
        raise NotAllowed(_("Choose the team this person manages."))
    team = _own_team(organisation, team) if role == Role.MANAGER else None
    assignment, created = RoleAssignment.objects.get_or_create(membership=membership, role=role, team=team)
    if created:
        record_role(assignment, AuditVerb.ROLE_ASSIGNED, _("Assigned the role “%(role)s”"), actor)
    return assignment


def _refuse_role(membership: Membership, role: Role, actor: Actor) -> None:
    if membership.state == MembershipState.LEFT:
        raise NotAllowed(_("This person is a former member. Reinstate them first."))
    if actor is None or can_assign_role(actor, membership, role):
        return
    if membership.user_id == actor.pk:
        raise NotAllowed(_("You cannot assign a role to yourself. Ask another owner or administrator to do this."))
    if role in ROLES_GIVEN_BY_OWNERS:
        raise NotAllowed(_("Only an owner can assign the role “%(role)s”. Ask an owner to do this.") % {"role": role.label})
    raise NotAllowed(_("Only an owner or administrator can assign roles. Ask one of them to do this."))


@transaction.atomic
def remove_role(*, assignment: RoleAssignment, actor: Actor) -> None:
    """Take a role away, never that of the last owner. Nothing happens where it was taken a moment ago."""
    membership = assignment.membership
    if assignment.role == Role.OWNER:
        Organisation.objects.lock(membership.organisation_id)
    Membership.objects.lock([membership])
    _refuse_to_take(assignment, actor)
    n_deleted, _rows = RoleAssignment.objects.filter(pk=assignment.pk).delete()
    if n_deleted:
        record_role(assignment, AuditVerb.ROLE_REMOVED, _("Removed the role “%(role)s”"), actor)


def _refuse_to_take(assignment: RoleAssignment, actor: Actor) -> None:
    if actor is not None and not can_take_role(actor, assignment):
        if assignment.role in ROLES_GIVEN_BY_OWNERS:
            raise NotAllowed(_("Only an owner can remove this role. Ask an owner to do this."))
        raise NotAllowed(_("Only an owner or administrator can remove roles. Ask one of them to do this."))
    if assignment.role == Role.OWNER:
        refuse_last_owner(assignment.membership)


def refuse_last_owner(membership: Membership) -> None:
    """Raise `LastOwner` when nobody else could manage the organisation, which the caller has locked.

    Somebody whose account is closed, who has left or has not joined manages nothing.
    """
    others = RoleAssignment.objects.filter(
        membership__organisation=membership.organisation_id,
        membership__state=MembershipState.ACTIVE,
        membership__user__is_active=True,
        role=Role.OWNER,
    ).exclude(membership=membership)
    if not others.exists():
        raise LastOwner(
            _("This person is the only owner of %(organisation)s, so nothing was changed. Make someone else an owner first.")
            % {"organisation": membership.organisation}
        )


def record_role(assignment: RoleAssignment, verb: AuditVerb, summary: str, actor: Actor) -> None:
    record(
        verb=verb,
        summary=summary % {"role": assignment.get_role_display()},
        organisation=assignment.membership.organisation,
        actor=actor,
        target=assignment.membership,
        after={"role": str(assignment.role), "team": assignment.team.name if assignment.team else ""},
    )
