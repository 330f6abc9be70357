"""How somebody stands to a course, and what they did there: what each page of a lesson asks, in statements written by hand.

See `common.statements`; `tests/learning/test_standing.py` holds their answers against those of the ORM.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from access.queries import OPENS, may_open, opening_parameters
from accounts.models import Organisation
from accounts.types import Visitor
from common.statements import parameter, partial, places
from courses.models import Activity, Course, Lesson
from learning.models import ActivityState, Enrolment

_STANDING = f"""
SELECT enrolment.*, {OPENS} AS may_open, organisation.name AS organisation_name, last_lesson.uuid AS last_lesson_uuid,
    (SELECT id FROM courses_lesson WHERE course_id = %s AND uuid = %s) AS lesson_here_id
FROM learning_enrolment AS enrolment
LEFT JOIN accounts_organisation AS organisation ON organisation.id = enrolment.organisation_id
LEFT JOIN courses_lesson AS last_lesson ON last_lesson.id = enrolment.last_lesson_id
WHERE enrolment.user_id = %s AND enrolment.course_id = %s"""  # noqa: S608 - of words of ours alone


@dataclass(frozen=True)
class Standing:
    """How somebody stands to a course. `lesson`: the one that was asked for, where there is an enrolment."""

    may_open: bool
    enrolment: Enrolment | None
    lesson: Lesson | None = None


def standing(user: Visitor, course: Course, lesson_id: str | None = None) -> Standing:
    """Whether somebody may open a course, and the enrolment with which: see `_first_due`. None for visitors.

    Both are asked of the database each time, in one query, or two before somebody is enrolled: what is withdrawn is closed at
    once.
    """
    if not user.is_authenticated:
        return Standing(may_open=False, enrolment=None)
    lesson = [course.pk, parameter(Lesson._meta.get_field("uuid"), lesson_id)]
    parameters = [*opening_parameters(user, course), *lesson, user.pk, course.pk]
    # One row, or one for each organisation: sorted here, because the database would need longer to read the question.
    rows: Iterable[Any] = Enrolment.objects.raw(_STANDING, parameters)
    enrolment = min(rows, key=_first_due, default=None)
    if enrolment is None:
        return Standing(may_open(user, course), None)
    enrolment.course = course
    if enrolment.organisation_id:
        enrolment.organisation = partial(Organisation, id=enrolment.organisation_id, name=enrolment.organisation_name)
    if enrolment.last_lesson_id:
        enrolment.last_lesson = _lesson(enrolment.last_lesson_id, enrolment.last_lesson_uuid, course)
    asked_for = _lesson(enrolment.lesson_here_id, lesson_id, course) if enrolment.lesson_here_id else None
    return Standing(bool(enrolment.may_open), enrolment, asked_for)


def _lesson(pk: int, lesson_id: Any, course: Course) -> Lesson:
    return partial(Lesson, id=pk, uuid=UUID(str(lesson_id)), course_id=course.pk)


def _first_due(enrolment: Enrolment) -> tuple[int, float, int]:
    """The unfinished one of an organisation comes first, then the latest used."""
    rank = 2 if enrolment.completed_at else 0 if enrolment.organisation_id else 1
    return rank, -enrolment.last_seen_at.timestamp() if enrolment.last_seen_at else 0, -enrolment.pk


_STATES = """
SELECT state.id, state.enrolment_id, state.activity_id, state.revision,
    CASE WHEN {is_asked_for} THEN state.data END AS data,
    CASE WHEN {is_asked_for} THEN state.updated_at END AS updated_at,
    CASE WHEN {is_asked_for} THEN activity.parts END AS activity_parts,
    activity.block_id AS activity_block_id, state.finished_at IS NOT NULL AS is_finished, {is_asked_for} AS is_asked_for,
    EXISTS (SELECT 1 FROM learning_planfollowup WHERE state_id = state.id) AS has_follow_up
FROM learning_activitystate AS state JOIN courses_activity AS activity ON activity.id = state.activity_id
WHERE state.enrolment_id = %s AND (state.finished_at IS NOT NULL OR {is_asked_for})"""


@dataclass(frozen=True)
class States:
    """`finished`: block ids of the whole course. `by_block`: what stands in the blocks that were asked for, by block id."""

    finished: frozenset[str]
    by_block: dict[str, ActivityState]


def states_of(enrolment: Enrolment, block_ids: list[str]) -> States:
    """What the learner has finished in a course, and did or wrote in these blocks of it, with `has_follow_up`. One query."""
    ids = [parameter(Activity._meta.get_field("block_id"), block_id) for block_id in block_ids]
    statement = _STATES.format(is_asked_for=f"(activity.block_id IN ({places(ids)}))")
    finished, by_block = set(), {}
    rows: Iterable[Any] = ActivityState.objects.raw(statement, [*ids * 4, enrolment.pk, *ids])
    for state in rows:
        block_id = UUID(str(state.activity_block_id))
        if state.is_finished:
            finished.add(str(block_id))
        if state.is_asked_for:
            parts = state.activity_parts
            parts = json.loads(parts) if isinstance(parts, str) else parts
            state.activity = partial(Activity, id=state.activity_id, block_id=block_id, parts=parts)
            by_block[str(block_id)] = state
    return States(frozenset(finished), by_block)
