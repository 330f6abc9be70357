"""Who gives which role to whom: every role that gives, every role given, to somebody else and to oneself."""

import itertools

import pytest
from django.urls import reverse

from accounts import services
from accounts.enums import MembershipState, Role
from accounts.errors import NotAllowed
from accounts.models import RoleAssignment
from accounts.services import people
from tests import factories

pytestmark = pytest.mark.django_db
NOBODY = "learner"
GIVERS = [NOBODY, *Role.values]
GIVEN_BY_ADMINISTRATORS = {"admin", "manager", "billing"}
MAY_GIVE = {"owner": set(Role.values), "admin": GIVEN_BY_ADMINISTRATORS}
PAIRS = list(itertools.product(GIVERS, Role.values))


@pytest.fixture
def team(organisation):
    return factories.TeamFactory(organisation=organisation)


@pytest.fixture
def giver(organisation, member, team):
    def make(role):
        membership = member(organisation)
        if role != NOBODY:
            RoleAssignment.objects.create(membership=membership, role=role, team=team if role == "manager" else None)
        return membership

    return make


def roles_of(membership):
    return set(membership.roles.values_list("role", flat=True))


def give(client, membership, role, team):
    address = reverse("org:role_add", args=[membership.organisation.slug, membership.uuid])
    return client.post(address, {"role": role, "team": team.pk}, follow=True)


@pytest.mark.parametrize(("own", "given"), PAIRS)
def test_roles_are_given_to_others(sign_in, organisation, member, giver, team, own, given):
    other, actor = member(organisation), giver(own)
    give(sign_in(actor.user), other, given, team)
    assert roles_of(other) == ({given} if given in MAY_GIVE.get(own, ()) else set())


@pytest.mark.parametrize(("own", "given"), PAIRS)
def test_the_service_decides_by_itself(organisation, member, giver, team, own, given):
    other, actor = member(organisation), giver(own)
    if given in MAY_GIVE.get(own, ()):
        services.assign_role(membership=other, role=given, actor=actor.user, team=team)
        return
    with pytest.raises(NotAllowed):
        services.assign_role(membership=other, role=given, actor=actor.user, team=team)


@pytest.mark.parametrize(("own", "given"), PAIRS)
def test_nobody_gives_a_role_to_themselves(sign_in, giver, team, own, given):
    oneself = giver(own)
    before = roles_of(oneself)
    give(sign_in(oneself.user), oneself, given, team)
    with pytest.raises(NotAllowed):
        services.assign_role(membership=oneself, role=given, actor=oneself.user, team=team)
    assert roles_of(oneself) == before


def test_an_administrator_does_not_get_to_the_outcomes(sign_in, organisation, giver, team):
    """As it once was: one's own page took any role but owner."""
    administrator = giver("admin")
    client = sign_in(administrator.user)
    page = give(client, administrator, "lnd_partner", team).content.decode()
    assert "You cannot assign a role to yourself. Ask another owner or administrator to do this." in page
    assert client.get(reverse("org:outcomes", args=[organisation.slug])).status_code == 403


def test_only_what_may_be_given_is_offered(sign_in, organisation, member, giver):
    other = reverse("org:person", args=[organisation.slug, member(organisation).uuid])
    for role, expected in MAY_GIVE.items():
        form = sign_in(giver(role).user).get(other).context["role_form"]
        assert {value for value, _label in form.fields["role"].choices} == expected


@pytest.mark.parametrize("role", ["owner", "lnd_partner"])
def test_an_administrator_brings_nobody_back_into_a_role_of_owners(organisation, member, giver, role):
    former = member(organisation, role, state=MembershipState.LEFT)
    with pytest.raises(NotAllowed):
        people.reinstate(membership=former, actor=giver("admin").user)
    people.reinstate(membership=former, actor=giver("owner").user)
    assert (former.state, roles_of(former)) == (MembershipState.ACTIVE, {role})


@pytest.mark.parametrize("role", ["owner", "lnd_partner"])
def test_an_administrator_invites_no_address_of_their_own_into_a_role_of_owners(organisation, giver, role):
    owner, administrator = giver("owner").user, giver("admin").user
    invited = people.add_person(organisation=organisation, actor=owner, email="ann@example.org")
    services.assign_role(membership=invited, role=role, actor=owner)
    with pytest.raises(NotAllowed):
        people.change_person(membership=invited, actor=administrator, email="second-account@example.org")
    people.change_person(membership=invited, actor=owner, email="ann.lee@example.org")
    assert invited.email == "ann.lee@example.org"


def test_a_former_member_gets_no_role(organisation, member, giver):
    former = member(organisation, state=MembershipState.LEFT)
    with pytest.raises(NotAllowed):
        services.assign_role(membership=former, role="billing", actor=giver("owner").user)


@pytest.mark.parametrize("state", [MembershipState.LEFT, MembershipState.INVITED])
def test_owners_who_have_left_or_not_joined_give_nothing(organisation, member, state):
    with pytest.raises(NotAllowed):
        services.assign_role(
            membership=member(organisation), role="billing", actor=member(organisation, "owner", state=state).user
        )


def test_owners_of_another_organisation_give_nothing_here(organisation, member):
    stranger = member(factories.OrganisationFactory(), "owner").user
    with pytest.raises(NotAllowed):
        services.assign_role(membership=member(organisation), role="billing", actor=stranger)
