"""Guessing passwords and codes is slow."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    user = factories.UserFactory(email="ann@example.org")
    user.set_password("correct horse battery")
    user.save()
    return user


def sign_in(client, password, email="ann@example.org"):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def test_after_five_wrong_passwords_even_the_right_one_waits(client, account):
    for _try in range(5):
        assert "_auth_user_id" not in sign_in(client, "wrong").wsgi_request.session
    answer = sign_in(client, "correct horse battery")
    assert "Too many wrong passwords" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_somebody_elses_wrong_passwords_do_not_keep_the_owner_out(client, account):
    stranger = Client(REMOTE_ADDR="192.0.2.66")
    for _try in range(8):
        sign_in(stranger, "wrong")
    assert "Too many wrong passwords" in sign_in(stranger, "correct horse battery").content.decode()
    sign_in(client, "correct horse battery")
    assert client.session["_auth_user_id"] == str(account.pk)


def test_guessing_from_many_addresses_is_stopped_for_the_account(client, account, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login_failed_anywhere": "6/h/key"}
    for number in range(6):
        sign_in(Client(REMOTE_ADDR=f"192.0.2.{number}"), "wrong")
    assert "Too many wrong passwords" in sign_in(client, "correct horse battery").content.decode()
    assert "_auth_user_id" not in client.session


def test_signing_in_does_not_count_as_a_failure(client, account, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login_failed_anywhere": "2/h/key"}
    for _time in range(4):
        sign_in(Client(), "correct horse battery")
    sign_in(client, "correct horse battery")
    assert "_auth_user_id" in client.session


def test_another_account_is_not_locked_out_by_it(client, account):
    other = factories.UserFactory(email="bo@example.org")
    other.set_password("correct horse battery")
    other.save()
    for _try in range(5):
        sign_in(client, "wrong")
    sign_in(client, "correct horse battery", email="bo@example.org")
    assert int(client.session["_auth_user_id"]) == other.pk


def test_many_accounts_from_one_address_are_slowed_down(client, account):
    statuses = {sign_in(client, "wrong", email=f"p{n}@example.org").status_code for n in range(61)}
    assert statuses == {200, 429}


def test_codes_are_sent_three_times_a_minute(client, account):
    for _try in range(4):
        answer = client.post(reverse("account_request_login_code"), {"email": "ann@example.org"})
        client.logout()
    assert len(mail.outbox) == 3
    words = (
        "Too many codes were sent to this address. Wait a minute, then ask again. After a dozen in an hour it takes an hour, "
        "and after forty a day."
    )
    assert answer.context["form"].errors == {"email": [words]}


DETAILS = {"password1": "the harbour at seven", "first_name": "Ann", "last_name": "Lee"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "fields", "most"),
    [
        ("account_request_login_code", {}, 40),
        ("account_reset_password", {}, 20),
        ("account_signup", DETAILS, 40),
    ],
)
@pytest.mark.parametrize("email", ["ann@example.org", "nobody@example.org"])
def test_nobody_is_written_to_all_day_because_strangers_ask(account, time_machine, page, fields, most, email):
    """From a network address of their own for each hour, as slowly as the limits of a minute want it."""
    now = timezone.now()
    for n in range(24 * 4):
        time_machine.move_to(now + timedelta(minutes=15 * n), tick=False)
        Client(REMOTE_ADDR=f"192.0.2.{n}").post(reverse(page), {"email": email} | fields)
    assert len([message for message in mail.outbox if message.to == [email]]) == most


def test_a_busy_hour_ends_with_it(client, account, time_machine):
    now = timezone.now()
    for n in range(30):
        time_machine.move_to(now + timedelta(minutes=n), tick=False)
        Client().post(reverse("account_request_login_code"), {"email": "ann@example.org"})
    assert len(mail.outbox) == 12
    time_machine.move_to(now + timedelta(minutes=62), tick=False)
    Client().post(reverse("account_request_login_code"), {"email": "ann@example.org"})
    assert len(mail.outbox) == 13


def test_a_code_is_guessed_three_times_at_most(client, account):
    client.post(reverse("account_request_login_code"), {"email": "ann@example.org"})
    for _try in range(3):
        client.post(reverse("account_confirm_login_code"), {"code": "WRONG1"})
    answer = client.get(reverse("account_confirm_login_code"))
    assert answer.status_code == 302
    assert "_auth_user_id" not in client.session


def test_passwords_are_kept_with_argon2():
    from config.settings import base

    assert base.PASSWORD_HASHERS[0] == f"{Argon2PasswordHasher.__module__}.{Argon2PasswordHasher.__qualname__}"


def test_an_unknown_address_is_answered_like_a_known_one(client, account):
    known = client.post(reverse("account_reset_password"), {"email": "ann@example.org"})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert EmailAddress.objects.filter(email="nobody@example.org").count() == 0
    assert settings.ACCOUNT_PREVENT_ENUMERATION is True
