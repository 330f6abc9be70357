"""Dates and times where the reader is: found out by the browser, chosen by the person, never switched behind their back."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.forms import OrganisationForm, ProfileForm
from accounts.models import User
from common.time_zones import known_zone, place_of, places, time_of, zone_choices
from learning.models import Certificate
from learning.services import finish_activity, start_free
from tests.courses.factories import published_course
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
# 22:46 on the 27th in New York, 12:46 on the 28th in Tokyo.
LATE = datetime(2026, 11, 28, 3, 46, tzinfo=UTC)
WHERE = [("America/New_York", "27 November 2026"), ("Asia/Tokyo", "28 November 2026")]


def say(client: Client, zone: str, **fields: str):
    return client.post(reverse("time_zone"), {"time_zone": zone} | fields)


def zone_of(user: User) -> str:
    return User.objects.get(pk=user.pk).time_zone


def test_the_zone_of_the_browser_is_taken_where_none_was_chosen(user, sign_in):
    client = sign_in(user)
    assert say(client, "America/New_York").status_code == 204
    assert zone_of(user) == "America/New_York"


def test_a_zone_that_was_chosen_is_not_switched_by_travelling(user, sign_in):
    client = sign_in(user)
    client.post(reverse("profile"), {"first_name": "A", "last_name": "B", "time_zone": "America/New_York"})
    say(client, "Asia/Tokyo")
    assert zone_of(user) == "America/New_York"


def test_a_traveller_who_presses_the_button_is_moved_and_stays_on_the_page(user, sign_in):
    client = sign_in(user)
    say(client, "America/New_York")
    response = say(client, "Asia/Tokyo", replace="1", next="/learn/")
    assert (response.status_code, response["Location"], zone_of(user)) == (302, "/learn/", "Asia/Tokyo")
    assert "Dates and times are now shown as in Tokyo." in client.get("/learn/").content.decode()


@pytest.mark.parametrize("onwards", ["https://evil.example/", "//evil.example", ""])
def test_nobody_is_led_elsewhere(user, sign_in, onwards):
    assert say(sign_in(user), "Asia/Tokyo", replace="1", next=onwards)["Location"] == reverse("profile")


@pytest.mark.parametrize("nonsense", ["Mars/Base", "", "../../etc/passwd", "x" * 5000])
def test_what_is_no_zone_changes_nothing(user, sign_in, nonsense):
    client = sign_in(user)
    assert say(client, nonsense).status_code == 204
    say(client, nonsense, replace="1")
    assert zone_of(user) == ""


def test_only_the_signed_in_say_where_they_are(client):
    assert say(client, "Asia/Tokyo")["Location"].startswith(reverse("account_login"))
    assert client.get(reverse("time_zone")).status_code in (302, 405)


def test_signing_up_takes_what_the_browser_said(client):
    form = {"first_name": "Ada", "last_name": "Okafor", "email": "ada@example.com", "password1": "kitchen-table-9"}
    client.post(reverse("account_signup"), form | {"time_zone": "Asia/Calcutta"})
    assert User.objects.get(email="ada@example.com").time_zone == "Asia/Kolkata"
    Client().post(reverse("account_signup"), form | {"email": "bo@example.com", "time_zone": "nowhere"})
    assert User.objects.get(email="bo@example.com").time_zone == ""


@pytest.mark.parametrize(("zone", "day"), WHERE)
def test_my_learning_and_the_certificate_say_the_same_day(sign_in, zone, day):
    user = UserFactory(time_zone=zone)
    enrolment = start_free(user=user, course=published_course())
    with time_machine.travel(LATE, tick=False):
        # By somebody, or something, that is elsewhere.
        for lesson in enrolment.course.lessons.all():
            finish_activity(enrolment=enrolment, block_id=lesson.uuid)
    client = sign_in(user)
    assert f"completed on {day}" in client.get(reverse("learn")).content.decode()
    assert day in client.get(Certificate.objects.get().get_absolute_url()).content.decode()
    # Whoever has moved since finds the day that the certificate names.
    User.objects.update(time_zone="Pacific/Auckland")
    assert f"completed on {day}" in client.get(reverse("learn")).content.decode()


def test_the_picker_has_each_place_once_by_region_and_no_old_names():
    names = [name for entry in zone_choices()[1:] for name, _place in entry[1]]
    assert names == places()
    assert len(set(names)) == len(names)
    assert {"Asia/Kolkata", "Europe/Kyiv", "America/Argentina/Buenos_Aires", "Europe/Oslo"} <= set(names)
    assert not {"Asia/Calcutta", "Europe/Kiev", "Asia/Saigon", "US/Eastern", "America/Buenos_Aires"} & set(names)
    assert [entry[0] for entry in zone_choices()][:4] == ["UTC", "Africa", "America", "Antarctica"]
    assert place_of("America/Argentina/Buenos_Aires") == "Buenos Aires, Argentina"
    assert [time_of(name) for name in ("America/Argentina/Buenos_Aires", "America/New_York", "UTC")] == [
        "Buenos Aires time",
        "New York time",
        "UTC",
    ]


@pytest.mark.parametrize(
    ("said", "meant"),
    [("Asia/Calcutta", "Asia/Kolkata"), ("Europe/Kiev", "Europe/Kyiv"), ("US/Eastern", "America/New_York"), ("UTC", "UTC")],
)
def test_an_old_name_is_known_under_the_one_of_today(said, meant):
    assert known_zone(said) == meant


def test_who_has_an_old_name_finds_it_chosen_under_the_new_one():
    user = UserFactory(time_zone="Asia/Calcutta")
    assert '<option value="Asia/Kolkata" selected>Kolkata</option>' in str(ProfileForm(instance=user)["time_zone"])


def test_a_zone_that_does_not_exist_is_refused_where_somebody_chooses():
    form = OrganisationForm({"name": "Ward", "time_zone": "Mars/Base", "currency": "EUR"})
    assert "Mars/Base is not one of the available choices" in str(form.errors["time_zone"])


def test_a_page_without_scripts_says_whose_time_it_shows_and_where_to_change_it(user, sign_in):
    page = sign_in(user).get(reverse("learn")).content.decode()
    assert "Times are shown in UTC." in page.split("<noscript>")[1].split("</noscript>")[0]
    User.objects.update(time_zone="Asia/Tokyo")
    assert "<noscript>" not in sign_in(User.objects.get()).get(reverse("learn")).content.decode()
