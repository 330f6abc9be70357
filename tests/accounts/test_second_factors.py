"""The secrets of second factors are not readable in the database, and outlive a change of the key."""

import json
from importlib import import_module

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.apps import apps
from django.core.management import CommandError, call_command
from django.urls import reverse

from tests.accounts.conftest import PASSWORD, SECRET, current_code

pytestmark = pytest.mark.django_db
SEED = "0123456789abcdef" * 5


def kept(person) -> str:
    return json.dumps(list(Authenticator.objects.filter(user=person).order_by("pk").values_list("data", flat=True)))


def signs_in(client, code) -> bool:
    client.post(reverse("account_login"), {"login": "ann@example.org", "password": PASSWORD})
    client.post(reverse("mfa_authenticate"), {"code": code})
    return client.get(reverse("profile")).status_code == 200


def test_the_database_holds_no_secret_in_the_clear(person, monkeypatch):
    monkeypatch.setattr(RecoveryCodes, "generate_seed", classmethod(lambda cls: SEED))
    TOTP.activate(person, SECRET)
    codes = RecoveryCodes.activate(person).get_unused_codes()
    assert [text in kept(person) for text in (SECRET, SEED, *codes)] == [False] * (2 + len(codes))


def test_the_app_and_the_codes_open_the_account(person, client):
    TOTP.activate(person, SECRET)
    assert signs_in(client, current_code())
    client.logout()
    assert signs_in(client, RecoveryCodes.activate(person).get_unused_codes()[0])


def test_secrets_outlive_a_change_of_the_key(person, client, settings, capsys):
    TOTP.activate(person, SECRET)
    codes = RecoveryCodes.activate(person).get_unused_codes()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a newer secret " + "y" * 50
    call_command("renew_secrets")
    assert capsys.readouterr().out == "Second factors encrypted under the current key: 2\n"
    settings.SECRET_KEY_FALLBACKS = []
    assert Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes() == codes
    assert signs_in(client, current_code())


def test_a_lost_key_is_named(person, settings):
    TOTP.activate(person, SECRET)
    settings.SECRET_KEY = "a newer secret " + "y" * 50
    with pytest.raises(CommandError, match="SECRET_KEY_FALLBACKS"):
        call_command("renew_secrets")


def test_the_migration_encrypts_what_was_kept_in_the_clear(person, client):
    Authenticator.objects.create(user=person, type="totp", data={"secret": SECRET})
    Authenticator.objects.create(user=person, type="recovery_codes", data={"seed": SEED, "used_mask": 1})
    codes = Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes()
    migrate = import_module("accounts.migrations.0005_encrypt_second_factors").encrypt_second_factors
    migrate(apps, None)
    first = kept(person)
    assert (SECRET in first, SEED in first) == (False, False)
    migrate(apps, None)
    assert kept(person) == first
    assert Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes() == codes
    assert signs_in(client, current_code())
