"""What a learner does: opens, writes, answers, finishes.

Which requirements count when the course changes under them is in `learning.rules`. The percentage is the highest ever reached;
a completion and its certificate stay.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from common.page_links import page_links
from courses.activity_types import WrittenType, written_type
from courses.content import text_of
from courses.models import Activity, Course, Lesson
from learning.errors import ActivityGone, EntryChanged, EntryTooLong
from learning.models import ActivityState, Enrolment
from learning.rules import percentage_of, requirements_in_force
from learning.services.certificates import issue_certificate
from mail import services as mail

ENTRY_LIMIT = 100_000
SEEN_EVERY = timedelta(minutes=1)
BATCH = 500
LONG_TEXTS = ("version__content", "course__current_version__content")


def open_lesson(*, enrolment: Enrolment, lesson: Lesson, block_id: Any = None) -> None:
    """Remember where somebody is, so that they resume there; writes nothing when nothing has moved for a minute."""
    now = timezone.now()
    moved = enrolment.last_lesson_id != lesson.pk or (block_id is not None and str(enrolment.last_block_id) != str(block_id))
    if not moved and not enrolment.put_away_at and enrolment.last_seen_at and now - enrolment.last_seen_at < SEEN_EVERY:
        return
    if enrolment.last_lesson_id != lesson.pk or block_id is not None:
        enrolment.last_block_id = block_id
    enrolment.last_lesson, enrolment.last_seen_at = lesson, now
    enrolment.started_at, enrolment.put_away_at = enrolment.started_at or now, None
    enrolment.save(update_fields=["last_lesson", "last_block_id", "last_seen_at", "started_at", "put_away_at", "updated_at"])


@transaction.atomic
def save_entry(*, enrolment: Enrolment, block_id: Any, data: dict[str, Any], revision: int | None = None) -> ActivityState:
    """Keep what a learner wrote. `revision` is the one their page was showing; a newer one raises `EntryChanged`.

    Equal data is never a conflict, so a request that is sent twice is answered twice. What stands in parts of the block that
    an author has removed since is kept beside it.
    """
    if (length := written_length(data)) > ENTRY_LIMIT:
        raise EntryTooLong(length, ENTRY_LIMIT)
    state, kind = _locked_words(_locked_enrolment(enrolment), block_id)
    data = kind.merged(state.activity.value, state.data, data)
    if state.data == data and state.revision:
        return state
    kind.check(data, ENTRY_LIMIT)
    if revision is not None and revision != state.revision:
        raise EntryChanged(state)
    state.data, state.revision = data, state.revision + 1
    state.save()
    return state


def written_length(data: Any) -> int:
    """How many characters somebody wrote, however they are arranged."""
    if isinstance(data, str):
        return len(data)
    parts = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return sum(written_length(part) for part in parts)


def finish_activity(*, enrolment: Enrolment, block_id: Any, data: dict[str, Any] | None = None) -> ActivityState:
    """Mark one activity finished, once, and bring the enrolment up to date; the last requirement completes the course.

    Raises `ActivityGone` before anything is locked, so that a caller can go on with a transaction of its own.
    """
    activity = _activity(enrolment, block_id)
    with transaction.atomic(savepoint=False):
        locked = _locked_enrolment(enrolment)
        states = {state.activity_id: state for state in _states_of(locked)}
        state = states[activity.pk] = _finish(states.get(activity.pk) or ActivityState(enrolment=locked), activity, data)
        _settle(locked, {str(other.activity.block_id) for other in states.values() if other.finished_at})
    for name in ("percentage", "started_at", "completed_at", "completion_shown_at", "version", "last_seen_at"):
        setattr(enrolment, name, getattr(locked, name))
    return state


def _states_of(enrolment: Enrolment) -> QuerySet[ActivityState]:
    """All states of a locked enrolment with their activities; long words of both are read when they are asked for."""
    states = ActivityState.objects.filter(enrolment=enrolment).select_related("activity")
    return states.defer("data", "activity__value", "activity__parts")


def _finish(state: ActivityState, activity: Activity, data: dict[str, Any] | None) -> ActivityState:
    is_changed = state.finished_at is None
    state.activity, state.finished_at = activity, state.finished_at or timezone.now()
    if data is not None and state.data != data:
        state.data, state.revision, is_changed = data, state.revision + 1, True
    if is_changed:
        state.save()
    return state


def _locked_enrolment(enrolment: Enrolment) -> Enrolment:
    """The row that owns the limit: every change of one learner's progress in one course waits for it."""
    return (
        Enrolment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("version", "course__current_version", "user", "organisation")
        .defer(*LONG_TEXTS)
        .get(pk=enrolment.pk)
    )


def _locked_words(enrolment: Enrolment, block_id: Any) -> tuple[ActivityState, WrittenType]:
    activity = _activity(enrolment, block_id)
    kind = written_type(activity.kind)
    if kind is None:
        raise ActivityGone
    return _lock_state(enrolment, activity), kind


def _activity(enrolment: Enrolment, block_id: Any) -> Activity:
    activity = Activity.objects.filter(course=enrolment.course_id, block_id=block_id).first()
    if activity is None:
        raise ActivityGone
    return activity


def _lock_state(enrolment: Enrolment, activity: Activity) -> ActivityState:
    """The state, not saved where there was none: only who has locked the enrolment makes one, so that nobody else can."""
    states = ActivityState.objects.select_for_update(no_key=True).filter(enrolment=enrolment, activity=activity)
    state = states.first() or ActivityState(enrolment=enrolment)
    state.activity = activity
    return state


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
                .select_related("version", "course__current_version", "user", "organisation")
                .defer(*LONG_TEXTS)
                .order_by("pk")[:BATCH]
            )
            if not chunk:
                return changed
            finished = _finished_by([enrolment.pk for enrolment in chunk])
            changed += sum(_settle(enrolment, finished.get(enrolment.pk, set())) for enrolment in chunk)
            for enrolment in chunk:
                _tell_of_completion(enrolment)
            last = chunk[-1].pk


def _tell_of_completion(enrolment: Enrolment) -> None:
    """By mail, because no page of theirs was there when it happened. Once: what is completed is not settled again."""
    if enrolment.completed_at is None or not enrolment.user.is_active:
        return
    mail.enqueue_mail(
        template="course_completed",
        recipient=enrolment.user.email,
        context={
            "first_name": enrolment.user.first_name,
            "course_title": enrolment.course.title,
            "completion_path": reverse(page_links["see what you have completed"].url_name, args=[enrolment.uuid]),
        },
        about=f"enrolment:{enrolment.uuid}",
    )


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
    reached = percentage_of(text_of(version), counted, finished)
    before = (enrolment.version_id, enrolment.percentage, enrolment.completed_at)
    now = timezone.now()
    enrolment.version = version
    enrolment.percentage = max(enrolment.percentage, reached)
    enrolment.started_at = enrolment.started_at or (now if finished else None)
    enrolment.last_seen_at = enrolment.last_seen_at or enrolment.started_at
    enrolment.completed_at = now if reached == 100 else None
    enrolment.save(update_fields=["version", "percentage", "started_at", "last_seen_at", "completed_at", "updated_at"])
    if enrolment.completed_at:
        issue_certificate(enrolment, finished)
    return before != (enrolment.version_id, enrolment.percentage, enrolment.completed_at)


@shared_task(name="learning.settle_enrolments")
def settle_enrolments_later(course_id: int) -> None:
    settle_enrolments(course=Course.objects.get(pk=course_id))


def show_completions(*, enrolments: Iterable[Enrolment]) -> bool:
    """Keep that a page told somebody of these completions; False when one has done so before. No query where it has."""
    unseen = [enrolment.pk for enrolment in enrolments if enrolment.is_completion_unseen]
    if not unseen:
        return False
    now = timezone.now()
    rows = Enrolment.objects.filter(pk__in=unseen, completion_shown_at=None)
    return bool(rows.update(completion_shown_at=now, updated_at=now))
