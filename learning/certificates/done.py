"""What somebody has done of a course on the day they completed it: what their certificate names, and nothing more."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from courses.content import CourseText, LessonText, assessment_block_id, text_of
from courses.enums import ASSESSMENT_AFTER, READ
from learning.enums import AssessmentDone
from learning.models import Certificate, Enrolment


@dataclass(frozen=True)
class ModuleDone:
    """`lessons` finished `of` those that the module had; `number` counts the modules of the course from 1."""

    number: int
    title: str
    lessons: int
    of: int


@dataclass(frozen=True)
class Done:
    """`departed`: finished lessons that had left the course. `waived_…`: required, and gone before they were done."""

    modules: tuple[ModuleDone, ...]
    to_follow: int = 0
    departed: int = 0
    waived_lessons: int = 0
    waived_checks: int = 0
    assessment: AssessmentDone = AssessmentDone.NONE

    @property
    def begun_modules(self) -> list[ModuleDone]:
        return [module for module in self.modules if module.lessons]

    @property
    def lessons(self) -> int:
        return sum(module.lessons for module in self.modules) + self.departed

    @property
    def lessons_left_out(self) -> int:
        """Lessons that the course had by then and that they did not need."""
        return sum(module.of - module.lessons for module in self.modules)

    @property
    def announced_modules(self) -> int:
        return len(self.modules) + self.to_follow

    @property
    def is_partial(self) -> bool:
        """Whether whole modules of the course are not among it."""
        return len(self.begun_modules) < self.announced_modules

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def done_of(certificate: Certificate) -> Done | None:
    """What it records; None where nothing is known."""
    return _read(certificate.done) if certificate.done else None


def _read(data: dict[str, Any]) -> Done:
    modules = tuple(ModuleDone(**module) for module in data["modules"])
    return Done(**(data | {"modules": modules, "assessment": AssessmentDone(data["assessment"])}))


def what_was_done(enrolment: Enrolment, finished: set[str]) -> Done:
    """`finished`: block ids of everything that this enrolment has finished. Counted in the course as it is published now."""
    text = text_of(enrolment.course.current_version or enrolment.version)
    waived = [item for item in enrolment.version.requirements if str(item["activity"]) not in finished]
    return Done(
        modules=tuple(
            ModuleDone(number, module.title, sum(lesson.id in finished for lesson in module.lessons), len(module.lessons))
            for number, module in enumerate(text.modules, 1)
        ),
        to_follow=text.modules_to_follow,
        departed=sum(lesson.id not in text.by_id for lesson in _finished_lessons(enrolment, finished)),
        waived_lessons=sum(item["kind"] == READ for item in waived),
        waived_checks=sum(item["kind"] not in (READ, ASSESSMENT_AFTER) for item in waived),
        assessment=_assessment(enrolment, text, finished),
    )


def minutes_done(enrolment: Enrolment, finished: set[str]) -> int:
    """Of the lessons that were finished, by the newest text of each."""
    return sum(lesson.minutes for lesson in _finished_lessons(enrolment, finished))


def _finished_lessons(enrolment: Enrolment, finished: set[str]) -> Iterator[LessonText]:
    newest = text_of(enrolment.course.current_version or enrolment.version)
    known = {**text_of(enrolment.version).by_id, **newest.by_id}
    return (lesson for lesson_id, lesson in known.items() if lesson_id in finished)


def _assessment(enrolment: Enrolment, text: CourseText, finished: set[str]) -> AssessmentDone:
    block_id = str(assessment_block_id(enrolment.course, "after"))
    if block_id in finished:
        return AssessmentDone.TAKEN
    if any(str(item["activity"]) == block_id for item in enrolment.version.requirements):
        return AssessmentDone.WAIVED
    return AssessmentDone.ADDED_LATER if text.has_assessment else AssessmentDone.NONE
