"""Two who come to one address in the same moment: one gets it, and the other an answer."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.errors import InvitationNotYours
from accounts.models import Membership, User
from accounts.services import people
from accounts.services.invitations import join_as_newcomer
from mail.models import MailLink
from tests.accounts.conftest import NEW, PASSWORD
from tests.factories import OrganisationFactory, UserFactory
from tests.services.threads import overlapping

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
WANTED = "ann@example.org"
SIGN_UP = {"first_name": "Eve", "last_name": "Lee", "email": WANTED, "password1": PASSWORD}


def invited():
    membership = people.add_person(organisation=OrganisationFactory(), actor=None, email=WANTED)
    return MailLink.objects.get(target_id=membership.uuid.hex)


def accept(link):
    return join_as_newcomer(link=link, first_name="Ann", last_name="Lee", password=NEW)


def sign_up():
    answer = Client().post(reverse("account_signup"), SIGN_UP)
    return answer.status_code, answer.get("Location")


def the_only_account():
    return User.objects.values_list("first_name", flat=True).get(email=WANTED), list(
        EmailAddress.objects.filter(email=WANTED).values_list("verified", flat=True)
    )


def test_a_sign_up_that_meets_the_acceptance_of_an_invitation_is_answered():
    link = invited()
    user, answer = overlapping(lambda: accept(link), sign_up)
    assert answer == (302, reverse("account_email_verification_sent"))
    assert the_only_account() == ("Ann", [True])
    assert Membership.objects.get(email=WANTED).user == user


def test_an_invitation_that_meets_a_sign_up_is_accepted():
    link = invited()
    answer, user = overlapping(sign_up, lambda: accept(link))
    assert answer == (302, reverse("account_email_verification_sent"))
    assert the_only_account() == ("Ann", [True])
    assert Membership.objects.get(email=WANTED).user == user


def test_two_invitations_of_one_address_make_one_account():
    first, second = invited(), invited()

    def refused():
        with pytest.raises(InvitationNotYours):
            accept(second)

    overlapping(lambda: accept(first), refused)
    assert the_only_account() == ("Ann", [True])


def test_two_sign_ups_make_one_account():
    first, second = overlapping(sign_up, sign_up)
    assert first == (302, reverse("account_email_verification_sent"))
    # The mail to this address was sent a moment ago, which is the limit.
    assert second == (429, None)
    assert the_only_account() == ("Eve", [False])


def ready_to_prove():
    """Somebody who has the code for an address that they add to their account."""
    user = UserFactory()
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("account_email"), {"action_add": "", "email": WANTED})
    code = re.search(r"^([A-Z0-9]{3,}-[A-Z0-9]+)$", mail.outbox[-1].body, re.MULTILINE)[1]
    return lambda: client.post(reverse("account_email_verification_sent"), {"code": code}).status_code


def test_an_address_that_two_prove_is_the_firsts():
    first = ready_to_prove()
    cache.clear()
    second = ready_to_prove()
    answers = overlapping(first, second)
    assert answers == (302, 302)
    assert EmailAddress.objects.filter(email=WANTED, verified=True).count() == 1
