"""Fixed forms by themselves: what may be picked, in which order, and what an edit does to whoever is under way."""

from functools import partial
from uuid import uuid4

import pytest

from assessments.alone import Place
from assessments.errors import AssessmentNotOpen, InvalidInstrument
from assessments.models import Instrument, Item
from assessments.picked_rules import findings_of_form
from assessments.services import (
    Asks,
    leave_out,
    move_question,
    pick_questions,
    picked,
    questions_to_pick,
    retire_item,
    save_response,
    set_enemies,
    set_offered,
    start_alone,
    submit_attempt,
    upsert_alone,
    upsert_item,
)
from skills.models import Evidence
from tests.assessments.calibrated import bank_item
from tests.assessments.factories import SKILLS, course_with_forms, learner, skills
from tests.assessments.test_assigned import drawn_instrument
from tests.courses.factories import published_course, uid

pytestmark = pytest.mark.django_db


def bank(count=6):
    skills()
    return [bank_item(f"k{number:02}") for number in range(count)]


def fixed_instrument(items=(), **fields):
    made = upsert_alone(key="fixed", title="The same for all", asks=Asks(is_fixed=True), **fields)
    pick_questions(instrument=made, items=[item.pk for item in items])
    if items:
        set_offered(instrument=made, is_offered=True)
    return made


def keys(instrument):
    return [entry.item.key for entry in picked(instrument)]


def begun(enrolment, instrument):
    return start_alone(Place(enrolment, instrument, block_id=uid("b")))


def asked(attempt):
    return list(attempt.items.order_by("position").values_list("item__key", flat=True))


# What may be picked -------------------------------------------------------------------------------------------------------


def test_only_questions_of_the_bank_on_trial_or_live_can_be_picked():
    course_with_forms()
    one, two, three, four = bank(4)
    Item.objects.filter(pk=two.pk).update(state="live")
    Item.objects.filter(pk=three.pk).update(state="draft")
    retire_item(item=four)
    check = upsert_item(
        course=None,
        uuid=uuid4(),
        key="check",
        use="check",
        kind="single",
        skill_slug=SKILLS[0],
        situation="",
        prompt="Which?",
        options=[{"id": name, "text": name, "feedback": "", "misconception": ""} for name in "ab"],
        correct=["a"],
    )
    assert set(questions_to_pick()) == {one, two}
    made = fixed_instrument()
    of_course = Item.objects.filter(course__isnull=False).first()
    for other in (three, four, check, of_course):
        with pytest.raises(InvalidInstrument, match="1 of these questions cannot be picked"):
            pick_questions(instrument=made, items=[one.pk, other.pk])
    assert keys(made) == []


def test_each_question_stands_once_and_picking_it_again_changes_nothing():
    first, second, *_others = bank()
    made = fixed_instrument([second])
    assert pick_questions(instrument=made, items=[first.pk, second.pk, first.pk]) == 1
    assert keys(made) == ["k01", "k00"]
    assert pick_questions(instrument=made, items=[first.pk, second.pk]) == 0
    assert keys(made) == ["k01", "k00"]


def test_enemies_are_kept_apart_and_named():
    first, second, third, *_others = bank()
    set_enemies(items={one.key: one for one in (first, third)}, enemies={"k00": ["k02"]})
    made = fixed_instrument([first, second])
    with pytest.raises(InvalidInstrument, match="k00 and k02"):
        pick_questions(instrument=made, items=[third.pk])
    assert keys(made) == ["k00", "k01"]


def test_there_are_sixty_at_the_most():
    items = bank(61)
    made = fixed_instrument(items[:60])
    with pytest.raises(InvalidInstrument, match="60 questions at the most; this would be 61"):
        pick_questions(instrument=made, items=[items[60].pk])
    assert len(keys(made)) == 60


def test_what_is_drawn_keeps_enough_questions():
    """A question of a fixed form that is offered is drawn for nobody."""
    drawn_instrument(count=4, bank=6)
    items = list(questions_to_pick().order_by("key"))
    made = fixed_instrument(items[:2])
    with pytest.raises(InvalidInstrument, match="“Where are you\\?” is drawn from the same questions"):
        pick_questions(instrument=made, items=[items[2].pk])
    assert keys(made) == ["k00", "k01"]
    set_offered(instrument=made, is_offered=False)
    pick_questions(instrument=made, items=[items[2].pk])
    with pytest.raises(InvalidInstrument, match="discover-expectations lacks 1 question"):
        set_offered(instrument=made, is_offered=True)
    assert not Instrument.objects.get(pk=made.pk).is_active


# Order and leaving out ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "by", "expected"),
    [(1, -1, "102"), (1, 1, "021"), (0, -1, "012"), (2, 1, "012"), (5, 1, "012")],
)
def test_questions_move_one_place_and_stop_at_the_ends(number, by, expected):
    items = bank()
    made = fixed_instrument(items[:3])
    move_question(instrument=made, item=items[number].pk, by=by)
    assert keys(made) == [f"k0{one}" for one in expected]


def test_leaving_out_closes_the_gap_and_the_last_one_stays_while_it_is_offered():
    items = bank()
    made = fixed_instrument(items[:2])
    for _again in range(2):
        leave_out(instrument=made, item=items[0].pk)
    assert [(entry.position, entry.item) for entry in picked(made)] == [(1, items[1])]
    with pytest.raises(InvalidInstrument, match="its last question, and it is offered"):
        leave_out(instrument=made, item=items[1].pk)
    set_offered(instrument=made, is_offered=False)
    leave_out(instrument=made, item=items[1].pk)
    assert keys(made) == []


def test_without_a_question_it_is_not_offered():
    bank()
    made = fixed_instrument()
    assert not Instrument.objects.get(pk=made.pk).is_active
    with pytest.raises(InvalidInstrument, match="has no question yet"):
        set_offered(instrument=made, is_offered=True)
    assert not Instrument.objects.get(pk=made.pk).is_active


def test_one_that_is_drawn_has_no_questions_to_pick_and_loses_those_that_it_had():
    items = bank(12)
    made = fixed_instrument(items[:2])
    drawn_instrument(key="fixed")
    assert keys(made) == []
    with pytest.raises(InvalidInstrument, match="does not ask everybody the same"):
        pick_questions(instrument=made, items=[items[0].pk])


# Sittings -----------------------------------------------------------------------------------------------------------------


def test_everybody_is_asked_the_same_in_its_order_and_it_is_evidence():
    items = bank()
    made = fixed_instrument([items[3], items[0], items[2]])
    attempt = begun(learner(published_course([["l1"]])), made)
    assert asked(attempt) == ["k03", "k00", "k02"]
    for version in attempt.items.values_list("item_version", flat=True):
        save_response(attempt=attempt, item_version_id=version, chosen="b")
    record = submit_attempt(attempt=attempt)
    assert (record.agreed, record.items) == (3, 3)
    assert Evidence.objects.get().items == 3


def test_an_edit_holds_for_whoever_begins_and_not_for_who_is_under_way():
    items = bank()
    made = fixed_instrument(items[:3])
    course = published_course([["l1"]])
    under_way = begun(learner(course), made)
    for act in (
        partial(leave_out, instrument=made, item=items[0].pk),
        partial(pick_questions, instrument=made, items=[items[4].pk]),
    ):
        with pytest.raises(InvalidInstrument, match="has been taken, or is given to a cohort"):
            act()
    move_question(instrument=made, item=items[2].pk, by=-1)
    upsert_item(
        course=None,
        key="k01",
        uuid=items[1].uuid,
        use="form",
        kind="single",
        skill_slug=SKILLS[0],
        situation="New words.",
        prompt="What about now?",
        options=items[1].current_version.options,
        correct=["a"],
        boundary="3|4",
    )
    assert asked(under_way) == ["k00", "k01", "k02"]
    assert [entry.item_version.situation for entry in under_way.items.order_by("position")][1] == "Situation k01."
    later = begun(learner(course), made)
    assert asked(later) == ["k00", "k02", "k01"]
    assert later.items.get(position=3).item_version.situation == "New words."
    assert submit_attempt(attempt=under_way).items == 3


def test_a_question_that_is_retired_is_asked_of_nobody_who_begins():
    items = bank()
    made = fixed_instrument(items[:2])
    retire_item(item=items[0])
    course = published_course([["l1"]])
    assert asked(begun(learner(course), made)) == ["k01"]
    retire_item(item=items[1])
    with pytest.raises(AssessmentNotOpen, match="no questions at the moment"):
        begun(learner(course), made)


# Warnings -----------------------------------------------------------------------------------------------------------------


def test_the_rules_of_items_speak_of_the_form_and_of_few_questions_not_at_all():
    items = bank(6)
    found = findings_of_form(items)
    assert {finding.rule for finding in found} <= {1, 2, 4, 8}
    alike = [finding for finding in found if finding.rule == 8]
    assert alike[0].item == "k00"
    assert "content words with k01" in alike[0].what
    assert findings_of_form(items[:3]) == []
