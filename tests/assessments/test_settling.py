"""What would settle a skill soonest, of assessments that an organisation gave: those alone that can be taken now."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from assessments.alone import given_to
from assessments.services import withdraw_assigned
from assessments.settling import find_steps
from learning.services import remove_from_cohort
from skills.queries import skill
from skills.settling import soonest
from tests.assessments.calibrated import adaptive_instrument, calibrated_bank
from tests.assessments.factories import SKILLS
from tests.assessments.test_assigned import (  # noqa: F401 - fixtures
    TEN,
    TODAY,
    begin,
    cohort,
    drawn_instrument,
    finish,
    given,
    member,
    organisation,
)
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
DISCOVER, EXPLICIT = SKILLS


@pytest.fixture(autouse=True)
def at_ten():
    with time_machine.travel(TEN, tick=False) as clock:
        yield clock


def told(user, slug=DISCOVER):
    """What is offered beside the course itself."""
    steps = [step for step in find_steps(user, skill(slug)) if "/assessments/" in step.address]
    return [(step.title, step.words, step.label, step.minutes) for step in steps if "“Where are you?”" in step.title]


def test_what_was_given_is_offered_with_who_gave_it(cohort):  # noqa: F811
    one, assigned = member(cohort), given(cohort)
    offered = ("Take “Where are you?”", "Northwind Care gave it to you.", "View the assessment", 5)
    assert told(one.user) == [offered]
    step = next(step for step in find_steps(one.user, skill(DISCOVER)) if step.title == offered[0])
    assert (step.address, step.places) == (reverse("assessments:assigned", args=[assigned.uuid]), True)
    assert told(one.user, EXPLICIT) == []
    assert told(UserFactory()) == told(MembershipFactory(organisation=cohort.organisation).user) == []


def test_a_sitting_under_way_is_gone_on_with(cohort):  # noqa: F811
    one = member(cohort)
    attempt = begin(one, given(cohort))
    assert told(one.user) == [("Finish “Where are you?”", "Northwind Care gave it to you.", "Continue", 5)]
    assert reverse("assessments:attempt", args=[attempt.uuid]) in [
        step.address for step in find_steps(one.user, skill(DISCOVER))
    ]


def test_outside_its_days_it_is_not_offered(cohort, at_ten):  # noqa: F811
    one = member(cohort)
    given(cohort, opens_on=TODAY + timedelta(days=1), closes_on=TODAY + timedelta(days=2))
    assert told(one.user) == []
    at_ten.move_to(TEN + timedelta(days=1))
    assert len(told(one.user)) == 1
    at_ten.move_to(TEN + timedelta(days=3))
    assert told(one.user) == []


@pytest.mark.parametrize("end", ["withdrawn", "not offered", "taken out", "archived"])
def test_what_has_ended_is_not_offered(cohort, end):  # noqa: F811
    from learning.services import archive_cohort

    one, assigned = member(cohort), given(cohort)
    assert len(told(one.user)) == 1
    if end == "withdrawn":
        withdraw_assigned(assigned=assigned, actor=None)
    elif end == "taken out":
        remove_from_cohort(cohort=cohort, membership=one, actor=None)
    elif end == "archived":
        archive_cohort(cohort=cohort, actor=None)
    else:
        type(assigned.instrument).objects.filter(pk=assigned.instrument_id).update(is_active=False)
    assert told(one.user) == []
    assert not any(found.waits for found in given_to(one.user))


def test_another_attempt_is_offered_where_there_may_be_one_and_its_wait_is_over(cohort, at_ten):  # noqa: F811
    one = member(cohort)
    assigned = given(cohort, drawn_instrument(attempts_allowed=2, wait_days=7))
    finish(begin(one, assigned))
    assert told(one.user) == []
    at_ten.move_to(TEN + timedelta(days=8))
    assert [title for title, *_rest in told(one.user)] == ["Take “Where are you?”"]
    assert [found.waits for found in given_to(one.user)] == [False]  # it is offered, and nobody waits for it
    finish(begin(one, assigned))
    at_ten.move_to(TEN + timedelta(days=30))
    assert told(one.user) == []


def test_one_that_is_chosen_by_answers_is_offered_for_its_skill(cohort):  # noqa: F811
    calibrated_bank(24)
    one = member(cohort)
    given(cohort, adaptive_instrument(length=6))
    titles = [step.title for step in find_steps(one.user, skill(DISCOVER))]
    assert "Take “Expectations, question by question”" in titles
    assert "Take “Expectations, question by question”" not in [step.title for step in find_steps(one.user, skill(EXPLICIT))]


def test_it_is_among_what_settles_soonest(cohort):  # noqa: F811
    one = member(cohort)
    given(cohort)
    assert "Take “Where are you?”" in [step.title for step in soonest(one.user, skill(DISCOVER))]


@pytest.mark.parametrize("count", [1, 4])
def test_what_was_given_costs_the_same_however_much(cohort, django_assert_num_queries, count):  # noqa: F811
    one = member(cohort)
    for number in range(count):
        given(cohort, drawn_instrument(key=f"given-{number}"))
    find_steps(one.user, skill(DISCOVER))
    with django_assert_num_queries(13):
        assert len(told(one.user)) == min(count, 2)
