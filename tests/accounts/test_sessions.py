"""Whoever is signed in elsewhere is signed out when the password or a second factor changes; who changes it stays."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
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
