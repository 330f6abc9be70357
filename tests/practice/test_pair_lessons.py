"""A pair that was finished finishes the blocks of lessons that lead to its case, where their author allows that."""

from uuid import UUID

import pytest
from django.urls import reverse

from cms.blocks.interactive import SimulationBlock
from courses.models import Activity
from learning.models import ActivityState, Enrolment
from learning.services import enrol, finish_activity
from practice import services
from practice.activity_types import SimulationActivity
from practice.models import PairEnding, SimulationRun
from practice.services.pair_ending import end_pair
from tests.courses.factories import block, lesson, published_course, uid
from tests.factories import OrganisationFactory

from .pair_people import TRADED, PairCohort, on_move, take
from .simulations import night

pytestmark = pytest.mark.django_db


def leading(name, **value):
    return block("simulation", name, {"simulation": night().id, "title": "Night deliveries", "intro": ""} | value)


@pytest.fixture
def course():
    """Two blocks lead to the case: the first may be done with a partner, the second may not."""
    return published_course([[lesson("l1", blocks=[leading("allowed", with_partner=True), leading("alone")])]])


@pytest.fixture
def cohort(course):
    return PairCohort(course=course)


def finished(user):
    states = ActivityState.objects.filter(enrolment__user=user, finished_at__isnull=False)
    return {(state.activity.block_id, state.enrolment_id) for state in states.select_related("activity")}


def enrolment_of(user):
    return Enrolment.objects.get(user=user, organisation__isnull=False)


def deal(pair):
    take(pair, "offer", deal=TRADED)
    take(pair, "accept")
    pair.refresh_from_db()
    return pair


def test_a_deal_finishes_the_block_for_both_once(cohort):
    pair = deal(cohort.running())
    assert pair.ending == "deal"
    for user in cohort.users:
        assert finished(user) == {(uuid_of("allowed"), enrolment_of(user).pk)}
    before = list(ActivityState.objects.order_by("pk").values_list("pk", "finished_at"))
    end_pair(pair, pair.ending)
    deal(cohort.running())
    assert list(ActivityState.objects.order_by("pk").values_list("pk", "finished_at")) == before
    assert len(before) == 2


def uuid_of(name):
    return UUID(uid(name))


def test_walking_away_finishes_it_for_whoever_took_part(cohort):
    pair = cohort.running()
    first = on_move(pair).user
    take(pair, "say", message="What matters most to you?")
    take(pair, "walk")
    other = next(user for user in cohort.users if user != first)
    assert finished(first) == {(uuid_of("allowed"), enrolment_of(first).pk)}
    assert finished(other) == set()


@pytest.mark.parametrize("ending", ["stopped", "expired", "left", "declined"])
def test_what_was_broken_off_finishes_nothing(cohort, ending):
    pair = cohort.running()
    take(pair, "say", message="What matters most to you?")
    end_pair(pair, PairEnding(ending), "you")
    assert not ActivityState.objects.filter(finished_at__isnull=False).exists()


def test_other_cases_other_organisations_and_private_courses_are_left_alone(course):
    other_case = block("simulation", "other", {"simulation": "ovens", "title": "", "intro": "", "with_partner": True})
    elsewhere = published_course([[lesson("l2", blocks=[other_case])]])
    cohort = PairCohort(course=course)
    user = cohort.users[0]
    private, abroad = enrol(user=user, course=course), enrol(user=user, course=course, organisation=OrganisationFactory())
    enrol(user=user, course=elsewhere, organisation=cohort.organisation)
    deal(cohort.running())
    own = Enrolment.objects.get(user=user, course=course, organisation=cohort.organisation)
    assert finished(user) == {(uuid_of("allowed"), own.pk)}
    assert private.pk != own.pk != abroad.pk


def test_a_block_that_left_the_lesson_does_not_hold_the_deal_up(cohort):
    pair = cohort.running()
    take(pair, "offer", deal=TRADED)
    Activity.objects.filter(block_id=uid("allowed")).delete()
    take(pair, "accept")
    pair.refresh_from_db()
    assert pair.ending == "deal"
    assert finished(cohort.users[0]) == set()


def test_who_has_played_it_alone_keeps_the_day_of_that(cohort):
    user = cohort.users[0]
    state = finish_activity(enrolment=enrolment_of(user), block_id=uid("allowed"))
    deal(cohort.running())
    assert ActivityState.objects.get(pk=state.pk).finished_at == state.finished_at
    assert not SimulationRun.objects.exists()


# What the lesson shows ----------------------------------------------------------------------------------------------------


def shown(enrolment):
    blocks = [leading("allowed", with_partner=True), leading("alone")]
    SimulationActivity().add_state(blocks, enrolment)
    return [(one.get("call"), one.get("is_finished")) for one in blocks]


def test_the_block_leads_to_the_call_of_the_cohort_and_says_when_it_was_finished(cohort, django_assert_num_queries):
    enrolment = enrolment_of(cohort.users[0])
    with django_assert_num_queries(4):
        assert shown(enrolment) == [(cohort.call, False), (None, None)]
    deal(cohort.running())
    services.close_call(call=cohort.call, actor=None)
    assert shown(enrolment) == [(None, True), (None, None)]
    assert shown(None) == [(None, None), (None, None)]


def test_who_belongs_to_no_cohort_that_was_asked_is_led_to_none(cohort, course):
    stranger = PairCohort(course=course).users[0]
    assert shown(enrolment_of(stranger))[0][0] != cohort.call
    private = enrol(user=cohort.users[0], course=course)
    assert shown(private) == [(None, False), (None, None)]


def test_the_page_of_the_lesson_says_so(cohort, sign_in):
    user = cohort.users[0]
    client = sign_in(user)
    address = reverse("courses:lesson", args=[cohort.cohort.course.slug, "module-1", "l1"])
    page = client.get(address).content.decode()
    assert page.count("Either finishes it.") == 1
    assert cohort.call.get_absolute_url() in page
    assert "Finished with a partner" not in page
    deal(cohort.running())
    assert client.get(address).content.decode().count("Finished with a partner") == 1


# What the author writes ---------------------------------------------------------------------------------------------------


def test_a_block_without_the_option_is_stored_and_published_as_before():
    written = {"simulation": "night", "title": "Night", "intro": ""}
    author = SimulationBlock()
    for given in (written, written | {"with_partner": False}):
        value = author.to_python(given)
        assert author.get_prep_value(value) == written
        assert author.as_content(value) == written
    chosen = author.to_python(written | {"with_partner": True})
    assert author.get_prep_value(chosen) == author.as_content(chosen) == written | {"with_partner": True}
