"""What a course version says, as plain objects.

A version never changes, so its parsed text is kept in the process; a caller may leave `content` deferred.
"""

import hashlib
import json
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from courses.activity_types import activity_types
from courses.enums import ASSESSMENT_AFTER, ASSESSMENT_BEFORE, READ
from courses.models import Course, CourseVersion, LessonAddress

# The shape in which course versions are written today; see `READERS` for those that are kept.
CONTENT_SCHEMA = 1
KEPT_TEXTS = 64


@dataclass(frozen=True)
class Block:
    """`type` is the name of an activity type where a learner does something, else of a block that is only read."""

    type: str
    id: str
    value: Any

    @property
    def is_interactive(self) -> bool:
        return self.type in activity_types


@dataclass(frozen=True)
class LessonText:
    """One lesson as published. `id` is `Lesson.uuid` as text."""

    id: str
    key: str
    slug: str
    title: str
    minutes: int
    sample: bool
    sources: tuple[str, ...]
    blocks: tuple[Block, ...]
    module_id: str
    module_slug: str
    module_title: str

    @property
    def required_blocks(self) -> list[Block]:
        """What has to be finished in this lesson beside reading it."""
        return [block for block in self.blocks if block.is_interactive and activity_types[block.type].is_required]


@dataclass(frozen=True)
class ModuleText:
    id: str
    key: str
    slug: str
    title: str
    outcome: str
    intro: str
    manager_questions: tuple[str, ...]
    lessons: tuple[LessonText, ...]

    @property
    def minutes(self) -> int:
        return sum(lesson.minutes for lesson in self.lessons)


@dataclass(frozen=True)
class CourseText:
    """A whole version. `skills`: list of {"slug", "level"}; `description` is cleaned HTML; `search_words` are not shown."""

    title: str
    summary: str
    audience: str
    outcomes: tuple[str, ...]
    description: str
    colour: str
    minutes: int
    skills: tuple[dict[str, Any], ...]
    has_assessment: bool
    modules: tuple[ModuleText, ...]
    by_id: dict[str, LessonText] = field(compare=False, repr=False)
    modules_planned: int | None = None
    search_words: tuple[str, ...] = ()

    @property
    def is_preview(self) -> bool:
        """Whether modules are missing that its author has announced."""
        return self.modules_planned is not None

    @property
    def modules_to_follow(self) -> int:
        """How many modules are announced and not published."""
        return max(0, (self.modules_planned or 0) - len(self.modules))

    @property
    def lessons(self) -> list[LessonText]:
        """In reading order."""
        return list(self.by_id.values())


class UnknownSchema(ValueError):
    """A version in a shape that this program cannot read: it was published by a newer one."""


def parse(content: dict[str, Any]) -> CourseText:
    """Raises `UnknownSchema`."""
    schema = content.get("schema")
    if schema not in READERS:
        known = ", ".join(str(schema) for schema in READERS)
        raise UnknownSchema(
            f"A course version has schema {schema!r}; this version of Accord reads {known}. Use a newer version of Accord."
        )
    return READERS[schema](content)


def _read_schema_1(content: dict[str, Any]) -> CourseText:
    parsed = tuple(_module(data) for data in content.get("modules", []))
    by_id = {lesson.id: lesson for module in parsed for lesson in module.lessons}
    return CourseText(
        title=content.get("title", ""),
        summary=content.get("summary", ""),
        audience=content.get("audience", ""),
        outcomes=tuple(content.get("outcomes", [])),
        description=content.get("description", ""),
        colour=content.get("colour", ""),
        minutes=content.get("minutes") or sum(lesson.minutes for lesson in by_id.values()),
        skills=tuple(content.get("skills", [])),
        has_assessment=bool(content.get("has_assessment")),
        modules=parsed,
        by_id=by_id,
        modules_planned=content.get("modules_planned"),
        search_words=tuple(content.get("search_words", [])),
    )


def _module(data: dict[str, Any]) -> ModuleText:
    return ModuleText(
        id=str(data["id"]),
        key=data.get("key", ""),
        slug=data["slug"],
        title=data["title"],
        outcome=data.get("outcome", ""),
        intro=data.get("intro", ""),
        manager_questions=tuple(data.get("manager_questions", [])),
        lessons=tuple(_lesson(lesson, data) for lesson in data.get("lessons", [])),
    )


def _lesson(data: dict[str, Any], module: dict[str, Any]) -> LessonText:
    return LessonText(
        id=str(data["id"]),
        key=data.get("key", ""),
        slug=data["slug"],
        title=data["title"],
        minutes=int(data.get("minutes") or 0),
        sample=bool(data.get("sample")),
        sources=tuple(data.get("sources", [])),
        blocks=tuple(Block(block["type"], str(block.get("id", "")), block.get("value")) for block in data.get("blocks", [])),
        module_id=str(module["id"]),
        module_slug=module["slug"],
        module_title=module["title"],
    )


# Versions are immutable for ever, so a reader is never changed and never removed once a version has been published with it.
READERS: dict[int, Callable[[dict[str, Any]], CourseText]] = {1: _read_schema_1}

_texts: OrderedDict[uuid.UUID, CourseText] = OrderedDict()


def text_of(version: CourseVersion) -> CourseText:
    """The parsed version; reads `version.content` only the first time in this process."""
    text = _texts.pop(version.uuid, None) or parse(version.content)
    _texts[version.uuid] = text
    while len(_texts) > KEPT_TEXTS:
        _texts.popitem(last=False)
    return text


def modules(version: CourseVersion) -> tuple[ModuleText, ...]:
    return text_of(version).modules


def lessons(version: CourseVersion) -> list[LessonText]:
    """All lessons in reading order."""
    return text_of(version).lessons


def lesson(version: CourseVersion, lesson_id: Any) -> LessonText | None:
    return text_of(version).by_id.get(str(lesson_id))


def lesson_at(version: CourseVersion, module_slug: str, slug: str) -> LessonText | None:
    """The lesson of this address."""
    wanted = (module_slug, slug)
    return next((lesson for lesson in lessons(version) if (lesson.module_slug, lesson.slug) == wanted), None)


def lesson_formerly_at(version: CourseVersion, module_slug: str, slug: str) -> LessonText | None:
    """The lesson that was at this address once, else the only one in the course that is called so. At most one query."""
    former = LessonAddress.objects.filter(course=version.course_id, module_slug=module_slug, slug=slug)
    identity = former.values_list("lesson__uuid", flat=True).first()
    if identity is not None and (found := lesson(version, identity)):
        return found
    namesakes = [lesson for lesson in lessons(version) if lesson.slug == slug]
    return namesakes[0] if len(namesakes) == 1 else None


def block(version: CourseVersion, block_id: Any) -> tuple[LessonText, Block] | None:
    wanted = str(block_id)
    return next(((lesson, block) for lesson in lessons(version) for block in lesson.blocks if block.id == wanted), None)


def assessment_block_id(course: Course, occasion: str) -> uuid.UUID:
    """Identity of the assessment `before` or `after` a course, as an activity."""
    return uuid.uuid5(course.uuid, f"assessment_{occasion}")


def activities_of(course: Course, text: CourseText) -> Iterator[tuple[str, str, str | None]]:
    """(block id, kind, lesson id) of everything a learner may do in the course, in reading order."""
    if text.has_assessment:
        yield str(assessment_block_id(course, "before")), ASSESSMENT_BEFORE, None
    for lesson in text.lessons:
        for block in lesson.blocks:
            if block.is_interactive:
                yield block.id, block.type, lesson.id
        yield lesson.id, READ, lesson.id
    if text.has_assessment:
        yield str(assessment_block_id(course, "after")), ASSESSMENT_AFTER, None


def requirements_of(course: Course, text: CourseText) -> list[dict[str, str | None]]:
    """What must be finished to complete this version: today every lesson, every check, the assessment after the course."""
    return [
        {"activity": block_id, "lesson": lesson_id, "kind": kind}
        for block_id, kind, lesson_id in activities_of(course, text)
        if activity_types[kind].is_required
    ]


def digest_of(content: dict[str, Any]) -> str:
    """SHA-256 of the content, the same whatever the order of keys."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
