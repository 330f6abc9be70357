"""A course is sold under a set of its own, whatever that set and others are called."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from access.models import CourseSet
from access.queries import may_open
from access.services import grant_access
from billing.queries import prices_for_reader
from billing.services import set_price
from courses.models import Course
from courses.services import ensure_course
from tests.factories import CourseFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def bundle():
    """Two courses sold together under a slug that somebody may want for a course."""
    bundle = CourseSet.objects.create(slug="listening", title="Listening and asking")
    bundle.courses.set([CourseFactory(key="one"), CourseFactory(key="two")])
    return bundle


def keys_of(course_set):
    return sorted(course_set.courses.values_list("key", flat=True))


def test_a_course_with_the_slug_of_a_bundle_neither_joins_nor_renames_it(bundle):
    buyer = UserFactory()
    grant_access(user=buyer, course_set=bundle, source="order", source_key="order:1")
    course = ensure_course(key="k", slug="listening", title="Listening")
    bundle.refresh_from_db()
    assert (bundle.slug, bundle.title, keys_of(bundle)) == ("listening", "Listening and asking", ["one", "two"])
    assert (course.own_set.slug, course.own_set.title, keys_of(course.own_set)) == ("listening-course", "Listening", ["k"])
    assert not may_open(buyer, course)


def test_a_course_with_the_slug_of_the_catalogue_leaves_it_alone():
    CourseSet.objects.create(slug="everything", title="All courses", is_catalogue=True)
    course = ensure_course(key="k", slug="everything", title="Everything")
    assert list(CourseSet.objects.order_by("slug").values_list("slug", "title", "own_course")) == [
        ("everything", "All courses", None),
        ("everything-course", "Everything", course.pk),
    ]


def test_a_course_that_takes_the_slug_of_a_bundle_and_leaves_it_again_keeps_one_set(bundle):
    slugs = []
    for slug in ("asking", "listening", "listening", "asking"):
        course = ensure_course(key="k", slug=slug, title="Asking")
        slugs.append(CourseSet.objects.get(own_course=course).slug)
    assert slugs == ["asking", "listening-course", "listening-course", "asking"]
    assert CourseSet.objects.filter(courses=course).count() == 1


def test_long_slugs_and_taken_endings_are_told_apart():
    slug = "a" * 100
    for taken in (slug, "a" * 90 + "-course", "a" * 85 + "-course-2"):
        CourseSet.objects.create(slug=taken, title="Taken")
    assert ensure_course(key="k", slug=slug, title="A").own_set.slug == "a" * 85 + "-course-3"


def test_the_price_of_a_course_is_that_of_its_own_set(bundle):
    course = ensure_course(key="k", slug="listening", title="Listening")
    set_price(course_set=bundle, kind="person", currency="EUR", amount=29_900)
    set_price(course_set=course.own_set, kind="person", currency="EUR", amount=14_900)
    assert prices_for_reader([course], "de-DE") == {course.pk: "€149"}


def test_the_database_keeps_the_catalogue_from_being_a_courses_own():
    with pytest.raises(IntegrityError), transaction.atomic():
        CourseSet.objects.create(slug="all", title="All", is_catalogue=True, own_course=CourseFactory(course_set=False))


# What the migration finds ---------------------------------------------------------------------------------------------


def tie():
    migration = import_module("access.migrations.0003_tie_courses_to_their_own_sets")
    migration.tie_courses_to_their_own_sets(apps, None)
    return {course.key: course.own_set for course in Course.objects.select_related("own_set")}


def test_the_set_of_a_courses_slug_that_has_it_alone_becomes_its_own():
    course = CourseFactory(key="k", course_set=False)
    known = CourseSet.objects.create(slug="k", title="As it was sold")
    known.courses.add(course)
    assert tie() == tie() == {"k": known}
    assert CourseSet.objects.count() == 1


def test_a_course_that_had_joined_a_bundle_stays_there_and_gets_a_set_of_its_own(bundle):
    course = CourseFactory(key="k", slug="listening", course_set=False)
    bundle.courses.add(course)
    own = tie()["k"]
    assert (own.slug, keys_of(own), keys_of(bundle)) == ("listening-course", ["k"], ["k", "one", "two"])
    assert ensure_course(key="k", slug="listening", title="Listening").own_set == own


def test_a_course_without_any_set_gets_one():
    CourseFactory(key="k", course_set=False)
    CourseSet.objects.create(slug="all", title="All", is_catalogue=True)
    assert tie()["k"].slug == "k"
