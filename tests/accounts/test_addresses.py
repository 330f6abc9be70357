"""An address is of whoever has proved it."""

import re
from importlib import import_module
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page

from accounts.adapter import AccountAdapter
from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import User
from accounts.services.addresses import drop_unproved_addresses, is_reserved, owner_of, release_address
from billing.models import Order
from tests.accounts.conftest import PASSWORD
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
WANTED = "ghost@example.org"


@pytest.fixture
def author():
    """Somebody with a proved address who wrote another one down."""
    user = UserFactory(email="author@example.org", last_login=timezone.now())
    user.set_password(PASSWORD)
    user.email = WANTED
    user.save()
    EmailAddress.objects.create(user=user, email=WANTED, verified=False)
    return user


def asked_by(user, rf):
    request = rf.get("/")
    request.user, request.session = user, {}
    request._messages = FallbackStorage(request)
    return request


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


def make(email, *, proved=(), written=(), **fields):
    """An account with a history that goes by `email`, whatever it has proved."""
    user = UserFactory(email=email, verified_address=False, **({"last_login": timezone.now()} | fields))
    for number, address in enumerate(proved):
        EmailAddress.objects.create(user=user, email=address, verified=True, primary=not number)
    for address in written:
        EmailAddress.objects.create(user=user, email=address, verified=False)
    return user


def emails_of(*users):
    return [User.objects.get(pk=user.pk).email for user in users]


def test_accounts_that_go_by_each_others_addresses_each_get_their_own():
    ann, bob = make("b@example.org", proved=["a@example.org"]), make("a@example.org", proved=["b@example.org"])
    drop_unproved_addresses(user=ann)
    assert ann.email == "a@example.org"
    assert emails_of(ann, bob) == ["a@example.org", "b@example.org"]


def test_a_chain_of_accounts_moves_on_and_the_last_has_no_address(caplog):
    third = make("b@example.org", written=["b@example.org"])
    second = make("a@example.org", proved=["b@example.org"])
    first = make(WANTED, proved=["a@example.org"], written=[WANTED])
    release_address(email=WANTED, owner=UserFactory())
    assert emails_of(first, second) == ["a@example.org", "b@example.org"]
    assert emails_of(third)[0].endswith("@no-address.invalid")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "@" not in caplog.text


def test_an_account_never_used_in_such_a_chain_falls():
    second = make("a@example.org", last_login=None)
    first = make(WANTED, proved=["a@example.org"])
    release_address(email=WANTED, owner=UserFactory())
    assert (emails_of(first), User.objects.filter(pk=second.pk).exists()) == (["a@example.org"], False)


def test_an_account_returns_to_the_address_that_was_its_primary_one():
    user = make(WANTED)
    EmailAddress.objects.create(user=user, email="older@example.org", verified=True)
    EmailAddress.objects.create(user=user, email="primary@example.org", verified=True, primary=True)
    release_address(email=WANTED)
    assert emails_of(user) == ["primary@example.org"]


def test_an_unproved_primary_address_makes_way_for_the_proved_one():
    user = make(WANTED)
    EmailAddress.objects.create(user=user, email=WANTED, primary=True)
    own = EmailAddress.objects.create(user=user, email="own@example.org", verified=True)
    drop_unproved_addresses(user=user)
    own.refresh_from_db()
    assert (emails_of(user), own.primary, addresses_of(user)) == (["own@example.org"], True, [("own@example.org", True)])


def test_an_address_is_found_however_it_is_written():
    owner = UserFactory(email=WANTED)
    assert owner_of("Ghost@Example.ORG") == owner
    assert not release_address(email="Ghost@Example.ORG", owner=owner)
    make("reserved@example.org")
    assert is_reserved("Reserved@Example.org")
    squatter = make("begun@example.org", last_login=None, written=["begun@example.org"])
    release_address(email="Begun@Example.org")
    assert not User.objects.filter(pk=squatter.pk).exists()


def test_an_account_never_used_and_named_nowhere_falls():
    make(WANTED, last_login=None, written=[WANTED])
    assert not is_reserved(WANTED)
    release_address(email=WANTED)
    assert not User.objects.filter(email=WANTED).exists()


HISTORIES = {
    "group": lambda user: user.groups.add(Group.objects.create(name="Chosen")),
    "permission": lambda user: user.user_permissions.add(Permission.objects.first()),
    "membership": lambda user: MembershipFactory(user=user),
    "order": lambda user: Order.objects.create(buyer=user, currency="EUR", total=100, request_key=uuid4(), gateway="test"),
    "record": lambda user: record(verb=AuditVerb.PERSON_JOINED, summary="Joined", actor=user),
    "revision": lambda user: Page.objects.first().save_revision(user=user),
}


@pytest.mark.parametrize("give", HISTORIES.values(), ids=HISTORIES)
def test_an_account_with_any_history_is_kept(give):
    user = make(WANTED, last_login=None, written=[WANTED])
    give(user)
    assert is_reserved(WANTED)
    release_address(email=WANTED, owner=UserFactory())
    assert User.objects.filter(pk=user.pk).exists()


def test_every_table_that_names_an_account_is_asked_for_a_history():
    """Of apps above this one and of other packages too; only addresses are there from the start."""
    make(WANTED, last_login=None)
    with CaptureQueriesContext(connection) as captured:
        assert not is_reserved(WANTED)
    asked = {table for query in captured for table in re.findall(r'FROM "(\w+)"', query["sql"])}
    naming = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_fields
        if field.remote_field and field.remote_field.model is User
    }
    assert naming - asked == {"account_emailaddress"}
    assert {"billing_order", "learning_enrolment", "accounts_user_groups", "accounts_auditevent"} <= naming


@pytest.mark.parametrize("is_right", [True, False])
def test_a_refused_code_changes_nothing_of_somebody_else(sign_in, person, is_right):
    signed_in = sign_in(person)
    signed_in.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    signed_in.post(reverse("account_email"), {"action_add": "", "email": WANTED})
    code = code_in(mail.outbox[-1])
    reserved = make(WANTED, written=[WANTED])
    answer = signed_in.post(reverse("account_email_verification_sent"), {"code": code if is_right else "WRONG-CODE"})
    assert answer.context["form"].errors
    assert (emails_of(reserved), addresses_of(reserved)) == ([WANTED], [(WANTED, False)])
    assert addresses_of(person) == [(person.email, True)]


def test_an_address_that_cannot_be_kept_takes_nothing_from_anybody(person, monkeypatch, rf):
    """The transaction is one: where the address is not proved in the end, the other account is as it was."""
    squatter = make(WANTED, last_login=None, written=[WANTED])
    address = EmailAddress(user=person, email=WANTED)
    monkeypatch.setattr(EmailAddress, "can_set_verified", lambda self: False)
    assert not AccountAdapter().confirm_email(asked_by(person, rf), address)
    assert addresses_of(squatter) == [(WANTED, False)]


def test_an_account_without_an_address_opens_again_by_the_one_an_operator_sets(client):
    """As docs/operations.md says."""
    user = make(WANTED, written=[WANTED])
    user.set_password(PASSWORD)
    user.save()
    release_address(email=WANTED, owner=UserFactory())
    client.post(reverse("account_request_login_code"), {"email": emails_of(user)[0]})
    assert not [message for message in mail.outbox if message.to == [WANTED]]
    User.objects.filter(pk=user.pk).update(email="found@example.org")
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": "found@example.org"})
    client.post(reverse("account_confirm_login_code"), {"code": code_in(mail.outbox[-1])})
    assert int(client.session["_auth_user_id"]) == user.pk
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


def test_of_two_accounts_with_an_address_the_one_that_goes_by_it_gets_the_code(client):
    other = make("other@example.org", written=[WANTED])
    owner = make(WANTED)
    client.post(reverse("account_request_login_code"), {"email": WANTED})
    client.post(reverse("account_confirm_login_code"), {"code": code_in(mail.outbox[-1])})
    assert int(client.session["_auth_user_id"]) == owner.pk
    assert addresses_of(other) == []


def test_the_migration_heals_accounts_that_were_changed_past_allauth(author):
    unfinished = UserFactory(verified_address=False)
    EmailAddress.objects.create(user=unfinished, email=unfinished.email, verified=False)
    import_module("accounts.migrations.0003_drop_unproved_addresses").settle_addresses(apps, None)
    author.refresh_from_db()
    assert (author.email, addresses_of(author)) == ("author@example.org", [("author@example.org", True)])
    assert addresses_of(unfinished) == [(unfinished.email, False)]
