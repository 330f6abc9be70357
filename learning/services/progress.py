"""What a learner does: opens, writes, answers, finishes.

Which requirements count when the course changes under them is in `learning.rules`. The percentage is the highest ever reached;
a completion and its certificate stay.
"""

import json
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from courses.activity_types import written_type
from courses.models import Activity, Course, Lesson
from learning.errors import ActivityGone, EntryChanged, EntryTooLong
from learning.models import ActivityState, Enrolment
from learning.rules import requirements_in_force
from learning.services.certificates import issue_certificate

ENTRY_LIMIT = 100_000
SEEN_EVERY = timedelta(minutes=1)
BATCH = 500
LONG_TEXTS = ("version__content", "course__current_version__content")


def open_lesson(*, enrolment: Enrolment, lesson: Lesson, block_id: Any = None) -> None:
    """Remember where somebody is, so that they resume there; writes nothing when nothing has moved for a minute."""
    now = timezone.now()
    moved = enrolment.last_lesson_id != lesson.pk or (block_id is not None and str(enrolment.last_block_id) != str(block_id))
    if not moved and enrolment.last_seen_at and now - enrolment.last_seen_at < SEEN_EVERY:
        return
    if enrolment.last_lesson_id != lesson.pk or block_id is not None:
        enrolment.last_block_id = block_id
    enrolment.last_lesson, enrolment.last_seen_at = lesson, now
    enrolment.started_at = enrolment.started_at or now
    enrolment.save(update_fields=["last_lesson", "last_block_id", "last_seen_at", "started_at", "updated_at"])


@transaction.atomic
def save_entry(*, enrolment: Enrolment, block_id: Any, data: dict[str, Any], revision: int | None = None) -> ActivityState:
    """Keep what a learner wrote. `revision` is the one their page was showing; a newer one raises `EntryChanged`.

    Equal data is never a conflict, so a request that is sent twice is answered twice.
    """
    if len(json.dumps(data, ensure_ascii=False)) > ENTRY_LIMIT:
        raise EntryTooLong(ENTRY_LIMIT)
    state = _locked_state(_locked_enrolment(enrolment), block_id, must_be_written=True)
    if state.data == data and state.revision:
        return state
    if revision is not None and revision != state.revision:
        raise EntryChanged(state)
    state.data, state.revision = data, state.revision + 1
    state.save(update_fields=["data", "revision", "updated_at"])
    return state


@transaction.atomic
def finish_activity(*, enrolment: Enrolment, block_id: Any, data: dict[str, Any] | None = None) -> ActivityState:
    """Mark one activity finished, once, and bring the enrolment up to date; the last requirement completes the course."""
    locked = _locked_enrolment(enrolment)
    state = _locked_state(locked, block_id)
    fields = []
    if state.finished_at is None:
        state.finished_at = timezone.now()
        fields.append("finished_at")
    if data is not None and state.data != data:
        state.data, state.revision = data, state.revision + 1
        fields += ["data", "revision"]
    if fields:
        state.save(update_fields=[*fields, "updated_at"])
    _settle(locked, _finished_by([locked.pk]).get(locked.pk, set()))
    for name in ("percentage", "started_at", "completed_at", "version", "last_seen_at"):
        setattr(enrolment, name, getattr(locked, name))
    return state


def _locked_enrolment(enrolment: Enrolment) -> Enrolment:
    """The row that owns the limit: every change of one learner's progress in one course waits for it."""
    return (
        Enrolment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("version", "course__current_version", "user")
        .defer(*LONG_TEXTS)
        .get(pk=enrolment.pk)
    )


def _locked_state(enrolment: Enrolment, block_id: Any, *, must_be_written: bool = False) -> ActivityState:
    activity = Activity.objects.filter(course=enrolment.course_id, block_id=block_id).first()
    if activity is None or (must_be_written and written_type(activity.kind) is None):
        raise ActivityGone
    return ActivityState.objects.select_for_update(no_key=True).get_or_create(enrolment=enrolment, activity=activity)[0]


def settle_enrolments(*, course: Course) -> int:
    """After a version that dropped activities: bring unfinished enrolments up to date, so that nobody waits for what is gone.

    Returns how many changed. Works in short transactions; safe to repeat.
    """
    changed, last = 0, 0
    while True:
        with transaction.atomic():
            chunk = list(
                Enrolment.objects.select_for_update(of=("self",), no_key=True)
                .filter(course=course, completed_at=None, started_at__isnull=False, pk__gt=last)
                .select_related("version", "course__current_version", "user")
                .defer(*LONG_TEXTS)
                .order_by("pk")[:BATCH]
            )
            if not chunk:
                return changed
            finished = _finished_by([enrolment.pk for enrolment in chunk])
            changed += sum(_settle(enrolment, finished.get(enrolment.pk, set())) for enrolment in chunk)
            last = chunk[-1].pk


def _finished_by(enrolment_ids: list[int]) -> dict[int, set[str]]:
    rows = ActivityState.objects.filter(enrolment__in=enrolment_ids, finished_at__isnull=False)
    finished: dict[int, set[str]] = {}
    for enrolment_id, block_id in rows.values_list("enrolment_id", "activity__block_id"):
        finished.setdefault(enrolment_id, set()).add(str(block_id))
    return finished


def _settle(enrolment: Enrolment, finished: set[str]) -> bool:
    """Recompute the percentage; complete when all is met. True when something changed."""
    if enrolment.completed_at:
        return False
    version, counted = requirements_in_force(enrolment.version, enrolment.course.current_version, finished)
    reached = len(counted & finished) * 100 // len(counted) if counted else 0
    before = (enrolment.version_id, enrolment.percentage, enrolment.completed_at)
    now = timezone.now()
    enrolment.version = version
    enrolment.percentage = max(enrolment.percentage, reached)
    enrolment.started_at = enrolment.started_at or (now if finished else None)
    enrolment.last_seen_at = enrolment.last_seen_at or enrolment.started_at
    enrolment.completed_at = now if reached == 100 else None
    enrolment.save(update_fields=["version", "percentage", "started_at", "last_seen_at", "completed_at", "updated_at"])
    if enrolment.completed_at:
        issue_certificate(enrolment)
    return before != (enrolment.version_id, enrolment.percentage, enrolment.completed_at)


@shared_task(name="learning.settle_enrolments")
def settle_enrolments_later(course_id: int) -> None:
    settle_enrolments(course=Course.objects.get(pk=course_id))
