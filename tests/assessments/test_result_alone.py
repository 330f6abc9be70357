"""The pages before and after an assessment that is taken by itself say what holds, and no more."""

import re

import pytest
from django.urls import reverse

from assessments.models import Attempt, ScoringRecord
from tests.assessments.test_assigned import (  # noqa: F401 - fixtures
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


def result(client, attempt):
    return client.get(reverse("assessments:sitting", args=[attempt.uuid]))


def test_when_the_best_answers_are_shown_is_said_before_and_after(cohort, sign_in):  # noqa: F811
    one, assigned = member(cohort), given(cohort, drawn_instrument(attempts_allowed=2))
    client = sign_in(one.user)
    start = reverse("assessments:assigned", args=[assigned.uuid])
    words = "Which answers are best is shown once you have submitted your last attempt"
    assert words in text(client.get(start))
    page = result(client, finish(begin(one, assigned)))
    assert words in text(page)
    assert f'<form method="post" action="{start}">' in page.content.decode()
    client.post(start)
    [under_way] = Attempt.objects.filter(number=2)
    continued = text(result(client, Attempt.objects.get(number=1)))
    assert ("You have begun another attempt." in continued, "Take it again" in continued) == (True, False)
    assert "Question by question" not in continued
    assert "Question by question" in text(result(client, finish(under_way)))


def test_what_agreed_in_part_is_told(cohort, sign_in):  # noqa: F811
    one, assigned = member(cohort), given(cohort)
    attempt = finish(begin(one, assigned))
    record = ScoringRecord.objects.get(attempt=attempt)
    record.detail["credit"] = {"total": 2.5, "items": 4, "low": 1.2, "high": 3.6}
    record.save(update_fields=["detail"])
    assert "Counted with the part that agrees: 2.5 of 4 (likely range: 1.2 to 3.6)." in text(result(sign_in(one.user), attempt))


def test_the_name_on_the_scale_is_that_of_the_sentence(cohort, sign_in):  # noqa: F811
    one, assigned = member(cohort), given(cohort, drawn_instrument(8))
    attempt = finish(begin(one, assigned), right=2)
    record = ScoringRecord.objects.get(attempt=attempt)
    [part] = record.detail["skills"].values()
    part["placement"] |= {"place": 1.6, "low": 1.0, "high": 2.4, "likely_level": 1, "likely_low": 1, "likely_high": 2}
    record.save(update_fields=["detail"])
    page = result(sign_in(one.user), attempt)
    assert "most like level 1" in text(page)
    assert re.findall(r"<li data-current><b>(\d)</b>", page.content.decode()) == ["1"]


def test_no_marker_is_explained_where_there_is_none(cohort, sign_in):  # noqa: F811
    one, assigned = member(cohort), given(cohort, drawn_instrument(2))
    page = text(result(sign_in(one.user), finish(begin(one, assigned))))
    assert ("too few answers" in page, "The marker shows" in page) == (True, False)


def test_what_an_organisation_sees_is_not_contradicted(cohort, sign_in):  # noqa: F811
    one, assigned = member(cohort), given(cohort)
    page = text(sign_in(one.user).get(reverse("assessments:assigned", args=[assigned.uuid])))
    assert "and the mean result of groups of ten people or more; nothing else about you." in page
