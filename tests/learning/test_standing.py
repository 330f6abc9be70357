"""What statements written by hand answer is what the ORM answers, whatever people have, had and did."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.models import AccessGrant, CourseSet
from access.queries import may_open
from accounts.models import RoleAssignment
from accounts.rules import Console, consoles_of
from assessments.models import CheckAnswer, Item
from assessments.queries import checks_for
from courses.models import Course, CourseAddress, Lesson
from courses.queries import published_at
from learning.models import ActivityState, Enrolment, PlanFollowUp
from learning.standing import standing, states_of
from tests.assessments.factories import check, skills
from tests.courses.factories import block, lesson, published_course, uid
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 9, 0, 0, tzinfo=UTC)
WITH_FIXTURES = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
# Within a second, and on the very instant: a text is compared on SQLite.
instants = st.sampled_from([timedelta(0), timedelta(microseconds=1), timedelta(milliseconds=500), timedelta(days=9)]).flatmap(
    lambda distance: st.sampled_from([NOW - distance, NOW + distance])
)
maybe = st.one_of(st.none(), instants)
grants = st.lists(
    st.tuples(st.sampled_from(["own", "other", "bundle", "catalogue"]), st.booleans(), instants, maybe, maybe), max_size=3
)
enrolments = st.lists(
    st.tuples(st.booleans(), st.sampled_from([None, 0, 1]), maybe, maybe, st.sampled_from([None, "l1", "l2"])), max_size=4
)


def undone(example):
    """Run it and leave nothing behind."""
    with transaction.atomic():
        example()
        transaction.set_rollback(True)


@pytest.fixture
def people(db):
    return UserFactory(), UserFactory()


@pytest.fixture
def sets(db):
    course, other = published_course([["l1", "l2"]], is_free=False), published_course([["m1"]], is_free=False)
    bundle = CourseSet.objects.create(slug="bundle", title="Bundle")
    bundle.courses.add(course, other)
    catalogue, _new = CourseSet.objects.get_or_create(is_catalogue=True, defaults={"slug": "all", "title": "All"})
    return course, {"own": course.own_set, "other": other.own_set, "bundle": bundle, "catalogue": catalogue}


@given(grants=grants, enrolments=enrolments)
@WITH_FIXTURES
@time_machine.travel(NOW, tick=False)
def test_how_somebody_stands_to_a_course(people, sets, grants, enrolments):
    course, course_sets = sets
    organisations = [OrganisationFactory(), OrganisationFactory()]

    def example():
        for number, (of, is_own, starts_at, ends_at, revoked_at) in enumerate(grants):
            AccessGrant.objects.create(
                user=people[0 if is_own else 1],
                course_set=course_sets[of],
                source="order",
                source_key=f"order:{number}",
                starts_at=starts_at,
                ends_at=ends_at,
                revoked_at=revoked_at,
            )
        for is_own, organisation, seen, completed, last in enrolments:
            Enrolment.objects.get_or_create(
                user=people[0 if is_own else 1],
                course=course,
                organisation=None if organisation is None else organisations[organisation],
                defaults={
                    "version": course.current_version,
                    "last_seen_at": seen,
                    "completed_at": completed,
                    "last_lesson": last and Lesson.objects.get(course=course, uuid=uid(last)),
                },
            )
        for person in people:
            found = standing(person, course, uid("l2"))
            assert found.may_open == may_open(person, course)
            assert found.may_open == AccessGrant.objects.filter(user=person).in_force().covering(course).exists()
            assert_is_first(person, course, found)

    undone(example)


def assert_is_first(person, course, found):
    rows = Enrolment.objects.filter(user=person, course=course)
    first = min(
        rows,
        key=lambda row: (
            (2, 0, 1)[0 if row.completed_at else 1 if row.organisation_id else 2],
            -(row.last_seen_at.timestamp() if row.last_seen_at else 0),
            -row.pk,
        ),
        default=None,
    )
    assert found.enrolment == first
    if first is None:
        return
    for field in Enrolment._meta.concrete_fields:
        assert getattr(found.enrolment, field.attname) == getattr(first, field.attname), field
    assert (found.enrolment.course, found.enrolment.organisation, found.enrolment.last_lesson) == (
        course,
        first.organisation,
        first.last_lesson,
    )
    if first.organisation:
        assert str(found.enrolment.organisation) == str(first.organisation)
    if first.last_lesson:
        assert found.enrolment.last_lesson.uuid == first.last_lesson.uuid
        assert found.enrolment.last_lesson.title == first.last_lesson.title
    assert found.lesson == Lesson.objects.get(course=course, uuid=uid("l2"))


def test_a_visitor_stands_nowhere(sets, django_assert_num_queries):
    from django.contrib.auth.models import AnonymousUser

    with django_assert_num_queries(0):
        found = standing(AnonymousUser(), sets[0])
    assert (found.may_open, found.enrolment, found.lesson) == (False, None, None)


NAMES = ("r1", "p1", "c1", "l1", "m1")
states = st.lists(
    st.tuples(
        st.booleans(), st.sampled_from(NAMES), maybe, st.integers(0, 3), st.sampled_from(["", "words", "“…” %s"]), st.booleans()
    ),
    unique_by=lambda state: state[:2],
    max_size=6,
)


@pytest.fixture
def written(people):
    skills()
    blocks = [block("reflection", "r1"), block("plan", "p1")]
    course = published_course([[lesson("l1", checks=["c1"], blocks=blocks), "m1"]])
    course.activities.filter(block_id=uid("r1")).update(parts={"a": "Label “A”"})
    rows = [Enrolment.objects.create(user=person, course=course, version=course.current_version) for person in people]
    return course, rows


@given(states=states, asked=st.lists(st.sampled_from([*NAMES, "gone"]), unique=True))
@WITH_FIXTURES
def test_what_somebody_did_and_wrote(written, states, asked):
    course, rows = written

    def example():
        for is_own, name, finished_at, revision, words, is_asked_after in states:
            state = ActivityState.objects.create(
                enrolment=rows[0 if is_own else 1],
                activity=course.activities.get(block_id=uid(name)),
                finished_at=finished_at,
                revision=revision,
                data={"text": words},
            )
            if is_asked_after:
                PlanFollowUp.objects.create(state=state)
        for enrolment in rows:
            found = states_of(enrolment, [uid(name) for name in asked])
            of_them = ActivityState.objects.filter(enrolment=enrolment).select_related("activity", "follow_up")
            assert found.finished == {str(state.activity.block_id) for state in of_them if state.finished_at}
            expected = {str(s.activity.block_id): s for s in of_them if str(s.activity.block_id) in map(uid, asked)}
            assert found.by_block == expected
            for block_id, state in found.by_block.items():
                one = expected[block_id]
                assert (state.data, state.revision, state.updated_at) == (one.data, one.revision, one.updated_at)
                assert (state.activity, state.activity.parts) == (one.activity, one.activity.parts)
                assert bool(state.has_follow_up) == hasattr(one, "follow_up")
                assert (state.finished_at, state.enrolment_id) == (one.finished_at, one.enrolment_id)

    undone(example)


answers = st.lists(
    st.tuples(
        st.booleans(), st.sampled_from(["c1", "c2"]), st.booleans(), st.sampled_from([[], ["a"], ["a", "b"]]), st.booleans()
    ),
    max_size=6,
)


@given(answers=answers, is_changed=st.booleans(), is_withdrawn=st.booleans())
@WITH_FIXTURES
def test_the_latest_answer_to_each_check(written, answers, is_changed, is_withdrawn):
    course, rows = written

    def example():
        items = {name: check(course, name) for name in ("c1", "c2")}
        first = {name: item.current_version for name, item in items.items()}
        if is_changed:
            items["c1"] = check(course, "c1", prompt="Changed “%s”?")
        now = {name: Item.objects.get(pk=item.pk).current_version for name, item in items.items()}
        for is_own, name, is_earlier, chosen, is_correct in answers:
            version = (first if is_earlier else now)[name]
            CheckAnswer.objects.create(
                enrolment=rows[0 if is_own else 1], item_version=version, chosen=chosen, is_correct=is_correct
            )
        if is_withdrawn:
            Item.objects.filter(pk=items["c2"].pk).update(current_version=None)
        for enrolment in [*rows, None]:
            found = checks_for([items["c2"].uuid, str(items["c1"].uuid), uid("gone")], enrolment)
            assert set(found) == {str(items["c1"].uuid)} | (set() if is_withdrawn else {items["c2"].uuid})
            for key, (version, answer) in found.items():
                item = Item.objects.get(uuid=key)
                assert (version, version.item, version.item.kind) == (item.current_version, item, item.kind)
                assert (version.prompt, version.options) == (item.current_version.prompt, item.current_version.options)
                theirs = CheckAnswer.objects.filter(enrolment=enrolment, item_version__item=item)
                last = theirs.order_by("-pk").first() if enrolment else None
                assert answer == last
                if last:
                    assert (answer.chosen, answer.is_correct) == (last.chosen, last.is_correct)
                    assert answer.item_version.prompt == last.item_version.prompt

    undone(example)


def test_a_published_course_with_its_version(django_assert_num_queries):
    published_course([["x1"]])
    course = published_course([["l1"]], is_free=False)
    CourseAddress.objects.create(slug="former", course=course)
    with django_assert_num_queries(1):
        found = published_at(course.slug)
        told = found.current_version.uuid, found.current_version.number, found.current_version.course_id
    version = course.current_version
    assert told == (version.uuid, version.number, course.pk)
    expected = Course.objects.get(pk=course.pk)
    for field in Course._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(expected, field.attname), field
    assert found.current_version == course.current_version
    assert found.current_version.content == course.current_version.content
    assert published_at("former") == course
    Course.objects.update(current_version=None)
    assert (published_at(course.slug), published_at("former")) == (None, None)


roles = st.lists(
    st.tuples(st.booleans(), st.integers(0, 2), st.sampled_from(["owner", "admin", "manager"])), unique=True, max_size=6
)


@given(roles=roles, state=st.sampled_from(["active", "left"]))
@WITH_FIXTURES
def test_consoles_are_those_of_the_roles(people, roles, state):
    def example():
        organisations = [OrganisationFactory(name=name) for name in ("Same", "Same", "Another")]
        for is_own, number, role in roles:
            person = people[0 if is_own else 1]
            found = person.memberships.filter(organisation=organisations[number]).first()
            membership = found or MembershipFactory(organisation=organisations[number], user=person, state=state)
            RoleAssignment.objects.create(membership=membership, role=role)
        for person in people:
            person.__dict__.pop("_consoles", None)
            given_ = RoleAssignment.objects.filter(membership__user=person, membership__state="active")
            expected = [
                Console(one.pk, one.slug, one.name, frozenset(mine.values_list("role", flat=True)))
                for one in sorted(organisations, key=lambda one: (one.name, one.pk))
                if (mine := given_.filter(membership__organisation=one)).exists()
            ]
            assert consoles_of(person) == expected

    undone(example)
