"""Nobody learns from how much work a page does whether an address has an account."""

import pytest
from django.contrib.auth.hashers import get_hasher
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.conftest import NEW, PASSWORD
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NAMES = {"first_name": "Ann", "last_name": "Lee"}
PAGES = {
    "account_signup": lambda email: NAMES | {"email": email, "password1": NEW},
    "account_login": lambda email: {"login": email, "password": NEW},
    "account_reset_password": lambda email: {"email": email},
    "account_request_login_code": lambda email: {"email": email},
}


@pytest.fixture
def addresses(db):
    """One address that nobody has, and one of every kind of account."""
    proved, closed = UserFactory(email="proved@example.org"), UserFactory(email="closed@example.org", is_active=False)
    begun = UserFactory(email="begun@example.org", verified_address=False)
    for user in (proved, closed, begun):
        user.set_password(PASSWORD)
        user.save()
    without = UserFactory(email="without@example.org")
    without.set_unusable_password()
    without.save()
    return ["unknown@example.org", *(user.email for user in (proved, closed, begun, without))]


@pytest.fixture
def hashed(monkeypatch):
    """Every password that is hashed, to be kept or to be compared."""
    hasher, calls = type(get_hasher()), []
    encode = hasher.encode
    monkeypatch.setattr(hasher, "encode", lambda self, password, *rest: calls.append(password) or encode(self, password, *rest))
    return calls


@pytest.mark.parametrize(("page", "times"), [(name, times) for name, times in zip(PAGES, (1, 2, 0, 0), strict=True)])
def test_as_many_passwords_are_hashed_for_an_address_without_an_account_as_for_any_other(addresses, hashed, page, times):
    counts, answers = {}, set()
    for email in addresses:
        cache.clear()
        hashed.clear()
        answer = Client().post(reverse(page), PAGES[page](email))
        counts[email] = len(hashed)
        answers.add((answer.status_code, answer.get("Location")))
    assert counts == dict.fromkeys(addresses, times)
    assert len(answers) == 1


@pytest.mark.parametrize("page", ["account_signup", "account_reset_password", "account_request_login_code"])
def test_as_many_mails_are_sent(addresses, page):
    sent = {}
    for email in addresses:
        cache.clear()
        mail.outbox.clear()
        Client().post(reverse(page), PAGES[page](email))
        sent[email] = [message.to for message in mail.outbox]
    assert sent == {email: [[email]] for email in addresses}


def test_a_sign_up_makes_an_account_for_an_unknown_address_only(addresses, client):
    for email in addresses:
        cache.clear()
        Client().post(reverse("account_signup"), PAGES["account_signup"](email))
    assert User.objects.filter(first_name="Ann").values_list("email", flat=True).get() == "unknown@example.org"
