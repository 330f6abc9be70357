"""What would settle a skill soonest: what this learner may do now, and nothing that is closed to them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from access.models import AccessGrant
from assessments.services import save_response, start_attempt, submit_attempt, upsert_instrument
from assessments.settling import find_steps, result_addresses
from courses.services import list_course
from learning.services import put_away
from practice.models import Review, Simulation, SimulationRun
from practice.services import publish_case, start_run
from practice.settling import agreement_addresses, find_agreements, find_simulations, review_addresses, run_addresses
from skills.queries import skill
from skills.settling import soonest
from tests.assessments.factories import SKILLS, course_with_forms, finish_lessons, item, learner, version_ids
from tests.courses.factories import published_course
from tests.factories import UserFactory
from tests.practice import factories as agreements
from tests.practice.simulations import LUNCH, lunch

pytestmark = pytest.mark.django_db

DISCOVER, EXPLICIT = SKILLS


@pytest.fixture
def course():
    """Two forms of four questions: three to discover expectations, one to make them explicit."""
    return course_with_forms()


def told(user, slug=DISCOVER):
    return [(step.title, step.words, step.address, step.minutes) for step in find_steps(user, skill(slug))]


def another_course(number, slug=DISCOVER):
    course = published_course([[f"l{number}"]], has_assessment=True)
    for form in "ab":
        item(course, f"{form}1", skill_slug=slug)
        upsert_instrument(course=course, key=f"form-{form}", title=form, item_keys=[f"{form}1"])
    return course


# Courses to begin -----------------------------------------------------------------------------------------------------


def test_a_free_course_that_asks_can_be_begun(user, course):
    begin = f"Begin “{course}” with its first assessment"
    assert told(user) == [(begin, "3 of its questions are about this skill.", course.get_absolute_url(), 5)]
    assert told(user, EXPLICIT)[0][1] == "1 of its questions is about this skill."


def test_a_course_of_one_form_or_without_a_question_on_the_skill_is_none(user, course):
    one_form = another_course(2)
    one_form.instruments.first().delete()
    another_course(3, EXPLICIT)
    assert [address for _title, _words, address, _minutes in told(user)] == [course.get_absolute_url()]


def test_a_paid_course_only_where_it_is_open_to_them(user, course):
    course.is_free = False
    course.save()
    assert told(user) == []
    course_set = course.sets.first() or course.sets.create(name="One")
    AccessGrant.objects.create(user=user, course_set=course_set, source="gift", source_key="gift:1")
    assert len(told(user)) == 1
    assert told(UserFactory()) == []


def test_a_course_that_is_not_listed_only_where_it_was_given(user, course):
    course.is_listed = False
    course.save()
    assert told(user) == []
    course_set = course.sets.first() or course.sets.create(name="One")
    grant = AccessGrant.objects.create(user=user, course_set=course_set, source="gift", source_key="gift:1")
    assert len(told(user)) == 1
    grant.ends_at = timezone.now() - timedelta(days=1)
    grant.starts_at = timezone.now() - timedelta(days=2)
    grant.save()
    assert told(user) == []


# Courses of theirs ----------------------------------------------------------------------------------------------------


def test_before_the_first_lesson_the_assessment_before_is_open(user, course):
    enrolment = learner(course, user=user)
    address = reverse("assessments:start", args=[enrolment.uuid, "before"])
    assert told(user) == [(f"Take the assessment before “{course}”", "3 of its questions are about this skill.", address, 5)]


def test_an_attempt_under_way_is_gone_on_with_at_its_first_open_question(user, course):
    attempt = start_attempt(enrolment=learner(course, user=user), occasion="before")
    save_response(attempt=attempt, item_version_id=version_ids(attempt)[0], chosen=["b"])
    address = reverse("assessments:attempt", args=[attempt.uuid]) + "#question-2"
    words = f"“{course}”: 1 of 4 questions are answered."
    assert told(user) == [("Finish the assessment you have begun", words, address, 5)]


def test_between_the_assessments_the_course_is_what_leads_to_the_second(user, course):
    enrolment = learner(course, user=user)
    submit_attempt(attempt=start_attempt(enrolment=enrolment, occasion="before"))
    words = "Its second assessment opens then. 3 of its questions are about this skill."
    assert told(user) == [(f"Finish “{course}”", words, course.get_absolute_url(), 10)]  # five for its lesson
    finish_lessons(enrolment)
    address = reverse("assessments:start", args=[enrolment.uuid, "after"])
    assert told(user)[0][:3:2] == (f"Take the assessment after “{course}”", address)
    submit_attempt(attempt=start_attempt(enrolment=enrolment, occasion="after"))
    assert told(user) == []


def test_where_access_has_ended_or_the_course_is_put_away_nothing_is_offered(user, course):
    enrolment = learner(course, user=user)
    put_away(enrolment=enrolment)
    assert told(user) == []
    enrolment.refresh_from_db()
    enrolment.put_away_at = None
    enrolment.save()
    assert len(told(user)) == 1
    AccessGrant.objects.filter(user=user).update(revoked_at=timezone.now())
    assert told(user) == []


def test_nothing_is_offered_of_others(user, course):
    start_attempt(enrolment=learner(course), occasion="before")
    assert [title for title, *_rest in told(user)] == [f"Begin “{course}” with its first assessment"]


@pytest.mark.parametrize("count", [1, 4])
def test_courses_to_begin_cost_no_more_for_being_many(user, course, django_assert_num_queries, count):
    for number in range(count):
        another_course(number + 2)
    with django_assert_num_queries(6):
        assert len(told(user)) == count + 1


@pytest.mark.parametrize("count", [2, 5])
def test_courses_of_theirs_cost_no_more_than_the_two_that_are_looked_at(user, course, django_assert_num_queries, count):
    for number in range(count):
        learner(another_course(number + 2), user=user)
    told(user)
    with django_assert_num_queries(18):
        assert len(told(user)) == 3  # two that are open, one to begin


# Beside the level -----------------------------------------------------------------------------------------------------


def test_a_simulation_of_the_skill_is_offered_and_one_under_way_first(user, course):
    simulation = publish_case(lunch())
    found = find_simulations(user, skill(DISCOVER))
    assert [(step.title, step.address, step.places) for step in found] == [
        (f"Practise it: “{simulation}”", reverse("simulations:simulation", args=[LUNCH]), False)
    ]
    assert find_simulations(user, skill(EXPLICIT)) == []
    run = start_run(user=user, simulation=simulation)
    other = Simulation.objects.create(
        key="other",
        kind="interview",
        title="Other",
        summary="S",
        skill=skill(DISCOVER),
        current_version=simulation.current_version,
    )
    assert [(step.title, step.address) for step in find_simulations(user, skill(DISCOVER))] == [
        (f"Finish your talk in “{simulation}”", reverse("simulations:run", args=[run.uuid])),
        ("Practise it: “Other”", reverse("simulations:simulation", args=[other.key])),
    ]
    SimulationRun.objects.update(finished_at=timezone.now())
    assert [step.title for step in find_simulations(user, skill(DISCOVER))] == [
        "Practise it: “Other”",
        f"Practise it once more: “{simulation}”",
    ]
    Simulation.objects.update(is_listed=False)
    assert find_simulations(user, skill(DISCOVER)) == []


def test_an_agreement_is_to_be_written_then_to_be_confirmed(user, course):
    def offered():
        return [(step.title, step.words, step.address) for step in find_agreements(user, skill(EXPLICIT))]

    write = ("Write a workplace agreement", "It counts here once the other party has confirmed it.", reverse("practice:create"))
    agreements.draft()  # somebody else's
    assert offered() == [write]
    agreement = agreements.draft(user)
    title, words, address = offered()[0]
    assert (title, address) == ("Get “Handover on Fridays” confirmed", agreement.get_absolute_url())
    assert words == "It is not agreed with Bea Lindt yet. It counts here once they have confirmed it."
    sent = agreements.sent(user)
    assert offered()[0][1:] == (
        "Bea Lindt has not answered yet. It counts here once they have confirmed it.",
        sent.get_absolute_url(),
    )
    assert find_agreements(user, skill(DISCOVER)) == []


def test_a_review_day_that_waits_for_an_answer_is_offered(user, course):
    skill_of_reviews = skill(DISCOVER)
    skill_of_reviews.slug = "manage-expectations-over-time"
    skill_of_reviews.save()
    agreement = agreements.confirmed(user)
    assert find_agreements(user, skill_of_reviews) == []
    Review.objects.update(due_on=timezone.localdate())
    [step] = find_agreements(user, skill_of_reviews)
    assert (step.title, step.address) == (
        "Say whether “Handover on Fridays” was kept",
        f"{agreement.get_absolute_url()}#review",
    )
    assert find_agreements(UserFactory(), skill_of_reviews) == []


def test_what_places_them_comes_first_then_the_shortest(user, course):
    publish_case(lunch())
    list_course(course=course)
    assert [step.places for step in soonest(user, skill(DISCOVER))] == [True, False]
    assert [step.label for step in soonest(user, skill(EXPLICIT))] == ["View the course", "Write an agreement"]


# Where evidence came from ---------------------------------------------------------------------------------------------


def test_pages_are_found_of_ones_own_only(user, course):
    enrolment = learner(course, user=user)
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    assert result_addresses(user, [attempt.uuid]) == {}
    submit_attempt(attempt=attempt)
    agreement = agreements.confirmed(user)
    review = agreement.reviews.get()
    run = start_run(user=user, simulation=publish_case(lunch()))
    found = [
        (result_addresses, attempt.uuid, reverse("assessments:result", args=[enrolment.uuid])),
        (agreement_addresses, agreement.uuid, agreement.get_absolute_url()),
        (review_addresses, review.uuid, agreement.get_absolute_url()),
        (run_addresses, run.uuid, run.get_absolute_url()),
    ]
    for find, identity, address in found:
        assert find(user, [identity]) == {identity: address}
        assert find(UserFactory(), [identity]) == {}
