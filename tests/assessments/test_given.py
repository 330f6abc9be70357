"""What My learning says of assessments that were given: what is under way stays there, and results do."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from assessments.alone import Place, given_to
from assessments.services import give_extra_time, start_alone, withdraw_assigned
from learning.models import Enrolment
from learning.services import archive_cohort, remove_from_cohort
from tests.assessments.test_assigned import (  # noqa: F401 - fixtures
    TEN,
    begin,
    cohort,
    drawn_instrument,
    finish,
    given,
    member,
    organisation,
)
from tests.assessments.test_views import text

pytestmark = pytest.mark.django_db
LEARN = "/learn/"


def continue_link(attempt) -> str:
    return f'href="{reverse("assessments:attempt", args=[attempt.uuid])}"'


def take_away(end, cohort, assigned, one):  # noqa: F811
    if end == "withdrawn":
        withdraw_assigned(assigned=assigned, actor=None)
    elif end == "archived":
        archive_cohort(cohort=cohort, actor=None)
    else:
        remove_from_cohort(cohort=cohort, membership=one, actor=None)


@pytest.mark.parametrize("end", ["withdrawn", "archived", "taken out"])
def test_what_was_taken_away_while_under_way_can_be_finished_from_my_learning(cohort, sign_in, end):  # noqa: F811
    one, assigned = member(cohort), given(cohort)
    attempt = begin(one, assigned)
    take_away(end, cohort, assigned, one)
    client = sign_in(one.user)
    page = client.get(LEARN)
    assert page.content.decode().count(continue_link(attempt)) == 3  # what comes next, the name in the list, and its button
    assert "withdrawn; you may finish it" in text(page)
    finish(attempt)
    page = client.get(LEARN)
    assert continue_link(attempt) not in page.content.decode()
    result = reverse("assessments:sitting", args=[attempt.uuid])
    assert page.content.decode().count(f'href="{result}"') == 2
    assert client.get(result).status_code == 200
    assert [(found.is_offered, found.waits, found.can_be_taken) for found in given_to(one.user)] == [(False, False, False)]


def test_what_was_taken_away_unbegun_is_not_there(cohort, sign_in):  # noqa: F811
    one, assigned = member(cohort), given(cohort)
    withdraw_assigned(assigned=assigned, actor=None)
    assert given_to(one.user) == []
    assert "Where are you?" not in text(sign_in(one.user).get(LEARN))


def test_a_further_attempt_that_is_under_way_is_brought_back(cohort, sign_in):  # noqa: F811
    one, assigned = member(cohort), given(cohort, drawn_instrument(attempts_allowed=2))
    finish(begin(one, assigned))
    second = begin(one, assigned)
    page = sign_in(one.user).get(LEARN)
    assert page.content.decode().count(continue_link(second)) == 2
    assert "another attempt begun" in text(page)
    assert [act.address for act in page.context["acts"].acts][:1] == [reverse("assessments:attempt", args=[second.uuid])]


def test_a_time_limit_is_told_with_its_minutes_before_anybody_opens_it(cohort, sign_in):  # noqa: F811
    one = member(cohort)
    assigned = given(cohort, time_limit=4)
    give_extra_time(membership=one, percent=50, actor=None)
    client = sign_in(one.user)
    [act, *_others] = client.get(LEARN).context["acts"].acts
    assert (act.minutes, act.detail) == (5, "given by Northwind Care · time limit of 6 min from the start")
    with time_machine.travel(TEN, tick=False):
        begin(one, assigned)
        [act, *_others] = sign_in(one.user).get(LEARN).context["acts"].acts
        assert act.detail == "given by Northwind Care · Your time ends at 10:06"
    with time_machine.travel(TEN + timedelta(hours=1), tick=False):
        assert not [found for found in given_to(one.user) if found.waits or found.is_running]


def test_a_sitting_begun_in_a_lesson_is_brought_back(cohort, sign_in):  # noqa: F811
    one, instrument = member(cohort), drawn_instrument()
    enrolment = Enrolment.objects.select_related("course", "organisation").get(user=one.user)
    attempt = start_alone(Place(enrolment, instrument, None, enrolment.course.uuid, []))
    client = sign_in(one.user)
    assert continue_link(attempt) in client.get(LEARN).content.decode()
    finish(attempt)
    assert continue_link(attempt) not in client.get(LEARN).content.decode()


def test_the_starting_point_takes_as_long_as_its_own_page_says(cohort, sign_in):  # noqa: F811
    one = member(cohort)
    enrolment = Enrolment.objects.get(user=one.user)
    client = sign_in(one.user)
    own = client.get(reverse("assessments:start", args=[enrolment.uuid, "before"])).context["minutes"]
    [act] = [act for act in client.get(LEARN).context["acts"].acts if act.title == "Find your starting point"]
    assert act.minutes == own
    assert timezone.now() > enrolment.created_at
