"""Every door through which a name comes in refuses one that is an address."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import Membership, Organisation, User
from mail import links
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db
HOSTILE = "Read https://evil.example now"
REFUSED = "Leave out web addresses and e-mail addresses"


def account(**changes) -> dict:
    return {
        "first_name": "Ada",
        "last_name": "Okafor",
        "email": "ada@example.org",
        "password1": "correct horse battery",
    } | changes


@pytest.mark.parametrize("field", ["first_name", "last_name"])
def test_signing_up(client, field):
    answer = client.post(reverse("account_signup"), account(**{field: HOSTILE}))
    assert (REFUSED in answer.content.decode(), User.objects.count()) == (True, 0)


@pytest.mark.parametrize("field", ["first_name", "last_name"])
def test_the_profile(sign_in, user, field):
    answer = sign_in(user).post(reverse("profile"), {"first_name": "A", "last_name": "B", "time_zone": ""} | {field: HOSTILE})
    user.refresh_from_db()
    assert (REFUSED in answer.content.decode(), user.first_name) == (True, "Ada")


@pytest.mark.parametrize("field", ["first_name", "last_name"])
def test_an_invitation_that_is_accepted(client, field):
    invited = MembershipFactory(user=None, state="invited", email="bo@example.org", first_name="", last_name="")
    link = links.make_link(
        kind="invitation", target_id=invited.uuid.hex, recipient=invited.email, organisation=invited.organisation
    )
    sent = {"first_name": "Bo", "last_name": "Ek", "password": "correct horse battery"} | {field: HOSTILE}
    answer = client.post(reverse("mail_link", args=[links.token_of(link)]), sent)
    assert (REFUSED in answer.content.decode(), User.objects.count()) == (True, 0)


@pytest.mark.parametrize("field", ["first_name", "last_name"])
def test_a_person_whom_the_console_adds(sign_in, member, organisation, field):
    admin = sign_in(member(organisation, "admin").user)
    before = Membership.objects.count()
    answer = admin.post(reverse("org:person_add", args=[organisation.slug]), {"email": "bo@example.org", field: HOSTILE})
    assert (REFUSED in answer.content.decode(), Membership.objects.count()) == (True, before)


def test_the_name_of_an_organisation(sign_in, member, organisation):
    owner = sign_in(member(organisation, "owner").user)
    sent = {"name": HOSTILE, "time_zone": "UTC", "currency": "EUR"}
    answer = owner.post(reverse("org:settings", args=[organisation.slug]), sent)
    assert (REFUSED in answer.content.decode(), Organisation.objects.filter(name=HOSTILE).count()) == (True, 0)


def test_an_organisation_made_by_command():
    with pytest.raises(CommandError, match=REFUSED):
        call_command("create_organisation", "evil", "--name", HOSTILE)
    assert Organisation.objects.count() == 0
