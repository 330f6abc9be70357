"""Codes can be sent again, and are spoken of as they are; the page of addresses offers what applies."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.urls import reverse

from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db
SIGN_UP = {"first_name": "Ada", "last_name": "Okafor", "email": "ada@example.com", "password1": "kitchen-table-9"}


@pytest.fixture(autouse=True)
def rates(settings):
    """Nobody here waits between two mails; tests/accounts/test_rate_limits.py does."""
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {
        "confirm_email": "1000/m/key",
        "request_login_code": "1000/m/key",
    }


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def newest_code() -> str:
    return re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", mail.outbox[-1].body, re.MULTILINE)[1]


def test_a_code_for_signing_up_is_sent_again_and_the_newest_one_counts(client):
    page = client.post(reverse("account_signup"), SIGN_UP, follow=True)
    assert "It is valid for 10 minutes." in words(page)
    assert "Send a new code" in words(page)
    first = newest_code()
    again = client.post(reverse("account_email_verification_sent"), {"action": "resend"}, follow=True)
    assert "sent" in words(again)
    assert (len(mail.outbox), newest_code() != first) == (2, True)
    done = client.post(reverse("account_email_verification_sent"), {"code": newest_code()})
    assert (done.status_code, done["Location"]) == (302, "/learn/")


def test_a_code_for_signing_in_is_sent_again(client, person):
    page = client.post(reverse("account_request_login_code"), {"email": person.email}, follow=True)
    assert "It is valid for 5 minutes." in words(page)
    client.post(reverse("account_confirm_login_code"), {"action": "resend"})
    assert len(mail.outbox) == 2
    assert client.post(reverse("account_confirm_login_code"), {"code": newest_code()})["Location"] == "/learn/"


def test_a_code_asked_for_too_soon_is_refused_in_words_and_the_first_one_stays_good(client, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"confirm_email": "1/10s/key"}
    client.post(reverse("account_signup"), SIGN_UP)
    page = client.post(reverse("account_email_verification_sent"), {"action": "resend"}, follow=True)
    assert "You asked for a code a moment ago. Wait half a minute, then ask again." in words(page)
    assert (page.status_code, "Confirm your e-mail address" in words(page), len(mail.outbox)) == (200, True, 1)
    done = client.post(reverse("account_email_verification_sent"), {"code": newest_code()})
    assert done["Location"] == "/learn/"


def test_codes_are_not_sent_without_end(client):
    client.post(reverse("account_signup"), SIGN_UP)
    for _time in range(5):
        page = client.post(reverse("account_email_verification_sent"), {"action": "resend"}, follow=True)
    assert len(mail.outbox) == 4
    assert "Send a new code" not in words(page)


def test_a_code_typed_wrongly_too_often_is_said_to_be_that(client):
    client.post(reverse("account_signup"), SIGN_UP)
    for _time in range(settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS):
        page = client.post(reverse("account_email_verification_sent"), {"code": "WRONG1"}, follow=True)
    assert "The code was wrong too often, so it no longer works. Sign in again to get a new one." in words(page)
    again = client.post(reverse("account_login"), {"login": SIGN_UP["email"], "password": SIGN_UP["password1"]}, follow=True)
    assert "Confirm your e-mail address" in words(again)


def test_too_many_wrong_passwords_say_for_how_long_to_wait(client, person):
    limit, period = re.search(r"(\d+)/(\d+)s/key", settings.ACCOUNT_RATE_LIMITS["login_failed"]).groups()
    assert int(period) == 5 * 60
    for _time in range(int(limit) + 1):
        page = client.post(reverse("account_login"), {"login": person.email, "password": "not this one"})
    assert "Too many wrong passwords. Wait five minutes, then try again, or sign in with a code" in words(page)


@pytest.fixture
def signed_in(client, person):
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def buttons(page) -> list[str]:
    main = page.content.decode().split("<main")[1]
    return re.findall(r'name="(action_\w+)"', main)


def test_after_an_added_address_is_confirmed_one_is_back_among_the_addresses(signed_in, person):
    signed_in.post(reverse("account_email"), {"email": "second@example.org", "action_add": ""})
    done = signed_in.post(reverse("account_email_verification_sent"), {"code": newest_code()})
    assert done["Location"] == reverse("account_email")
    assert EmailAddress.objects.filter(user=person, verified=True).count() == 2


def test_each_address_offers_the_acts_that_apply(signed_in, person):
    page = reverse("account_email")
    assert buttons(signed_in.get(page)) == ["action_add"]
    second = EmailAddress.objects.create(user=person, email="second@example.org")
    assert buttons(signed_in.get(page)) == ["action_send", "action_remove", "action_add"]
    EmailAddress.objects.filter(pk=second.pk).update(verified=True)
    assert buttons(signed_in.get(page)) == ["action_primary", "action_remove", "action_add"]
    signed_in.post(page, {"email": second.email, "action_primary": ""})
    second.refresh_from_db()
    assert second.primary


def test_a_name_that_was_given_may_be_changed_and_not_be_taken_away(signed_in, person):
    for left_out in ("first_name", "last_name"):
        sent = {"first_name": "Ann", "last_name": "Lee", "time_zone": ""} | {left_out: " "}
        page = signed_in.post(reverse("profile"), sent)
        assert page.context["form"].errors.keys() == {left_out}
    person.first_name = person.last_name = ""
    person.save()
    assert signed_in.post(reverse("profile"), {"first_name": "", "last_name": "", "time_zone": ""}).status_code == 302
