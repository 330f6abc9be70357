"""People by the thousand: added, changed and invited in batches, and as they were before where that is undone."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import ngettext

from accounts.audit import record
from accounts.enums import AuditVerb, MembershipState
from accounts.models import Membership, Organisation, RoleAssignment, Team
from accounts.services.invitations import invite, withdraw_invitations
from accounts.types import Actor
from mail import services as mail

BATCH = 1000
DETAILS = ("first_name", "last_name", "person_id", "manager_email")
Person = Mapping[str, str]
"""`email`, and any of DETAILS and `team` (its name); a blank says nothing."""
WRITTEN = (*DETAILS, "team_id")
Change = dict[str, Any]
"""What was done with somebody, as JSON: {"added": true}, or the details that were replaced, as [before, after] by name.

Of somebody who had left also `left_at`, `invited_at` and `roles`, as they were.
"""


class RosterImport:
    """Takes people in batches into one organisation, inside the caller's transactions; blanks never wipe what is known.

    `add_batch` writes, `invite` queues the mails, `finish` records what was done and hands the mails over. The mails are one
    batch, behind which nobody else waits, unless `mails` is None.
    """

    def __init__(
        self, *, organisation: Organisation, actor: Actor = None, course_title: str = "", mails: UUID | None = None
    ) -> None:
        self.organisation, self.actor, self.course_title, self.mails = organisation, actor, course_title, mails
        self.new = self.changed = self.unchanged = self.returned = 0
        self.changes: dict[int, Change] = {}
        self._teams = {name.lower(): pk for pk, name in organisation.teams.values_list("pk", "name")}
        self.made_teams: list[int] = []
        self._deliveries: list[int] = []

    def add_batch(self, people: Sequence[Person]) -> list[Membership]:
        """The memberships of `people`, in their order; `changes` then has what was done with whom, by primary key.

        A fixed number of statements for a batch.
        """
        self._make_teams(people)
        known = {
            membership.email: membership
            # Locked, so that somebody who joins meanwhile is not written back to what they were.
            for membership in Membership.objects.select_for_update(no_key=True)
            .filter(organisation=self.organisation, email__in={person["email"] for person in people})
            .order_by("pk")
        }
        new: dict[str, Membership] = {}
        changes: dict[str, Change] = {}
        result = []
        for person in people:
            email = person["email"]
            membership = known.get(email) or new.get(email)
            if membership is None:
                membership = new[email] = self._make(person)
                changes[email] = {"added": True}
            else:
                done = self._bring_back(membership) | self._change(membership, person)
                if done and email in known:
                    changes[email] = _joined(changes.get(email, {}), done)
            result.append(membership)
        self._write(new, known, changes)
        return result

    def invite(self, memberships: Collection[Membership]) -> None:
        self._deliveries += invite(
            organisation=self.organisation,
            memberships=memberships,
            actor=self.actor,
            course_title=self.course_title,
            batch=self.mails,
        )

    def finish(self) -> None:
        """Record what was done and hand the invitations over once the transaction has been committed."""
        if not (self.new or self.changed):
            return
        if self.mails:
            mail.send_bulk_after_commit(self.organisation.pk)
        else:
            mail.send_after_commit(self._deliveries)
        record(
            verb=AuditVerb.PEOPLE_ADDED,
            summary=ngettext("Added %(n)s person", "Added %(n)s people", self.new) % {"n": self.new}
            + ngettext(", changed %(n)s", ", changed %(n)s", self.changed) % {"n": self.changed},
            organisation=self.organisation,
            actor=self.actor,
            after={"new": self.new, "changed": self.changed, "invited_again": self.returned},
        )

    def _make_teams(self, people: Sequence[Person]) -> None:
        missing = {
            name.lower(): name for person in people if (name := person.get("team", "")) and name.lower() not in self._teams
        }
        teams = Team.objects.bulk_create([Team(organisation=self.organisation, name=name) for name in missing.values()])
        self._teams |= {team.name.lower(): team.pk for team in teams}
        self.made_teams += [team.pk for team in teams]

    def _make(self, person: Person) -> Membership:
        return Membership(
            organisation=self.organisation,
            state=MembershipState.INVITED,
            invited_at=timezone.now(),
            **self._said(person),
            email=person["email"],
        )

    def _said(self, person: Person) -> dict[str, Any]:
        """What is said of somebody, by field."""
        said: dict[str, Any] = {name: value for name in DETAILS if (value := person.get(name))}
        if team := person.get("team", ""):
            said["team_id"] = self._teams[team.lower()]
        return said

    def _change(self, membership: Membership, person: Person) -> Change:
        done = {}
        for name, value in self._said(person).items():
            before = getattr(membership, name)
            if before != value:
                setattr(membership, name, value)
                done[name] = [before, value]
        return done

    def _bring_back(self, membership: Membership) -> Change:
        """Somebody who had left is invited like a new colleague, and begins without the roles they had."""
        if membership.state != MembershipState.LEFT:
            return {}
        before = {"left_at": _kept(membership.left_at), "invited_at": _kept(membership.invited_at)}
        membership.state, membership.left_at, membership.invited_at = MembershipState.INVITED, None, timezone.now()
        return before

    def _write(self, new: dict[str, Membership], known: dict[str, Membership], changes: dict[str, Change]) -> None:
        Membership.objects.bulk_create(new.values(), batch_size=BATCH)
        now = timezone.now()
        changed = [known[email] for email in changes if email in known]
        for membership in changed:
            membership.updated_at = now
        Membership.objects.bulk_update(
            changed, [*DETAILS, "team", "state", "left_at", "invited_at", "updated_at"], batch_size=BATCH // 5
        )
        returned = [membership for membership in changed if "left_at" in changes[membership.email]]
        if returned:
            self._take_roles(returned, changes)
        self.changes = {(known.get(email) or new[email]).pk: change for email, change in changes.items()}
        self.new += len(new)
        self.changed += len(changed)
        self.unchanged += len(known) - len(changed)
        self.returned += len(returned)

    def _take_roles(self, returned: list[Membership], changes: dict[str, Change]) -> None:
        roles = RoleAssignment.objects.filter(membership__in=returned)
        for email, role, team in roles.values_list("membership__email", "role", "team"):
            changes[email].setdefault("roles", []).append([role, team])
        roles.delete()


def invites(change: Change) -> bool:
    """Whether somebody with whom this was done is to be invited."""
    return "added" in change or "left_at" in change


def _joined(earlier: Change, later: Change) -> Change:
    """Two changes of the same person, one after the other: what was there before the first, and what is now."""
    both = earlier | later
    for name in WRITTEN:
        if name in earlier and name in later:
            both[name] = [earlier[name][0], later[name][1]]
    return both


def join_changes(earlier: Change, later: Change) -> Change:
    """As one change, what has been done with somebody in two batches."""
    return earlier if "added" in earlier else _joined(earlier, later)


def _kept(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


# Undone ---------------------------------------------------------------------------------------------------------------------


def take_back_changes(organisation: Organisation, changes: Mapping[int, Change]) -> None:
    """People as they were before `changes`, by primary key: who was added is gone, who was brought back has left again.

    Details that have been changed since stay as they are now. Links and mails of invitations that came of it are withdrawn.
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
    RoleAssignment.objects.bulk_create(
        [
            RoleAssignment(membership=membership, role=role, team_id=team)
            for membership in restored
            for role, team in changes[membership.pk].get("roles", ())
            if team is None or team in teams
        ],
        ignore_conflicts=True,
    )


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
