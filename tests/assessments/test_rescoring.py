"""Attempts scored again under a key that an author has changed: who moves, what stays, and what is never done twice."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.enums import KeyProvenance
from assessments.jobs import RESCORE_JOB, start_rescoring
from assessments.models import Attempt, Item, ItemVersion, ScoringRecord
from assessments.services import plan_rescoring, rescore, rescoring, save_responses, start_attempt, submit_attempt
from jobs.services import JobStopped, job_kinds
from skills.models import Evidence
from skills.queries import records_of
from tests.assessments.factories import course_with_forms, finish_lessons, item, learner, options, version_ids
from tests.assessments.test_views import text
from tests.courses.factories import published_course

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return course_with_forms()


def sit(course, chosen="b", occasion="before", enrolment=None):
    """An attempt in which every question has the same answer."""
    attempt = begin(course, chosen, occasion, enrolment)
    submit_attempt(attempt=attempt)
    return attempt


def begin(course, chosen="b", occasion="before", enrolment=None):
    attempt = start_attempt(enrolment=enrolment or learner(course), occasion=occasion)
    save_responses(attempt=attempt, answers=dict.fromkeys(version_ids(attempt), chosen))
    return attempt


def rekey(course, *numbers, **fields):
    """Say of these questions of both forms what is best, without another word."""
    for key in (f"{form}{number}" for form in "ab" for number in numbers):
        skill = Item.objects.get(course=course, key=key).skill.slug
        item(course, key, skill_slug=skill, **{"correct": ["a"]} | fields)


def scores(attempt):
    """Oldest first."""
    return list(attempt.scorings.order_by("pk").values_list("agreed", flat=True))


def levelled(*levels):
    return [option | {"level": level} for option, level in zip(options(), levels, strict=True)]


# What is scored again ---------------------------------------------------------------------------------------------------


def test_new_key_makes_a_new_scoring_beside_the_old_one(course):
    attempt = sit(course)
    rekey(course, 1, 2)
    assert rescore(course=course) == 1
    assert scores(attempt) == [4, 2]
    record = attempt.scorings.in_force().get()
    assert record.rekeyed == {"best": 2, "levels": 0, "decided": 0, "agreed": 4}
    current = dict(Item.objects.values_list("pk", "current_version"))
    expected = {str(entry.item_version_id): current[entry.item_id] for entry in attempt.items.all()[:2]}
    assert record.keyed_by == expected


def test_attempt_itself_stays_as_it_was(course):
    attempt = sit(course)
    before = Attempt.objects.values().get(pk=attempt.pk), version_ids(attempt)
    rekey(course, 1)
    rescore(course=course)
    assert (Attempt.objects.values().get(pk=attempt.pk), version_ids(attempt)) == before


def test_evidence_is_corrected_by_a_row_that_names_the_one_it_replaces(course):
    attempt = sit(course)
    first = {piece.skill.slug: piece for piece in Evidence.objects.select_related("skill")}
    rekey(course, 1)
    rescore(course=course)
    [correction] = Evidence.objects.exclude(replaces=None)
    old = first["discover-expectations"]
    assert (correction.replaces, correction.share, old.share) == (old, pytest.approx(2 / 3), 1.0)
    same = ("user_id", "skill_id", "kind", "source", "label", "occurred_at", "items")
    assert {name: getattr(correction, name) for name in same} == {name: getattr(old, name) for name in same}
    in_force = [piece.pk for record in records_of(attempt.user) for piece in record.evidence]
    assert in_force == [correction.pk, first["make-expectations-explicit"].pk]


@pytest.mark.parametrize(
    "words",
    [
        {"prompt": "Another question?"},
        {"situation": "Another situation."},
        {"options": [option | {"text": option["text"] + "!"} for option in options()]},
        {"options": options("a", "b", "c")},
        {"kind": "multiple", "correct": ["a", "b"]},
    ],
)
def test_version_with_other_words_is_another_question(course, words):
    attempt = sit(course)
    rekey(course, 1, **words)
    assert plan_rescoring(course=course).attempts == rescore(course=course) == 0
    assert scores(attempt) == [4]


def test_other_feedback_or_order_is_the_same_key(course):
    sit(course)
    rekey(course, 1, correct=["b"], options=[option | {"feedback": "Since."} for option in reversed(options())])
    assert rescore(course=course) == 0


def test_new_levels_move_the_likely_level_and_no_agreement():
    course = course_with_forms(5)
    for number in (1, 2, 3, 4):
        rekey(course, number, correct=["b"], options=levelled(1, 4, 2, 3))
    attempt = sit(course)
    rekey(course, 1, 2, 3, 4, correct=["b"], options=levelled(4, 1, 2, 3))
    planned = plan_rescoring(course=course)
    assert (planned.attempts, planned.other_agreement, planned.other_level) == (1, 0, 1)
    rescore(course=course)
    assert attempt.scorings.first().rekeyed == {"best": 0, "levels": 4, "decided": 0, "agreed": 5}
    levels = Evidence.objects.in_force().filter(skill__slug="discover-expectations").values_list("likely_level", flat=True)
    assert (list(levels), Evidence.objects.filter(replaces=None, likely_level__gt=3).exists()) == ([1], True)


def test_key_that_a_panel_confirmed_ends_what_is_provisional(course):
    attempt = sit(course)
    rekey(course, 1, 2, 3, 4, correct=["b"], key_provenance=KeyProvenance.PANEL)
    rescore(course=course)
    record = attempt.scorings.first()
    assert (record.is_provisional, record.rekeyed["decided"], scores(attempt)) == (False, 4, [4, 4])
    assert set(Evidence.objects.in_force().values_list("is_provisional", flat=True)) == {False}


def test_key_that_changes_back_is_scored_again_too(course):
    attempt = sit(course)
    rekey(course, 1)
    rescore(course=course)
    rekey(course, 1, correct=["b"])
    rescore(course=course)
    assert scores(attempt) == [4, 3, 4]
    assert Evidence.objects.in_force().filter(share=1.0).count() == 2


def test_attempts_of_other_courses_stay(course):
    attempt = sit(course)
    rekey(course, 1)
    assert rescore(course=published_course([["x1"]])) == 0
    assert scores(attempt) == [4]


# Once, whoever is at it -------------------------------------------------------------------------------------------------


def test_second_run_makes_nothing_new(course):
    sit(course)
    rekey(course, 1)
    assert [rescore(course=course), rescore(course=course)] == [1, 0]
    assert (ScoringRecord.objects.count(), Evidence.objects.count()) == (2, 3)


def test_run_that_was_killed_goes_on_where_it_was(course, monkeypatch):
    monkeypatch.setattr(rescoring, "PORTION", 2)
    attempts = [sit(course) for _learner in range(5)]
    rekey(course, 1)

    def killed(done, total):
        assert (done, total) == (2, 5)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rescore(course=course, report=killed)
    assert ScoringRecord.objects.count() == 7
    assert rescore(course=course) == 3
    assert [scores(attempt) for attempt in attempts] == [[4, 3]] * 5


def test_attempt_that_fails_leaves_nothing_half_done(course, monkeypatch):
    attempts = [sit(course) for _learner in range(2)]
    rekey(course, 1)
    real, calls = rescoring.correct_evidence, []

    def fails_once(**fields):
        calls.append(fields["source"])
        if len(calls) == 2:
            raise RuntimeError
        return real(**fields)

    monkeypatch.setattr(rescoring, "correct_evidence", fails_once)
    with pytest.raises(RuntimeError):
        rescore(course=course)
    assert [scores(attempt) for attempt in attempts] == [[4, 3], [4]]
    assert rescore(course=course) == 1
    assert (ScoringRecord.objects.count(), Evidence.objects.count()) == (4, 6)


def test_attempt_that_another_worker_scored_since_it_was_read_is_left_alone(course):
    attempt = sit(course)
    rekey(course, 1)
    [(_count, [read])] = rescoring._portions(rescoring._attempts(course))
    rescore(course=course)
    assert rescoring._write(read) is False
    assert scores(attempt) == [4, 3]


def test_attempt_that_was_erased_since_it_was_read_is_left_alone(course):
    attempt = sit(course)
    rekey(course, 1)
    [(_count, [read])] = rescoring._portions(rescoring._attempts(course))
    Attempt.objects.filter(pk=attempt.pk).delete()
    assert rescoring._write(read) is False


def test_attempt_that_is_submitted_meanwhile_is_scored_again_at_the_end(course):
    under_way = begin(course)
    done = sit(course)
    rekey(course, 1)
    assert rescore(course=course, report=lambda _done, _total: submit_attempt(attempt=under_way)) == 2
    assert (scores(under_way), scores(done)) == ([4, 3], [4, 3])


def test_a_piece_of_evidence_is_corrected_once(course):
    sit(course)
    rekey(course, 1)
    rescore(course=course)
    correction = Evidence.objects.exclude(replaces=None).get()
    correction.pk, correction.uuid = None, None
    with transaction.atomic(), pytest.raises(IntegrityError):
        correction.save()


def test_each_attempt_that_moves_takes_seven_queries_however_many_there_are(course):
    """Of these two begin and end its transaction."""
    taken = []
    for more, key in ((1, "a"), (2, "b")):
        for _learner in range(more):
            sit(course)
        rekey(course, 1, correct=[key])
        with CaptureQueriesContext(connection) as captured:
            assert rescore(course=course) == more + len(taken)
        taken.append(len(captured))
    # One more where the portion reads a key that none of its attempts was asked under.
    assert taken[1] - taken[0] - 2 * 7 in (0, 1)


# The dry run ------------------------------------------------------------------------------------------------------------


def test_dry_run_counts_who_would_move_and_writes_nothing(course):
    for chosen in ["a"] * 3 + ["b"] * 9 + ["c"] * 2:
        sit(course, chosen)
    rekey(course, 1)
    found = plan_rescoring(course=course).as_json()
    assert (ScoringRecord.objects.count(), Evidence.objects.count()) == (14, 28)
    asking = found["skills"].pop("discover-expectations")
    assert found == {
        "course": course.key,
        "questions": ["a1", "b1"],
        "attempts": "14",
        "learners": "14",
        "other_agreement": "12",
        "other_likely_level": "0",
        "skills": {
            "make-expectations-explicit": {
                "attempts": "14",
                "other_agreement": "0",
                "other_likely_level": "0",
                "mean_move_in_points": None,
                "mean_move_in_levels": None,
            }
        },
    }
    # Three gain a third of their three questions, nine lose it.
    assert asking["mean_move_in_points"] == pytest.approx(100 / 3 * (3 - 9) / 14, abs=0.05)


def test_few_learners_are_not_told_apart(course):
    sit(course)
    rekey(course, 1)
    found = plan_rescoring(course=course).as_json()
    assert (found["attempts"], found["learners"], found["other_agreement"]) == ("1–9", "1–9", "1–9")
    assert found["skills"]["discover-expectations"]["mean_move_in_points"] is None


# By command and by a worker ---------------------------------------------------------------------------------------------


def test_command_tells_and_scores(course, capsys):
    attempt = sit(course)
    rekey(course, 1)
    call_command("rescore", course.key, "--dry-run")
    said = capsys.readouterr().out
    assert "Would be scored again: 1–9 attempts of 1–9 learners." in said
    assert "nothing was changed" in said
    assert scores(attempt) == [4]
    call_command("rescore", course.key, "--json")
    told = capsys.readouterr()
    assert json.loads(told.out) == {"course": course.key, "rescored": 1}
    assert "1 of 1 attempts looked at" in told.err
    call_command("rescore", course.key)
    assert "0 attempts were scored again." in capsys.readouterr().out


def test_command_prints_the_dry_run_as_json(course, capsys):
    call_command("rescore", course.key, "--dry-run", "--json")
    assert json.loads(capsys.readouterr().out)["attempts"] == "0"


def test_command_names_the_courses_that_there_are(course):
    with pytest.raises(CommandError, match=f"There are: {course.key}"):
        call_command("rescore", "nowhere")


def test_worker_scores_and_says_how_many(course, django_capture_on_commit_callbacks):
    attempt = sit(course)
    rekey(course, 1)
    with django_capture_on_commit_callbacks(execute=True):
        job = start_rescoring(course=course)
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.result["message"]) == ("done", 1, 1, "1 attempt was scored again.")
    assert scores(attempt) == [4, 3]


def test_worker_that_is_stopped_keeps_what_it_did(course, monkeypatch):
    monkeypatch.setattr(rescoring, "PORTION", 1)
    for _learner in range(3):
        sit(course)
    rekey(course, 1)
    job = start_rescoring(course=course)

    class Stopped:
        parameters = job.parameters

        def report(self, done, total):
            if done == 2:
                raise JobStopped

    with pytest.raises(JobStopped):
        job_kinds[RESCORE_JOB].handler(Stopped())
    assert (ScoringRecord.objects.count(), job_kinds[RESCORE_JOB].in_parts) == (5, True)


# What the learner reads -------------------------------------------------------------------------------------------------


def test_result_says_that_it_was_scored_again_on_what_day_and_why(course, sign_in):
    enrolment = learner(course)
    sit(course, enrolment=enrolment)
    client = sign_in(enrolment.user)
    page = reverse("assessments:result", args=[enrolment.uuid])
    assert "scored again" not in text(client.get(page))
    rekey(course, 1, 2)
    rescore(course=course)
    said = text(client.get(page))
    assert "because the author changed which answer is best in 2 questions. Before that, you agreed on 4 of 4." in said
    assert "you agreed with the author on 2 of 4 questions" in said


def test_questions_show_the_choice_that_counts(course, sign_in):
    enrolment = learner(course)
    finish_lessons(enrolment)
    attempt = sit(course, "a", "after", enrolment)
    rekey(course, 1, 2, 3, 4)
    rescore(course=course)
    said = text(sign_in(enrolment.user).get(reverse("assessments:result", args=[enrolment.uuid])))
    assert (said.count("Your answer The author’s choice"), scores(attempt)) == (4, [0, 4])


def test_versions_that_were_asked_are_never_changed(course):
    attempt = sit(course)
    before = list(ItemVersion.objects.filter(pk__in=version_ids(attempt)).values())
    rekey(course, 1, 2)
    rescore(course=course)
    assert list(ItemVersion.objects.filter(pk__in=version_ids(attempt)).values()) == before
