"""Whoever owns an account hears of every change to how one gets into it."""

import re
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.core import mail
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse

from accounts.services import operators
from tests.accounts.conftest import NEW, PASSWORD, SECRET, current_code, reset_password
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(person, sign_in):
    """Signed in, and asked for the password a moment ago."""
    client = sign_in(person)
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
    return client


@pytest.fixture
def post(client):
    return lambda name, **fields: client.post(reverse(name), fields)


def notices():
    """Recipient and subject of what was sent, without codes."""
    return [
        (message.to[0], message.subject)
        for message in mail.outbox
        if "code" not in message.subject or "codes" in message.subject
    ]


def code_in(message):
    return re.search(r"^([A-Z0-9]{3,}-[A-Z0-9]+)$", message.body, re.MULTILINE)[1]


def test_a_changed_password(post):
    assert post("account_change_password", oldpassword=PASSWORD, password1=NEW, password2=NEW).status_code == 302
    assert notices() == [("ann@example.org", "Your password was changed")]
    text = mail.outbox[0].body
    assert f"{settings.ACCORD_BASE_URL}/accounts/password/reset/" in text
    assert "IP address: 127.0.0.1" in text
    html = mail.outbox[0].alternatives[0][0]
    assert "The password of your account was changed." in html


def test_a_password_for_an_account_that_had_none(person, sign_in):
    person.set_unusable_password()
    person.save()
    assert sign_in(person).post(reverse("account_set_password"), {"password1": NEW, "password2": NEW}).status_code == 302
    assert notices() == [("ann@example.org", "A password was added to your account")]


def test_the_link_to_a_new_password_names_the_address_of_this_installation(person, client):
    """Not the one that the request names: whoever asks for somebody else's link would choose where it leads."""
    client.post(reverse("account_reset_password"), {"email": person.email}, headers={"host": "testserver:6666"})
    addresses = re.findall(r"https?://\S+/accounts/password/reset/key/\S+", mail.outbox[-1].body)
    assert len(addresses) == 1
    assert addresses[0].startswith(f"{settings.ACCORD_BASE_URL}/accounts/password/reset/key/")
    assert client.get(urlsplit(addresses[0]).path).status_code == 302


ASKED_BY_STRANGERS = [
    ("account_reset_password", {"email": "nobody@example.org"}),
    ("account_request_login_code", {"email": "nobody@example.org"}),
    ("account_request_login_code", {"email": "ann@example.org"}),
    ("account_signup", {"email": "ann@example.org", "password1": NEW, "first_name": "Ann", "last_name": "Lee"}),
    ("account_signup", {"email": "new@example.org", "password1": NEW, "first_name": "New", "last_name": "Lee"}),
]


@pytest.mark.parametrize(("page", "fields"), ASKED_BY_STRANGERS)
def test_no_mail_that_strangers_ask_for_names_the_address_of_their_request(person, page, fields):
    Client().post(reverse(page), fields, headers={"host": "testserver:6666"})
    message = mail.outbox[-1]
    whole = message.body + message.alternatives[0][0]
    assert "6666" not in whole
    assert urlsplit(settings.ACCORD_BASE_URL).netloc in whole


def test_a_reset_password(person, client):
    client.logout()
    reset_password(client, person)
    assert notices() == [("ann@example.org", "Your password was reset")]


def test_addresses_added_made_primary_and_removed(person, post):
    post("account_email", action_add="", email="second@example.org")
    post("account_email_verification_sent", code=code_in(mail.outbox[-1]))
    assert notices()[-1] == ("ann@example.org", "An e-mail address was added to your account")
    assert "second@example.org was added to your account." in mail.outbox[-1].body
    mail.outbox.clear()
    post("account_email", action_primary="", email="second@example.org")
    assert notices() == [("ann@example.org", "Your e-mail address was changed")]
    assert "from ann@example.org to second@example.org" in mail.outbox[0].body
    mail.outbox.clear()
    post("account_email", action_remove="", email="ann@example.org")
    assert sorted(notices()) == [
        ("ann@example.org", "An e-mail address was removed from your account"),
        ("second@example.org", "An e-mail address was removed from your account"),
    ]
    assert list(EmailAddress.objects.filter(user=person).values_list("email", flat=True)) == ["second@example.org"]


def test_a_removed_address_that_nobody_proved_is_not_written_to(person, post):
    """It may be somebody else's."""
    EmailAddress.objects.create(user=person, email="written@example.org", verified=False)
    post("account_email", action_remove="", email="written@example.org")
    assert notices() == [("ann@example.org", "An e-mail address was removed from your account")]


@pytest.mark.django_db(transaction=True)  # allauth writes after the commit, and within the request
def test_two_step_sign_in_turned_on(client, post):
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    assert post("mfa_activate_totp", code=current_code(secret)).status_code == 302
    assert notices() == [("ann@example.org", "Two-step sign-in was turned on")]


def test_two_step_sign_in_turned_off(person, post):
    TOTP.activate(person, SECRET)
    RecoveryCodes.activate(person)
    assert post("mfa_deactivate_totp").status_code == 302
    assert not Authenticator.objects.filter(user=person).exists()
    assert notices() == [("ann@example.org", "Two-step sign-in was turned off")]


@pytest.mark.django_db(transaction=True)  # allauth writes after the commit, and within the request
def test_new_recovery_codes(person, post):
    TOTP.activate(person, SECRET)
    assert post("mfa_generate_recovery_codes").status_code == 302
    assert notices() == [("ann@example.org", "New recovery codes were generated")]


def test_a_second_factor_that_an_operator_removed(person, django_capture_on_commit_callbacks):
    TOTP.activate(person, SECRET)
    with django_capture_on_commit_callbacks(execute=True):
        operators.remove_second_factor(user=person, actor=UserFactory(is_staff=True, is_superuser=True))
    assert notices() == [("ann@example.org", "Two-step sign-in was turned off")]
    assert "An operator of this site" in mail.outbox[0].body


NOTICES = [
    *(f"account/email/{name}" for name in ("password_changed", "password_set", "password_reset")),
    *(f"account/email/{name}" for name in ("email_added", "email_changed", "email_deleted")),
    *(f"mfa/email/{name}" for name in ("totp_activated", "totp_deactivated", "recovery_codes_generated")),
    *(f"mfa/email/{name}" for name in ("webauthn_added", "webauthn_removed")),
]


@pytest.mark.parametrize("name", NOTICES)
def test_every_notice_is_in_our_words_as_text_and_html(name):
    for end in ("_subject.txt", "_message.txt", "_message.html"):
        try:
            template = get_template(name + end)
        except TemplateDoesNotExist:
            pytest.fail(f"{name}{end} is missing")
        assert str(settings.BASE_DIR / "templates") in template.origin.name
