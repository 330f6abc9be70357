"""People of paid cohorts without a seat are seen and given one; a seat is taken back by one rule wherever that is asked for."""

from datetime import timedelta

import pytest
from django.urls import reverse

from access.models import AccessGrant, Seat
from access.queries import may_open
from access.services import add_seats, free_seat
from accounts.enums import MembershipState
from accounts.models import AuditEvent
from jobs.models import Job
from jobs.services import perform
from learning import queries, services
from learning.errors import SeatInUse, SeatsMissing
from learning.figures import count_figures
from learning.models import Enrolment
from learning.services.seats import give_seats, release_seat
from tests.courses.factories import published_course
from tests.factories import MembershipFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return published_course([["a"]], is_free=False)


@pytest.fixture
def buy(organisation, course):
    def make(quantity, key="order:1"):
        return add_seats(organisation=organisation, course_set=course.sets.get(), quantity=quantity, source_key=key)

    return make


@pytest.fixture
def cohort(organisation, course):
    return services.create_cohort(organisation=organisation, name="Spring", course=course, actor=None)


@pytest.fixture
def seated(cohort, organisation, buy):
    """Three in the cohort with a seat each: two who have joined, and one who is invited."""
    buy(3)
    people = [
        *MembershipFactory.create_batch(2, organisation=organisation),
        MembershipFactory(organisation=organisation, state=MembershipState.INVITED),
    ]
    services.add_to_cohort(cohort=cohort, memberships=people)
    return people


def seat_of(person):
    return Seat.objects.select_related("pool__course_set", "membership__organisation").get(membership=person)


def take(person, percentage):
    Enrolment.objects.filter(user=person.user).update(percentage=percentage)


@pytest.fixture
def client(organisation, member, sign_in):
    return sign_in(member(organisation, "admin").user)


def at(name, organisation, *args):
    return reverse(f"org:{name}", args=[organisation.slug, *args])


# Without a seat -------------------------------------------------------------------------------------------------------


def lose(*people):
    for person in people:
        free_seat(seat=seat_of(person), actor=None)


def test_who_has_no_seat_is_counted_alike_everywhere(cohort, seated, organisation, client):
    lose(*seated[:2])
    assert queries.cohort_progress(cohort).seatless == 2
    assert count_figures(organisation).cohorts[cohort.pk] == queries.cohort_progress(cohort)
    assert set(queries.without_seat(cohort)) == set(seated[:2])
    page = client.get(cohort.get_absolute_url()).content.decode()
    assert "2 people have no seat and cannot open the course." in page
    found = client.get(cohort.get_absolute_url(), {"status": "seatless"}).context["page"]
    assert set(found) == set(seated[:2])
    overview = client.get(at("overview", organisation)).content.decode()
    assert "2 people in 1 cohort have no seat." in overview


def test_who_may_only_look_is_offered_no_act(cohort, seated, organisation, member, sign_in, client):
    lose(seated[0])
    act = f'href="{cohort.get_absolute_url()}?status=seatless">Give seats'
    assert act in client.get(at("overview", organisation)).content.decode()
    partner = sign_in(member(organisation, "lnd_partner").user)
    page = partner.get(at("overview", organisation)).content.decode()
    assert "1 person in 1 cohort has no seat." in page
    assert act not in page
    assert at("cohort_seats", organisation, cohort.uuid) not in partner.get(cohort.get_absolute_url()).content.decode()


def test_a_cohort_of_a_free_course_needs_none(organisation, client):
    free = services.create_cohort(organisation=organisation, name="Free", course=published_course([["b"]]), actor=None)
    services.add_to_cohort(cohort=free, memberships=MembershipFactory.create_batch(2, organisation=organisation))
    assert queries.cohort_progress(free).seatless == 0
    assert count_figures(organisation).cohorts[free.pk].seatless == 0
    assert not queries.without_seat(free).exists()
    assert "Without a seat" not in client.get(free.get_absolute_url()).content.decode()


def test_a_seat_of_a_bundle_or_of_another_pool_counts(cohort, seated, buy):
    lose(seated[0])
    buy(1, "order:2")
    assert give_seats(cohort=cohort, actor=None) == 1
    assert queries.cohort_progress(cohort).seatless == 0


def test_one_click_gives_seats_and_opens_the_course(cohort, seated, course, organisation, client):
    lose(*seated)
    assert may_open(seated[0].user, course) is False
    page = client.post(at("cohort_seats", organisation, cohort.uuid), follow=True).content.decode()
    assert "3 people now have a seat." in page
    assert may_open(seated[0].user, course) is True
    assert seat_of(seated[2]).state == "assigned"
    assert AuditEvent.objects.get(verb="seat.assigned").after == {"count": 3}
    client.post(at("cohort_seats", organisation, cohort.uuid))
    assert AuditEvent.objects.filter(verb="seat.assigned").count() == 1


def test_giving_seats_asks_first(cohort, seated, organisation, client):
    lose(*seated)
    page = client.get(at("cohort_seats", organisation, cohort.uuid)).content.decode()
    assert "Give 3 people a seat?" in page
    assert "3 seats are available." in page
    assert not Seat.objects.held().exists()


def test_hundreds_get_their_seats_by_a_job(cohort, seated, organisation, client, monkeypatch):
    monkeypatch.setattr("learning.views.seats.MAX_IN_REQUEST", 2)
    lose(*seated)
    client.post(at("cohort_seats", organisation, cohort.uuid))
    assert not Seat.objects.held().exists()
    perform(Job.objects.get().pk)
    assert Job.objects.get().result == {"given": 3, "message": "3 people now have a seat."}
    assert Seat.objects.held().count() == 3


def test_with_too_few_seats_nobody_gets_one_and_the_number_missing_is_said(cohort, seated, organisation, client):
    lose(*seated)
    Seat.objects.filter(number=1).update(state="revoked")
    with pytest.raises(SeatsMissing):
        give_seats(cohort=cohort, actor=None)
    page = client.post(at("cohort_seats", organisation, cohort.uuid), follow=True).content.decode()
    assert "You need one more seat" in page
    assert "so no seat was given" in page
    assert not Seat.objects.held().exists()


@pytest.mark.parametrize("role", ["billing", "lnd_partner", "manager"])
def test_who_does_not_manage_people_gives_and_takes_no_seats(cohort, seated, organisation, member, sign_in, role):
    client = sign_in(member(organisation, role).user)
    seat = seat_of(seated[0])
    assert client.post(at("cohort_seats", organisation, cohort.uuid)).status_code == 403
    assert client.post(at("seat_free", organisation, seat.pool.uuid, seat.number)).status_code == 403
    assert Seat.objects.held().count() == 3


# Taking back ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("percentage", [0, 1, 25])
def test_a_seat_is_taken_back_until_a_quarter_is_taken(seated, course, percentage):
    take(seated[0], percentage)
    release_seat(seat=seat_of(seated[0]), actor=None)
    assert not Seat.objects.filter(membership=seated[0]).exists()
    assert may_open(seated[0].user, course) is False
    assert AuditEvent.objects.get(verb="seat.freed").person == seated[0]


@pytest.mark.parametrize("percentage", [26, 100])
def test_and_not_beyond(seated, course, percentage):
    take(seated[0], percentage)
    with pytest.raises(SeatInUse):
        release_seat(seat=seat_of(seated[0]), actor=None)
    assert seat_of(seated[0]).state == "activated"
    assert may_open(seated[0].user, course) is True


def test_what_was_taken_for_somebody_else_does_not_count(seated):
    """On their own account, before: the organisation's seat is as good as new."""
    take(seated[0], 0)
    Enrolment.objects.create(
        user=seated[0].user, course=Enrolment.objects.first().course, version=Enrolment.objects.first().version, percentage=90
    )
    release_seat(seat=seat_of(seated[0]), actor=None)
    assert not Seat.objects.filter(membership=seated[0]).exists()


def test_progress_is_there_again_with_another_seat(cohort, seated, course):
    take(seated[0], 20)
    release_seat(seat=seat_of(seated[0]), actor=None)
    give_seats(cohort=cohort, actor=None)
    assert may_open(seated[0].user, course) is True
    assert Enrolment.objects.get(user=seated[0].user).percentage == 20
    assert AccessGrant.objects.filter(user=seated[0].user, revoked_at=None).count() == 1


@pytest.mark.parametrize(("percentage", "words"), [(0, "has not begun the course"), (12, "has taken 12% of the course")])
def test_the_page_says_what_it_means(seated, organisation, client, percentage, words):
    take(seated[0], percentage)
    seat = seat_of(seated[0])
    address = at("seat_free", organisation, seat.pool.uuid, seat.number)
    page = client.get(address).content.decode()
    assert words in page
    assert "Release seat" in page
    assert Seat.objects.held().count() == 3
    assert "has been released" in client.post(address, follow=True).content.decode()
    assert client.post(address).status_code == 404


def test_the_page_says_why_not(seated, organisation, client):
    take(seated[0], 60)
    seat = seat_of(seated[0])
    address = at("seat_free", organisation, seat.pool.uuid, seat.number)
    page = client.get(address).content.decode()
    assert "has taken 60% of the course, so the seat stays with them" in page
    assert "Release seat" not in page
    assert "this person has taken 60% of the course" in client.post(address, follow=True).content.decode()
    assert Seat.objects.held().count() == 3


def test_seat_cohort_and_person_lead_to_the_same_page(cohort, seated, organisation, client):
    seat = seat_of(seated[0])
    address = at("seat_free", organisation, seat.pool.uuid, seat.number)
    for page in (at("seats", organisation), cohort.get_absolute_url(), at("person", organisation, seated[0].uuid)):
        assert f'href="{address}"' in client.get(page).content.decode(), page


@pytest.mark.parametrize(("read", "may_release"), [(timedelta(hours=1), False), (-timedelta(hours=1), True)])
def test_a_seat_is_used_by_reading_for_another_organisation_as_well(seated, course, read, may_release):
    """One enrolment goes on, whoever gives access: of a seat taken back in one organisation, on a seat of another."""
    seat = seat_of(seated[0])
    enrolment = services.enrol(user=seated[0].user, course=course, organisation=OrganisationFactory())
    Enrolment.objects.filter(pk=enrolment.pk).update(percentage=100, last_seen_at=seat.assigned_at + read)
    assert queries.can_release(seat) is may_release
