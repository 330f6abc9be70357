"""Signing up, in and out, and looking after an account, in our own frame and words."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.urls import reverse

from accounts.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "fair-to-both-sides"
NOON = datetime(2031, 3, 3, 12, tzinfo=UTC)
FRAME = '<a class="skip-link" href="#main">'


@pytest.fixture
def person():
    user = UserFactory()
    user.set_password(PASSWORD)
    user.save()
    return user


def heading(response) -> str:
    return re.search(r"<h1>([^<]+)</h1>", response.content.decode()).group(1)


def clean(response) -> bool:
    """Our frame, and nothing that a strict Content-Security-Policy forbids."""
    html = response.content.decode()
    return FRAME in html and not re.search(r"\sstyle=|<style|<script(?![^>]*\bsrc=)", html)


def sign_in_and_confirm(client, person) -> None:
    """Signed in, and having entered the password once more, as changes of the account ask for."""
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def code_in_last_mail() -> str:
    return re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", mail.outbox[-1].body, re.M).group(1)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("account_login", "Sign in"),
        ("account_signup", "Start free"),
        ("account_request_login_code", "Sign in with a code"),
        ("account_reset_password", "Reset your password"),
        ("account_reset_password_done", "Check your e-mail"),
        ("account_reset_password_from_key_done", "Your password has been changed"),
        ("account_inactive", "This account is closed"),
    ],
)
def test_pages_for_visitors(client, name, words):
    response = client.get(reverse(name))
    assert (response.status_code, heading(response), clean(response)) == (200, words, True)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("account_email", "Your e-mail addresses"),
        ("account_change_password", "Change your password"),
        ("account_logout", "Sign out?"),
        ("account_reauthenticate", "Confirm that it is you"),
        ("mfa_index", "Two-step sign-in"),
    ],
)
def test_pages_for_those_signed_in(person, sign_in, name, words):
    response = sign_in(person).get(reverse(name))
    assert (response.status_code, heading(response), clean(response)) == (200, words, True)


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("account_login", ["E-mail address", "Password", "Stay signed in on this device"]),
        ("account_signup", ["First name", "Last name", "E-mail address", "Password"]),
        ("account_request_login_code", ["E-mail address"]),
        ("account_reset_password", ["E-mail address"]),
    ],
)
def test_forms_for_visitors_use_our_words(client, name, labels):
    form = client.get(reverse(name)).context["form"]
    assert [str(field.label) for field in form.visible_fields()] == labels
    assert [field.name for field in form.visible_fields() if "placeholder" in field.field.widget.attrs] == []


def test_forms_for_those_signed_in_use_our_words(person, sign_in):
    client = sign_in(person)
    change = client.get(reverse("account_change_password")).context["form"]
    assert [str(field.label) for field in change] == ["Current password", "New password", "Confirm new password"]
    assert [str(field.label) for field in client.get(reverse("account_email")).context["form"]] == ["E-mail address"]


def test_signing_in_with_a_password(client, person):
    response = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/learn/")


def test_a_wrong_password_is_said_above_the_fields(client, person):
    response = client.post(reverse("account_login"), {"login": person.email, "password": "something else"})
    html = response.content.decode()
    assert 'class="callout callout--danger" role="alert"' in html
    assert clean(response)


def test_signing_up_asks_for_the_code_from_the_mail(client):
    form = {"first_name": "Ada", "last_name": "Okafor", "email": "ada@example.com", "password1": "kitchen-table-9"}
    response = client.post(reverse("account_signup"), form, follow=True)
    assert (heading(response), clean(response)) == ("Confirm your e-mail address", True)
    assert mail.outbox[-1].subject == "Confirm your e-mail address"
    assert mail.outbox[-1].alternatives[0].mimetype == "text/html"
    done = client.post(reverse("account_email_verification_sent"), {"code": code_in_last_mail()})
    assert done.status_code == 302
    assert User.objects.get(email="ada@example.com").display_name == "Ada Okafor"


def test_signing_up_says_who_sees_the_name(client):
    assert "Your name appears on your certificates." in client.get(reverse("account_signup")).content.decode()


def test_signing_in_with_a_code(client, person):
    response = client.post(reverse("account_request_login_code"), {"email": person.email}, follow=True)
    assert (heading(response), clean(response)) == ("Enter the code from your e-mail", True)
    assert mail.outbox[-1].subject == "Your sign-in code"
    done = client.post(reverse("account_confirm_login_code"), {"code": code_in_last_mail()})
    assert (done.status_code, done["Location"]) == (302, "/learn/")


def test_a_new_password_from_the_link_in_the_mail(client, person):
    client.post(reverse("account_reset_password"), {"email": person.email})
    assert mail.outbox[-1].subject == "Reset your password"
    address = re.search(r"https?://[^/\s]+(/\S+)", mail.outbox[-1].body).group(1)
    response = client.get(address, follow=True)
    assert (heading(response), clean(response)) == ("Choose a new password", True)
    form = {"password1": "kitchen-table-9", "password2": "kitchen-table-9"}
    assert client.post(response.request["PATH_INFO"], form).status_code == 302
    person.refresh_from_db()
    assert person.check_password("kitchen-table-9")


@pytest.mark.parametrize(("hours", "title"), [(3, "Choose a new password"), (5, "This link is no longer valid")])
def test_a_link_for_a_new_password_is_good_for_as_long_as_its_mail_says(client, person, hours, title):
    with time_machine.travel(NOON, tick=False) as clock:
        client.post(reverse("account_reset_password"), {"email": person.email})
        message = mail.outbox[-1]
        for words in (message.body, message.alternatives[0].content):
            assert "The link is valid for 4 hours and works once." in words
        clock.shift(timedelta(hours=hours))
        address = re.search(r"https?://[^/\s]+(/\S+)", message.body).group(1)
        assert heading(client.get(address, follow=True)) == title


def test_an_old_link_for_a_new_password_is_closed(client):
    response = client.get(reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "abc-def"}))
    assert (heading(response), clean(response)) == ("This link is no longer valid", True)


def test_setting_up_the_second_step(client, person):
    sign_in_and_confirm(client, person)
    response = client.get(reverse("mfa_activate_totp"))
    assert (response.status_code, heading(response), clean(response)) == (200, "Set up two-step sign-in", True)
    assert 'src="data:image/svg+xml' in response.content.decode()


def test_recovery_codes_and_the_second_step_at_sign_in(client, person):
    sign_in_and_confirm(client, person)
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    codes = RecoveryCodes.activate(person).get_unused_codes()
    for name, words in (
        ("mfa_view_recovery_codes", "Recovery codes"),
        ("mfa_generate_recovery_codes", "Generate new recovery codes?"),
        ("mfa_deactivate_totp", "Turn off two-step sign-in?"),
    ):
        response = client.get(reverse(name))
        assert (response.status_code, heading(response), clean(response)) == (200, words, True)
    client.post(reverse("account_logout"))
    response = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD}, follow=True)
    assert (heading(response), clean(response)) == ("Confirm that it is you", True)
    assert client.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 302


def test_signing_out_takes_one_press_and_never_a_link(person, sign_in):
    client = sign_in(person)
    assert client.get(reverse("account_logout")).status_code == 200
    assert client.post(reverse("account_logout"))["Location"] == "/"
    assert "_auth_user_id" not in client.session
