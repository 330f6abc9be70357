from datetime import UTC, date, datetime

import pytest
import time_machine

from access import queries as access_queries
from access import services as access_services
from access.errors import SeatsExhausted
from access.models import AccessGrant, Seat, SeatPool
from accounts.enums import MembershipState
from accounts.events import membership_accepted, membership_ended
from accounts.models import AuditEvent, Membership
from learning import queries, services
from learning.errors import CohortNameTaken
from learning.models import Cohort, CohortMembership, Enrolment
from learning.queries import CohortProgress, Completion
from learning.services.cohorts import seats_needed_until
from tests.courses.factories import published_course, uid
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


def invited(organisation, **fields) -> Membership:
    return MembershipFactory(
        organisation=organisation,
        user=None,
        email=fields.pop("email", "new@example.com"),
        state="invited",
        first_name="New",
        last_name="Colleague",
        **fields,
    )


def cohort_of(organisation, course, name="Spring", **fields):
    return services.create_cohort(organisation=organisation, name=name, course=course, actor=None, **fields)


def seats_of(organisation, course, quantity, **fields) -> SeatPool:
    return access_services.add_seats(
        organisation=organisation, course_set=course.sets.get(), quantity=quantity, source_key="order:1", **fields
    )


def test_a_cohort_is_made_once_and_recorded(organisation, user):
    course = published_course()
    make = {"organisation": organisation, "name": "Spring", "course": course, "actor": user}
    assert services.create_cohort(**make) == services.create_cohort(**make)
    assert list(AuditEvent.objects.values_list("verb", "actor")) == [("cohort.created", user.pk)]
    with pytest.raises(CohortNameTaken):
        services.create_cohort(**make | {"course": published_course([["other"]])})


@pytest.mark.parametrize("name", ["spring leads", "SPRING  LEADS", " Spring Leads "])
def test_neither_case_nor_spaces_tell_names_apart(organisation, name):
    cohort = cohort_of(organisation, published_course(), name="Spring Leads")
    assert cohort_of(organisation, cohort.course, name=name) == cohort
    with pytest.raises(CohortNameTaken, match="“Spring Leads”"):
        cohort_of(organisation, published_course([["other"]]), name=name)
    other = cohort_of(organisation, cohort.course, name="Autumn")
    dates = {"starts_on": None, "due_on": None, "actor": None}
    with pytest.raises(CohortNameTaken, match="“Spring Leads”"):
        services.change_cohort(cohort=other, name=name, **dates)
    assert services.change_cohort(cohort=cohort, name=name, **dates).name == " ".join(name.split())
    assert cohort_of(OrganisationFactory(), cohort.course, name=name) != cohort


def test_letters_beyond_ascii_have_two_cases_too(organisation):
    cohort = cohort_of(organisation, published_course(), name="Équipe Été")
    assert queries.cohort_named(organisation, "ÉQUIPE été") == cohort


def test_cohorts_that_only_case_told_apart_stay_two_and_can_be_changed(organisation):
    first = cohort_of(organisation, published_course(), name="Spring")
    second = Cohort.objects.create(organisation=organisation, name="spring", course=first.course)
    assert [queries.cohort_named(organisation, name) for name in ("Spring", "spring", "SPRING")] == [first, second, first]
    due = date(2030, 1, 1)
    services.change_cohort(cohort=second, name="spring", starts_on=None, due_on=due, actor=None)
    second.refresh_from_db()
    assert second.due_on == due


def test_adding_enrols_active_members_and_lets_invited_ones_wait(organisation):
    course = published_course()
    cohort = cohort_of(organisation, course)
    active, waiting = MembershipFactory(organisation=organisation), invited(organisation)
    assert services.add_to_cohort(cohort=cohort, memberships=[active, waiting]) == 2
    assert services.add_to_cohort(cohort=cohort, memberships=[active, waiting]) == 0
    assert list(Enrolment.objects.values_list("user", "organisation", "cohort")) == [
        (active.user_id, organisation.pk, cohort.pk)
    ]
    assert access_queries.may_open(active.user, course) is True
    assert AuditEvent.objects.filter(verb="cohort.people_added").count() == 1


def test_accepting_the_invitation_enrols_and_opens(organisation):
    course = published_course()
    cohort = cohort_of(organisation, course)
    waiting = invited(organisation)
    services.add_to_cohort(cohort=cohort, memberships=[waiting])
    user = UserFactory(email="new@example.com")
    waiting.user, waiting.state = user, MembershipState.ACTIVE
    waiting.save()
    for _repeat in range(2):
        membership_accepted.send(waiting)
    assert Enrolment.objects.get().cohort == cohort
    assert access_queries.may_open(user, course) is True


def test_people_of_another_organisation_and_former_members_are_not_added(organisation):
    cohort = cohort_of(organisation, published_course())
    others = [MembershipFactory(), MembershipFactory(organisation=organisation, state=MembershipState.LEFT)]
    assert services.add_to_cohort(cohort=cohort, memberships=others) == 0
    assert CohortMembership.objects.count() == 0


def test_a_paid_course_takes_a_seat_for_each(organisation):
    course = published_course(is_free=False)
    seats_of(organisation, course, 2)
    cohort = cohort_of(organisation, course)
    active, waiting = MembershipFactory(organisation=organisation), invited(organisation)
    services.add_to_cohort(cohort=cohort, memberships=[active, waiting])
    assert list(Seat.objects.order_by("number").values_list("state", "membership")) == [
        ("activated", active.pk),
        ("assigned", waiting.pk),
    ]
    assert access_queries.may_open(active.user, course) is True
    waiting.user, waiting.state = UserFactory(email="new@example.com"), MembershipState.ACTIVE
    waiting.save()
    membership_accepted.send(waiting)
    assert access_queries.may_open(waiting.user, course) is True


def test_a_seat_should_last_to_the_end_of_the_due_day_where_the_organisation_is(organisation):
    organisation.time_zone = "America/New_York"
    cohort = cohort_of(organisation, published_course(is_free=False), due_on=date(2031, 3, 3))
    assert seats_needed_until(cohort) == datetime(2031, 3, 4, 5, tzinfo=UTC)


def test_too_few_seats_add_nobody_and_say_how_many_are_missing(organisation):
    course = published_course(is_free=False)
    seats_of(organisation, course, 1)
    cohort = cohort_of(organisation, course)
    people = MembershipFactory.create_batch(3, organisation=organisation)
    with pytest.raises(SeatsExhausted, match="You need 2 more seats") as caught:
        services.add_to_cohort(cohort=cohort, memberships=people)
    assert caught.value.missing == 2
    assert (CohortMembership.objects.count(), Enrolment.objects.count(), Seat.objects.filter(state="free").count()) == (0, 0, 1)


def test_a_freed_seat_ends_access_keeps_progress_and_can_come_back(organisation, user):
    course = published_course(is_free=False)
    seats_of(organisation, course, 1)
    person = MembershipFactory(organisation=organisation)
    services.add_to_cohort(cohort=cohort_of(organisation, course), memberships=[person])
    seat = Seat.objects.get()
    for _repeat in range(2):
        access_services.free_seat(seat=seat, actor=user)
    assert access_queries.may_open(person.user, course) is False
    assert (Enrolment.objects.count(), AuditEvent.objects.filter(verb="seat.freed").count()) == (1, 1)
    access_services.assign_seats(organisation=organisation, course=course, memberships=[person])
    assert access_queries.may_open(person.user, course) is True
    assert AccessGrant.objects.count() == 1


def test_leaving_frees_the_seat_and_keeps_the_enrolment(organisation):
    course = published_course(is_free=False)
    seats_of(organisation, course, 1)
    person = MembershipFactory(organisation=organisation)
    services.add_to_cohort(cohort=cohort_of(organisation, course), memberships=[person])
    membership_ended.send(person)
    assert list(Seat.objects.values_list("state", "membership")) == [("free", None)]
    assert access_queries.may_open(person.user, course) is False
    assert Enrolment.objects.get().user == person.user


def test_an_unfinished_enrolment_follows_the_newest_cohort(organisation):
    course = published_course()
    person = MembershipFactory(organisation=organisation)
    services.add_to_cohort(cohort=cohort_of(organisation, course), memberships=[person])
    newer = cohort_of(organisation, course, name="Autumn")
    services.add_to_cohort(cohort=newer, memberships=[person])
    assert Enrolment.objects.get().cohort == newer


def test_cohort_progress_counts_who_started_finished_and_is_late(organisation):
    course = published_course([["l1"]])
    cohort = cohort_of(organisation, course, due_on=date(2026, 6, 1))
    done, begun, idle = MembershipFactory.create_batch(3, organisation=organisation)
    services.add_to_cohort(cohort=cohort, memberships=[done, begun, idle, invited(organisation)])
    # Somebody's own enrolment in the same course, or another organisation's, counts for nothing here.
    services.finish_activity(enrolment=services.start_free(user=idle.user, course=course), block_id=uid("l1"))
    of = {row.user_id: row for row in Enrolment.objects.filter(organisation=organisation)}
    services.finish_activity(enrolment=of[done.user_id], block_id=uid("l1"))
    services.open_lesson(enrolment=of[begun.user_id], lesson=course.lessons.get())
    with time_machine.travel("2026-06-01T12:00:00Z"):
        assert queries.cohort_progress(cohort) == CohortProgress(people=4, invited=1, started=2, finished=1, late=0)
    with time_machine.travel("2026-06-02T12:00:00Z"):
        assert queries.cohort_progress(cohort) == CohortProgress(people=4, invited=1, started=2, finished=1, late=3)
    people = {row.pk: (row.started_at is not None, row.finished_at is not None) for row in queries.cohort_people(cohort)}
    assert (people[done.pk], people[begun.pk], people[idle.pk]) == ((True, True), (True, False), (False, False))


def test_people_outside_a_cohort_are_of_its_organisation(organisation):
    cohort = cohort_of(organisation, published_course())
    inside, outside = MembershipFactory.create_batch(2, organisation=organisation)
    MembershipFactory()
    services.add_to_cohort(cohort=cohort, memberships=[inside])
    assert list(queries.people_outside(cohort)) == [outside]


def test_completions_are_dated_in_the_organisations_zone():
    organisation = OrganisationFactory(time_zone="Pacific/Auckland")
    course = published_course([["l1"]], key="first")
    person = MembershipFactory(organisation=organisation, person_id="P-1")
    services.add_to_cohort(cohort=cohort_of(organisation, course), memberships=[person])
    with time_machine.travel("2026-06-01T20:00:00Z"):
        services.finish_activity(enrolment=Enrolment.objects.get(), block_id=uid("l1"))
    assert list(queries.completions(organisation)) == [Completion(person.email, "P-1", "first", date(2026, 6, 2))]
    assert list(queries.completions(OrganisationFactory())) == []


@pytest.mark.parametrize("people", [1, 2500])
def test_adding_thousands_takes_few_queries(organisation, people, django_assert_max_num_queries):
    course = published_course(is_free=False)
    seats_of(organisation, course, people)
    cohort = cohort_of(organisation, course)
    Membership.objects.bulk_create(Membership(organisation=organisation, email=f"n{n}@example.com") for n in range(people))
    with django_assert_max_num_queries(20 + 2 * (people // 100)):
        assert services.add_to_cohort(cohort=cohort, memberships=organisation.memberships.all()) == people
    assert Seat.objects.filter(state="assigned").count() == people
