"""Owners who go in the same moment, and roles that are given to somebody who goes: nobody's organisation is left alone."""

import itertools

import pytest
from django.db import transaction

from accounts.enums import MembershipState
from accounts.errors import LastOwner, NotAllowed, PersonConflict
from accounts.models import AuditEvent, Membership, RoleAssignment
from accounts.services.organisations import assign_role, remove_role
from accounts.services.people import mark_as_left
from common.errors import UserError
from tests.services.threads import at_once, overlapping

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
ROUNDS = 5


def leaves(owner):
    mark_as_left(membership=Membership.objects.get(pk=owner.pk), actor=owner.user)


def gives_up_the_role(owner):
    remove_role(assignment=RoleAssignment.objects.get(membership=owner, role="owner"), actor=owner.user)


GOING = [leaves, gives_up_the_role]


def outcome(act):
    """What somebody is told who is refused, or None."""
    try:
        with transaction.atomic():
            act()
    except UserError as refusal:
        return type(refusal)
    return None


def owners(organisation):
    return RoleAssignment.objects.filter(
        membership__organisation=organisation, membership__state=MembershipState.ACTIVE, role="owner"
    ).count()


@pytest.mark.parametrize(("first", "second"), list(itertools.product(GOING, GOING)), ids=lambda act: act.__name__)
def test_two_owners_who_go_leave_one(first, second, organisation, member):
    one, other = member(organisation, "owner"), member(organisation, "owner")
    results = overlapping(lambda: outcome(lambda: first(one)), lambda: outcome(lambda: second(other)))
    assert (results, owners(organisation)) == ((None, LastOwner), 1)


def test_three_owners_who_go_at_once_leave_one(organisation, member):
    for _round in range(ROUNDS):
        RoleAssignment.objects.all().delete()
        three = [member(organisation, "owner") for _n in range(3)]
        acts = [
            lambda owner=owner, go=go: outcome(lambda: go(owner)) for owner, go in zip(three, [*GOING, leaves], strict=True)
        ]
        results = at_once(acts)
        assert (sorted(results, key=str), owners(organisation)) == ([LastOwner, None, None], 1)


@pytest.mark.parametrize("role", ["owner", "lnd_partner"])
def test_an_administrator_does_not_mark_as_left_who_is_given_a_role_of_owners(role, organisation, member):
    owner, administrator, other = member(organisation, "owner"), member(organisation, "admin"), member(organisation)
    stale = Membership.objects.get(pk=other.pk)
    results = overlapping(
        lambda: assign_role(membership=other, role=role, actor=owner.user) and None,
        lambda: outcome(lambda: mark_as_left(membership=stale, actor=administrator.user)),
    )
    other.refresh_from_db()
    assert (results, other.state) == ((None, NotAllowed), MembershipState.ACTIVE)


def test_whoever_has_just_become_an_owner_is_not_marked_as_left_unseen(organisation, member):
    owner, other = member(organisation, "owner"), member(organisation)
    stale = Membership.objects.get(pk=other.pk)
    results = overlapping(
        lambda: assign_role(membership=other, role="owner", actor=owner.user) and None,
        lambda: outcome(lambda: mark_as_left(membership=stale, actor=owner.user)),
    )
    assert (results, owners(organisation)) == ((None, PersonConflict), 2)


def test_whoever_has_just_left_is_given_no_role(organisation, member):
    owner, other = member(organisation, "owner"), member(organisation)
    stale = Membership.objects.get(pk=other.pk)
    results = overlapping(
        lambda: mark_as_left(membership=other, actor=owner.user),
        lambda: outcome(lambda: assign_role(membership=stale, role="admin", actor=owner.user)),
    )
    assert (results, other.roles.count()) == ((None, NotAllowed), 0)


def test_a_role_taken_twice_is_on_record_once(organisation, member):
    owner, other = member(organisation, "owner"), member(organisation, "billing")
    seen = [other.roles.get(), other.roles.get()]
    overlapping(*(lambda assignment=assignment: remove_role(assignment=assignment, actor=owner.user) for assignment in seen))
    assert AuditEvent.objects.filter(verb="role.removed").count() == 1
