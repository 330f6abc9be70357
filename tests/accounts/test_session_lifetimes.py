"""Sessions end when nobody uses them and after a time altogether; the more rights, the sooner. People see and end their own."""

from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.conf import settings as configured
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from cms.site import REVIEWERS
from tests.accounts.conftest import PASSWORD, SECRET
from tests.accounts.test_required_factor import in_group, with_role
from tests.factories import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)


def is_in(client) -> bool:
    return client.get(reverse("profile")).status_code == 200


def someone(kind):
    if kind == "operator":
        return UserFactory(is_staff=True)
    if kind == "publisher":
        return in_group(UserFactory(), REVIEWERS)
    if kind == "learner":
        return UserFactory()
    return with_role(UserFactory(), OrganisationFactory(), {"owner": Role.OWNER, "console": Role.ADMIN}[kind])


KINDS = [
    ("operator", 30 * MINUTE, 12 * HOUR),
    ("owner", 2 * HOUR, 24 * HOUR),
    ("publisher", 2 * HOUR, 24 * HOUR),
    ("console", 8 * HOUR, 7 * DAY),
    ("learner", 14 * DAY, 30 * DAY),
]


@pytest.mark.parametrize(("kind", "idle", "absolute"), KINDS)
def test_an_unused_session_ends(sign_in, kind, idle, absolute):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = sign_in(someone(kind))
        clock.shift(idle - MINUTE)
        assert is_in(client)
        clock.shift(idle - MINUTE)
        assert is_in(client)
        clock.shift(idle)
        assert not is_in(client)
        clock.shift(-idle)
        assert not is_in(client)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "idle", "absolute"), KINDS)
def test_a_used_session_ends_all_the_same(sign_in, kind, idle, absolute):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client, begun = sign_in(someone(kind)), timezone.now()
        while timezone.now() + idle / 2 < begun + absolute:
            assert is_in(client)
            clock.shift(idle / 2)
        clock.move_to(begun + absolute)
        assert not is_in(client)


def test_whoever_was_signed_out_is_told(sign_in):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = sign_in(UserFactory())
        clock.shift(14 * DAY)
        assert "You were signed out to protect your account." in client.get(reverse("profile"), follow=True).text


def test_a_right_given_meanwhile_shortens_the_session(sign_in):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        user = UserFactory()
        client = sign_in(user)
        user.is_staff = True
        user.save()
        clock.shift(HOUR)
        assert is_in(client)
        clock.shift(30 * MINUTE)
        assert not is_in(client)


def test_a_session_from_before_there_were_lifetimes_begins_now(sign_in):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = sign_in(UserFactory(is_staff=True))
        session = client.session
        del session["lifetime"]
        session.save()
        assert is_in(client)
        clock.shift(30 * MINUTE)
        assert not is_in(client)


def test_a_quick_second_request_writes_nothing(sign_in):
    client = sign_in(UserFactory())
    client.get(reverse("privacy"))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("privacy"))
    assert [query["sql"] for query in queries if not query["sql"].lstrip().startswith("SELECT")] == []


def enter(client_class, person, browser):
    client = client_class(HTTP_USER_AGENT=browser)
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert is_in(client)
    return client


@pytest.fixture
def browsers(client, person):
    return enter(type(client), person, FIREFOX), enter(type(client), person, SAFARI)


def test_people_see_where_they_are_signed_in(browsers):
    desk, _phone = browsers
    page = desk.get(reverse("signed_in_places"))
    assert [place.is_current for place in page.context["places"]] == [True, False]
    assert ("Firefox on Linux" in page.text, "Mobile Safari on iOS" in page.text) == (True, True)


def test_one_of_them_is_signed_out(browsers, person):
    desk, phone = browsers
    other = UserSession.objects.exclude(session_key=desk.session.session_key).get(user=person)
    answer = desk.post(reverse("end_places"), {"place": other.pk}, follow=True)
    assert "You were signed out in that browser." in answer.text
    assert (is_in(desk), is_in(phone)) == (True, False)
    again = desk.post(reverse("end_places"), {"place": other.pk}, follow=True)
    assert "You are not signed in there any more." in again.text


def test_all_others_are_signed_out(browsers, client, person):
    desk, phone = browsers
    tablet = enter(type(client), person, SAFARI)
    answer = desk.post(reverse("end_places"), {"place": "others"}, follow=True)
    assert "You were signed out in 2 other browsers." in answer.text
    assert [is_in(each) for each in (desk, phone, tablet)] == [True, False, False]


@pytest.mark.django_db(transaction=True)  # allauth tells of a change after the commit
def test_this_browser_stays_in_the_list_when_a_factor_changes(browsers, person):
    desk, phone = browsers
    desk.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    RecoveryCodes.activate(person)
    TOTP.activate(person, SECRET)
    assert desk.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert [place.is_current for place in desk.get(reverse("signed_in_places")).context["places"]] == [True]
    assert not is_in(phone)


def test_nobody_ends_the_session_of_somebody_else(browsers, sign_in):
    stranger = sign_in(UserFactory())
    for kept in UserSession.objects.all():
        stranger.post(reverse("end_places"), {"place": kept.pk})
    assert [is_in(each) for each in browsers] == [True, True]


@pytest.mark.parametrize("place", ["", "x", "-1", "²", "99999999999999999999"])
def test_nonsense_ends_nothing(browsers, place):
    assert browsers[0].post(reverse("end_places"), {"place": place}).status_code == 302
    assert [is_in(each) for each in browsers] == [True, True]


def test_an_unused_session_is_not_listed_any_more(client, person):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        phone = enter(type(client), person, SAFARI)
        clock.shift(14 * DAY)
        desk = enter(type(client), person, FIREFOX)
        assert len(desk.get(reverse("signed_in_places")).context["places"]) == 1
        assert not is_in(phone)


def test_the_cookie_lives_as_long_as_the_longest_session():
    assert timedelta(seconds=configured.SESSION_COOKIE_AGE) == 30 * DAY
    assert import_module(configured.SESSION_ENGINE).SessionStore().get_expiry_age() == 30 * DAY.total_seconds()
