"""What a learner is told of their level: from the levels of the options they chose, with its band, and never as an award."""

import uuid

import pytest
from django.urls import reverse

from assessments.enums import Occasion
from assessments.errors import InvalidInstrument, InvalidItem
from assessments.models import Attempt, AttemptItem, Instrument, Item
from assessments.placements import placements_of
from assessments.queries import comparison, placed_of
from assessments.scoring.placement import Choice, place
from assessments.services import save_responses, set_enemies, start_attempt, submit_attempt, upsert_instrument, upsert_item
from assessments.services.attempts import _current_versions
from skills.models import Evidence
from skills.proficiency import placed_words, short_words
from skills.queries import called
from tests.courses.factories import published_course
from tests.factories import OrganisationFactory

from .factories import SKILLS, course_with_forms, finish_lessons, item, learner, options

pytestmark = pytest.mark.django_db

LEVELS = {"a": 1, "b": 3, "c": 2, "d": 1}


def levelled(levels=LEVELS):
    return [option | {"level": levels[option["id"]]} for option in options(*levels)]


@pytest.fixture
def course():
    """Two forms of six questions, five of them of the first skill; all keyed by level."""
    course = course_with_forms(6)
    for one in Item.objects.filter(course=course, use="form"):
        item(course, one.key, skill_slug=one.skill.slug, options=levelled(), boundary="2|3")
    return course


def sit(enrolment, occasion, choose):
    """Submitted, with `choose(position)` as the answer of each question; None leaves it open."""
    attempt = start_attempt(enrolment=enrolment, occasion=occasion)
    answers = {entry.item_version_id: choose(entry.position) for entry in attempt.items.all()}
    save_responses(attempt=attempt, answers={pk: answer for pk, answer in answers.items() if answer})
    submit_attempt(attempt=attempt)
    return Attempt.objects.get(pk=attempt.pk)


def test_the_placement_is_that_of_the_levels_chosen(course):
    attempt = sit(learner(course), Occasion.BEFORE, lambda position: "abcabc"[position - 1])
    told = attempt.scorings.get().detail["skills"][SKILLS[0]]["placement"]
    expected = place([Choice((1, 3, 2, 1), chosen) for chosen in (1, 3, 2, 1, 3)])
    assert (told["level"], told["low"], told["high"], told["items"]) == (expected.level, expected.low, expected.high, 5)
    assert told["estimate"] == pytest.approx(expected.estimate)
    assert told["method"] == "levels-of-options"


def test_the_evidence_lies_on_the_scale_is_provisional_and_awards_nothing(course):
    enrolment = learner(course)
    sit(enrolment, Occasion.BEFORE, lambda position: "b")
    evidence = Evidence.objects.get(user=enrolment.user, skill__slug=SKILLS[0])
    placed = evidence.placed
    assert (evidence.is_provisional, evidence.level) == (True, None)
    assert placed.low <= placed.place <= placed.high
    assert placed.likely_low <= placed.likely_level <= placed.likely_high


def test_questions_left_open_say_nothing_of_the_level(course):
    attempt = sit(learner(course), Occasion.BEFORE, lambda position: "b" if position <= 2 else None)
    told = attempt.scorings.get().detail["skills"]
    assert told[SKILLS[0]]["placement"]["items"] == 2
    assert (told[SKILLS[0]]["agreed"], told[SKILLS[0]]["items"]) == (2, 5), "they do not agree with the key either"
    assert "placement" not in told[SKILLS[1]], "nothing of it was answered"


def test_without_levels_there_is_agreement_alone():
    course = course_with_forms(4)
    attempt = sit(learner(course), Occasion.BEFORE, lambda position: "b")
    assert all("placement" not in part for part in attempt.scorings.get().detail["skills"].values())
    assert placements_of(comparison(attempt.enrolment), called(None)) == []


def test_levels_of_the_day_are_frozen_with_the_attempt(course):
    enrolment = learner(course)
    attempt = start_attempt(enrolment=enrolment, occasion=Occasion.BEFORE)
    for entry in attempt.items.select_related("item__skill"):
        item(course, entry.item.key, skill_slug=entry.item.skill.slug, options=levelled({"a": 5, "b": 1, "c": 4, "d": 4}))
    save_responses(attempt=attempt, answers={entry.item_version_id: "b" for entry in attempt.items.all()})
    told = submit_attempt(attempt=attempt).detail["skills"][SKILLS[0]]["placement"]
    assert told["estimate"] == pytest.approx(place([Choice((1, 3, 2, 1), 3)] * 5).estimate)


def test_the_result_says_what_the_answers_look_like_and_that_it_is_provisional(client, course):
    enrolment = learner(course)
    attempt = sit(enrolment, Occasion.BEFORE, lambda position: "b" if position > 2 else "c")
    told = attempt.scorings.get().detail["skills"][SKILLS[0]]["placement"]
    client.force_login(enrolment.user)
    page = client.get(reverse("assessments:result", args=[enrolment.uuid])).content.decode()
    assert f"Your answers look most like level {told['level']}" in page
    assert placed_words(placed_of(told)) in page
    assert "Provisional" in page
    assert "Each answer has a level that its author gave it." in page


def test_before_and_after_stand_on_one_scale(client, course):
    enrolment = learner(course)
    sit(enrolment, Occasion.BEFORE, lambda position: "a")
    finish_lessons(enrolment)
    sit(enrolment, Occasion.AFTER, lambda position: "b")
    [first, _second] = placements_of(comparison(enrolment), called(None))
    assert first.before.place < first.after.place
    assert (first.earlier, first.latest) == (first.before, first.after)
    client.force_login(enrolment.user)
    page = client.get(reverse("assessments:result", args=[enrolment.uuid])).content.decode()
    assert f"{placed_words(first.after)} Before the course: {short_words(first.before)}." in page


@pytest.mark.parametrize(
    ("levels", "kind", "words"),
    [
        ({"a": 1, "b": 3, "c": None, "d": 1}, "single", "Some options of question “q1” have a level and some have none."),
        ({"a": 0, "b": 3, "c": 1, "d": 1}, "single", "The levels of question “q1” must be whole numbers from 1 to 5."),
        ({"a": 2.5, "b": 3, "c": 1, "d": 1}, "single", "The levels of question “q1” must be whole numbers from 1 to 5."),
        (LEVELS, "multiple", "Question “q1” has levels, so it needs to be single choice."),
    ],
)
def test_levels_are_those_of_all_options_or_none(course, levels, kind, words):
    with pytest.raises(InvalidItem, match=words):
        item(course, "q1", options=levelled(levels), kind=kind)


def test_no_form_asks_two_enemies_whichever_names_the_other(course):
    items = {key: item(course, key) for key in ("q1", "q2", "q3")}
    set_enemies(items=items, enemies={"q2": ["q1"]})
    for keys in (["q1", "q2"], ["q2", "q1", "q3"]):
        with pytest.raises(InvalidInstrument, match="give each other away: q1 and q2"):
            upsert_instrument(course=course, key="enemies", title="Form C", item_keys=keys)
    set_enemies(items=items, enemies={})
    assert upsert_instrument(course=course, key="enemies", title="Form C", item_keys=["q1", "q2"]).entries.count() == 2


def test_an_enemy_has_to_exist(course):
    with pytest.raises(InvalidItem, match="names enemies that do not exist: q9"):
        set_enemies(items={"q1": item(course, "q1")}, enemies={"q1": ["q9"]})


# No question twice ---------------------------------------------------------------------------------------------------------


def of_the_bank(key):
    return upsert_item(
        course=None,
        key=key,
        uuid=uuid.uuid4(),
        use="form",
        kind="single",
        skill_slug=SKILLS[0],
        situation="",
        prompt="What now?",
        options=options(),
        correct=["b"],
    )


def asked_in(attempt):
    return [entry.item.key for entry in attempt.items.select_related("item")]


def test_a_question_that_another_course_has_asked_is_not_asked_again(course):
    person = learner(course).user
    other = published_course([["l9"]], has_assessment=True, key="other", title="Another course")
    shared = of_the_bank("shared")
    for form in "ab":
        own = [of_the_bank(f"{form}-own-{n}").key for n in range(2)]
        keys = [*own, shared.key] if form == "a" else own
        upsert_instrument(course=other, key=f"form-{form}", title=form, item_keys=keys, is_from_bank=True)
    earlier = start_attempt(enrolment=learner(course, user=person), occasion=Occasion.BEFORE)
    AttemptItem.objects.create(attempt=earlier, item=shared, item_version=shared.current_version, position=99)
    enrolment = learner(other, user=person)
    asked = {key for form in Instrument.objects.filter(course=other) for key in keys_asked(form, enrolment)}
    assert asked == {"a-own-0", "a-own-1", "b-own-0", "b-own-1"}


def keys_asked(form, enrolment):
    attempt = Attempt(enrolment=enrolment, user_id=enrolment.user_id, instrument=form, occasion=Occasion.BEFORE)
    ids = [item_id for item_id, _version, _options in _current_versions(attempt=attempt)]
    return Item.objects.filter(pk__in=ids).values_list("key", flat=True)


def test_whoever_takes_the_course_again_is_asked_again_rather_than_never_finishing(course):
    first = learner(course)
    sit(first, Occasion.BEFORE, lambda position: "b")
    finish_lessons(first)
    sit(first, Occasion.AFTER, lambda position: "b")
    again = learner(course, organisation=OrganisationFactory(), user=first.user)
    assert again != first
    before = start_attempt(enrolment=again, occasion=Occasion.BEFORE)
    finish_lessons(again)
    after = start_attempt(enrolment=again, occasion=Occasion.AFTER)
    assert (len(asked_in(before)), len(asked_in(after))) == (6, 6)
    assert not set(asked_in(before)) & set(asked_in(after))


# Too little to tell a level ------------------------------------------------------------------------------------------------


def result_of(client, enrolment):
    client.force_login(enrolment.user)
    return client.get(reverse("assessments:result", args=[enrolment.uuid])).content.decode()


@pytest.mark.parametrize("answered", [1, 2, 3])
def test_of_too_few_answers_no_level_is_told_wherever_they_lie(client, course, answered):
    enrolment = learner(course)
    attempt = sit(enrolment, Occasion.BEFORE, lambda position: "b" if position <= answered else None)
    assert attempt.scorings.get().detail["skills"][SKILLS[0]]["placement"]["items"] == answered
    page = result_of(client, enrolment)
    assert f"{SKILLS[0]}: There are too few answers to tell a level." in page
    assert f"{SKILLS[1]}: No answer tells a level." in page, "the other skill is named too"
    assert "look most like" not in page
    assert Evidence.objects.get().placed is None
    assert "look most like" not in client.get(reverse("skills")).content.decode()
    assert "none: it tells no level" in client.get(reverse("skill", args=[SKILLS[0]])).content.decode()


def test_four_answers_in_a_narrow_band_tell_a_level(client, course):
    enrolment = learner(course)
    sit(enrolment, Occasion.BEFORE, lambda position: "b" if position <= 4 else None)
    assert f"{SKILLS[0]}: Your answers look most like level" in result_of(client, enrolment)


@pytest.mark.parametrize(("low", "high", "tells"), [(1, 3, True), (2, 5, False), (1, 5, False), (1, 4, False)])
def test_a_band_over_four_levels_or_five_tells_none(low, high, tells):
    found = {"estimate": 3.0, "band_low": low - 0.5, "band_high": high + 0.5, "level": 3, "low": low, "high": high, "items": 9}
    assert (placed_of(found) is not None) is tells


def test_evidence_of_earlier_releases_with_so_wide_a_band_tells_no_level_either(course):
    enrolment = learner(course)
    sit(enrolment, Occasion.BEFORE, lambda position: "b")
    kept = Evidence.objects.filter(skill__slug=SKILLS[0])
    before = kept.get().placed
    assert 1 <= before.likely_low <= before.likely_level <= before.likely_high < before.likely_low + 3
    kept.update(likely_low=1, likely_high=5)
    assert kept.get().placed is None


def test_too_few_answers_after_the_course_leave_the_level_before_it(client, course):
    enrolment = learner(course)
    sit(enrolment, Occasion.BEFORE, lambda position: "b")
    finish_lessons(enrolment)
    sit(enrolment, Occasion.AFTER, lambda position: "a" if position <= 2 else None)
    page = result_of(client, enrolment)
    assert f"{SKILLS[0]}: There are too few answers to tell a level. Before the course: most like level" in page


def test_questions_of_a_skill_that_are_all_left_open_are_no_evidence_of_it(client, course):
    enrolment = learner(course)
    attempt = sit(enrolment, Occasion.BEFORE, lambda position: "b" if position <= 4 else None)
    assert attempt.scorings.get().detail["skills"][SKILLS[1]]["items"] == 1, "the result counts them as before"
    assert list(Evidence.objects.values_list("skill__slug", flat=True)) == [SKILLS[0]]
    client.force_login(enrolment.user)
    assert "There is evidence for 1 of 2 skills" in client.get(reverse("skills")).content.decode()


def test_a_sitting_without_any_answer_is_evidence_of_nothing(course):
    sit(learner(course), Occasion.BEFORE, lambda position: None)
    assert not Evidence.objects.exists()
