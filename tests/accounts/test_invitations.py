"""The link in an invitation: GET shows, POST joins."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone

from accounts.enums import MembershipState
from accounts.errors import InvitationNotYours, NotAllowed
from accounts.models import AuditEvent, Membership, User
from accounts.services import people
from accounts.services.invitations import accept_invitation, join_as_newcomer, membership_of, resend_invitation
from mail.errors import LinkNotOpen
from mail.links import token_of
from mail.models import MailLink
from tests import factories

pytestmark = pytest.mark.django_db
NEW = {"first_name": "Ann", "last_name": "Lee", "password": "correct horse battery"}


@pytest.fixture
def invited(organisation, user):
    return people.add_person(organisation=organisation, actor=user, email="ann@example.org", first_name="Ann")


@pytest.fixture
def address(invited):
    return address_of(MailLink.objects.get(target_id=invited.uuid.hex))


def join(membership):
    join_as_newcomer(link=MailLink.objects.get(target_id=membership.uuid.hex), **NEW)


def address_of(link):
    return reverse("mail_link", args=[token_of(link)])


def test_opening_the_link_says_who_sees_what_and_changes_nothing(client, invited, address, organisation):
    page = client.get(address).content.decode()
    assert f"What {organisation.name} can see" in page
    assert "Your answers and results" in page
    invited.refresh_from_db()
    assert (invited.state, User.objects.filter(email=invited.email).exists()) == (MembershipState.INVITED, False)


def test_a_new_person_joins_with_a_name_and_a_password(client, invited, address):
    answer = client.post(address, NEW)
    assert (answer.status_code, answer.url) == (302, "/learn/")
    invited.refresh_from_db()
    user = invited.user
    assert (invited.state, user.email, user.first_name) == (MembershipState.ACTIVE, "ann@example.org", "Ann")
    assert user.check_password(NEW["password"])
    assert EmailAddress.objects.filter(user=user, email=user.email, verified=True, primary=True).count() == 1
    assert int(client.session["_auth_user_id"]) == user.pk
    assert AuditEvent.objects.filter(verb="person.joined", actor=user).count() == 1


def test_a_weak_password_is_refused_and_nothing_is_made(client, invited, address):
    page = client.post(address, NEW | {"password": "password"})
    assert page.status_code == 200
    assert "too common" in page.content.decode()
    assert not User.objects.filter(email=invited.email).exists()


def test_a_password_of_the_organisations_name_is_refused_and_nothing_is_made(client, invited, address):
    invited.organisation.name = "Harbour Trust"
    invited.organisation.save()
    page = client.post(address, NEW | {"password": "harbourtrust-1"})
    assert "This password is little more than “harbourtrust”" in page.content.decode()
    assert not User.objects.filter(email=invited.email).exists()


def test_a_used_link_says_so(client, address):
    client.post(address, NEW)
    client.logout()
    page = client.get(address)
    assert (page.status_code, "has already been used" in page.content.decode()) == (410, True)


def test_an_expired_link_says_so(client, address, time_machine):
    time_machine.move_to(timezone.now() + timedelta(days=31))
    page = client.get(address)
    assert (page.status_code, "This link has expired" in page.content.decode()) == (410, True)


def test_an_account_of_that_address_is_asked_to_sign_in(client, invited, address):
    factories.UserFactory(email="ann@example.org")
    page = client.get(address).content.decode()
    assert f"{reverse('account_login')}?next={address}" in page
    assert client.post(address, NEW).status_code == 200
    invited.refresh_from_db()
    assert invited.state == MembershipState.INVITED


def test_a_signed_in_person_accepts_with_one_press(sign_in, invited, address):
    user = factories.UserFactory(email="ann@example.org")
    client = sign_in(user)
    assert client.get(address).status_code == 200
    invited.refresh_from_db()
    assert invited.state == MembershipState.INVITED
    assert client.post(address).url == "/learn/"
    invited.refresh_from_db()
    assert (invited.state, invited.user) == (MembershipState.ACTIVE, user)


def test_an_invitation_is_not_redeemed_under_another_address(sign_in, invited, address):
    client = sign_in(factories.UserFactory(email="bo@example.org"))
    for answer in (client.get(address), client.post(address)):
        page = answer.content.decode()
        assert answer.status_code == 403
        assert "ann@example.org" in page
        assert "bo@example.org" in page
        assert f'name="next" value="{address}"' in page
    invited.refresh_from_db()
    assert (invited.state, invited.user) == (MembershipState.INVITED, None)


def test_signing_out_leads_back_to_the_invitation(sign_in, address):
    client = sign_in(factories.UserFactory(email="bo@example.org"))
    assert client.post(reverse("account_logout"), {"next": address}).url == address


@pytest.mark.parametrize("verified", [True, False])
def test_a_second_address_counts_once_it_is_proved(sign_in, invited, address, verified):
    user = factories.UserFactory(email="bo@example.org")
    EmailAddress.objects.create(user=user, email="ann@example.org", verified=verified)
    answer = sign_in(user).post(address)
    invited.refresh_from_db()
    assert (answer.status_code, invited.user) == ((302, user) if verified else (403, None))


def test_an_account_begun_by_somebody_else_falls(client, invited, address):
    squatter = factories.UserFactory(email="ann@example.org", verified_address=False)
    EmailAddress.objects.create(user=squatter, email="ann@example.org", verified=False)
    EmailAddress.objects.create(user=squatter, email="squatter@example.org", verified=False)
    client.post(address, NEW)
    invited.refresh_from_db()
    assert invited.user.check_password(NEW["password"])
    assert not User.objects.filter(pk=squatter.pk).exists()
    assert list(EmailAddress.objects.values_list("email", "verified")) == [
        (EmailAddress.objects.get(user__email__startswith="person").email, True),
        ("ann@example.org", True),
    ]


def test_an_account_that_only_wrote_the_address_down_is_neither_found_nor_lost(client, invited, address):
    """As the CMS once let authors do: the invited person would have shared the author's account."""
    author = factories.UserFactory(email="author@example.org", last_login=timezone.now())
    author.email = "ann@example.org"
    author.save()
    EmailAddress.objects.create(user=author, email="ann@example.org", verified=False)
    assert client.get(address).context["form"]
    client.post(address, NEW)
    invited.refresh_from_db()
    author.refresh_from_db()
    assert (invited.user == author, invited.user.email, author.email) == (False, "ann@example.org", "author@example.org")
    assert list(EmailAddress.objects.filter(user=author).values_list("email", flat=True)) == ["author@example.org"]


def test_a_withdrawn_invitation_says_so(client, invited, address, user):
    people.mark_as_left(membership=invited, actor=user)
    page = client.get(address)
    assert (page.status_code, "This link was cancelled" in page.content.decode()) == (410, True)


def test_nobody_joins_twice_under_two_addresses(sign_in, organisation, member, invited, address):
    membership = member(organisation)
    EmailAddress.objects.create(user=membership.user, email="ann@example.org", verified=True)
    answer = sign_in(membership.user).post(address)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert f"You already belong to {organisation.name}, as {membership.email}. You do not need this invitation" in page
    invited.refresh_from_db()
    assert invited.user is None


def test_a_former_member_is_told_who_can_help(sign_in, organisation, member, user, address):
    membership = member(organisation)
    EmailAddress.objects.create(user=membership.user, email="ann@example.org", verified=True)
    people.mark_as_left(membership=membership, actor=None)
    page = sign_in(membership.user).post(address).content.decode()
    assert f"You belonged to {organisation.name} before, as {membership.email}. Ask an administrator to reinstate" in page


def test_a_link_counts_for_the_address_it_was_sent_to_only(client, invited, address):
    """Whoever reads the mail of the address of before does not join in the place of whom the organisation means now."""
    Membership.objects.filter(pk=invited.pk).update(email="bob@example.org")
    assert membership_of(MailLink.objects.get()) is None
    assert [client.get(address).status_code, client.post(address, NEW).status_code] == [410, 410]
    assert not User.objects.filter(email__in=["ann@example.org", "bob@example.org"]).exists()


@pytest.mark.parametrize(
    ("end", "words"),
    [(people.mark_as_left, "no longer valid"), (lambda membership, actor: None, "already been used")],
)
def test_a_link_that_closes_while_the_form_is_filled_in_says_why(invited, end, words):
    link = MailLink.objects.get()
    MailLink.objects.update(used_at=timezone.now())
    end(membership=invited, actor=None)
    with pytest.raises(LinkNotOpen, match=words):
        join_as_newcomer(link=link, **NEW)


@pytest.mark.parametrize("end", [people.mark_as_left, lambda membership, actor: join(membership)])
def test_nobody_is_invited_again_who_waits_for_nothing(invited, end):
    end(membership=invited, actor=None)
    with pytest.raises(NotAllowed, match="is not waiting for an invitation"):
        resend_invitation(membership=invited, actor=None)


def test_an_operator_who_never_signed_in_has_to_sign_in(client, address):
    User.objects.create_superuser("ann@example.org", "an operator's password")
    client.post(address, NEW)
    assert User.objects.get(email="ann@example.org").check_password("an operator's password")


@pytest.mark.parametrize("is_written_down", [True, False])
def test_the_service_itself_lets_nobody_in_under_another_address(invited, user, is_written_down):
    """Whatever asks for it beside the page: an address that is not proved to be the user's opens nothing."""
    if is_written_down:
        EmailAddress.objects.create(user=user, email=invited.email, verified=False)
    link = MailLink.objects.get(target_id=invited.uuid.hex)
    with pytest.raises(InvitationNotYours, match=f"is for ann@example.org, but you are signed in as {user.email}"):
        accept_invitation(link=link, user=user)
    invited.refresh_from_db()
    link.refresh_from_db()
    assert (invited.state, invited.user, link.used_at) == (MembershipState.INVITED, None, None)
