"""People as an organisation knows them: added one by one or by the thousand, changed, marked as left, brought back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.audit import record
from accounts.enums import AuditVerb, MembershipState, Role
from accounts.errors import NotAllowed, PersonConflict
from accounts.events import Reinstatement, membership_accepted, membership_ended, membership_reinstated
from accounts.models import Membership, Organisation, RoleAssignment, Team, refuse_if_held
from accounts.rules import can_change_whose_roles
from accounts.services.invitations import close_invitations, invite, refuse_too_many
from accounts.services.organisations import refuse_last_owner
from accounts.types import Actor
from mail import services as mail

BATCH = 1000
DETAILS = ("first_name", "last_name", "person_id", "manager_email")
Person = Mapping[str, str]
"""`email`, and any of DETAILS and `team` (its name); a blank says nothing."""
WRITTEN = (*DETAILS, "team_id")
Change = dict[str, Any]
"""What was done with somebody, as JSON: {"added": true}, or the details that were replaced, as [before, after] by name.

Of somebody who had left also `left_at`, `invited_at` and `roles`, as they were, and `whose`: their address and account then.
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
            summary=ngettext("Added %(n)s person", "Added %(n)s people", self.new) % {"n": f"{self.new:,}"}
            + ngettext(", changed %(n)s", ", changed %(n)s", self.changed) % {"n": f"{self.changed:,}"},
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
        before = {
            "left_at": _kept(membership.left_at),
            "invited_at": _kept(membership.invited_at),
            "whose": [membership.email, membership.user_id],
        }
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


def is_whom_it_was(membership: Membership, change: Change) -> bool:
    """Whether a membership that was brought back is still of the address and the account of then, as far as that was kept."""
    return change.get("whose") == [membership.email, membership.user_id]


def has_joined_since(membership: Membership, change: Change) -> bool:
    """Whether somebody whom this invited has joined, be it that they have left again, or another account has in their place."""
    if membership.state == MembershipState.ACTIVE:
        return True
    if "added" in change:
        return membership.joined_at is not None
    return "whose" in change and change["whose"][1] != membership.user_id


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


@dataclass(frozen=True)
class PersonChange:
    """What `RosterImport.add_batch` would do with somebody: the effect, whom it meets, and what it would replace.

    `before` is what is known now of everything that is said of them, in the order of DETAILS, then the team.
    """

    effect: Literal["new", "returning", "changed", "unchanged"]
    membership: int | None = None
    before: tuple[str, ...] = ()

    @property
    def invites(self) -> bool:
        return self.effect in ("new", "returning")


def classify_changes(organisation: Organisation, people: Sequence[Person]) -> dict[str, PersonChange]:
    """What `RosterImport.add_batch` would do, by address. One query."""
    known = known_people(organisation, people)
    return {person["email"]: _change_of(person, known.get(person["email"])) for person in people}


def known_people(organisation: Organisation, people: Sequence[Person]) -> dict[str, dict[str, Any]]:
    """What is known today of those among `people` who are members or were, by address. One query."""
    memberships = Membership.objects.filter(organisation=organisation, email__in={person["email"] for person in people})
    return {row["email"]: row for row in memberships.values("pk", "email", *DETAILS, "team__name", "state")}


def _change_of(person: Person, known: Mapping[str, Any] | None) -> PersonChange:
    if known is None:
        return PersonChange("new")
    said = {name: person[name] for name in DETAILS if person.get(name)}
    before = {name: known[name] for name in said}
    if team := person.get("team", ""):
        said["team"], before["team"] = team.lower(), (known["team__name"] or "").lower()
    if known["state"] == MembershipState.LEFT:
        return PersonChange("returning", known["pk"], tuple(before.values()))
    return PersonChange("unchanged" if before == said else "changed", known["pk"], tuple(before.values()))


def conflicts(organisation: Organisation, people: Iterable[Person]) -> dict[str, str]:
    """Messages by address, for people whose personnel number does not go with what is known. Two queries."""
    numbers = {person["email"]: person["person_id"] for person in people if person.get("person_id")}
    if not numbers:
        return {}
    of_email = dict(_numbers(organisation).filter(email__in=numbers).values_list("email", "person_id"))
    of_number = dict(_numbers(organisation).filter(person_id__in=set(numbers.values())).values_list("person_id", "email"))
    conflicts_by_email = {}
    for email, number in numbers.items():
        owner, known = of_number.get(number, email), of_email.get(email, number)
        if owner != email:
            conflicts_by_email[email] = _(
                "The employee number %(number)s belongs to %(owner)s. If their e-mail address has changed, update it on "
                "their page first; otherwise correct the number."
            ) % {"number": number, "owner": owner}
        elif known != number:
            conflicts_by_email[email] = _(
                "This person already has the employee number %(known)s. Correct the number here, or on their page if it has "
                "changed."
            ) % {"known": known}
    return conflicts_by_email


def _numbers(organisation: Organisation) -> QuerySet[Membership]:
    return Membership.objects.filter(organisation=organisation).exclude(person_id="")


@transaction.atomic
def add_person(*, organisation: Organisation, actor: Actor, remarks: list[str] | None = None, **person: str) -> Membership:
    """Add and invite one person; somebody who is a member already is refused, so that nobody is written to by mistake.

    `remarks` is filled with what could not be given back to somebody who had left, in sentences.
    """
    refuse_if_held(organisation.pk, organisation.people_held_at)
    existing = Membership.objects.filter(organisation=organisation, email=person["email"]).first()
    if existing and existing.state != MembershipState.LEFT:
        raise PersonConflict(
            _("%(person)s is already in %(organisation)s.") % {"person": existing, "organisation": organisation}
        )
    for message in conflicts(organisation, [person]).values():
        raise PersonConflict(message)
    refuse_too_many(organisation, person["email"])
    roster = RosterImport(organisation=organisation, actor=actor)
    (membership,) = roster.add_batch([person])
    roster.invite([membership])
    roster.finish()
    if existing:
        membership_reinstated.send(Reinstatement(membership, [] if remarks is None else remarks))
    return membership


@transaction.atomic
def change_person(*, membership: Membership, actor: Actor, **changes: Any) -> Membership:
    """Change what the organisation knows of somebody. The address only while they have not joined: afterwards it is theirs."""
    Membership.objects.lock([membership])
    email = changes.get("email", membership.email)
    if email != membership.email:
        _refuse_new_address(membership, email, actor)
    number = changes.get("person_id", "")
    taken = Membership.objects.filter(organisation=membership.organisation_id, person_id=number).exclude(pk=membership.pk)
    if number and taken.exists():
        raise PersonConflict(
            _("The employee number %(number)s belongs to someone else. Correct their number first.") % {"number": number}
        )
    differing = [name for name, value in changes.items() if getattr(membership, name) != value]
    if not differing:
        return membership
    for name in differing:
        setattr(membership, name, changes[name])
    membership.save(update_fields=[*differing, "updated_at"])
    if "email" in differing:
        close_invitations(membership)
        mail.send_after_commit(invite(organisation=membership.organisation, memberships=[membership], actor=actor))
    record(
        verb=AuditVerb.PERSON_CHANGED,
        summary=_("Changed a person's details: %(names)s") % {"names": ", ".join(sorted(differing)).replace("_", " ")},
        organisation=membership.organisation,
        actor=actor,
        target=membership,
        after={"fields": sorted(differing)},
    )
    return membership


def _refuse_new_address(membership: Membership, email: str, actor: Actor) -> None:
    if membership.state != MembershipState.INVITED:
        raise NotAllowed(_("This person has joined, so only they can change the address, in their own profile."))
    if actor is not None and not can_change_whose_roles(actor, membership):
        raise NotAllowed(_("Only an owner can change the address of someone with this role. Ask an owner to do this."))
    if Membership.objects.filter(organisation=membership.organisation_id, email=email).exists():
        raise PersonConflict(_("%(email)s belongs to someone else in this organisation.") % {"email": email})
    refuse_too_many(membership.organisation, email)


@transaction.atomic
def mark_as_left(*, membership: Membership, actor: Actor) -> None:
    """They lose access through the organisation and keep their learning record. Can be undone with `reinstate`."""
    if membership.state == MembershipState.LEFT:
        return
    is_owner_now = _is_owner(membership)
    if is_owner_now:
        Organisation.objects.lock(membership.organisation_id)
    Membership.objects.lock([membership])
    if membership.state == MembershipState.LEFT:
        return
    _refuse_to_end(membership, actor)
    if _is_owner(membership):
        if not is_owner_now:
            raise PersonConflict(_("This person has just become an owner, so nothing was changed. Check their roles first."))
        refuse_last_owner(membership)
    before = str(membership.state)
    membership.state, membership.left_at = MembershipState.LEFT, timezone.now()
    membership.save(update_fields=["state", "left_at", "updated_at"])
    close_invitations(membership)
    membership_ended.send(membership)
    record(
        verb=AuditVerb.PERSON_LEFT,
        summary=_("Marked a person as a former member"),
        organisation=membership.organisation,
        actor=actor,
        target=membership,
        before={"state": before},
        after={"state": str(membership.state)},
    )


def _is_owner(membership: Membership) -> bool:
    return membership.roles.filter(role=Role.OWNER).exists()


def _refuse_to_end(membership: Membership, actor: Actor) -> None:
    if actor is not None and not can_change_whose_roles(actor, membership):
        raise NotAllowed(_("Only an owner can mark someone with this role as a former member. Ask an owner to do this."))


@transaction.atomic
def reinstate(*, membership: Membership, actor: Actor) -> list[str]:
    """Undo `mark_as_left`: they are where they were, with their roles; somebody who had not joined is invited again.

    Returns what could not be given back, in sentences.
    """
    Membership.objects.lock([membership])
    if membership.state != MembershipState.LEFT:
        return []
    if actor is not None and not can_change_whose_roles(actor, membership):
        raise NotAllowed(
            _(
                "Only an owner can reinstate someone with this role. Ask an owner to do this, or add the person again "
                "without the role."
            )
        )
    membership.state = MembershipState.ACTIVE if membership.joined_at and membership.user_id else MembershipState.INVITED
    if membership.state == MembershipState.INVITED:
        refuse_too_many(membership.organisation, membership.email)
    membership.left_at = None
    membership.save(update_fields=["state", "left_at", "updated_at"])
    reinstatement = Reinstatement(membership)
    membership_reinstated.send(reinstatement)
    if membership.state == MembershipState.ACTIVE:
        membership_accepted.send(membership)
    else:
        mail.send_after_commit(invite(organisation=membership.organisation, memberships=[membership], actor=actor))
    record(
        verb=AuditVerb.PERSON_REINSTATED,
        summary=_("Reinstated a former member"),
        organisation=membership.organisation,
        actor=actor,
        target=membership,
        before={"state": str(MembershipState.LEFT)},
        after={"state": str(membership.state)},
    )
    return reinstatement.remarks
