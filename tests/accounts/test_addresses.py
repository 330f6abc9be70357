"""An address is of whoever has proved it."""

import re
from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services.addresses import release_address
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
WANTED = "ghost@example.org"
PASSWORD = "correct horse battery"


@pytest.fixture
def author():
    """Somebody with a proved address who wrote another one down."""
    user = UserFactory(email="author@example.org", last_login=timezone.now())
    user.set_password(PASSWORD)
    user.email = WANTED
    user.save()
    EmailAddress.objects.create(user=user, email=WANTED, verified=False)
    return user


def code_in(message):
    return re.search(r"^([A-Z0-9]{3,}(?:-[A-Z0-9]+)?)$", message.body, re.MULTILINE)[1]


def addresses_of(user):
    return list(EmailAddress.objects.filter(user=user).order_by("pk").values_list("email", "verified"))


@pytest.mark.parametrize("page", ["account_reset_password", "account_request_login_code"])
def test_an_address_never_proved_opens_no_account_that_has_proved_another(client, author, page):
    client.post(reverse(page), {"email": WANTED})
    assert [message.subject for message in mail.outbox] == ["There is no account with this address"]
    mail.outbox.clear()
    Client().post(reverse(page), {"email": "author@example.org"})
    assert "There is no account" not in mail.outbox[0].subject


def test_a_new_password_drops_what_was_never_proved(client, author):
    client.post(reverse("account_reset_password"), {"email": "author@example.org"})
    link = re.search(r"https?://[^/]+(/\S+)", mail.outbox[0].body)[1]
    form = client.get(link, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "another good one", "password2": "another good one"})
    author.refresh_from_db()
    assert author.check_password("another good one")
    assert (author.email, addresses_of(author)) == ("author@example.org", [("author@example.org", True)])


def test_whoever_proves_an_address_takes_it_from_those_who_did_not(sign_in):
    owner = UserFactory()
    owner.set_password(PASSWORD)
    owner.save()
    signed_in = sign_in(owner)
    signed_in.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    signed_in.post(reverse("account_email"), {"action_add": "", "email": WANTED})
    code = code_in(mail.outbox[-1])
    # Meanwhile somebody signs up with it.
    squatter = User.objects.create_user(WANTED, PASSWORD)
    EmailAddress.objects.create(user=squatter, email=WANTED, verified=False, primary=True)
    signed_in.post(reverse("account_email_verification_sent"), {"code": "WRONG-CODE"})
    assert User.objects.filter(pk=squatter.pk).exists()
    signed_in.post(reverse("account_email_verification_sent"), {"code": code})
    assert addresses_of(owner) == [(owner.email, True), (WANTED, True)]
    assert not User.objects.filter(pk=squatter.pk).exists()
    signed_in.post(reverse("account_email"), {"action_primary": "", "email": WANTED})
    owner.refresh_from_db()
    assert owner.email == WANTED


def test_an_account_with_a_history_keeps_its_proved_address(author):
    release_address(email=WANTED, owner=UserFactory())
    author.refresh_from_db()
    assert (author.email, addresses_of(author)) == ("author@example.org", [("author@example.org", True)])


def test_the_migration_heals_accounts_that_were_changed_past_allauth(author):
    unfinished = UserFactory(verified_address=False)
    EmailAddress.objects.create(user=unfinished, email=unfinished.email, verified=False)
    import_module("accounts.migrations.0003_drop_unproved_addresses").drop_unproved_addresses(apps, None)
    author.refresh_from_db()
    assert (author.email, addresses_of(author)) == ("author@example.org", [("author@example.org", True)])
    assert addresses_of(unfinished) == [(unfinished.email, False)]
