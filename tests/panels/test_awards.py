"""Levels are awarded on the keys of a panel, by rules that a simulation has found, and on nothing less."""

import numpy as np
import pytest
from django.urls import reverse

from assessments.coverage import coverage_of
from assessments.models import Instrument, ScoringRecord
from assessments.scoring.awards import find_rules
from assessments.services import rescore, save_responses, start_attempt, submit_attempt, upsert_instrument
from assessments.services.awarding import rules_for
from panels.services import take_key
from skills.models import Evidence
from skills.queries import record_of
from tests.assessments.factories import SKILLS, check, item, learner, skills
from tests.assessments.test_views import text
from tests.courses.factories import published_course
from tests.factories import UserFactory
from tests.panels.factories import LEVELLED, finished_panel, levelled_options

pytestmark = pytest.mark.django_db
LAYOUT = (1, 2, 3, 4)
BEST = {level: option for option, level in LEVELLED.items()}


@pytest.fixture(autouse=True)
def _demonstration(settings):
    settings.ACCORD_DEMO = True


def levelled_course(length=16):
    """Two forms of that many level-keyed questions of one skill."""
    skills()
    course = published_course([["l1"]], checks={"l1": ["c1"]}, has_assessment=True)
    check(course)
    for form in "ab":
        keys = [f"{form}{number}" for number in range(1, length + 1)]
        for key in keys:
            item(course, key, options=levelled_options())
        upsert_instrument(course=course, key=f"form-{form}", title=f"Form {form.upper()}", item_keys=keys)
    return course


def keyed_course(length=16, but=0):
    """The same, keyed by a demonstration panel of eight, but for so many questions of each form."""
    course = levelled_course(length)
    asked = [one for one in course.items.filter(use="form") if int(one.key[1:]) > but]
    for one in finished_panel(*asked).items.all():
        take_key(panel_item=one)
    return course


def sit(course, levels, occasion="before", enrolment=None):
    """A sitting through the services, in which options of these levels are chosen; its scoring."""
    enrolment = enrolment or learner(course)
    attempt = start_attempt(enrolment=enrolment, occasion=occasion)
    versions = list(attempt.items.values_list("item_version_id", flat=True))
    given = zip(versions, levels, strict=True)
    save_responses(attempt=attempt, answers={version: [BEST[level]] for version, level in given if level})
    return submit_attempt(attempt=attempt)


def award(record):
    return record.detail["skills"][SKILLS[0]].get("award")


def test_a_strong_sitting_on_panel_keys_is_awarded_a_level_with_its_day():
    enrolment = learner(keyed_course())
    record = sit(enrolment.course, [4] * 16, enrolment=enrolment)
    found = award(record)
    assert (record.is_provisional, found["level"], found["reason"], record.detail["experts"]) == (False, 4, "", 8)
    assert found["probability"] >= found["cut"] >= 0.8
    evidence = Evidence.objects.get(user=enrolment.user, skill__slug=SKILLS[0])
    assert (evidence.level, evidence.is_provisional) == (4, False)
    assert evidence.occurred_at == record.attempt.submitted_at
    assert record_of(enrolment.user, SKILLS[0]).awarded == evidence


def test_a_weak_sitting_is_awarded_nothing_and_is_told_how_likely_it_was():
    record = sit(keyed_course(), [1] * 16)
    found = award(record)
    assert (found["level"], found["reason"], found["asked"]) == (None, "unsure", 2)
    assert found["probability"] < found["cut"]
    assert Evidence.objects.get().level is None


def test_fifteen_questions_award_nothing():
    record = sit(keyed_course(15), [4] * 15)
    assert (record.is_provisional, award(record)["level"], award(record)["reason"]) == (False, None, "few")
    assert Evidence.objects.get().level is None


def test_fifteen_answers_to_sixteen_questions_award_nothing():
    record = sit(keyed_course(), [4] * 15 + [None])
    assert (award(record)["level"], award(record)["reason"]) == (None, "few")


def test_keys_of_authors_award_nothing():
    record = sit(levelled_course(), [4] * 16)
    assert (record.is_provisional, award(record)) == (True, None)
    assert (Evidence.objects.get().level, Evidence.objects.get().is_provisional) == (None, True)


def test_one_key_of_an_author_is_enough_to_award_nothing():
    record = sit(keyed_course(but=1), [4] * 16)
    assert (record.is_provisional, award(record)) == (True, None)


def test_awards_are_right_as_often_as_the_simulation_said():
    """Thirty learners of the population “mixed”, whose questions behave as said, through the services."""
    course, rng = keyed_course(), np.random.default_rng(20261130)
    true = np.clip(rng.normal(3.0, 1.0, 30), 0.5, 5.5)
    slopes = np.exp(rng.uniform(np.log(0.35), np.log(1.5), 30))
    awarded = []
    for level, slope in zip(true, slopes, strict=True):
        likely = np.exp(-slope * (np.array(LAYOUT) - level) ** 2 / 2)
        chosen = rng.choice(LAYOUT, size=16, p=likely / likely.sum())
        awarded.append(award(sit(course, [int(one) for one in chosen]))["level"])
    given = [(level, got) for level, got in zip(true, awarded, strict=True) if got is not None]
    right = [level >= got - 0.5 for level, got in given]
    expected = {rule.level: rule.outcomes["mixed"] for rule in rules_for((LAYOUT,) * 16) if rule.cut}
    assert len(given) >= 10
    assert sum(right) / len(given) >= 0.8
    # Of level 2 and higher about as many as were foretold, by three standard errors.
    share = expected[2].awarded / expected[2].simulated
    assert abs(len(given) / 30 - share) <= 3 * (share * (1 - share) / 30) ** 0.5


def test_the_rules_are_those_of_the_simulation_and_are_kept():
    rules, found = rules_for((LAYOUT,) * 16), find_rules((LAYOUT,) * 16)
    assert list(rules[:3]) == found[:3]
    rules_for.cache_clear()
    assert rules_for((LAYOUT,) * 16) == rules
    # By the model alone whoever always chooses level 4 would be at 5, which no answer shows.
    assert (found[3].cut is None, rules[3].level, rules[3].cut) == (False, 5, None)
    assert rules_for((LAYOUT,) * 15) == ()


def test_scoring_again_under_panel_keys_awards_beside_what_was_said_before(sign_in):
    course = levelled_course()
    before = sit(course, [4] * 16)
    for one in finished_panel(*course.items.filter(use="form")).items.all():
        take_key(panel_item=one)
    assert rescore(course=course) == 1
    after = ScoringRecord.objects.in_force().get()
    assert (before.pk != after.pk, award(after)["level"], after.rekeyed["decided"]) == (True, 4, 16)
    assert list(Evidence.objects.order_by("pk").values_list("level", flat=True)) == [None, 4]
    assert list(Evidence.objects.in_force().values_list("level", "is_provisional")) == [(4, False)]
    attempt = after.attempt
    page = text(sign_in(attempt.user).get(reverse("assessments:result", args=[attempt.enrolment.uuid])))
    assert "because a panel of experts has judged the answers to 16 questions." in page
    assert "You agree with the panel as often as with the author before." in page


# Pages ------------------------------------------------------------------------------------------------------------------


def test_a_learner_reads_what_was_awarded_and_who_decided(sign_in):
    enrolment = learner(keyed_course(), user=UserFactory())
    record = sit(enrolment.course, [4] * 16, enrolment=enrolment)
    page = text(sign_in(enrolment.user).get(reverse("assessments:result", args=[enrolment.uuid])))
    day = record.attempt.submitted_at.strftime("%-d %B %Y")
    assert f"discover-expectations: at least level 4 of 5, awarded on {day}." in page
    assert "a panel of 8 experts or more judged every answer" in page
    assert "How often you agreed with the panel" in page
    assert "Why the result is provisional" not in page
    assert "Provisional" not in page
    skill = text(sign_in(enrolment.user).get(reverse("skill", args=[SKILLS[0]])))
    assert "Level 4 of 5, awarded." in skill
    assert "no panel of experts has confirmed it" not in skill


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (levelled_course, "No level is awarded, because so far only the author of the course has decided"),
        (keyed_course, "A panel of experts has decided which answers are best. A level is awarded where your answers make it"),
    ],
)
def test_a_learner_reads_before_they_begin_whether_a_level_can_be_awarded(sign_in, make, words):
    enrolment = learner(make(), user=UserFactory())
    assert words in text(sign_in(enrolment.user).get(reverse("assessments:start", args=[enrolment.uuid, "before"])))


def test_a_learner_on_an_authors_keys_reads_that_it_is_provisional(sign_in):
    enrolment = learner(levelled_course(), user=UserFactory())
    sit(enrolment.course, [4] * 16, enrolment=enrolment)
    page = text(sign_in(enrolment.user).get(reverse("assessments:result", args=[enrolment.uuid])))
    assert "Why the result is provisional" in page
    assert "it awards no level" in page
    assert "How often you agreed with the author" in page
    assert "awarded on" not in page


def test_a_learner_reads_why_nothing_was_awarded(sign_in):
    enrolment = learner(keyed_course(15), user=UserFactory())
    sit(enrolment.course, [4] * 15, enrolment=enrolment)
    page = text(sign_in(enrolment.user).get(reverse("assessments:result", args=[enrolment.uuid])))
    assert "no level is awarded. That takes answers to 16 questions of the skill." in page


def test_the_page_of_a_form_states_what_it_will_award_before_it_is_sat():
    lines = coverage_of(Instrument.objects.get(course=keyed_course(), key="form-a"))
    assert len(lines) == 2
    assert "Rudner 2005" in lines[0]
    assert "of 100 learners so many are expected to be awarded at least level 2: beginners" in lines[1]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (levelled_course, "no level is awarded to anybody, because some keys are their author's alone."),
        (lambda: keyed_course(15), "that takes 16 questions of the skill whose options have levels; there are 15."),
    ],
)
def test_the_page_of_a_form_states_plainly_that_none_can_be_awarded(make, words):
    assert words in coverage_of(Instrument.objects.get(course=make(), key="form-a"))[-1]
