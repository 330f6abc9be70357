"""A web process that is killed while it submits a sitting: no answer lost, nothing half done, and no sitting counted twice."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from assessments.models import Attempt, ScoringRecord
from assessments.services import start_attempt, submit_attempt
from courses.content import assessment_block_id
from learning.models import ActivityState
from skills.models import Evidence
from tests.assessments.factories import course_with_forms, finish_lessons, give, kept, learner

ROOT = Path(__file__).resolve().parents[2]
GIVEN = [["b"], ["b"], ["a"], ["b"]]
SUBMIT = """
import os, signal, sys, django
django.setup()
from assessments.models import Attempt
from assessments.services import attempts

name, when, pk = sys.argv[1:]
act = getattr(attempts, name)

def killed(*args, **given):
    if when == "after":
        act(*args, **given)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(attempts, name, killed)
attempts.submit_attempt(attempt=Attempt.objects.get(pk=pk))
"""
SUBMIT_AND_DIE = SUBMIT.replace("setattr(attempts, name, killed)\n", "") + "os.kill(os.getpid(), signal.SIGKILL)\n"

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def attempt(tops_of_trees):
    """The sitting after the course, the last thing that it asks: to submit it completes the course."""
    enrolment = learner(course_with_forms())
    finish_lessons(enrolment)
    attempt = start_attempt(enrolment=enrolment, occasion="after")
    give(attempt, GIVEN)
    return attempt


def submitted_by_a_process(production, program, attempt, name, when):
    command = [sys.executable, "-W", "ignore", "-c", program, name, when, str(attempt.pk)]
    return subprocess.run(command, cwd=ROOT, env=production, capture_output=True, text=True, timeout=120, check=False)


def left_behind(attempt):
    """How many scorings and pieces of evidence there are, and whether its activity is finished."""
    block = assessment_block_id(attempt.enrolment.course, attempt.occasion)
    states = ActivityState.objects.filter(enrolment=attempt.enrolment, activity__block_id=block, finished_at__isnull=False)
    return ScoringRecord.objects.filter(attempt=attempt).count(), Evidence.objects.count(), states.count()


@pytest.mark.parametrize(
    ("name", "when"), [("score", "before"), ("score", "after"), ("_record_evidence", "after"), ("finish_activity", "after")]
)
def test_killed_in_the_middle_nothing_is_half_done_and_it_can_be_submitted(production, attempt, name, when):
    done = submitted_by_a_process(production, SUBMIT, attempt, name, when)

    assert done.returncode == -signal.SIGKILL, done.stderr
    attempt.refresh_from_db()
    attempt.enrolment.refresh_from_db()
    assert (attempt.submitted_at, attempt.enrolment.completed_at, left_behind(attempt)) == (None, None, (0, 0, 0))
    assert kept(attempt) == GIVEN

    record = submit_attempt(attempt=attempt)

    assert (record.agreed, record.items) == (3, 4)
    attempt.enrolment.refresh_from_db()
    assert attempt.enrolment.completed_at >= attempt.submitted_at
    assert left_behind(attempt) == (1, 2, 1)


def test_killed_before_the_answer_was_sent_it_counts_once(production, attempt):
    """The learner sees an error and sends it again."""
    done = submitted_by_a_process(production, SUBMIT_AND_DIE, attempt, "score", "after")

    assert done.returncode == -signal.SIGKILL, done.stderr
    submitted_at = Attempt.objects.get(pk=attempt.pk).submitted_at
    assert left_behind(attempt) == (1, 2, 1)
    assert (submit_attempt(attempt=attempt).agreed, attempt.submitted_at) == (3, submitted_at)
    assert left_behind(attempt) == (1, 2, 1)
