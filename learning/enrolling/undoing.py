"""Taking the enrolling of people back: after an import that failed, and because somebody asks for it within a month."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.enums import HELD_STATES, SeatState
from access.models import Seat, SeatPool
from access.services.locks import lock_pools, lock_seats
from access.services.seats import release_seats
from accounts.models import Membership, Organisation
from accounts.services.people import Change, has_joined_since, invites, is_whom_it_was
from accounts.services.undoing import delete_empty_teams, take_back_changes
from accounts.types import Actor
from imports.enums import ImportState
from imports.errors import NotReady
from imports.models import DAYS_CHANGES_ARE_KEPT, RowChange, StagedImport
from learning.enrolling.rows import cohorts_in
from learning.models import Cohort, CohortMembership, Enrolment
from learning.queries import RELEASABLE_UP_TO, furthest_percentages
from learning.services.cohorts import lock_cohorts

NAMED = 20
Changes = Mapping[int, Change]
"""By membership: what `EnrolmentParts` did with somebody."""


@dataclass
class Outcome:
    """What taking back came to. `stayed`: the first of those who have joined or got more since, by primary key; `roleless`: of
    those who do not get their roles back, since the address or the account is another by now.
    """

    removed: int = 0
    restored: int = 0
    seats_freed: int = 0
    seats_kept: int = 0
    n_stayed: int = 0
    stayed: list[int] = field(default_factory=list)
    n_roleless: int = 0
    roleless: list[int] = field(default_factory=list)

    def added_to(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        both = {name: kept.get(name, type(value)()) + value for name, value in asdict(self).items()}
        return both | {"stayed": both["stayed"][:NAMED], "roleless": both["roleless"][:NAMED]}

    @property
    def message(self) -> str:
        parts = [
            ngettext("%(n)s person was removed", "%(n)s people were removed", self.removed) % {"n": f"{self.removed:,}"},
            ngettext("%(n)s person was restored", "%(n)s people were restored", self.restored) % {"n": f"{self.restored:,}"},
        ]
        if self.n_stayed:
            stayed = ngettext(
                "%(n)s has since joined or been given more, and is kept",
                "%(n)s have since joined or been given more, and are kept",
                self.n_stayed,
            )
            parts.append(stayed % {"n": f"{self.n_stayed:,}"})
        if self.n_roleless:
            roleless = ngettext(
                "%(n)s did not get their roles back, because their address or account has changed",
                "%(n)s did not get their roles back, because their addresses or accounts have changed",
                self.n_roleless,
            )
            parts.append(roleless % {"n": f"{self.n_roleless:,}"})
        return ", ".join(parts) + "."


def withdrawable_until(staged: StagedImport) -> datetime | None:
    """None for an import that is not applied."""
    if staged.state != ImportState.APPLIED or staged.applied_at is None:
        return None
    return staged.applied_at + timedelta(days=DAYS_CHANGES_ARE_KEPT)


def is_withdrawable(staged: StagedImport) -> bool:
    """Whether it was applied lately and changed something that can be taken back."""
    until = withdrawable_until(staged)
    return until is not None and timezone.now() < until and RowChange.objects.filter(staged_import=staged).exists()


def refuse_to_withdraw(staged: StagedImport) -> None:
    if not is_withdrawable(staged):
        raise NotReady(too_late())
    later = later_imports(staged)
    if later:
        raise NotReady(
            _("Later files changed some of the same people: %(files)s. Withdraw those first, starting with the latest.")
            % {"files": ", ".join(one.file_name for one in later)}
        )


def too_late() -> str:
    return _("An import of people can be withdrawn for %(days)s days. What this one replaced is no longer stored.") % {
        "days": DAYS_CHANGES_ARE_KEPT
    }


def later_imports(staged: StagedImport) -> list[StagedImport]:
    """Applied imports of people that did something with the same people afterwards, the latest first."""
    ours = RowChange.objects.filter(staged_import=staged, row_id=OuterRef("row_id"))
    others = RowChange.objects.filter(
        Exists(ours),
        organisation=staged.organisation_id,
        staged_import__kind=staged.kind,
        staged_import__state=ImportState.APPLIED,
        staged_import__applied_at__gt=staged.applied_at,
    )
    ids = others.values_list("staged_import", flat=True).distinct()
    return list(StagedImport.objects.filter(pk__in=list(ids)).order_by("-applied_at"))


def foreseen(staged: StagedImport, *, batch: int = 1000) -> Outcome:
    """What withdrawing would come to now; nothing is changed."""
    outcome = Outcome()
    rows = RowChange.objects.filter(staged_import=staged).order_by("row_id")
    last = 0
    while some := dict(rows.filter(row_id__gt=last).values_list("row_id", "previous")[:batch]):
        last = max(some)
        members = list(Membership.objects.filter(organisation=staged.organisation_id, pk__in=some).order_by("pk"))
        _sort_out(members, some, outcome)
    return outcome


def _sort_out(members: Sequence[Membership], changes: Changes, outcome: Outcome) -> list[Membership]:
    """Those with whom everything can be undone; `outcome` counts them, and names the others."""
    more = _got_more(members, changes)
    going = []
    for member in members:
        change = changes[member.pk]
        if invites(change) and (has_joined_since(member, change) or member.pk in more):
            outcome.n_stayed += 1
            outcome.stayed.append(member.pk)
            continue
        going.append(member)
        outcome.removed += "added" in change
        outcome.restored += "added" not in change
        if change.get("roles") and not is_whom_it_was(member, change):
            outcome.n_roleless += 1
            outcome.roleless.append(member.pk)
    outcome.stayed, outcome.roleless = outcome.stayed[:NAMED], outcome.roleless[:NAMED]
    return going


def _got_more(members: Iterable[Membership], changes: Changes) -> set[int]:
    """Who of those who were invited has been given a place, a seat or a role since, by somebody else than the import."""
    invited = [member.pk for member in members if invites(changes[member.pk])]
    places = CohortMembership.objects.filter(membership__in=invited).values_list("membership", "cohort")
    seats = Seat.objects.filter(membership__in=invited, state__in=HELD_STATES).values_list("membership", "pk")
    more = {member for member, cohort in places if cohort not in _places_known(changes[member])}
    more |= {member for member, seat in seats if member and seat not in changes[member].get("seats", ())}
    return more | set(Membership.objects.filter(pk__in=invited, roles__isnull=False).values_list("pk", flat=True))


def _places_known(change: Change) -> list[int]:
    """Cohorts into which the import put somebody, and those in which somebody was who had left and was brought back."""
    return [*change.get("cohorts", ()), *change.get("kept_places", ())]


def take_back(organisation: Organisation, changes: Changes, *, actor: Actor = None, whoever: bool = False) -> Outcome:
    """Places, seats and details as they were, for some people, under the lock of the organisation; who has joined stays.

    `whoever`: everybody, since they have been held and nobody can have joined.
    """
    cohorts = lock_cohorts(Cohort.objects.filter(pk__in=cohorts_in(changes)))
    members = Membership.objects.lock(Membership.objects.filter(organisation=organisation, pk__in=changes))
    outcome = Outcome()
    going = members if whoever else _sort_out(members, changes, outcome)
    _free_seats(organisation, going, changes, outcome)
    for cohort in cohorts:
        people = [member for member in going if cohort.pk in changes[member.pk].get("cohorts", ())]
        CohortMembership.objects.filter(cohort=cohort, membership__in=people).delete()
        users = [member.user_id for member in people if member.user_id]
        Enrolment.objects.filter(cohort=cohort, user__in=users).update(cohort=None, updated_at=timezone.now())
    take_back_changes(organisation, {member.pk: changes[member.pk] for member in going}, actor=actor)
    return outcome


def _free_seats(organisation: Organisation, going: Sequence[Membership], changes: Changes, outcome: Outcome) -> None:
    """The seats that they got, by the rule for taking seats back: those that are in use stay."""
    got = {seat: member for member in going for seat in changes[member.pk].get("seats", ())}
    if not got:
        return
    of_seats = Seat.objects.filter(pk__in=got).values("pool")
    pools = {pool.pk: pool for pool in lock_pools(SeatPool.objects.filter(pk__in=of_seats))}
    seats = [seat for seat in lock_seats(Seat.objects.filter(pk__in=got)) if seat.membership_id == got[seat.pk].pk]
    held = [seat for seat in seats if seat.state in HELD_STATES]
    freed = [seat for seat in held if seat.state == SeatState.ASSIGNED]
    for pk, pool in sorted(pools.items()):
        active = [seat for seat in held if seat.pool_id == pk and seat.state == SeatState.ACTIVATED]
        since = min((seat.assigned_at for seat in active if seat.assigned_at), default=None)
        users = [got[seat.pk].user_id for seat in active]
        taken = furthest_percentages(users, pool.course_set, organisation, since=since)
        freed += [seat for seat in active if taken.get(got[seat.pk].user_id, 0) <= RELEASABLE_UP_TO]
    release_seats(freed)
    outcome.seats_freed, outcome.seats_kept = len(freed), len(held) - len(freed)


def delete_unused(organisation: Organisation, made: Mapping[str, Sequence[int]]) -> None:
    """Cohorts and teams that an import made, and that nobody is in."""
    organisation.cohorts.filter(pk__in=made.get("cohorts", ()), memberships=None, enrolments=None).delete()
    delete_empty_teams(organisation, made.get("teams", ()))
