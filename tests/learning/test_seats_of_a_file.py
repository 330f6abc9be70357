"""What the check of a file says of seats is what applying it does: a file that is ready finds its seats."""

import io
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.models import CourseSet, Seat
from access.queries import may_open
from access.services import add_seats, free_seat
from imports import services
from imports.enums import ImportState
from imports.staging import BATCH_SIZE
from learning.models import CohortMembership
from tests.courses.factories import published_course
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db
HEADER = "email,first_name,cohort,course\n"


@pytest.fixture
def sets():
    """What is sold: two courses, `a` and `b`, each by itself and both together."""
    a = published_course([["a1"]], key="a", title="A", is_free=False)
    b = published_course([["b1"]], key="b", title="B", is_free=False)
    both = CourseSet.objects.create(slug="both", title="Both")
    both.courses.set([a, b])
    return {"a": a.own_set, "b": b.own_set, "ab": both}


@pytest.fixture
def seats(organisation, sets):
    """Adds seats of a set; those that end sooner are added with `ends_in` days."""

    def add(name, quantity, ends_in=None):
        add_seats(
            organisation=organisation,
            course_set=sets[name],
            quantity=quantity,
            source_key=f"order:{name}",
            ends_at=timezone.now() + timedelta(days=ends_in) if ends_in else None,
        )

    return add


def check(organisation, *rows):
    """Rows as "ann a": the name of somebody, and the course of the cohort that they are added to."""
    text = HEADER + "".join(f"{name}@example.org,{name},{course.upper()},{course}\n" for name, course in map(str.split, rows))
    staged = services.receive_upload(
        organisation=organisation, kind="enrolments", file=io.BytesIO(text.encode()), file_name="people.csv"
    )
    return services.check_import(staged)


def said(staged):
    return [problem.message.split(":")[0] for problem in staged.problems.order_by("pk")]


def held():
    seats = Seat.objects.exclude(membership=None).order_by("membership__email", "pool__course_set__slug")
    return [f"{email.split('@')[0]} {slug}" for email, slug in seats.values_list("membership__email", "pool__course_set__slug")]


def test_seats_of_several_courses_are_counted_once(organisation, seats):
    seats("ab", 2)
    staged = check(organisation, "ann a", "bo a", "cy b")
    ((message,), state) = said(staged), staged.state
    # One more seat of either course is enough.
    assert (state, message[:-3]) == (ImportState.REFUSED, "You are one seat short for ")


@pytest.mark.parametrize("rows", [("ann a", "bo a", "ann b"), ("ann b", "bo a", "ann a"), ("bo a", "ann a", "ann b")])
def test_a_seat_of_several_courses_goes_to_whoever_needs_several(organisation, seats, rows):
    seats("ab", 1, ends_in=90)
    seats("a", 1)
    staged = check(organisation, *rows)
    assert (staged.state, said(staged)) == (ImportState.READY, [])
    services.apply_import(staged)
    assert held() == ["ann both", "bo a"]
    assert CohortMembership.objects.count() == 3


def test_two_courses_of_one_person_far_apart_take_one_seat(organisation, seats):
    seats("ab", 1)
    others = [f"p{n} -" for n in range(BATCH_SIZE)]
    rows = ["ann a", *others, "ann b"]
    text = HEADER + "".join(
        f"{name}@example.org,{name},{course.upper()},{course}\n".replace("-", "") for name, course in map(str.split, rows)
    )
    services.import_file(organisation=organisation, kind="enrolments", file=io.BytesIO(text.encode()), file_name="people.csv")
    assert held() == ["ann both"]


def test_whoever_is_in_the_file_without_a_change_takes_no_seat(organisation, seats):
    """They had their seat taken away on purpose."""
    seats("a", 1)
    services.apply_import(check(organisation, "ann a"))
    free_seat(seat=Seat.objects.get(), actor=None)
    staged = check(organisation, "ann a", "bo a")
    assert (staged.state, said(staged)) == (ImportState.READY, [])
    services.apply_import(staged)
    assert held() == ["bo a"]


def test_whoever_has_one_of_two_courses_needs_a_seat_for_the_other(organisation, seats):
    seats("a", 1)
    services.apply_import(check(organisation, "ann a"))
    assert said(check(organisation, "ann b")) == ["You are one seat short for “B”"]
    seats("b", 1)
    services.apply_import(check(organisation, "ann b"))
    assert held() == ["ann a", "ann b"]


def test_a_seat_for_both_courses_is_enough_for_the_second(organisation, seats):
    seats("ab", 1)
    services.apply_import(check(organisation, "ann a"))
    services.apply_import(check(organisation, "ann b"))
    assert held() == ["ann both"]


def test_members_open_all_their_courses_by_one_seat(organisation, seats, sets, member):
    membership = member(organisation, email="ann@example.org")
    seats("ab", 1)
    services.apply_import(check(organisation, "ann a", "ann b"))
    assert all(may_open(membership.user, sets[name].own_course) for name in ("a", "b"))
    assert Seat.objects.get().state == "activated"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["ann", "bo", "cy", "dee"]), st.sampled_from("ab")), min_size=1, max_size=6, unique=True
    ),
    free=st.fixed_dictionaries({name: st.integers(0, 2) for name in ("a", "b", "ab")}),
)
def test_what_the_check_promises_holds(sets, rows, free):
    wanted = [f"{name} {course}" for name, course in rows]
    both = len({name for name, _course in rows if {(name, "a"), (name, "b")} <= set(rows)})
    with transaction.atomic():
        organisation = OrganisationFactory()
        for name, quantity in free.items():
            add_seats(
                organisation=organisation, course_set=sets[name], quantity=quantity, source_key=f"{organisation.pk}:{name}"
            )
        staged = check(organisation, *wanted)
        # Of two courses and the seats of both: whoever needs both gets one of these first, what is left serves anybody.
        rest = max(free["ab"] - both, 0)
        left = max(both - free["ab"], 0)
        short = sum(max(sum(course == own for _name, own in rows) - both + left - free[course], 0) for course in ("a", "b"))
        assert (staged.state == ImportState.READY) == (short <= rest)
        if staged.state == ImportState.READY:
            assert services.apply_import(staged)["placed"] == len(rows)
        transaction.set_rollback(True)
