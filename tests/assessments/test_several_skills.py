"""Adaptive sittings about several skills: in turn, each with its own calibration, end and result."""

from collections import Counter

import pytest
from django.urls import reverse

from accounts.enums import Role
from assessments.alone import place_of_assigned
from assessments.alone_pages import outcomes_of, standings_of
from assessments.errors import AnsweredElsewhere, InvalidInstrument
from assessments.models import Attempt, CalibratedItem, Instrument, Item, ScoringRecord
from assessments.scoring.adaptive import group_behind
from assessments.services import (
    AdaptivePlan,
    AloneSettings,
    Asks,
    AssignedSettings,
    SkillPlan,
    answer_adaptive,
    assign_instrument,
    group_result,
    retire_item,
    set_enemies,
    start_alone,
    submit_attempt,
    upsert_alone,
)
from assessments.services.adaptive_bank import replay
from learning.services import create_cohort
from skills.models import Evidence, Skill
from tests.assessments.calibrated import calibrate_as, calibrated_bank
from tests.assessments.factories import SKILLS, learner
from tests.assessments.test_adaptive_sittings import answer_on, asked, begun, open_entry, right, wrong
from tests.assessments.test_assigned import member
from tests.assessments.test_views import text
from tests.courses.factories import published_course
from tests.factories import MembershipFactory, OrganisationFactory, RoleAssignmentFactory

pytestmark = pytest.mark.django_db
DISCOVER, EXPLICIT = SKILLS


@pytest.fixture
def banks():
    """Of each skill a bank with a calibration of its own."""
    first, _calibration = calibrated_bank(24)
    second, _calibration = calibrated_bank(24, answers=300, seed=9, skill=EXPLICIT, name="m")
    return first, second


@pytest.fixture
def enrolment(banks):
    return learner(published_course([["l1"]]))


def both(lengths=(4, 4), *, error=0.0, shortest=0, key="both", **settings):
    parts = [SkillPlan(skill, n, shortest=shortest, error=error) for skill, n in zip(SKILLS, lengths, strict=True)]
    asks = Asks(adaptive=AdaptivePlan(tuple(parts)))
    return upsert_alone(key=key, title="Two skills", asks=asks, settings=AloneSettings(**settings))


def skills_asked(attempt):
    return list(attempt.items.order_by("position").values_list("item__skill__slug", flat=True))


def by_skill(**answers):
    """Chosen by what a question is about."""
    return lambda entry: answers["discover" if entry.item.skill.slug == DISCOVER else "explicit"]


# How it is stored ---------------------------------------------------------------------------------------------------------


def test_one_skill_is_stored_as_before_and_several_under_their_own_name(banks):
    one = AdaptivePlan((SkillPlan(DISCOVER, 6),))
    assert one.as_json == {"skill": DISCOVER, "length": 6, "shortest": 0, "error": 0.0, "shares": {}}
    stored = both().adaptive
    assert list(stored) == ["skills"]
    assert [(part["skill"], part["length"]) for part in stored["skills"]] == [(DISCOVER, 4), (EXPLICIT, 4)]
    assert Instrument.objects.get(key="both").adaptive_skills == [DISCOVER, EXPLICIT]
    assert Instrument(adaptive=one.as_json).adaptive_skills == [DISCOVER]
    assert Instrument().adaptive_skills == []


@pytest.mark.parametrize(
    ("lengths", "words"),
    [
        ((7, 4), "A sitting of 7 needs 28"),
        ((4, 7), "“make-expectations-explicit” has 24"),
        ((0, 4), "between 1 and 60"),
        ((40, 40), "60"),
    ],
)
def test_a_bank_has_four_times_the_questions_of_each_skill(banks, lengths, words):
    with pytest.raises(InvalidInstrument, match=words):
        both(lengths)
    assert not Instrument.objects.filter(key="both").exists()


def test_a_skill_stands_once(banks):
    twice = AdaptivePlan((SkillPlan(DISCOVER, 3), SkillPlan(DISCOVER, 3)))
    with pytest.raises(InvalidInstrument, match="about each once"):
        upsert_alone(key="twice", title="Twice", asks=Asks(adaptive=twice))


# In turn ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answered", "lengths", "is_over", "expected"),
    [
        ([2, 1], [4, 4], [False, False], 1),
        ([1, 2], [4, 4], [False, False], 0),
        ([4, 1], [8, 4], [False, False], 1),
        ([1, 2], [4, 4], [True, False], 1),
        ([4, 4], [4, 4], [True, True], None),
    ],
)
def test_the_one_that_is_behind_goes_on(answered, lengths, is_over, expected):
    assert group_behind(answered, lengths, is_over, "seed") == expected


def test_which_begins_is_drawn_and_stays():
    first = [group_behind([0, 0], [4, 4], [False, False], str(seed)) for seed in range(400)]
    assert 160 < sum(first) < 240
    assert first == [group_behind([0, 0], [4, 4], [False, False], str(seed)) for seed in range(400)]


def test_skills_alternate_and_each_is_asked_its_length(enrolment):
    attempt = answer_on(begun(enrolment, both()), right)
    order = skills_asked(attempt)
    assert Counter(order) == {DISCOVER: 4, EXPLICIT: 4}
    assert all(set(order[place : place + 2]) == set(SKILLS) for place in (0, 2, 4, 6))
    assert attempt.submitted_at >= attempt.created_at
    assert len(set(asked(attempt))) == 8


def test_of_unequal_lengths_the_longer_comes_more_often_throughout(enrolment):
    order = skills_asked(answer_on(begun(enrolment, both((6, 3))), right))
    assert Counter(order) == {DISCOVER: 6, EXPLICIT: 3}
    assert all(Counter(order[start : start + 3])[EXPLICIT] == 1 for start in (0, 3, 6))


def test_each_skill_has_its_own_calibration_and_parameters(enrolment):
    attempt = begun(enrolment, both())
    answer_on(attempt, right)
    persons = {
        part.plan.skill: CalibratedItem.objects.filter(calibration__uuid=part.calibration).first().answers
        for part in replay(attempt).parts
    }
    assert persons == {DISCOVER: 240, EXPLICIT: 300}
    for entry in attempt.items.all():
        row = CalibratedItem.objects.get(item_version=entry.item_version)
        assert entry.parameters == {"a": row.a, "b": row.b}


def test_answers_of_one_skill_do_not_move_the_other(enrolment):
    attempt = answer_on(begun(enrolment, both()), by_skill(discover="b", explicit="d"))
    told = attempt.scorings.get().detail["adaptive"]
    assert told["items"] == 8
    assert set(told) == {"method", "items", "skills"}
    discover, explicit = told["skills"][DISCOVER], told["skills"][EXPLICIT]
    assert discover["level"] > 0.4 > -0.4 > explicit["level"]
    assert (discover["items"], explicit["items"]) == (4, 4)
    assert (discover["persons"], explicit["persons"]) == (240, 300)
    assert discover["percent"] > 60 > 40 > explicit["percent"]


def test_a_skill_that_is_known_well_enough_ends_by_itself(enrolment):
    """The error allowed lies between what one answer and what six leave."""
    attempt = answer_on(begun(enrolment, both((6, 6), error=0.85, shortest=1)), right)
    counts = Counter(skills_asked(attempt))
    parts = replay(attempt).parts
    assert all(part.now.error <= 0.85 or counts[part.plan.skill] == 6 for part in parts)
    assert sum(counts.values()) < 12


# What stays ---------------------------------------------------------------------------------------------------------------


def test_calibrating_again_leaves_a_sitting_as_it_began_and_its_plan_stays_while_it_is_taken(enrolment, banks):
    attempt = begun(enrolment, both())
    answer_on(attempt, right, until=3)
    before = [part.calibration for part in replay(attempt).parts]
    calibrate_as(banks[1], answers=900, seed=77, skill=EXPLICIT)
    with pytest.raises(InvalidInstrument, match="has been taken, or is given to a cohort"):
        upsert_alone(key="both", title="One", asks=Asks(adaptive=AdaptivePlan((SkillPlan(EXPLICIT, 2),))))
    attempt = Attempt.objects.get(pk=attempt.pk)
    answer_on(attempt, right)
    assert Counter(skills_asked(attempt)) == {DISCOVER: 4, EXPLICIT: 4}
    assert [part.calibration for part in replay(attempt).parts] == before


def test_a_sitting_of_before_there_were_several_goes_on(enrolment):
    attempt = begun(
        enrolment, upsert_alone(key="one", title="One", asks=Asks(adaptive=AdaptivePlan((SkillPlan(DISCOVER, 4),))))
    )
    Attempt.objects.filter(pk=attempt.pk).update(adaptive={})
    attempt = answer_on(Attempt.objects.get(pk=attempt.pk), right)
    assert Counter(skills_asked(attempt)) == {DISCOVER: 4}
    assert attempt.scorings.get().detail["adaptive"]["items"] == 4


def test_an_answer_is_final_and_a_request_sent_again_changes_nothing(enrolment):
    attempt = begun(enrolment, both())
    answer_adaptive(attempt=attempt, position=1, chosen="b")
    second = open_entry(attempt)
    assert answer_adaptive(attempt=attempt, position=1, chosen="b") == second
    with pytest.raises(AnsweredElsewhere):
        answer_adaptive(attempt=attempt, position=1, chosen="d")
    assert attempt.items.count() == 2


def test_enemies_are_kept_apart_across_skills_and_retired_ones_are_not_asked(enrolment, banks):
    attempt = begun(enrolment, both())
    first = open_entry(attempt).item
    others = banks[1] if first.skill.slug == DISCOVER else banks[0]
    retired, *enemies = others[:16]
    retire_item(item=Item.objects.get(pk=retired.pk))
    set_enemies(items={one.key: one for one in [first, *enemies]}, enemies={first.key: [enemy.key for enemy in enemies]})
    answer_on(attempt, right)
    assert set(asked(attempt)) & {item.pk for item in [retired, *enemies]} == set()


# What is told -------------------------------------------------------------------------------------------------------------


def test_the_result_tells_each_skill_by_itself(enrolment, sign_in):
    attempt = answer_on(begun(enrolment, both()), by_skill(discover="b", explicit="d"))
    [outcome] = outcomes_of([attempt])
    assert [(standing.skill, standing.items) for standing in outcome.standings] == [
        (Skill.objects.get(slug=DISCOVER).name, 4),
        (Skill.objects.get(slug=EXPLICIT).name, 4),
    ]
    assert outcome.standing is None
    words = text(sign_in(enrolment.user).get(reverse("assessments:sitting", args=[attempt.uuid])))
    for standing in outcome.standings:
        assert standing.words in words
    assert "Below you see where you are in 2 skills, each by itself." in words
    assert "of 8 questions" not in words
    assert outcome.words.startswith(f"{outcome.standings[0].skill}: above about ")


def test_skills_are_told_in_their_order_however_the_database_keeps_them():
    parts = {
        slug: {"items": n, "percent": 50, "percent_low": 20, "percent_high": 80, "persons": 240}
        for slug, n in (("later", 2), ("gone", 2), ("none", 0), ("first", 2))
    }
    record = ScoringRecord(detail={"adaptive": {"items": 6, "skills": parts}})
    told = standings_of(record, {"first": "First", "none": "None", "later": "Later"})
    assert [standing.skill for standing in told] == ["First", "Later", "gone"]


def test_evidence_has_each_skill_with_its_own_questions(enrolment):
    """A level is told of four answers or more."""
    answer_on(begun(enrolment, both((6, 4))), right)
    found = {one.skill.slug: one.items for one in Evidence.objects.select_related("skill")}
    assert found == {DISCOVER: 6, EXPLICIT: 4}
    Evidence.objects.all().delete()
    answer_on(begun(learner(published_course([["l2"]])), both((5, 3), key="short")), right)
    assert [(one.skill.slug, one.items) for one in Evidence.objects.select_related("skill")] == [(DISCOVER, 5)]


def test_the_page_counts_all_questions(enrolment, sign_in):
    attempt = begun(enrolment, both())
    words = text(sign_in(enrolment.user).get(reverse("assessments:attempt", args=[attempt.uuid])))
    assert "Question 1 of 8" in words


def test_a_group_has_a_mean_of_each_skill_of_the_same_people(banks):
    organisation = OrganisationFactory()
    cohort = create_cohort(organisation=organisation, name="Spring", course=published_course([["l1"]]), actor=None)
    assigned = assign_instrument(cohort=cohort, instrument=both((2, 2)), settings=AssignedSettings(), actor=None)

    def takes(chosen):
        return answer_on(start_alone(place_of_assigned(member(cohort).user, assigned.uuid)), chosen)

    for _person in range(9):
        takes(by_skill(discover="b", explicit="d"))
    unfinished = start_alone(place_of_assigned(member(cohort).user, assigned.uuid))
    answer_on(unfinished, right, until=1)
    submit_attempt(attempt=unfinished)
    assert group_result(assigned) is None  # nine who answered some of each, one of one skill alone
    takes(wrong)
    found = group_result(assigned)
    assert (found.people, found.mean, list(found.means)) == (10, None, [DISCOVER, EXPLICIT])
    assert found.means[DISCOVER].mean > 0.5 > found.means[EXPLICIT].mean


def test_the_console_shows_a_mean_of_each_skill(banks, sign_in):
    organisation = OrganisationFactory()
    cohort = create_cohort(organisation=organisation, name="Spring", course=published_course([["l1"]]), actor=None)
    assigned = assign_instrument(cohort=cohort, instrument=both((1, 1)), settings=AssignedSettings(), actor=None)
    for _person in range(10):
        answer_on(start_alone(place_of_assigned(member(cohort).user, assigned.uuid)), by_skill(discover="b", explicit="d"))
    owner = MembershipFactory(organisation=organisation)
    RoleAssignmentFactory(membership=owner, role=Role.OWNER)
    words = text(sign_in(owner.user).get(reverse("org:assigned_assessment", args=[organisation.slug, assigned.uuid])))
    assert words.count("10 people lie on average above") == 2
    for slug in SKILLS:
        assert Skill.objects.get(slug=slug).name in words
