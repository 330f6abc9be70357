from datetime import UTC, datetime

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.services import grant_access, revoke_access
from assessments import queries
from assessments.enums import KeyProvenance
from assessments.errors import AnswerNotAccepted, AssessmentNotOpen, AttemptClosed
from assessments.models import (
    Attempt,
    AttemptItem,
    CheckAnswer,
    FormAllocation,
    Item,
    ItemVersion,
    Response,
    ScoringRecord,
)
from assessments.scoring import first_form
from assessments.services import (
    answer_check,
    mark_check,
    record_shown,
    save_response,
    save_responses,
    start_attempt,
    submit_attempt,
    upsert_instrument,
)
from assessments.services.scoring import score
from courses.content import assessment_block_id
from courses.services import publish_version
from learning.models import ActivityState, Certificate, Enrolment
from skills.models import Evidence
from tests.assessments.factories import course_with_forms, finish_lessons, item, learner, version_ids
from tests.courses.factories import content, published_course, uid
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return course_with_forms()


@pytest.fixture
def enrolment(course):
    return learner(course)


def answer(attempt, *chosen):
    """Answers to the first questions in order; None leaves one open."""
    for version_id, option in zip(version_ids(attempt), chosen, strict=False):
        if option:
            save_response(attempt=attempt, item_version_id=version_id, chosen=option)


def sit(enrolment, occasion, *chosen):
    attempt = start_attempt(enrolment=enrolment, occasion=occasion)
    answer(attempt, *chosen)
    return submit_attempt(attempt=attempt)


def finished(enrolment):
    return set(
        ActivityState.objects.filter(enrolment=enrolment, finished_at__isnull=False).values_list("activity__kind", flat=True)
    )


# Beginning ------------------------------------------------------------------------------------------------------------


def test_attempt_freezes_the_questions_of_its_form(enrolment):
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    ids = version_ids(attempt)
    frozen = ItemVersion.objects.in_bulk(ids)
    keys = [frozen[pk].item.key for pk in ids]
    assert keys == [entry.item.key for entry in attempt.instrument.entries.all()]
    item(enrolment.course, keys[0], prompt="Changed since?")
    assert version_ids(start_attempt(enrolment=enrolment, occasion="before")) == ids


def test_attempt_keeps_a_row_for_each_item_it_presents(enrolment):
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    rows = list(attempt.items.values_list("position", "item__instrument_entries__position", "shown_at", "parameters"))
    assert rows == [(number, number, None, {}) for number in (1, 2, 3, 4)]
    assert all(entry.item_id == entry.item_version.item_id for entry in attempt.items.all())


def test_items_of_an_attempt_are_written_in_one_go(enrolment):
    with CaptureQueriesContext(connection) as queries_of_the_start:
        start_attempt(enrolment=enrolment, occasion="before")
    inserts = [query for query in queries_of_the_start if 'INSERT INTO "assessments_attemptitem"' in query["sql"]]
    assert len(inserts) == 1


def test_attempt_never_presents_two_versions_of_an_item(enrolment):
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    first = attempt.items.first()
    changed = item(enrolment.course, first.item.key, prompt="Changed since?").current_version
    with pytest.raises(IntegrityError):
        AttemptItem.objects.create(attempt=attempt, item=first.item, item_version=changed, position=5)


def test_attempt_never_presents_two_items_at_one_position(course, enrolment):
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    other = ItemVersion.objects.exclude(pk__in=version_ids(attempt)).first()
    with pytest.raises(IntegrityError):
        AttemptItem.objects.create(attempt=attempt, item=other.item, item_version=other, position=1)


def test_items_keep_when_they_were_first_shown(enrolment):
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    for moment in ("2026-03-01 10:00Z", "2026-03-01 11:00Z"):
        with time_machine.travel(moment, tick=False):
            record_shown(attempt=Attempt.objects.get(pk=attempt.pk))
    assert set(attempt.items.values_list("shown_at", flat=True)) == {datetime(2026, 3, 1, 10, tzinfo=UTC)}


def test_beginning_twice_is_one_attempt(enrolment):
    first = start_attempt(enrolment=enrolment, occasion="before")
    assert start_attempt(enrolment=enrolment, occasion="before").pk == first.pk
    assert Attempt.objects.count() == 1


def test_before_and_after_never_ask_the_same(enrolment):
    before = start_attempt(enrolment=enrolment, occasion="before")
    submit_attempt(attempt=before)
    finish_lessons(enrolment)
    after = start_attempt(enrolment=enrolment, occasion="after")
    assert before.instrument_id != after.instrument_id
    assert set(ItemVersion.objects.filter(pk__in=version_ids(before)).values_list("item", flat=True)).isdisjoint(
        ItemVersion.objects.filter(pk__in=version_ids(after)).values_list("item", flat=True)
    )


def test_question_that_moved_between_the_forms_is_not_asked_again(enrolment):
    before = start_attempt(enrolment=enrolment, occasion="before")
    met = ItemVersion.objects.get(pk=version_ids(before)[0]).item.key
    other = "ab"["ab".index(met[0]) - 1]
    upsert_instrument(course=enrolment.course, key=f"form-{met[0]}", title="Form", item_keys=[f"{met[0]}2"])
    upsert_instrument(course=enrolment.course, key=f"form-{other}", title="Form", item_keys=[met, f"{other}1"])
    finish_lessons(enrolment)
    after = start_attempt(enrolment=enrolment, occasion="after")
    assert [ItemVersion.objects.get(pk=pk).item.key for pk in version_ids(after)] == [f"{other}1"]


def test_before_closes_with_the_first_finished_lesson(enrolment):
    finish_lessons(enrolment)
    with pytest.raises(AssessmentNotOpen, match="already finished part of it"):
        start_attempt(enrolment=enrolment, occasion="before")


def test_before_that_was_begun_in_time_may_be_finished(enrolment):
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    finish_lessons(enrolment)
    answer(attempt, "b")
    assert submit_attempt(attempt=attempt).agreed == 1


def test_after_opens_with_the_last_lesson(enrolment):
    with pytest.raises(AssessmentNotOpen, match="once you have finished the lessons"):
        start_attempt(enrolment=enrolment, occasion="after")
    finish_lessons(enrolment)
    assert start_attempt(enrolment=enrolment, occasion="after").occasion == "after"


def test_after_does_not_wait_for_a_lesson_that_was_taken_away(enrolment):
    from learning.services import finish_activity

    finish_activity(enrolment=enrolment, block_id=uid("l1"))
    publish_version(course=enrolment.course, content=content([["l1"]], has_assessment=True))
    enrolment = Enrolment.objects.get(pk=enrolment.pk)
    assert start_attempt(enrolment=enrolment, occasion="after").occasion == "after"


def test_after_can_be_taken_by_who_skipped_the_one_before(enrolment):
    finish_lessons(enrolment)
    sit(enrolment, "after", "b", "b", "b", "b")
    comparison = queries.comparison(enrolment)
    assert (comparison.before, comparison.after.agreed, comparison.change) == (None, 4, None)


def test_beginning_the_after_closes_the_before(enrolment):
    before = start_attempt(enrolment=enrolment, occasion="before")
    answer(before, "b")
    finish_lessons(enrolment)
    start_attempt(enrolment=enrolment, occasion="after")
    with pytest.raises(AttemptClosed, match="The answers you gave are kept"):
        save_response(attempt=before, item_version_id=version_ids(before)[1], chosen="b")
    with pytest.raises(AttemptClosed):
        submit_attempt(attempt=before)
    assert before.responses.count() == 1


def test_attempt_that_waits_is_the_one_that_may_still_be_submitted(enrolment):
    assert queries.open_attempt(enrolment) is None
    before = start_attempt(enrolment=enrolment, occasion="before")
    assert queries.open_attempt(enrolment) == before
    finish_lessons(enrolment)
    after = start_attempt(enrolment=enrolment, occasion="after")
    assert queries.open_attempt(enrolment) == after
    submit_attempt(attempt=after)
    assert queries.open_attempt(enrolment) is None


def test_course_without_forms_has_no_assessment():
    with pytest.raises(AssessmentNotOpen, match="has no assessment"):
        start_attempt(enrolment=learner(published_course()), occasion="before")


def test_who_may_not_open_the_course_cannot_begin(enrolment):
    revoke_access(source_key=f"course:{enrolment.course.key}")
    with pytest.raises(AssessmentNotOpen, match="access to this course has ended"):
        start_attempt(enrolment=enrolment, occasion="before")


def test_access_that_ends_midway_loses_nothing(enrolment):
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    revoke_access(source_key=f"course:{enrolment.course.key}")
    answer(attempt, "b", "b")
    assert submit_attempt(attempt=attempt).agreed == 2


# Allocation -----------------------------------------------------------------------------------------------------------


def test_forms_are_drawn_in_balanced_blocks_that_can_be_checked(course):
    for _learner in range(8):
        start_attempt(enrolment=learner(course), occasion="before")
    drawn = list(FormAllocation.objects.order_by("sequence").values_list("sequence", "first__key"))
    assert drawn == [(n, ["form-a", "form-b"][first_form(str(course.uuid), n)]) for n in range(8)]
    for block in (drawn[:4], drawn[4:]):
        assert sorted(key for _sequence, key in block) == ["form-a", "form-a", "form-b", "form-b"]


def test_allocation_stays_when_the_forms_change(enrolment):
    start_attempt(enrolment=enrolment, occasion="before")
    drawn = FormAllocation.objects.get()
    upsert_instrument(course=enrolment.course, key="form-a", title="Renamed", item_keys=["a1"])
    finish_lessons(enrolment)
    assert start_attempt(enrolment=enrolment, occasion="after").instrument_id == drawn.second_id
    assert FormAllocation.objects.count() == 1


# Answering ------------------------------------------------------------------------------------------------------------


def test_last_answer_to_a_question_is_kept(enrolment):
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    for chosen in ("a", "b", "c"):
        save_response(attempt=attempt, item_version_id=version_ids(attempt)[0], chosen=chosen)
    assert list(attempt.responses.values_list("chosen", flat=True)) == [["c"]]


def test_answer_can_be_taken_back(enrolment):
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    save_response(attempt=attempt, item_version_id=version_ids(attempt)[0], chosen="b")
    save_response(attempt=attempt, item_version_id=version_ids(attempt)[0], chosen=[])
    assert submit_attempt(attempt=attempt).agreed == 0


def test_equal_answer_keeps_the_time_it_was_saved(enrolment):
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    with time_machine.travel("2026-03-01 10:00Z", tick=False):
        first = save_response(attempt=attempt, item_version_id=version_ids(attempt)[0], chosen="b").updated_at
    with time_machine.travel("2026-03-01 11:00Z", tick=False):
        assert save_response(attempt=attempt, item_version_id=version_ids(attempt)[0], chosen="b").updated_at == first


@pytest.mark.parametrize(("chosen", "words"), [("z", "changed since you opened it"), (["a", "b"], "Choose one answer only")])
def test_answer_that_the_question_does_not_have_is_refused(enrolment, chosen, words):
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    with pytest.raises(AnswerNotAccepted, match=words):
        save_response(attempt=attempt, item_version_id=version_ids(attempt)[0], chosen=chosen)
    assert Response.objects.count() == 0


def test_question_of_another_form_is_refused(enrolment):
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    other = ItemVersion.objects.exclude(pk__in=version_ids(attempt)).first()
    with pytest.raises(AnswerNotAccepted, match="not part of your assessment"):
        save_response(attempt=attempt, item_version_id=other.pk, chosen="a")


def test_several_answers_are_saved_together_or_not_at_all(enrolment):
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    with pytest.raises(AnswerNotAccepted):
        save_responses(attempt=attempt, answers={version_ids(attempt)[0]: "b", version_ids(attempt)[1]: "z"})
    assert Response.objects.count() == 0


def test_multiple_choice_agrees_only_with_the_whole_key(course):
    for form in "ab":
        item(course, f"{form}1", kind="multiple", correct=["a", "b"])
    scores = []
    for chosen in (["a", "b"], ["a"], ["a", "b", "c"], []):
        attempt = start_attempt(enrolment=learner(course), occasion="before")
        save_response(attempt=attempt, item_version_id=version_ids(attempt)[0], chosen=chosen)
        scores.append(submit_attempt(attempt=attempt).agreed)
    assert scores == [1, 0, 0, 0]


# Submitting -----------------------------------------------------------------------------------------------------------


def test_score_counts_agreement_with_its_interval(enrolment):
    record = sit(enrolment, "before", "b", "b", "a")
    assert (record.agreed, record.items, record.agreed_low, record.agreed_high) == (2, 4, 1, 3)
    assert (record.method, record.confidence, record.is_provisional) == ("agreement-wilson", 0.95, True)
    parts = {slug: (part["agreed"], part["items"]) for slug, part in record.detail["skills"].items()}
    assert parts == {"discover-expectations": (2, 3), "make-expectations-explicit": (0, 1)}


def test_evidence_is_recorded_per_skill_and_names_no_level(enrolment):
    record = sit(enrolment, "before", "b", "b", "a", "b")
    rows = Evidence.objects.order_by("skill__slug").values_list(
        "skill__slug", "kind", "source", "items", "share", "level", "is_provisional"
    )
    source = f"attempt:{record.attempt.uuid}"
    assert list(rows) == [
        ("discover-expectations", "assessment", source, 3, pytest.approx(2 / 3), None, True),
        ("make-expectations-explicit", "assessment", source, 1, 1.0, None, True),
    ]


def test_result_stops_being_provisional_only_when_every_key_is_more_than_the_authors(enrolment):
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    ItemVersion.objects.filter(pk__in=version_ids(attempt)).update(key_provenance=KeyProvenance.PANEL)
    ItemVersion.objects.filter(pk=version_ids(attempt)[0]).update(key_provenance=KeyProvenance.AUTHOR)
    assert submit_attempt(attempt=attempt).is_provisional


def test_panel_keys_make_a_result_that_is_not_provisional(enrolment):
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    ItemVersion.objects.filter(pk__in=version_ids(attempt)).update(key_provenance=KeyProvenance.PANEL)
    assert not submit_attempt(attempt=attempt).is_provisional


def test_submitting_twice_counts_once(enrolment):
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    answer(attempt, "b")
    first = submit_attempt(attempt=attempt)
    stale = Attempt.objects.get(pk=attempt.pk)
    assert submit_attempt(attempt=stale).pk == first.pk
    assert (ScoringRecord.objects.count(), Evidence.objects.count()) == (1, 1)  # the questions of the other skill are open


def test_submitted_attempt_changes_no_more(enrolment):
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    submit_attempt(attempt=attempt)
    with pytest.raises(AttemptClosed, match="your answers are final"):
        save_response(attempt=attempt, item_version_id=version_ids(attempt)[0], chosen="b")
    assert Response.objects.count() == 0


def test_each_occasion_finishes_its_activity(enrolment):
    sit(enrolment, "before")
    assert finished(enrolment) == {"assessment_before"}
    finish_lessons(enrolment)
    sit(enrolment, "after")
    assert finished(enrolment) == {"assessment_before", "read", "check", "assessment_after"}


def test_after_assessment_completes_the_course_whatever_its_result(enrolment):
    finish_lessons(enrolment)
    sit(enrolment, "after")
    enrolment.refresh_from_db()
    assert (enrolment.percentage, enrolment.completed_at is not None) == (100, True)


def test_result_is_kept_when_the_course_drops_its_assessment(enrolment):
    from courses.models import Activity

    attempt = start_attempt(enrolment=enrolment, occasion="before")
    save_responses(attempt=attempt, answers=dict.fromkeys(version_ids(attempt), "b"))
    Activity.objects.filter(block_id=assessment_block_id(enrolment.course, "before")).delete()
    assert submit_attempt(attempt=attempt).items == 4


def test_key_that_changes_later_does_not_change_the_score(enrolment):
    record = sit(enrolment, "before", "b", "b", "b", "b")
    for version in ItemVersion.objects.filter(pk__in=version_ids(record.attempt)).select_related("item"):
        item(enrolment.course, version.item.key, correct=["a"], prompt=version.prompt)
    assert queries.comparison(enrolment).before.agreed == 4


def test_newest_scoring_of_an_attempt_is_the_one_that_counts(enrolment):
    first = sit(enrolment, "before", "b", "b", "a", "b")
    finish_lessons(enrolment)
    after = sit(enrolment, "after")
    ItemVersion.objects.filter(presentations__attempt=first.attempt).update(correct=["a"])
    attempt = Attempt.objects.get(pk=first.attempt_id)
    # Whatever the clock of the machine said.
    with time_machine.travel("2020-01-01", tick=False):
        again = score(attempt=attempt, answers=queries.answers_of(attempt))
    assert (first.agreed, again.agreed) == (3, 1)
    assert set(ScoringRecord.objects.in_force()) == {again, after}
    assert attempt.scorings.in_force().get() == attempt.scorings.first() == again
    assert submit_attempt(attempt=attempt) == again
    assert queries.comparison(enrolment).before.agreed == 1
    assert ScoringRecord.objects.get(pk=first.pk).agreed == 3


def test_comparison_takes_one_query(enrolment, django_assert_num_queries):
    sit(enrolment, "before")
    finish_lessons(enrolment)
    sit(enrolment, "after")
    with django_assert_num_queries(1):
        comparison = queries.comparison(enrolment)
        assert [result.attempt.occasion for result in comparison.results] == ["before", "after"]


def test_comparison_names_the_change_only_between_two_results(enrolment):
    sit(enrolment, "before")
    assert queries.comparison(enrolment).change is None
    finish_lessons(enrolment)
    sit(enrolment, "after", "b", "b", "b", "b")
    comparison = queries.comparison(enrolment)
    assert (comparison.before.agreed, comparison.after.agreed, comparison.change.direction) == (0, 4, "up")


def test_submitting_thirty_items_takes_fifteen_queries_at_most(django_assert_max_num_queries):
    """Of these two are the savepoint in which a test runs what begins a transaction elsewhere."""
    enrolment = learner(course_with_forms(length=30))
    for occasion in ("before", "after"):
        attempt = start_attempt(enrolment=Enrolment.objects.get(pk=enrolment.pk), occasion=occasion)
        answer(attempt, *["b"] * 30)
        with django_assert_max_num_queries(15):
            submit_attempt(attempt=Attempt.objects.select_related("enrolment").get(pk=attempt.pk))
        finish_lessons(enrolment)
    assert Evidence.objects.count() == 4
    assert Certificate.objects.filter(enrolment=enrolment).count() == 1


def test_completion_of_a_course_that_lost_its_assessment_leaves_the_transaction_whole(enrolment):
    from courses.models import Activity

    attempt = start_attempt(enrolment=enrolment, occasion="before")
    save_responses(attempt=attempt, answers=dict.fromkeys(version_ids(attempt), "b"))
    Activity.objects.filter(block_id=assessment_block_id(enrolment.course, "before")).delete()
    with transaction.atomic():
        submit_attempt(attempt=attempt)
        Attempt.objects.get(pk=attempt.pk)
    assert (Evidence.objects.count(), finished(enrolment)) == (2, set())


steps = st.lists(
    st.one_of(
        st.tuples(st.just("save"), st.integers(0, 3), st.sampled_from("abcd")),
        st.just(("submit", 0, "")),
        st.just(("begin", 0, "")),
    ),
    max_size=14,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_whatever_order_requests_arrive_in_the_score_is_that_of_the_last_answers_before_submission(course, steps):
    enrolment = learner(course)
    expected: dict[int, str] = {}
    is_submitted = False
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    for act, position, option in steps:
        if act == "begin":
            assert start_attempt(enrolment=enrolment, occasion="before").pk == attempt.pk
        elif act == "submit":
            submit_attempt(attempt=Attempt.objects.get(pk=attempt.pk))
            is_submitted = True
        elif is_submitted:
            with pytest.raises(AttemptClosed):
                save_response(attempt=attempt, item_version_id=version_ids(attempt)[position], chosen=option)
        else:
            save_response(attempt=attempt, item_version_id=version_ids(attempt)[position], chosen=option)
            expected[position] = option
    record = submit_attempt(attempt=attempt)
    assert record.agreed == list(expected.values()).count("b")
    assert ScoringRecord.objects.filter(attempt=attempt).count() == 1


# Knowledge checks -----------------------------------------------------------------------------------------------------


def test_check_keeps_every_try_and_is_finished_by_the_first_even_a_wrong_one(enrolment):
    tries = [
        answer_check(enrolment=enrolment, item_uuid=uid("item-c1"), chosen=chosen, block_id=uid("c1")) for chosen in ("a", "b")
    ]
    assert [(answer.chosen, answer.is_correct) for answer in tries] == [(["a"], False), (["b"], True)]
    assert finished(enrolment) == {"check"}


@pytest.mark.parametrize(
    ("chosen", "words"), [("", "Choose an answer first"), ([], "Choose an answer first"), ("z", "has changed since")]
)
def test_check_without_an_answer_is_refused(enrolment, chosen, words):
    with pytest.raises(AnswerNotAccepted, match=words):
        answer_check(enrolment=enrolment, item_uuid=uid("item-c1"), chosen=chosen, block_id=uid("c1"))
    assert finished(enrolment) == set()


def test_check_teaches_and_leaves_no_evidence(enrolment):
    answer_check(enrolment=enrolment, item_uuid=uid("item-c1"), chosen="b", block_id=uid("c1"))
    assert (Evidence.objects.count(), ScoringRecord.objects.count()) == (0, 0)


def test_check_of_another_course_is_refused(enrolment):
    other = learner(published_course([["x1"]]))
    with pytest.raises(AnswerNotAccepted, match="no longer part of the course"):
        answer_check(enrolment=other, item_uuid=uid("item-c1"), chosen="b", block_id=uid("c1"))
    assert CheckAnswer.objects.count() == 0


@pytest.mark.parametrize(("chosen", "is_correct"), [("a", False), ("b", True), (["b"], True)])
def test_check_is_marked_without_being_kept(course, chosen, is_correct):
    version = Item.objects.get(uuid=uid("item-c1")).current_version
    answer = mark_check(version, chosen)
    assert (answer.pk, answer.chosen, answer.is_correct) == (None, [chosen[0]], is_correct)


@pytest.mark.parametrize(("chosen", "words"), [([], "Choose an answer first"), ("z", "has changed since")])
def test_check_is_not_marked_without_an_answer(course, chosen, words):
    version = Item.objects.get(uuid=uid("item-c1")).current_version
    with pytest.raises(AnswerNotAccepted, match=words):
        mark_check(version, chosen)


def test_question_of_a_form_cannot_be_answered_as_a_check(enrolment):
    question = item(enrolment.course, "a1")
    with pytest.raises(AnswerNotAccepted, match="no longer part of the course"):
        answer_check(enrolment=enrolment, item_uuid=question.uuid, chosen="b", block_id=uid("c1"))


def test_checks_come_with_the_learners_latest_answer(enrolment, django_assert_num_queries):
    answer_check(enrolment=enrolment, item_uuid=uid("item-c1"), chosen="a", block_id=uid("c1"))
    latest = answer_check(enrolment=enrolment, item_uuid=uid("item-c1"), chosen="b", block_id=uid("c1"))
    other = learner(enrolment.course)
    answer_check(enrolment=other, item_uuid=uid("item-c1"), chosen="c", block_id=uid("c1"))
    with django_assert_num_queries(1):
        checks = queries.checks_for([uid("item-c1"), uid("unknown")], enrolment)
    [(version, answered)] = checks.values()
    assert (list(checks), version.prompt, answered) == ([uid("item-c1")], "What about c1?", latest)


def test_checks_of_many_blocks_take_one_query(enrolment, django_assert_num_queries):
    from tests.assessments.factories import check

    for name in ("c2", "c3"):
        check(enrolment.course, name)
    with django_assert_num_queries(1):
        assert len(queries.checks_for([uid(f"item-c{n}") for n in (1, 2, 3)], enrolment)) == 3


def test_checks_for_a_visitor_take_one_query(course, django_assert_num_queries):
    with django_assert_num_queries(1):
        [(_version, answered)] = queries.checks_for([uid("item-c1")], None).values()
    assert answered is None


def test_checks_of_nothing_take_none(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert queries.checks_for([], None) == {}


def test_paid_access_opens_the_assessment_too(course):
    from learning.services import enrol

    user = UserFactory()
    enrolment = enrol(user=user, course=course)
    with pytest.raises(AssessmentNotOpen):
        start_attempt(enrolment=enrolment, occasion="before")
    grant_access(user=user, course_set=course.own_set, source="order", source_key="order:1")
    assert start_attempt(enrolment=enrolment, occasion="before").occasion == "before"
