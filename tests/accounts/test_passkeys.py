"""Passkeys are offered where browsers allow them, and where they do not the page says why."""

import pytest
from django.test import RequestFactory
from django.urls import reverse

from accounts.templatetags.passkeys import obstacle

pytestmark = pytest.mark.django_db
BY_NUMBER = "Passkeys need an address with a name. This page was opened by its number, {}."
UNSAFE = "Passkeys need a secure connection, and this page was opened without one."


@pytest.fixture(autouse=True)
def any_host(settings):
    settings.ALLOWED_HOSTS = ["*"]


@pytest.mark.parametrize(
    ("host", "secure", "expected"),
    [
        ("learn.example.org", True, ""),
        ("localhost:8123", False, ""),
        ("accord.localhost", False, ""),
        ("learn.example.org", False, UNSAFE),
        ("127.0.0.1:8000", False, BY_NUMBER.format("127.0.0.1")),
        ("192.0.2.7", True, BY_NUMBER.format("192.0.2.7")),
        ("[::1]:8000", False, BY_NUMBER.format("::1")),
    ],
)
def test_where_passkeys_work(host, secure, expected):
    assert obstacle(RequestFactory().get("/", secure=secure, headers={"host": host})) == expected


@pytest.mark.parametrize("name", ["account_login", "mfa_index", "mfa_add_webauthn", "mfa_list_webauthn"])
def test_pages_hide_the_button_where_they_do_not(sign_in, client, person, name):
    reader = client if name == "account_login" else sign_in(person)
    if name != "account_login":
        reader.post(reverse("account_reauthenticate"), {"password": "correct horse battery"})
    buttons = ["passkey_login", "Add a passkey</a>", "mfa_webauthn_add"]
    named = reader.get(reverse(name), headers={"host": "localhost"}).text
    numbered = reader.get(reverse(name), headers={"host": "127.0.0.1"}).text
    assert any(each in named for each in buttons)
    assert not any(each in numbered for each in buttons)
    assert BY_NUMBER.format("127.0.0.1") in numbered


def test_the_phone_shows_our_name_beside_the_passkey(sign_in, person):
    client = sign_in(person)
    client.post(reverse("account_reauthenticate"), {"password": "correct horse battery"}, headers={"host": "localhost"})
    options = client.get(reverse("mfa_add_webauthn"), headers={"host": "localhost"}).context["js_data"]["creation_options"]
    assert (options["publicKey"]["rp"]["id"], options["publicKey"]["rp"]["name"]) == ("localhost", "Accord")
