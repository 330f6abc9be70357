"""Forms that are drawn from the bank for each sitting."""

import io
import uuid

import pytest
from django.core.management import CommandError, call_command

from assessments.errors import AssessmentNotOpen, InvalidInstrument
from assessments.models import Instrument, Item
from assessments.queries import form_length
from assessments.scoring.blueprint import Blueprint, Cell
from assessments.services import Plan, retire_instruments, start_attempt, submit_attempt, upsert_drawn_instrument, upsert_item
from learning.services import finish_activity
from tests.assessments.factories import SKILLS, course_with_forms, finish_lessons, learner, options, skills
from tests.courses.factories import published_course, uid

pytestmark = pytest.mark.django_db
PLAN = Plan(Blueprint((Cell(SKILLS[0], 2, "1|2"), Cell(SKILLS[0], 1, "2|3"))))


def bank_item(key, boundary="1|2", **fields):
    levels = [option | {"level": level} for option, level in zip(options(), (1, 2, 1, 1), strict=True)]
    given = {
        "uuid": uuid.uuid5(uuid.NAMESPACE_URL, key),
        "use": "form",
        "kind": "single",
        "skill_slug": SKILLS[0],
        "situation": "A situation.",
        "prompt": f"What about {key}?",
        "options": levels,
        "correct": ["b"],
        "boundary": boundary,
    }
    return upsert_item(course=None, key=key, **given | fields)


def bank(count=4):
    skills()
    for number in range(count):
        bank_item(f"low-{number}")
        bank_item(f"high-{number}", "2|3")


@pytest.fixture
def course():
    """A course whose two forms are drawn."""
    course = course_with_forms()
    bank()
    retire_instruments(course=course, keep=[])
    for key in ("drawn-a", "drawn-b"):
        upsert_drawn_instrument(course=course, key=key, title=f"Drawn {key[-1]}", plan=PLAN)
    return course


def asked(attempt):
    return list(attempt.items.values_list("item__key", flat=True))


def test_each_sitting_is_drawn_and_frozen_and_asks_nothing_twice(course):
    enrolment = learner(course)
    before = start_attempt(enrolment=enrolment, occasion="before")
    submit_attempt(attempt=before)
    finish_lessons(enrolment)
    after = start_attempt(enrolment=enrolment, occasion="after")
    assert sorted(key.split("-")[0] for key in asked(before)) == ["high", "low", "low"]
    assert set(asked(before)).isdisjoint(asked(after))
    assert asked(start_attempt(enrolment=enrolment, occasion="before")) == asked(before)
    assert form_length(course) == 3


def test_drafts_and_questions_of_fixed_forms_are_not_drawn(course):
    Item.objects.filter(key__in=["low-0", "low-1"]).update(state="draft")
    for _learner in range(3):
        drawn = set(asked(start_attempt(enrolment=learner(course), occasion="before")))
        assert {"low-2", "low-3"} <= drawn
    assert not any(key.startswith(("a", "b")) for key in drawn)


def test_where_the_bank_has_too_few_nobody_gets_a_shorter_form(course):
    Item.objects.filter(key__startswith="high").update(state="retired")
    with pytest.raises(AssessmentNotOpen, match="not enough questions"):
        start_attempt(enrolment=learner(course), occasion="before")


def test_who_has_met_all_is_asked_again_but_not_what_the_other_occasion_asked(course):
    Item.objects.filter(key__in=["high-2", "high-3"]).update(state="retired")
    user = learner(course).user
    other = published_course([["l9"]], has_assessment=True)
    for key in ("drawn-a", "drawn-b"):
        upsert_drawn_instrument(course=other, key=key, title=key, plan=PLAN)
    for one, lessons in ((course, ("l1", "c1")), (other, ("l9",))):
        enrolment = learner(one, user=user)
        before = start_attempt(enrolment=enrolment, occasion="before")
        submit_attempt(attempt=before)
        for name in lessons:
            finish_activity(enrolment=enrolment, block_id=uid(name))
        after = start_attempt(enrolment=enrolment, occasion="after")
        submit_attempt(attempt=after)
        assert set(asked(before)).isdisjoint(asked(after))


def test_a_blueprint_that_the_bank_cannot_fill_is_refused_with_what_it_lacks(course):
    plan = Plan(Blueprint((Cell(SKILLS[0], 6, "2|3"),)))
    with pytest.raises(InvalidInstrument, match=r"discover-expectations · 2\|3 lacks 2 questions"):
        upsert_drawn_instrument(course=course, key="drawn-a", title="Drawn", plan=plan)
    assert Instrument.objects.get(course=course, key="drawn-a").blueprint == PLAN.as_json


def test_anchors_have_to_be_in_the_bank(course):
    plan = Plan(Blueprint((Cell(SKILLS[0], 1),), frozenset({"low-0", "gone"}), 1))
    with pytest.raises(InvalidInstrument, match="not in the bank: gone"):
        upsert_drawn_instrument(course=course, key="drawn-a", title="Drawn", plan=plan)


def test_the_command_says_what_a_drawn_form_can_do_and_that_nothing_is_awarded(course):
    out = io.StringIO()
    call_command("check_blueprints", course.key, stdout=out)
    said = out.getvalue()
    assert "for 2 sittings of one person" in said
    assert "of 100 learners so many are expected to be placed at their own level (Rudner 2005" in said
    assert "no level is awarded to anybody, because some keys are their author's alone" in said
    Item.objects.filter(key__startswith="high").update(state="retired")
    with pytest.raises(CommandError, match="Cannot be filled: Drawn a, Drawn b"):
        call_command("check_blueprints", course.key, stdout=out)
    assert "lacks 1 question." in out.getvalue()
