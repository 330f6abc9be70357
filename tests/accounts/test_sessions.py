"""Whoever is signed in elsewhere is signed out when the password or a second factor changes; who changes it stays."""

import re

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.services import operators
from accounts.services.sessions import end_sessions
from tests.accounts.conftest import NEW, PASSWORD, SECRET, current_code, reset_password
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def is_in(client) -> bool:
    return client.get(reverse("profile")).status_code == 200


def change_password(client, person):
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    person.refresh_from_db()
    assert person.check_password(NEW)


def set_password(client, person):
    person.set_unusable_password()
    person.save()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    client.post(reverse("account_set_password"), {"password1": NEW, "password2": NEW})
    person.refresh_from_db()
    assert person.check_password(NEW)


def turn_on(client, person):
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    assert client.post(reverse("mfa_activate_totp"), {"code": current_code(secret)}).status_code == 302


def turn_off(client, person):
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 302


def make_codes(client, person):
    assert client.post(reverse("mfa_generate_recovery_codes")).status_code == 302


def with_second_factor(person):
    TOTP.activate(person, SECRET)
    RecoveryCodes.activate(person)


@pytest.mark.django_db(transaction=True)  # allauth tells of a change after the commit
@pytest.mark.parametrize(
    ("change", "arrange"),
    [
        (change_password, None),
        (set_password, None),
        (turn_on, None),
        (turn_off, with_second_factor),
        (make_codes, with_second_factor),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_other_sessions_end_and_this_one_goes_on(person, sign_in, change, arrange):
    this, other, stranger = sign_in(person), sign_in(person), sign_in(UserFactory())
    this.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    if arrange:
        arrange(person)
    assert is_in(other)
    change(this, person)
    assert (is_in(this), is_in(other), is_in(stranger)) == (True, False, True)


def waits_for_the_second_step(client, person):
    """The password has been given, the code of the app has not."""
    answer = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert answer.url == reverse("mfa_authenticate")
    return client


def give_code(client):
    return client.post(reverse("mfa_authenticate"), {"code": current_code()}, follow=True)


def new_password(client, person):
    person.set_password(NEW)
    person.save()


def reset(client, person):
    reset_password(Client(), person)


def closed_and_reopened(client, person):
    operators.deactivate_account(user=person, actor=None)
    operators.reactivate_account(user=person, actor=None)


def sessions_ended(client, person):
    end_sessions(user=person)


@pytest.mark.parametrize("change", [new_password, reset, closed_and_reopened, sessions_ended], ids=lambda value: value.__name__)
def test_a_sign_in_that_waits_for_its_second_step_falls_with_the_sessions(person, client, change):
    TOTP.activate(person, SECRET)
    waits_for_the_second_step(client, person)
    change(client, person)
    page = give_code(client)
    assert not is_in(client)
    assert "Your account has changed since you began to sign in." in page.content.decode()
    assert page.redirect_chain[-1][0] == reverse("account_login")


def test_a_sign_in_that_waits_goes_on_where_nothing_changed(person, client):
    TOTP.activate(person, SECRET)
    waits_for_the_second_step(client, person)
    client.get(reverse("home"))
    give_code(client)
    assert is_in(client)


def test_a_sign_in_begun_anew_after_the_change_goes_on(person, client):
    TOTP.activate(person, SECRET)
    waits_for_the_second_step(client, person)
    end_sessions(user=person)
    client.get(reverse("account_login"))
    give_code(waits_for_the_second_step(client, person))
    assert is_in(client)


def test_a_sign_in_by_code_falls_with_the_sessions(person, client):
    client.post(reverse("account_request_login_code"), {"email": person.email})
    code = re.search(r"^([A-Z0-9]{3,}(?:-[A-Z0-9]+)?)$", mail.outbox[-1].body, re.MULTILINE)[1]
    end_sessions(user=person)
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert not is_in(client)


def test_ending_sessions_keeps_nobody_elses(person, sign_in):
    """A request by somebody else, such as an operator, who acts on this account: their session is not made this person's."""
    operator = UserFactory(is_staff=True, is_superuser=True)
    operators_client, own = sign_in(operator), sign_in(person)
    request = RequestFactory().get("/")
    request.user, request.session = operator, operators_client.session
    end_sessions(user=person, keep=request)
    request.session.save()
    assert (is_in(operators_client), is_in(own)) == (True, False)


def test_a_reset_password_ends_every_session(person, sign_in, client):
    other = sign_in(person)
    reset_password(client, person)
    assert not is_in(other)


def test_a_second_factor_that_an_operator_removes_ends_every_session(person, sign_in):
    with_second_factor(person)
    other = sign_in(person)
    operator = UserFactory(is_staff=True, is_superuser=True)
    own = sign_in(operator)
    operators.remove_second_factor(user=person, actor=operator)
    assert (is_in(other), is_in(own)) == (False, True)


def test_a_reopened_account_has_no_sessions_of_before(person, sign_in):
    other = sign_in(person)
    operators.deactivate_account(user=person, actor=None)
    operators.reactivate_account(user=person, actor=None)
    assert not is_in(other)
    assert is_in(sign_in(person))


def test_sessions_outlive_a_new_secret_key_that_names_the_old_one(person, sign_in, settings):
    end_sessions(user=person)
    client = sign_in(person)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "newer" + settings.SECRET_KEY
    assert is_in(client)
