"""People as an organisation knows them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from accounts import events, services
from accounts.enums import AUDIT_SCHEMA, MembershipState, Role
from accounts.errors import LastOwner, NotAllowed, PersonConflict
from accounts.models import AuditEvent, Membership, Organisation, Team, User
from accounts.services import people
from accounts.services.invitations import resend_invitation, resend_invitations, waiting_to_hear_again
from accounts.services.people import RosterImport, invites
from mail.models import MailDelivery, MailLink
from tests import factories

pytestmark = pytest.mark.django_db


def invited_as(organisation, email):
    names = {"first_name": "Ann", "last_name": "Lee"}
    return factories.MembershipFactory(organisation=organisation, user=None, state="invited", email=email, **names)


def take(organisation, *rows, **options):
    roster = RosterImport(organisation=organisation, **options)
    members = roster.add_batch(rows)
    roster.invite([member for member in members if invites(roster.changes.get(member.pk, {}))])
    roster.finish()
    return roster, members


def ann(**details):
    return {"email": "ann@example.org"} | details


def test_new_people_are_invited_and_have_no_account_yet(organisation, user):
    roster, (membership,) = take(organisation, ann(first_name="Ann", team="North"), actor=user, course_title="Expectations")
    assert (roster.new, roster.changed, roster.unchanged) == (1, 0, 0)
    assert (membership.state, membership.user, membership.team.name) == (MembershipState.INVITED, None, "North")
    link = MailLink.objects.get()
    assert (link.kind, link.target_id, link.recipient) == ("invitation", membership.uuid.hex, "ann@example.org")
    delivery = MailDelivery.objects.get()
    assert (delivery.template, delivery.link, delivery.recipient) == ("invitation", link, "ann@example.org")
    assert delivery.context["course_title"] == "Expectations"


def test_mails_leave_after_the_commit_once(organisation, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        take(organisation, ann(first_name="Ann"))
        assert mail.outbox == []
    with django_capture_on_commit_callbacks(execute=True):
        take(organisation, ann(first_name="Ann"))
    (message,) = mail.outbox
    assert message.to == ["ann@example.org"]
    assert organisation.name in message.subject
    assert "/l/" in message.body


def test_the_same_people_again_change_nothing(organisation):
    take(organisation, ann(first_name="Ann", team="North", person_id="1"))
    events = AuditEvent.objects.count()
    roster, _members = take(organisation, ann(first_name="Ann", team="NORTH", person_id="1"))
    assert (roster.new, roster.changed, roster.unchanged) == (0, 0, 1)
    assert (Team.objects.count(), MailDelivery.objects.count(), AuditEvent.objects.count()) == (1, 1, events)


def test_details_change_and_blanks_say_nothing(organisation):
    take(organisation, ann(first_name="Ann", last_name="Lee", team="North"))
    roster, (membership,) = take(organisation, ann(first_name="Anne", last_name="", team=""))
    membership.refresh_from_db()
    assert (roster.changed, membership.first_name, membership.last_name) == (1, "Anne", "Lee")
    assert membership.team.name == "North"
    assert MailDelivery.objects.count() == 1


def test_somebody_who_had_left_is_invited_like_a_new_colleague(organisation, member, user):
    membership = member(organisation, "admin", email="ann@example.org", state=MembershipState.LEFT, left_at=timezone.now())
    roster, _members = take(organisation, ann(), actor=user)
    membership.refresh_from_db()
    assert (roster.changed, roster.returned) == (1, 1)
    assert (membership.state, membership.left_at, membership.roles.count()) == (MembershipState.INVITED, None, 0)
    assert MailDelivery.objects.count() == 1


def test_a_batch_takes_a_fixed_number_of_statements(organisation, django_assert_num_queries):
    for count in (3, 49):  # SQLite takes 999 values in a statement
        roster = RosterImport(organisation=organisation)
        rows = [{"email": f"p{count}-{n}@example.org", "team": f"T{count}-{n % 3}"} for n in range(count)]
        with django_assert_num_queries(3):
            members = roster.add_batch(rows)
        with django_assert_num_queries(4):
            roster.invite(members)
    assert organisation.memberships.count() == 52


def test_standing_says_what_would_be_done(organisation):
    take(organisation, ann(first_name="Ann"), {"email": "bo@example.org", "first_name": "Bo"})
    rows = [ann(first_name="Ann"), {"email": "bo@example.org", "first_name": "Bob"}, {"email": "cy@example.org"}]
    changes = people.classify_changes(organisation, rows)
    assert {email: (change.effect, change.before) for email, change in changes.items()} == {
        "ann@example.org": ("unchanged", ("Ann",)),
        "bo@example.org": ("changed", ("Bo",)),
        "cy@example.org": ("new", ()),
    }


def test_personnel_numbers_that_contradict_what_is_known(organisation):
    take(organisation, ann(person_id="1"), {"email": "bo@example.org", "person_id": "2"})
    assert people.conflicts(organisation, [ann(person_id="1")]) == {}
    conflicts = people.conflicts(organisation, [ann(person_id="3"), {"email": "cy@example.org", "person_id": "2"}])
    assert conflicts["ann@example.org"].startswith("This person already has the employee number 1.")
    assert conflicts["cy@example.org"].startswith("The employee number 2 belongs to bo@example.org.")


def test_numbers_of_another_organisation_do_not_matter(organisation):
    take(factories.OrganisationFactory(), ann(person_id="1"))
    assert people.conflicts(organisation, [{"email": "bo@example.org", "person_id": "1"}]) == {}


def test_one_person_is_added_once(organisation, user):
    people.add_person(organisation=organisation, actor=user, email="ann@example.org")
    with pytest.raises(PersonConflict, match="already"):
        people.add_person(organisation=organisation, actor=user, email="ann@example.org")
    assert MailDelivery.objects.count() == 1


def test_the_address_changes_only_before_they_join(organisation, user, member):
    invited = people.add_person(organisation=organisation, actor=user, email="an@example.org")
    people.change_person(membership=invited, actor=user, email="ann@example.org")
    assert [link.recipient for link in MailLink.objects.filter(revoked_at=None)] == ["ann@example.org"]
    with pytest.raises(NotAllowed):
        people.change_person(membership=member(organisation), actor=user, email="other@example.org")


def test_a_number_that_belongs_to_somebody_else_is_refused(organisation, user, member):
    member(organisation, person_id="7")
    with pytest.raises(PersonConflict, match="7"):
        people.change_person(membership=member(organisation), actor=user, person_id="7")


# Leaving --------------------------------------------------------------------------------------------------------------


def test_leaving_closes_the_invitation_and_tells_the_upper_apps(organisation, user, monkeypatch):
    ended = []
    monkeypatch.setattr(events.membership_ended, "_handlers", {"seats": ended.append})
    membership = people.add_person(organisation=organisation, actor=user, email="ann@example.org")
    people.mark_as_left(membership=membership, actor=user)
    people.mark_as_left(membership=membership, actor=user)
    assert ended == [membership]
    assert MailLink.objects.filter(revoked_at=None).count() == 0
    assert list(MailDelivery.objects.values_list("state", flat=True)) == ["cancelled"]
    assert AuditEvent.objects.filter(verb="person.left").count() == 1


def test_coming_back_restores_role_and_place(organisation, member, monkeypatch):
    accepted = []
    monkeypatch.setattr(events.membership_accepted, "_handlers", {"seats": accepted.append})
    membership = member(organisation, "admin")
    owner = member(organisation, "owner")
    people.mark_as_left(membership=membership, actor=owner.user)
    people.reinstate(membership=membership, actor=owner.user)
    membership.refresh_from_db()
    assert (membership.state, membership.left_at, accepted) == (MembershipState.ACTIVE, None, [membership])
    assert [role.role for role in membership.roles.all()] == ["admin"]


def test_somebody_who_had_not_joined_comes_back_as_invited(organisation, user):
    membership = people.add_person(organisation=organisation, actor=user, email="ann@example.org")
    people.mark_as_left(membership=membership, actor=user)
    people.reinstate(membership=membership, actor=user)
    membership.refresh_from_db()
    assert membership.state == MembershipState.INVITED
    assert MailLink.objects.filter(revoked_at=None).count() == 1


def test_the_last_owner_cannot_leave(organisation, member):
    owner = member(organisation, "owner")
    with pytest.raises(LastOwner):
        people.mark_as_left(membership=owner, actor=owner.user)
    member(organisation, "owner")
    people.mark_as_left(membership=owner, actor=owner.user)
    owner.refresh_from_db()
    assert owner.state == MembershipState.LEFT


def test_an_administrator_cannot_mark_an_owner_as_left(organisation, member):
    member(organisation, "owner")
    with pytest.raises(NotAllowed):
        people.mark_as_left(membership=member(organisation, "owner"), actor=member(organisation, "admin").user)


# Roles, teams, organisations --------------------------------------------------------------------------------------------


def test_only_owners_make_owners(organisation, member):
    admin, owner, other = member(organisation, "admin"), member(organisation, "owner"), member(organisation)
    with pytest.raises(NotAllowed):
        services.assign_role(membership=admin, role=Role.OWNER, actor=admin.user)
    services.assign_role(membership=other, role=Role.OWNER, actor=owner.user)
    services.assign_role(membership=other, role=Role.OWNER, actor=owner.user)
    assert [role.role for role in other.roles.all()] == ["owner"]


def test_the_last_owner_keeps_the_role(organisation, member):
    owner = member(organisation, "owner")
    with pytest.raises(LastOwner):
        services.remove_role(assignment=owner.roles.get(), actor=owner.user)
    left = member(organisation, "owner", state=MembershipState.LEFT)
    with pytest.raises(LastOwner):
        services.remove_role(assignment=owner.roles.get(), actor=owner.user)
    assert left.roles.count() == 1


def test_an_owner_whose_account_is_closed_is_no_other_owner(organisation, member):
    owner, closed = member(organisation, "owner"), member(organisation, "owner")
    User.objects.filter(pk=closed.user_id).update(is_active=False)
    with pytest.raises(LastOwner):
        services.remove_role(assignment=owner.roles.get(), actor=owner.user)
    with pytest.raises(LastOwner):
        people.mark_as_left(membership=owner, actor=owner.user)
    people.mark_as_left(membership=closed, actor=owner.user)
    assert (owner.state, closed.state) == (MembershipState.ACTIVE, MembershipState.LEFT)


def test_a_role_that_was_taken_a_moment_ago_is_on_record_once(organisation, member):
    owner, other = member(organisation, "owner"), member(organisation, "billing")
    seen = [other.roles.get(), other.roles.get()]
    for assignment in seen:
        services.remove_role(assignment=assignment, actor=owner.user)
    assert AuditEvent.objects.filter(verb="role.removed").count() == 1


def test_an_administrator_cannot_unmake_an_owner(organisation, member):
    owner = member(organisation, "owner")
    member(organisation, "owner")
    with pytest.raises(NotAllowed):
        services.remove_role(assignment=owner.roles.get(), actor=member(organisation, "admin").user)


def test_a_manager_manages_a_team_of_the_same_organisation(organisation, member):
    membership, owner = member(organisation), member(organisation, "owner").user
    with pytest.raises(NotAllowed):
        services.assign_role(membership=membership, role=Role.MANAGER, actor=owner)
    with pytest.raises(NotAllowed):
        services.assign_role(membership=membership, role=Role.MANAGER, actor=owner, team=factories.TeamFactory())
    team = factories.TeamFactory(organisation=organisation)
    services.assign_role(membership=membership, role=Role.MANAGER, actor=owner, team=team)
    assert [(role.role, role.team) for role in membership.roles.all()] == [("manager", team)]


def test_organisations_are_made_once():
    first = services.create_organisation(slug="northwind-care")
    again = services.create_organisation(slug="northwind-care", name="Northwind Care")
    assert (first, Organisation.objects.count()) == (again, 1)
    assert (first.name, again.name) == ("Northwind care", "Northwind Care")
    assert list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True)) == [
        "organisation.created",
        "organisation.changed",
    ]


def test_settings_are_recorded_with_before_and_after(organisation, user):
    services.change_organisation(organisation=organisation, actor=user, currency="USD", time_zone="Europe/Oslo")
    services.change_organisation(organisation=organisation, actor=user, currency="USD")
    event = AuditEvent.objects.get()
    assert (event.actor, event.before, event.after) == (
        user,
        {"currency": "EUR", "time_zone": "UTC"},
        {"currency": "USD", "time_zone": "Europe/Oslo"},
    )
    assert event.schema == AUDIT_SCHEMA == 1


def test_teams_are_one_whatever_their_case(organisation, user):
    north = services.create_team(organisation=organisation, name=" North  East ", actor=user)
    assert services.create_team(organisation=organisation, name="north east", actor=user) == north
    south = services.create_team(organisation=organisation, name="South", actor=user)
    with pytest.raises(PersonConflict):
        services.rename_team(team=south, name="NORTH EAST", actor=user)


def test_deleting_a_team_leaves_its_people(organisation, user, member):
    team = factories.TeamFactory(organisation=organisation)
    membership = member(organisation, team=team)
    services.delete_team(team=team, actor=user)
    membership.refresh_from_db()
    assert membership.team is None
    assert AuditEvent.objects.get().before == {"name": team.name, "members": 1}


# Inviting again ---------------------------------------------------------------------------------------------------------


def test_a_new_invitation_closes_the_earlier_one(organisation, user):
    membership = people.add_person(organisation=organisation, actor=user, email="ann@example.org")
    resend_invitation(membership=membership, actor=user)
    assert [link.is_open for link in MailLink.objects.order_by("pk")] == [False, True]


def test_somebody_who_has_joined_is_not_invited_again(organisation, user, member):
    with pytest.raises(NotAllowed):
        resend_invitation(membership=member(organisation), actor=user)


def test_those_who_wait_are_reminded_at_most_once_a_day(organisation, user, time_machine):
    people.add_person(organisation=organisation, actor=user, email="ann@example.org")
    assert resend_invitations(organisation=organisation, actor=user, whom=waiting_to_hear_again) == 0
    time_machine.move_to(timezone.now() + timedelta(days=1, minutes=1))
    people.add_person(organisation=organisation, actor=user, email="bo@example.org")
    assert resend_invitations(organisation=organisation, actor=user, whom=waiting_to_hear_again) == 1
    assert resend_invitations(organisation=organisation, actor=user, whom=waiting_to_hear_again) == 0
    assert [(link.recipient, link.is_open) for link in MailLink.objects.order_by("pk")] == [
        ("ann@example.org", False),
        ("bo@example.org", True),
        ("ann@example.org", True),
    ]
    assert Membership.objects.count() == 2


def _leaves_and_is_reinstated(person, user):
    people.mark_as_left(membership=person, actor=user)
    people.reinstate(membership=person, actor=user)


def _leaves_and_is_added_again(person, user):
    people.mark_as_left(membership=person, actor=user)
    people.add_person(organisation=person.organisation, actor=user, email=person.email)
    person.refresh_from_db()


def _gets_another_address_and_this_one_again(person, user):
    email = person.email
    people.change_person(membership=person, actor=user, email=f"{uuid4().hex}@example.org")
    people.change_person(membership=person, actor=user, email=email)


@pytest.mark.parametrize(
    "again", [_leaves_and_is_reinstated, _leaves_and_is_added_again, _gets_another_address_and_this_one_again]
)
def test_no_other_road_leads_to_more_than_three_invitations_a_day(organisation, user, again):
    person = people.add_person(organisation=organisation, actor=user, email="ann@example.org")
    for _time in range(2):
        again(person, user)
    with pytest.raises(NotAllowed, match="3 invitations within a day"):
        again(person, user)
    assert MailDelivery.objects.filter(recipient="ann@example.org").count() == 3


def test_nobody_is_sent_more_than_three_invitations_to_one_address_within_a_day(organisation, user):
    person = invited_as(organisation, "ann@example.org")
    other = invited_as(organisation, "bo@example.org")
    for _time in range(3):
        resend_invitation(membership=person, actor=user)
    with pytest.raises(NotAllowed, match="3 invitations within a day"):
        resend_invitation(membership=person, actor=user)
    resend_invitation(membership=other, actor=user)
    people.change_person(membership=person, actor=user, email="ann.lee@example.org")
    resend_invitation(membership=person, actor=user)
    MailDelivery.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    resend_invitation(membership=person, actor=user)
