"""Who gives which role to whom: every role that gives, every role given, to somebody else and to oneself."""

import io
import itertools
import re
from html import unescape
from importlib import import_module
from urllib.parse import quote

import pytest
from django.apps import apps
from django.urls import reverse

from accounts import services
from accounts.enums import MembershipState, Role
from accounts.errors import NotAllowed
from accounts.models import AuditEvent, RoleAssignment
from accounts.services import invitations, people
from imports import services as imports
from mail.models import MailLink
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


def address_of(membership):
    return reverse("org:role_add", args=[membership.organisation.slug, membership.uuid])


def invited_as(organisation, email):
    names = {"first_name": "Ann", "last_name": "Lee"}
    return factories.MembershipFactory(organisation=organisation, user=None, state="invited", email=email, **names)


def hidden_fields(page):
    return dict(re.findall(r'<input type="hidden" name="(role|email|confirmed)" value="([^"]+)">', page.content.decode()))


@pytest.fixture
def give(sign_in, proves_identity):
    """By somebody who has just proved who they are, and says yes to the question."""

    def make(giver, membership, role, team):
        client = sign_in(giver.user)
        proves_identity(client, giver.user)
        sent = {"role": role, "team": team.pk, "email": membership.email, "confirmed": "1"}
        return client.post(address_of(membership), sent, follow=True)

    return make


@pytest.mark.parametrize(("own", "given"), PAIRS)
def test_roles_are_given_to_others(give, organisation, member, giver, team, own, given):
    other, actor = member(organisation), giver(own)
    give(actor, other, given, team)
    assert roles_of(other) == ({given} if given in MAY_GIVE.get(own, ()) else set())


@pytest.mark.parametrize("role", ["owner", "admin", "lnd_partner", "data_steward"])
def test_a_role_that_gives_much_away_is_asked_about_and_given_by_whoever_proves_who_they_are(
    sign_in, organisation, member, proves_identity, role
):
    other, owner = member(organisation), member(organisation, "owner")
    client = sign_in(owner.user)
    page = client.post(address_of(other), {"role": role})
    assert f"Give {other} this role: {Role(role).label}?" in unescape(page.content.decode())
    assert "Whoever opens the invitation" not in page.content.decode()
    fields = hidden_fields(page)
    answer = client.post(address_of(other), fields)
    assert answer.url == f"{reverse('account_reauthenticate')}?next={quote(address_of(other), safe='')}"
    assert roles_of(other) == set()
    # The page that asks for the password hands its `next` on; what was asked for is done then, without being asked again.
    answer = proves_identity(client, owner.user, next=address_of(other))
    assert (answer.status_code, answer.url) == (302, reverse("org:person", args=[organisation.slug, other.uuid]))
    assert roles_of(other) == {role}


def test_a_role_goes_to_the_address_that_was_asked_about_and_to_no_other(
    sign_in, organisation, member, proves_identity, settings
):
    invited = invited_as(organisation, "ann@example.org")
    owner = member(organisation, "owner")
    client = sign_in(owner.user)
    fields = hidden_fields(client.post(address_of(invited), {"role": "owner"}))
    proves_identity(client, owner.user)
    people.change_person(membership=invited, actor=member(organisation, "admin").user, email="else@example.org")
    page = client.post(address_of(invited), fields)
    assert "The address of this person is else@example.org now." in page.content.decode()
    assert roles_of(invited) == set()
    assert hidden_fields(page)["email"] == "else@example.org"
    client.post(address_of(invited), hidden_fields(page))
    assert roles_of(invited) == {"owner"}
    # A form that does not say which address it was about is asked again too.
    other = member(organisation)
    assert (
        "The address of this person is" in client.post(address_of(other), {"role": "admin", "confirmed": "1"}).content.decode()
    )


@pytest.mark.parametrize("what", ["role", "export", "audit"])
def test_whoever_has_nothing_to_prove_themselves_with_sets_a_password_first(sign_in, organisation, member, what):
    other, owner = member(organisation), member(organisation, "owner")
    owner.user.set_unusable_password()
    owner.user.save()
    client = sign_in(owner.user)
    if what == "role":
        answer = client.post(address_of(other), {"role": "owner", "email": other.email, "confirmed": "1"})
    else:
        answer = client.get(reverse(f"org:{'people_export' if what == 'export' else 'audit_export'}", args=[organisation.slug]))
    assert (answer.status_code, answer.url) == (302, reverse("account_set_password"))
    assert "Set a password first" in client.get(answer.url).content.decode()
    assert roles_of(other) == set()


@pytest.mark.parametrize("role", ["admin", "manager"])
def test_inviting_another_address_into_a_role_given_with_care_needs_proof(
    sign_in, organisation, member, team, proves_identity, role
):
    invited = invited_as(organisation, "ann@example.org")
    factories.RoleAssignmentFactory(membership=invited, role=role, team=team if role == "manager" else None)
    admin = member(organisation, "admin")
    client = sign_in(admin.user)
    page = reverse("org:person", args=[organisation.slug, invited.uuid])
    sent = {
        "email": "else@example.org",
        "first_name": "Ann",
        "last_name": "Lee",
        "person_id": "",
        "team": "",
        "manager_email": "",
    }
    assert client.post(page, sent | {"email": "ann@example.org"}).url == page
    answer = client.post(page, sent)
    invited.refresh_from_db()
    if role == "manager":
        assert (answer.url, invited.email) == (page, "else@example.org")
        return
    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert invited.email == "ann@example.org"
    proves_identity(client, admin.user, next=page)
    invited.refresh_from_db()
    assert invited.email == "else@example.org"


@pytest.mark.parametrize("role", ["owner", "admin", "lnd_partner", "data_steward", "outcomes_reader", "billing"])
def test_bringing_somebody_back_into_a_role_given_with_care_needs_proof(sign_in, organisation, member, proves_identity, role):
    owner, former = member(organisation, "owner"), member(organisation, role, state="left")
    client = sign_in(owner.user)
    address = reverse("org:person_reinstate", args=[organisation.slug, former.uuid])
    answer = client.post(address)
    former.refresh_from_db()
    if role in ("billing", "outcomes_reader"):
        assert former.state == "active"
        return
    assert (answer.url.startswith(reverse("account_reauthenticate")), former.state) == (True, "left")
    proves_identity(client, owner.user, next=address)
    former.refresh_from_db()
    assert former.state == "active"


def test_an_act_that_was_put_aside_asks_for_the_second_factor_where_its_page_would(
    sign_in, organisation, member, proves_identity, settings
):
    """Somebody becomes an owner between asking for an act and proving who they are."""
    other, admin = member(organisation), member(organisation, "admin")
    client = sign_in(admin.user)
    client.post(address_of(other), {"role": "admin", "email": other.email, "confirmed": "1"})
    factories.RoleAssignmentFactory(membership=admin, role="owner")
    settings.ACCORD_REQUIRE_SECOND_FACTOR = True
    answer = proves_identity(client, admin.user, next=address_of(other))
    assert answer.url == reverse("second_factor_needed")
    assert roles_of(other) == set()


def test_the_question_says_that_the_mailbox_of_an_invitation_decides_who_gets_the_role(sign_in, organisation, member):
    invited = factories.MembershipFactory(
        organisation=organisation, user=None, state="invited", email="ann@example.org", first_name="Ann", last_name="Lee"
    )
    page = sign_in(member(organisation, "owner").user).post(address_of(invited), {"role": "owner"}).content.decode()
    assert "Whoever opens the invitation sent to ann@example.org gets this role." in page


@pytest.mark.parametrize("role", ["manager", "billing", "outcomes_reader"])
def test_other_roles_are_given_without_a_question(sign_in, organisation, member, team, role):
    other = member(organisation)
    sign_in(member(organisation, "owner").user).post(address_of(other), {"role": role, "team": team.pk})
    assert roles_of(other) == {role}


@pytest.mark.parametrize(("own", "given"), PAIRS)
def test_the_service_decides_by_itself(organisation, member, giver, team, own, given):
    other, actor = member(organisation), giver(own)
    if given in MAY_GIVE.get(own, ()):
        services.assign_role(membership=other, role=given, actor=actor.user, team=team)
        return
    with pytest.raises(NotAllowed):
        services.assign_role(membership=other, role=given, actor=actor.user, team=team)


@pytest.mark.parametrize(("own", "given"), PAIRS)
def test_nobody_gives_a_role_to_themselves(give, giver, team, own, given):
    oneself = giver(own)
    before = roles_of(oneself)
    give(oneself, oneself, given, team)
    with pytest.raises(NotAllowed):
        services.assign_role(membership=oneself, role=given, actor=oneself.user, team=team)
    assert roles_of(oneself) == before


def test_an_administrator_does_not_get_to_the_outcomes(give, sign_in, organisation, giver, team):
    """As it once was: one's own page took any role but owner."""
    administrator = giver("admin")
    page = give(administrator, administrator, "lnd_partner", team).content.decode()
    assert "You cannot assign a role to yourself. Ask another owner or administrator to do this." in page
    assert sign_in(administrator.user).get(reverse("org:outcomes", args=[organisation.slug])).status_code == 403


def test_only_what_may_be_given_is_offered(sign_in, organisation, member, giver):
    other = reverse("org:person", args=[organisation.slug, member(organisation).uuid])
    for role, expected in MAY_GIVE.items():
        form = sign_in(giver(role).user).get(other).context["role_form"]
        assert {value for value, _label in form.fields["role"].choices} == expected


@pytest.mark.parametrize("role", ["owner", "lnd_partner", "data_steward", "outcomes_reader"])
def test_an_administrator_brings_nobody_back_into_a_role_of_owners(organisation, member, giver, role):
    former = member(organisation, role, state=MembershipState.LEFT)
    with pytest.raises(NotAllowed):
        people.reinstate(membership=former, actor=giver("admin").user)
    people.reinstate(membership=former, actor=giver("owner").user)
    assert (former.state, roles_of(former)) == (MembershipState.ACTIVE, {role})


@pytest.mark.parametrize("role", ["owner", "lnd_partner", "data_steward", "outcomes_reader"])
def test_an_administrator_invites_no_address_of_their_own_into_a_role_of_owners(organisation, giver, role):
    owner, administrator = giver("owner").user, giver("admin").user
    invited = people.add_person(organisation=organisation, actor=owner, email="ann@example.org")
    services.assign_role(membership=invited, role=role, actor=owner)
    with pytest.raises(NotAllowed):
        people.change_person(membership=invited, actor=administrator, email="second-account@example.org")
    people.change_person(membership=invited, actor=owner, email="ann.lee@example.org")
    assert invited.email == "ann.lee@example.org"


def attempt(service, **what):
    try:
        service(**what)
    except NotAllowed:
        return False
    return True


@pytest.mark.parametrize(("own", "taken"), PAIRS)
def test_what_only_owners_give_only_owners_take(organisation, member, giver, team, own, taken):
    member(organisation, "owner")  # so that nobody is the last one
    other, actor = giver(taken), giver(own)
    may = taken in MAY_GIVE.get(own, ())
    assert attempt(services.remove_role, assignment=other.roles.get(), actor=actor.user) is may
    assert roles_of(other) == (set() if may else {taken})


@pytest.mark.parametrize(("own", "taken"), PAIRS)
def test_the_button_that_takes_a_role_is_there_for_who_may_press_it(sign_in, organisation, member, giver, own, taken):
    if own not in MAY_GIVE:
        return
    member(organisation, "owner")
    other, actor = giver(taken), giver(own)
    assignment, may = other.roles.get(), taken in MAY_GIVE[own]
    client = sign_in(actor.user)
    remove = reverse("org:role_remove", args=[organisation.slug, other.uuid, assignment.pk])
    leave = reverse("org:person_leave", args=[organisation.slug, other.uuid])
    page = client.get(reverse("org:person", args=[organisation.slug, other.uuid])).content.decode()
    assert (remove in page, leave in page, "Only an owner can mark someone with this role" in page) == (may, may, not may)
    assert ('class="button button--danger"' in client.get(leave).content.decode()) is may
    client.post(remove)
    assert roles_of(other) == (set() if may else {taken})


@pytest.mark.parametrize("taken", [NOBODY, *Role.values])
@pytest.mark.parametrize("own", ["owner", "admin"])
@pytest.mark.parametrize("state", [MembershipState.ACTIVE, MembershipState.INVITED])
def test_whoever_has_a_role_of_owners_is_marked_as_left_by_owners(organisation, member, giver, own, taken, state):
    member(organisation, "owner")
    other, actor = giver(taken), giver(own)
    if state == MembershipState.INVITED:
        type(other).objects.filter(pk=other.pk).update(state=state, user=None)
        other.refresh_from_db()
    may = taken == NOBODY or taken in MAY_GIVE[own]
    assert attempt(people.mark_as_left, membership=other, actor=actor.user) is may
    other.refresh_from_db()
    assert other.state == (MembershipState.LEFT if may else state)


@pytest.mark.parametrize("role", ["owner", "lnd_partner", "data_steward", "outcomes_reader"])
def test_a_second_invitation_by_an_administrator_goes_to_the_same_address_with_the_same_role(organisation, giver, role):
    """Inviting again gives nothing to anybody else and takes nothing, so whoever manages people may do it."""
    invited = people.add_person(organisation=organisation, actor=giver("owner").user, email="ann@example.org")
    services.assign_role(membership=invited, role=role, actor=giver("owner").user)
    invitations.resend_invitation(membership=invited, actor=giver("admin").user)
    link = MailLink.objects.get(revoked_at=None)
    assert (link.recipient, link.target_id, roles_of(invited)) == ("ann@example.org", invited.uuid.hex, {role})


@pytest.mark.parametrize("role", ["owner", "lnd_partner", "data_steward", "outcomes_reader"])
def test_a_file_of_an_administrator_neither_ends_nor_redirects_a_membership_of_owners(organisation, member, giver, role):
    """Whoever is in it, or not: people who are there keep their state, their address and their roles."""
    actor, there = giver("admin").user, [giver(role), giver(role)]
    people.add_person(organisation=organisation, actor=giver("owner").user, email="ann@example.org")
    there.append(organisation.memberships.get(email="ann@example.org"))
    services.assign_role(membership=there[-1], role=role, actor=giver("owner").user)
    before = [(one.state, one.email, one.user_id) for one in there]
    text = f"email,first_name\n{there[0].email},Nell\nann@example.org,Nell\nnew@example.org,New\n"
    imports.import_file(
        organisation=organisation, kind="enrolments", file=io.BytesIO(text.encode()), file_name="people.csv", actor=actor
    )
    for one in there:
        one.refresh_from_db()
    assert [(one.state, one.email, one.user_id) for one in there] == before
    assert ([one.first_name for one in there][::2], [roles_of(one) for one in there]) == (["Nell", "Nell"], [{role}] * 3)


def test_the_update_takes_no_right_from_those_who_were_partners(organisation, member):
    """Each becomes a steward too, once, whatever state the membership is in; the log says so of each."""
    migration = import_module("accounts.migrations.0014_three_rights_of_outcomes")
    partner, former = member(organisation, "lnd_partner"), member(organisation, "lnd_partner", state=MembershipState.LEFT)
    both, manager = member(organisation, "lnd_partner", "data_steward"), member(organisation, "billing")
    for _time in range(2):
        migration.make_partners_stewards(apps, None)
    assert [roles_of(one) for one in (partner, former, both)] == [{"lnd_partner", "data_steward"}] * 3
    assert roles_of(manager) == {"billing"}
    events = AuditEvent.objects.filter(verb="role.assigned", summary=migration.SUMMARY)
    assert sorted(events.values_list("person", flat=True)) == sorted([partner.pk, former.pk])


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
