"""What one person wrote in one course, by lesson: also in lessons and exercises that authors have taken back since."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from accounts.models import Organisation, User
from assessments import queries as assessment_queries
from assessments.answers import in_words
from assessments.models import CheckAnswer
from courses.activity_types import activity_types, written_type
from courses.content import LessonText, text_of
from courses.models import Activity, Course, Lesson
from learning import queries
from learning.models import ActivityState
from practice import queries as practice_queries
from practice.models import Agreement
from web.links import lesson_address
from web.reading import show_words


@dataclass(frozen=True)
class Written:
    """One exercise with what its reader left in it: words in `block`, an answer to a check, or an agreement."""

    kind: str
    asked: str
    organisation: Organisation | None
    written_at: datetime
    is_gone: bool
    block: Mapping[str, Any] | None = None
    answer: CheckAnswer | None = None
    agreement: Agreement | None = None

    @property
    def chosen(self) -> list[dict[str, Any]]:
        """The options that were chosen, in the words they had then: {"text", "feedback", "is_right"}."""
        if self.answer is None:
            return []
        version = self.answer.item_version
        if not version.is_choice:
            return []
        chosen = (option for option in version.options if option["id"] in self.answer.chosen)
        return [option | {"is_right": option["id"] in version.correct} for option in chosen]

    @property
    def lines(self) -> list[str]:
        """In words what was answered to a question that is no choice."""
        version = self.answer.item_version if self.answer else None
        return in_words(version, self.answer.chosen) if self.answer and version and not version.is_choice else []


@dataclass
class LessonWords:
    """A lesson with everything its reader wrote there; without an address where they may not open it."""

    title: str
    address: str
    is_withdrawn: bool
    written: list[Written] = field(default_factory=list)


class Words:
    """Everything that `user` wrote in `course`. Six queries, however much there is."""

    def __init__(self, user: User, course: Course, *, may_open: bool) -> None:
        self.user, self.course, self.may_open = user, course, may_open

    @cached_property
    def lessons(self) -> list[LessonWords]:
        """In the order of the course; what has left it comes last."""
        found: dict[Any, tuple[tuple[int, int, str], LessonWords]] = {}
        entries = [*self._texts(), *self._answers(), *self._agreements()]
        for activity, written in sorted(entries, key=lambda entry: self._position(*entry)):
            lesson = self._lesson_of(activity)
            place = lesson.id if isinstance(lesson, LessonText) else lesson and str(lesson.uuid)
            if place not in found:
                found[place] = self._rank(lesson), self._heading(lesson)
            found[place][1].written.append(written)
        return [words for _rank, words in sorted(found.values(), key=lambda entry: entry[0])]

    @cached_property
    def attempts(self) -> list[Any]:
        return list(assessment_queries.attempts_in(self.user, self.course))

    @property
    def is_empty(self) -> bool:
        return not self.lessons and not self.attempts

    @property
    def is_for_several(self) -> bool:
        """Whether they took the course more than once, for different organisations."""
        return len({written.organisation for lesson in self.lessons for written in lesson.written}) > 1

    # What there is ----------------------------------------------------------------------------------------------------

    def _texts(self) -> Iterator[tuple[Activity, Written]]:
        for state in queries.words_in(self.user, self.course):
            kind = written_type(state.activity.kind)
            if kind is not None and not kind.is_empty(state.data):
                yield state.activity, self._written(state.activity, state, block=self._block(state))

    def _answers(self) -> Iterator[tuple[Activity | None, Written]]:
        answers = assessment_queries.answers_in(self.user, self.course)
        activities = self._checks if answers else {}
        for answer in answers:
            activity = activities.get(str(answer.item_version.item.uuid))
            asked = answer.item_version.prompt
            yield activity, self._written(activity, answer, kind="check", asked=asked, answer=answer)

    def _agreements(self) -> Iterator[tuple[Activity | None, Written]]:
        for agreement in practice_queries.agreements_in(self.user, self.course):
            activity, asked = agreement.activity, str(agreement)
            yield activity, self._written(activity, agreement, kind="agreement", asked=asked, agreement=agreement)

    def _written(
        self,
        activity: Activity | None,
        source: ActivityState | CheckAnswer | Agreement,
        *,
        kind: str = "",
        asked: str = "",
        **more: Any,
    ) -> Written:
        activity_type = activity_types[kind or (activity.kind if activity else "")]
        return Written(
            kind=str(activity_type.label),
            asked=asked or activity_type.asked(self._value(activity) if activity else {}),
            organisation=source.enrolment.organisation if source.enrolment else None,
            written_at=source.updated_at,
            is_gone=activity is None or str(activity.block_id) not in self._places,
            **more,
        )

    def _block(self, state: ActivityState) -> dict[str, Any]:
        """As the template of its kind shows it."""
        activity = state.activity
        block = {"type": activity.kind, "id": str(activity.block_id), "value": self._value(activity), "state": state}
        show_words(block, state.data, activity.parts)
        return block

    def _value(self, activity: Activity) -> dict[str, Any]:
        """What the block says today; of one that has left the course, what it said last."""
        place = self._places.get(str(activity.block_id))
        value: dict[str, Any] = self._lessons[place[0]].blocks[place[1]].value if place else activity.value
        return value

    # Where it belongs -------------------------------------------------------------------------------------------------

    @cached_property
    def _lessons(self) -> list[LessonText]:
        return text_of(self.course.current_version).lessons if self.course.current_version else []

    @cached_property
    def _places(self) -> dict[str, tuple[int, int]]:
        """Number of the lesson and of the block in it, by block id, of what stands in the course today."""
        return {
            block.id: (number, position)
            for number, lesson in enumerate(self._lessons)
            for position, block in enumerate(lesson.blocks)
        }

    @cached_property
    def _checks(self) -> dict[str, Activity]:
        """The activity of each check by its item."""
        checks = Activity.objects.filter(course=self.course, kind="check").select_related("lesson")
        return {str(activity.value.get("item")): activity for activity in checks}

    def _lesson_of(self, activity: Activity | None) -> LessonText | Lesson | None:
        """The lesson in which it stands today; of what stands nowhere, the lesson it left or that was taken back."""
        if activity is None:
            return None
        if place := self._places.get(str(activity.block_id)):
            return self._lessons[place[0]]
        lesson = activity.lesson
        today = (text for text in self._lessons if lesson is not None and text.id == str(lesson.uuid))
        return next(today, lesson)

    def _rank(self, lesson: LessonText | Lesson | None) -> tuple[int, int, str]:
        if isinstance(lesson, LessonText):
            return 0, self._lessons.index(lesson), ""
        return (1, 0, lesson.title) if lesson is not None else (2, 0, "")

    def _heading(self, lesson: LessonText | Lesson | None) -> LessonWords:
        if isinstance(lesson, LessonText):
            is_open = self.may_open or (lesson.sample and self.course.is_listed)
            address = lesson_address(self.course.slug, lesson.module_slug, lesson.slug) if is_open else ""
            return LessonWords(lesson.title, address, is_withdrawn=False)
        return LessonWords(lesson.title if lesson else "", "", is_withdrawn=True)

    def _position(self, activity: Activity | None, written: Written) -> tuple[tuple[int, int], datetime]:
        """In a lesson: as its blocks are, and after them what has left it."""
        nowhere = (len(self._lessons), 0)
        place = self._places.get(str(activity.block_id), nowhere) if activity is not None else nowhere
        return place, written.written_at
