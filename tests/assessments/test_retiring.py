"""Questions that are retired: asked of nobody who begins from then on, kept for whoever has begun, and taken back."""

import pytest

from assessments.coverage import coverage_of, forms_without
from assessments.errors import AssessmentNotOpen, InvalidItem
from assessments.models import Instrument, Item, ScoringRecord
from assessments.queries import form_length
from assessments.services import (
    import_questions,
    retire_instruments,
    retire_item,
    save_response,
    start_attempt,
    start_check,
    submit_attempt,
    take_back_item,
    upsert_drawn_instrument,
    upsert_instrument,
)
from assessments.sheets import asks_for_more
from tests.assessments.factories import SKILLS, course_with_forms, item, learner, version_ids
from tests.assessments.test_drawing import PLAN, asked, bank
from tests.assessments.test_importing import question

pytestmark = pytest.mark.django_db


def get(key):
    return Item.objects.get(key=key)


def retire(*keys):
    for key in keys:
        retire_item(item=get(key))


@pytest.fixture
def course():
    return course_with_forms()


def begin_first(course):
    """Somebody who meets form A first."""
    while True:
        attempt = start_attempt(enrolment=learner(course), occasion="before")
        if attempt.instrument.key == "form-a":
            return attempt


def test_a_fixed_form_leaves_it_out_for_whoever_begins_and_keeps_it_for_whoever_has_begun(course):
    begun = begin_first(course)
    retire("a1")
    assert asked(begin_first(course)) == ["a2", "a3", "a4"]
    assert asked(begun) == ["a1", "a2", "a3", "a4"]
    save_response(attempt=begun, item_version_id=version_ids(begun)[0], chosen="b")
    assert submit_attempt(attempt=begun).items == 4
    assert ScoringRecord.objects.get().agreed == 1


def test_it_is_asked_again_in_the_state_it_had_before(course):
    Item.objects.filter(key="a1").update(state="live")
    for _again in range(2):
        retire("a1")
    assert (get("a1").state, get("a1").state_before) == ("retired", "live")
    for _again in range(2):
        take_back_item(item=get("a1"))
    assert (get("a1").state, get("a1").state_before) == ("live", "")
    assert asked(begin_first(course)) == ["a1", "a2", "a3", "a4"]


def test_a_draft_is_not_retired_and_a_file_leaves_what_is_as_it_is(course):
    import_questions(questions=[question("Q?", title="T")], file_name="b.gift")
    draft = Item.objects.get(state="draft")
    with pytest.raises(InvalidItem, match="asked nowhere"):
        retire_item(item=draft)
    Item.objects.filter(pk=draft.pk).update(state="trial")
    retire_item(item=draft)
    [refused] = import_questions(questions=[question("New?", title="T")], file_name="b.gift").refused
    assert refused.message == "It is retired and was left as it is. Change it in the bank."


def test_the_length_of_a_form_and_what_it_asks_for_follow(course):
    item(course, "a1", kind="lines", correct=["b", "d"])
    assert (form_length(course), asks_for_more(course)) == (4, True)
    retire("a1", "b1")
    assert (form_length(course), asks_for_more(course)) == (3, False)


def test_a_form_without_any_question_left_cannot_be_begun(course):
    retire("a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4")
    with pytest.raises(AssessmentNotOpen, match="no questions at the moment"):
        start_attempt(enrolment=learner(course), occasion="before")
    assert forms_without(get("a1")) == [f"“Form A” of “{course}” has no question left: nobody can begin it until it has one."]


def test_publishing_and_loading_again_do_not_bring_it_back(course):
    retire("a1")
    item(course, "a1", prompt="In other words?")
    upsert_instrument(course=course, key="form-a", title="Form A", item_keys=["a1", "a2", "a3", "a4"])
    assert get("a1").is_retired
    assert asked(begin_first(course)) == ["a2", "a3", "a4"]


def test_drawn_forms_and_the_skill_check_draw_it_no_more(course):
    bank()
    retire_instruments(course=course, keep=[])
    for key in ("drawn-a", "drawn-b"):
        upsert_drawn_instrument(course=course, key=key, title=f"Drawn {key[-1]}", plan=PLAN)
    upsert_drawn_instrument(course=None, key="check", title="Check", plan=PLAN)
    retire("high-0", "high-1", "high-2")
    assert forms_without(get("high-0")) == []
    drawn = {key for _person in range(6) for key in asked(start_attempt(enrolment=learner(course), occasion="before"))}
    assert drawn & {"high-0", "high-1", "high-2"} == set()
    assert "high-3" in drawn
    retire("high-3")
    lacks = f"{SKILLS[0]} · 2|3 lacks 1 question. Nobody can begin it until it can."
    assert forms_without(get("high-3")) == [
        f"The bank cannot fill “Check” any more: {lacks}",
        f"The bank cannot fill “Drawn a” of “{course}” any more: {lacks}",
        f"The bank cannot fill “Drawn b” of “{course}” any more: {lacks}",
    ]
    assert coverage_of(Instrument.objects.get(key="drawn-a"))[0].startswith("The bank cannot fill it")
    with pytest.raises(AssessmentNotOpen):
        start_check(user=None)
