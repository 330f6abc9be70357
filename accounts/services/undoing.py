"""People as they were before many of them were added or changed at once."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from accounts.enums import AuditVerb, MembershipState
from accounts.models import Membership, Organisation, RoleAssignment, Team
from accounts.services.invitations import withdraw_invitations
from accounts.services.organisations import record_role
from accounts.services.people import BATCH, DETAILS, WRITTEN, Change, invites, is_whom_it_was
from accounts.types import Actor


def take_back_changes(organisation: Organisation, changes: Mapping[int, Change], *, actor: Actor = None) -> None:
    """People as they were before `changes`, by primary key: who was added is gone, who was brought back has left again.

    Details that have been changed since stay as they are now. Roles go back to whom they were taken from: to the same address
    and the same account, see `is_whom_it_was`. Links and mails of invitations that came of it are withdrawn.
    The caller has locked the memberships, and knows that nobody of them has joined since.
    """
    people = list(Membership.objects.filter(organisation=organisation, pk__in=changes).order_by("pk"))
    again = [membership for membership in people if invites(changes[membership.pk])]
    withdraw_invitations(organisation, again)
    added = [membership.pk for membership in again if "added" in changes[membership.pk]]
    Membership.objects.filter(pk__in=added).delete()
    restored = [membership for membership in people if "added" not in changes[membership.pk]]
    teams = set(organisation.teams.values_list("pk", flat=True))
    now = timezone.now()
    for membership in restored:
        _restore(membership, changes[membership.pk], teams)
        membership.updated_at = now
    Membership.objects.bulk_update(
        restored, [*DETAILS, "team", "state", "left_at", "invited_at", "updated_at"], batch_size=BATCH // 5
    )
    for membership in restored:
        _give_roles_back(membership, changes[membership.pk], teams, actor)


def _give_roles_back(membership: Membership, change: Change, teams: Collection[int], actor: Actor) -> None:
    if not is_whom_it_was(membership, change):
        return
    for role, team in change.get("roles", ()):
        if team is None or team in teams:
            given, is_new = RoleAssignment.objects.get_or_create(membership=membership, role=role, team_id=team)
            if is_new:
                record_role(given, AuditVerb.ROLE_ASSIGNED, _("Gave back the role “%(role)s” with a withdrawn import"), actor)


def _restore(membership: Membership, change: Change, teams: Collection[int]) -> None:
    for name in WRITTEN:
        before, after = change.get(name, (None, None))
        if name in change and getattr(membership, name) == after:
            setattr(membership, name, None if name == "team_id" and before not in teams else before)
    if "left_at" in change:
        membership.state = MembershipState.LEFT
        membership.left_at, membership.invited_at = (_moment(change[name]) for name in ("left_at", "invited_at"))


def _moment(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None


def delete_empty_teams(organisation: Organisation, made: Collection[int]) -> int:
    """Those of `made` that nobody is in and nobody manages, and that no other team belongs to. Returns how many."""
    empty: QuerySet[Team] = organisation.teams.filter(pk__in=made, memberships=None, role_assignments=None, children=None)
    return len([team.delete() for team in empty])
