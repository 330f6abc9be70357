"""Both parties, and two workers, at one moment: every answer is kept, nobody is asked twice, one next day stands."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from learning import services
from learning.models import PlanFollowUp, StalledReminder
from learning.services.follow_up import ask_about_plans, remind_of_stalled_courses
from mail.models import BulkTurn, MailDelivery
from mail.services.delivering import _take_turn
from practice.errors import ReviewClosed
from practice.models import Party, Review, ReviewAnswer, ReviewRequest
from practice.queries import open_review_of
from practice.services import agree_next_review, answer_review, ask_about_reviews, delete_agreement
from tests.courses.factories import block, lesson, published_course, uid
from tests.factories import UserFactory
from tests.practice.factories import confirmed
from tests.services.threads import at_once, overlapping

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
NOON = datetime(2027, 6, 15, 12, tzinfo=UTC)
DAY = date(2027, 6, 15)
TOGETHER = pytest.mark.parametrize("together", [overlapping, lambda *acts: at_once(acts)], ids=["overlapping", "at once"])


@pytest.fixture
def agreement():
    with time_machine.travel(NOON - timedelta(days=30), tick=False):
        agreement = confirmed(review_on=DAY)
    with time_machine.travel(NOON, tick=False):
        yield agreement


@TOGETHER
def test_both_answer_at_one_moment_and_both_answers_stand(agreement, together):
    review = open_review_of(agreement)

    def say(party):
        return lambda: answer_review(review=review, party=party, verdict="kept", what_changed=str(party))

    together(say(Party.LEARNER), say(Party.OTHER))
    assert sorted(ReviewAnswer.objects.values_list("party", "what_changed")) == [("learner", "learner"), ("other", "other")]
    assert MailDelivery.objects.filter(template="agreement_answers").count() == 1


@TOGETHER
def test_an_answer_that_is_sent_twice_at_one_moment_is_one(agreement, together):
    review = open_review_of(agreement)

    def say():
        return answer_review(review=review, party=Party.OTHER, verdict="partly").pk

    assert len(set(together(say, say))) == 1


@TOGETHER
def test_two_next_days_at_one_moment_leave_one_open(agreement, together):
    review = open_review_of(agreement)
    for party in Party:
        answer_review(review=review, party=party, verdict="kept")

    def set_day(party, days):
        def act():
            try:
                return agree_next_review(review=review, party=party, due_on=DAY + timedelta(days=days)).due_on
            except ReviewClosed as error:
                return error

        return act

    results = together(set_day(Party.LEARNER, 30), set_day(Party.OTHER, 60))
    assert sum(isinstance(result, ReviewClosed) for result in results) == 1
    assert Review.objects.filter(closed_at=None).get().due_on in results
    assert MailDelivery.objects.filter(template="agreement_next_day").count() == 2


@TOGETHER
def test_two_workers_ask_each_party_once(agreement, together):
    together(ask_about_reviews, ask_about_reviews)
    assert ReviewRequest.objects.count() == 2
    assert MailDelivery.objects.filter(template="agreement_review").count() == 2


def test_who_answers_while_the_agreement_is_deleted_hears_that_it_is_over(agreement):
    review = open_review_of(agreement)

    def say():
        try:
            return answer_review(review=review, party=Party.OTHER, verdict="kept")
        except ReviewClosed as error:
            return error

    _nothing, result = overlapping(lambda: delete_agreement(agreement=agreement), say)
    assert isinstance(result, ReviewClosed)


@TOGETHER
def test_two_workers_ask_about_a_plan_once_and_mention_a_course_once(together):
    course = published_course([[lesson("l1", blocks=[block("plan", "plan1", {"prompt": "Plan"})])]])
    with time_machine.travel(NOON - timedelta(days=15), tick=False):
        stalled = services.start_free(user=UserFactory(), course=course)
        services.open_lesson(enrolment=stalled, lesson=course.lessons.get())
    with time_machine.travel(NOON - timedelta(days=8), tick=False):
        planner = services.start_free(user=UserFactory(), course=course)
        services.save_entry(enrolment=planner, block_id=uid("plan1"), data={"if": "Ann sighs", "then": "I ask"})
    with time_machine.travel(NOON, tick=False):
        together(ask_about_plans, ask_about_plans)
        together(remind_of_stalled_courses, remind_of_stalled_courses)
    assert (PlanFollowUp.objects.count(), MailDelivery.objects.filter(template="plan_follow_up").count()) == (1, 1)
    assert (StalledReminder.objects.count(), MailDelivery.objects.filter(template="stalled_course").count()) == (1, 1)


def test_one_worker_has_the_turn_for_bulk_mail_of_no_organisation():
    import uuid

    turns = at_once([lambda: _take_turn(None, uuid.uuid4()) for _worker in range(4)])
    assert (sorted(turns), BulkTurn.objects.count()) == ([False, False, False, True], 1)
