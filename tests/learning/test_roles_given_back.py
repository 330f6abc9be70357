"""Roles that an import took from somebody who had left go back, when it is withdrawn, to nobody else than them."""

import io

import pytest
from django.urls import reverse

from accounts.enums import MembershipState
from accounts.models import AuditEvent, Membership
from accounts.services.invitations import accept_invitation
from accounts.services.people import change_person, mark_as_left
from imports import services
from imports.models import RowChange, StagedImport
from jobs.services import perform
from mail.models import MailLink
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOT_GIVEN_BACK = "1 did not get their roles back, because their address or account has changed."


@pytest.fixture
def owner(organisation, member):
    return member(organisation, "owner", email="own@example.org")


@pytest.fixture
def olga(organisation, owner, member):
    """An owner who had left and whom a file has brought back, without her role."""
    olga = member(organisation, "owner", email="olga@example.org", first_name="Olga")
    mark_as_left(membership=olga, actor=None)
    staged = services.receive_upload(
        organisation=organisation, kind="enrolments", file=io.BytesIO(b"email\nolga@example.org\n"), file_name="p.csv"
    )
    services.check_import(staged)
    services.apply_import(staged)
    olga.refresh_from_db()
    assert (olga.state, list(olga.roles.all())) == (MembershipState.INVITED, [])
    return olga


def withdraw(owner):
    """What the job says, after it."""
    job = services.start_withdrawal(StagedImport.objects.get(), actor=owner.user)
    perform(job.pk)
    job.refresh_from_db()
    return job.result["message"]


def roles_of(membership):
    return list(Membership.objects.get(pk=membership.pk).roles.values_list("role", flat=True))


def join(membership, email):
    link = MailLink.objects.get(kind="invitation", target_id=membership.uuid.hex, revoked_at=None)
    accept_invitation(link=link, user=UserFactory(email=email))
    membership.refresh_from_db()


def test_they_go_back_to_the_same_person_and_that_is_on_record(olga, owner):
    assert "roles" not in withdraw(owner)
    assert roles_of(olga) == ["owner"]
    given = AuditEvent.objects.filter(verb="role.assigned").latest("pk")
    assert (given.actor, given.after, given.summary) == (
        owner.user,
        {"role": "owner", "team": ""},
        "Gave back the role “Owner” with a withdrawn import",
    )


def test_another_address_gets_none_and_the_report_says_so(organisation, olga, owner, sign_in):
    change_person(membership=olga, actor=owner.user, email="evil@example.org")
    client, address = sign_in(owner.user), [organisation.slug, StagedImport.objects.get().uuid]
    before = client.get(reverse("org:import_withdraw", args=address)).content.decode()
    assert "1 person does not get their roles back, because their address or account has changed." in before
    assert NOT_GIVEN_BACK in withdraw(owner)
    assert roles_of(olga) == []
    after = client.get(reverse("org:import_report", args=address)).content.decode()
    assert "People without their former roles" in after
    assert reverse("org:person", args=[organisation.slug, olga.uuid]) in after


def test_who_joined_in_her_place_and_left_is_kept_without_them(organisation, olga, owner, sign_in):
    change_person(membership=olga, actor=owner.user, email="evil@example.org")
    join(olga, "evil@example.org")
    mark_as_left(membership=olga, actor=None)
    assert "1 has since joined or been given more, and is kept" in withdraw(owner)
    assert roles_of(olga) == []
    sign_in(owner.user).post(reverse("org:person_reinstate", args=[organisation.slug, olga.uuid]))
    olga.refresh_from_db()
    assert (olga.state, olga.user.email, roles_of(olga)) == (MembershipState.ACTIVE, "evil@example.org", [])


def test_another_account_at_the_same_address_gets_none(olga, owner):
    Membership.objects.filter(pk=olga.pk).update(user=None)
    assert "1 has since joined" in withdraw(owner)
    assert roles_of(olga) == []


def test_what_was_kept_without_saying_whose_it_was_gives_no_role(olga, owner):
    """Of imports that an earlier version applied."""
    change = RowChange.objects.get()
    change.previous = {name: value for name, value in change.previous.items() if name != "whose"}
    change.save()
    assert NOT_GIVEN_BACK in withdraw(owner)
    assert roles_of(olga) == []


def test_who_was_added_and_has_joined_and_left_is_kept(organisation, owner):
    staged = services.receive_upload(
        organisation=organisation, kind="enrolments", file=io.BytesIO(b"email\nnew@example.org\n"), file_name="p.csv"
    )
    services.check_import(staged)
    services.apply_import(staged)
    new = Membership.objects.get(email="new@example.org")
    join(new, "new@example.org")
    mark_as_left(membership=new, actor=None)
    assert "1 has since joined or been given more, and is kept" in withdraw(owner)
    assert Membership.objects.get(pk=new.pk).state == MembershipState.LEFT
