"""The secrets of second factors are not readable in the database, and outlive a change of the key."""

import json
from datetime import UTC, datetime
from importlib import import_module
from urllib.parse import urlencode

import pytest
import time_machine
from allauth.mfa import urls as mfa_urls
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.urls import URLResolver, reverse

from common.encryption import encrypt
from tests.accounts.conftest import NEW, PASSWORD, SECRET, current_code
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SEED = "0123456789abcdef" * 5
OLD_KEY = settings.SECRET_KEY
NEED_THE_SECRET = {
    ("mfa_download_recovery_codes", "get"),
    ("mfa_download_recovery_codes", "post"),
    ("mfa_generate_recovery_codes", "get"),
    ("mfa_index", "get"),
    ("mfa_reauthenticate", "post"),
    ("mfa_view_recovery_codes", "get"),
}


@pytest.fixture(autouse=True)
def _code_of_this_half_minute():
    """A code that is read now is still the one of the moment when it is sent."""
    with time_machine.travel(datetime(2027, 3, 1, 9, tzinfo=UTC), tick=False):
        yield


def names_under(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names_under(pattern.url_patterns)
        else:
            yield pattern.name


def kept(person) -> str:
    return json.dumps(list(Authenticator.objects.filter(user=person).order_by("pk").values_list("data", flat=True)))


def encrypted_under(key: str) -> str:
    with override_settings(SECRET_KEY=key, SECRET_KEY_FALLBACKS=[]):
        return encrypt(SECRET)


def secrets_of(person) -> list[str]:
    factors = Authenticator.objects.filter(user=person).order_by("pk")
    return [factor.data.get("secret") or factor.data["seed"] for factor in factors]


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


def test_what_no_key_fits_is_named_and_the_rest_is_written(person, settings, capsys):
    """As it once was: the first secret that could not be read kept all after it from being written."""
    lost = [TOTP.activate(user, SECRET).instance.pk for user in (UserFactory(), UserFactory())]
    for factor in Authenticator.objects.filter(pk__in=lost):
        factor.data["secret"] = encrypted_under("a key that nobody has any more" + "z" * 50)
        factor.save()
    TOTP.activate(person, SECRET)
    before = {pk: Authenticator.objects.get(pk=pk).data for pk in lost}
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a newer secret " + "y" * 50
    with pytest.raises(CommandError) as refusal:
        call_command("renew_secrets")
    assert capsys.readouterr().out == "Second factors encrypted under the current key: 1\n"
    message = str(refusal.value)
    assert (f"2 second factors could not be read: {lost[0]}, {lost[1]}." in message, refusal.value.returncode) == (True, 1)
    assert "SECRET_KEY_FALLBACKS" in message
    assert {pk: Authenticator.objects.get(pk=pk).data for pk in lost} == before
    settings.SECRET_KEY_FALLBACKS = []
    assert Authenticator.objects.get(user=person).wrap().validate_code(current_code())


@pytest.fixture
def key_lost(person, settings):
    """Somebody with an app and recovery codes, all of them encrypted under a key that is not configured any more."""
    TOTP.activate(person, SECRET)
    codes = RecoveryCodes.activate(person).get_unused_codes()
    settings.SECRET_KEY = "a newer secret " + "y" * 50
    return codes


@pytest.mark.parametrize("kind", ["app", "recovery code"])
def test_a_factor_that_cannot_be_read_is_said_and_lets_nobody_in(kind, person, client, key_lost, caplog):
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    answer = client.post(reverse("mfa_authenticate"), {"code": current_code() if kind == "app" else key_lost[0]})
    html = answer.content.decode()
    assert (answer.status_code, "_auth_user_id" in client.session) == (503, False)
    assert "Two-step sign-in is not working at the moment" in html
    assert "Contact the site operator" in html
    assert client.get(reverse("profile")).status_code == 302
    [line] = [entry.getMessage() for entry in caplog.records if entry.name == "accounts.middleware"]
    assert ("SECRET_KEY_FALLBACKS" in line, person.email in line, person.first_name in line) == (True, False, False)


def test_the_app_opens_the_account_again_once_the_key_is_back(person, client, settings, key_lost):
    assert not signs_in(client, current_code())
    settings.SECRET_KEY_FALLBACKS = [OLD_KEY]
    assert signs_in(client, current_code())


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", sorted(names_under(mfa_urls.urlpatterns)))
def test_no_page_of_second_factors_breaks_for_somebody_whose_factor_cannot_be_read(method, name, person, client, key_lost):
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    before = secrets_of(person)
    of_one_passkey = name in ("mfa_edit_webauthn", "mfa_remove_webauthn")  # which this person has none of
    address = reverse(name, args=[1]) if of_one_passkey else reverse(name)
    answer = getattr(client, method)(address, {"code": "123456"})
    expected = {503} if (name, method) in NEED_THE_SECRET else {404} if of_one_passkey else {200, 302, 405}
    assert answer.status_code in expected
    # Turning the app off and making new codes needs no old secret; nothing else changes any.
    changes = {("mfa_deactivate_totp", "post"), ("mfa_generate_recovery_codes", "post")}
    assert (secrets_of(person) == before) == ((name, method) not in changes)


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


def test_a_session_left_open_gives_nobody_a_password_that_proves_who_they_are(sign_in):
    """With it they would pass every other proof, and whoever has the second factor would not be asked for it."""
    person = UserFactory()
    person.set_unusable_password()
    person.save()
    TOTP.activate(person, SECRET)
    client = sign_in(person)
    address = reverse("account_set_password")
    chosen = {"password1": NEW, "password2": NEW}
    for answer in (client.get(address), client.post(address, chosen)):
        assert answer.url == f"{reverse('mfa_reauthenticate')}?{urlencode({'next': address})}"
    assert NEW not in str(dict(client.session))
    person.refresh_from_db()
    assert not person.has_usable_password()
    client.post(reverse("mfa_reauthenticate"), {"code": current_code(SECRET)})
    assert client.post(address, chosen).status_code == 302
    person.refresh_from_db()
    assert person.check_password(NEW)
