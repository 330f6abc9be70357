"""Whoever proves an address first has its account alone: nobody who began the account before gets in.

An attacker signs up with the address of somebody else and a password of their own, and waits. Each test is one way in which
the person whose address it is comes to prove it.
"""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services import people
from mail.links import token_of
from mail.models import MailLink
from tests.accounts.conftest import NEW, PASSWORD, SECRET, reset_password
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
VICTIM = "victim@example.org"
ATTACKER = "attacker@example.org"
SIGN_UP = {"first_name": "Evil", "last_name": "Eve", "email": VICTIM, "password1": PASSWORD}
CODE = re.compile(r"^([A-Z0-9]{3,}(?:-[A-Z0-9]+)?)$", re.MULTILINE)


def last_code() -> str:
    return CODE.search(mail.outbox[-1].body)[1]


def sign_up(email=VICTIM) -> Client:
    client = Client()
    answer = client.post(reverse("account_signup"), SIGN_UP | {"email": email})
    assert answer.url == reverse("account_email_verification_sent")
    cache.clear()  # what follows is later than the limits on mails to one address
    return client


def enter_code(client, page, code):
    return client.post(reverse(page), {"code": code})


def sign_in_by_code(client=None, email=VICTIM) -> Client:
    client = client or Client()
    client.post(reverse("account_request_login_code"), {"email": email})
    enter_code(client, "account_confirm_login_code", last_code())
    return client


def sign_in_by_password(password, email=VICTIM) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": email, "password": password})
    return client


def is_in(client) -> bool:
    return client.get(reverse("profile")).status_code == 200


def account() -> User:
    return User.objects.get(email=VICTIM)


def known_of(user):
    return (
        user.has_usable_password(),
        user.get_full_name(),
        list(EmailAddress.objects.filter(user=user).values_list("email", "verified")),
    )


def test_a_sign_in_code_leaves_nothing_of_whoever_began_the_account():
    attacker = sign_up()
    Authenticator.objects.create(user=account(), type=Authenticator.Type.TOTP, data={"secret": SECRET})
    victim = sign_in_by_code()
    assert is_in(victim)
    assert known_of(account()) == (False, "", [(VICTIM, True)])
    assert not Authenticator.objects.exists()
    assert not is_in(sign_in_by_password(PASSWORD))
    assert attacker.get(reverse("account_email_verification_sent")).url == reverse("account_login")


def test_the_person_is_told_what_was_removed():
    sign_up()
    page = sign_in_by_code().get(reverse("profile")).content.decode()
    assert "Someone had started an account with your address" in page


def test_a_sign_in_code_takes_an_account_that_was_made_without_an_address_row():
    """As `createsuperuser` makes them, and as earlier versions left some."""
    User.objects.create_user(VICTIM, PASSWORD, first_name="Evil")
    assert is_in(sign_in_by_code())
    assert known_of(account()) == (False, "", [(VICTIM, True)])


def test_a_reset_password_keeps_the_new_password_and_not_the_name(client):
    attacker = sign_up()
    before = account().session_epoch
    reset_password(client, account())
    assert account().check_password(NEW)
    assert account().get_full_name() == ""
    assert account().session_epoch > before
    assert attacker.get(reverse("account_email_verification_sent")).url == reverse("account_login")
    victim = sign_in_by_password(NEW)
    enter_code(victim, "account_email_verification_sent", last_code())
    assert is_in(victim)
    assert known_of(account()) == (True, "", [(VICTIM, True)])


def test_a_reset_password_keeps_the_name_in_the_browser_that_signed_up():
    person = sign_up()
    reset_password(person, account())
    assert account().get_full_name() == "Evil Eve"


def test_a_reset_password_keeps_the_name_of_an_account_that_was_proved(client):
    reset_password(client, UserFactory(email=VICTIM, first_name="Vic", last_name="Tim"))
    assert account().get_full_name() == "Vic Tim"


def test_the_code_after_sign_up_keeps_what_the_same_person_typed():
    person = sign_up()
    enter_code(person, "account_email_verification_sent", last_code())
    assert is_in(person)
    assert known_of(account()) == (True, "Evil Eve", [(VICTIM, True)])
    assert is_in(sign_in_by_password(PASSWORD))


def test_the_code_after_the_password_keeps_what_the_same_person_typed():
    sign_up()
    person = sign_in_by_password(PASSWORD)
    enter_code(person, "account_email_verification_sent", last_code())
    assert is_in(person)
    assert known_of(account()) == (True, "Evil Eve", [(VICTIM, True)])


def test_the_address_of_a_sign_up_cannot_be_changed_to_somebody_elses():
    attacker = sign_up(ATTACKER)
    attacker.post(reverse("account_email_verification_sent"), {"action": "change", "email": VICTIM})
    assert not User.objects.filter(email=VICTIM).exists()


def test_a_second_address_that_nobody_proved_opens_nothing():
    sign_up()
    EmailAddress.objects.create(user=account(), email=ATTACKER, verified=False)
    assert is_in(sign_in_by_code())
    assert known_of(account()) == (False, "", [(VICTIM, True)])
    Client().post(reverse("account_request_login_code"), {"email": ATTACKER})
    assert mail.outbox[-1].subject == "There is no account with this address"


def test_a_sign_in_code_asked_for_before_falls_with_the_password():
    attacker = sign_up()
    EmailAddress.objects.create(user=account(), email=ATTACKER, verified=False)
    attacker = Client()
    attacker.post(reverse("account_request_login_code"), {"email": ATTACKER})
    code = last_code()
    assert is_in(sign_in_by_code())
    enter_code(attacker, "account_confirm_login_code", code)
    assert not is_in(attacker)
    assert known_of(account()) == (False, "", [(VICTIM, True)])


def test_a_link_for_a_new_password_asked_for_before_is_closed():
    sign_up()
    EmailAddress.objects.create(user=account(), email=ATTACKER, verified=False)
    attacker = Client()
    attacker.post(reverse("account_reset_password"), {"email": ATTACKER})
    link = re.search(r"https?://[^/]+(/\S+)", mail.outbox[-1].body)[1]
    assert is_in(sign_in_by_code())
    assert "This link is no longer valid" in attacker.get(link, follow=True).content.decode()


def test_an_invitation_makes_an_account_of_its_own(organisation, user):
    sign_up()
    begun = account().pk
    invited = people.add_person(organisation=organisation, actor=user, email=VICTIM, first_name="Vic")
    link = reverse("mail_link", args=[token_of(MailLink.objects.get(target_id=invited.uuid.hex))])
    victim = Client()
    victim.post(link, {"first_name": "Vic", "last_name": "Tim", "password": NEW})
    assert is_in(victim)
    assert (account().pk == begun, account().check_password(NEW), account().get_full_name()) == (False, True, "Vic Tim")


def test_an_address_added_to_another_account_ends_the_one_begun_with_it(person, sign_in):
    sign_up()
    begun = account().pk
    owner = sign_in(person)
    owner.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    owner.post(reverse("account_email"), {"action_add": "", "email": VICTIM})
    enter_code(owner, "account_email_verification_sent", last_code())
    assert EmailAddress.objects.get(email=VICTIM, verified=True).user == person
    assert not User.objects.filter(pk=begun).exists()
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_a_further_address_of_an_account_in_use_changes_nothing_else(person, sign_in):
    owner = sign_in(person)
    name = person.get_full_name()
    owner.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    owner.post(reverse("account_email"), {"action_add": "", "email": VICTIM})
    enter_code(owner, "account_email_verification_sent", last_code())
    person.refresh_from_db()
    assert (person.check_password(PASSWORD), person.get_full_name()) == (True, name)
    assert is_in(owner)


def test_the_sign_up_of_somebody_whose_address_was_taken_before_leads_to_the_account_alone():
    """They are told by mail that there is an account, and come in by a code."""
    sign_up()
    Client().post(reverse("account_signup"), SIGN_UP | {"first_name": "Vic", "password1": NEW})
    assert mail.outbox[-1].subject == "You already have an account"
    assert is_in(sign_in_by_code())
    assert known_of(account()) == (False, "", [(VICTIM, True)])
