"""What the files of a course say, as plain objects."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from assessments.scoring.blueprint import Blueprint
from assessments.services import Plan
from cms.content_files import kinds
from cms.identities import block_uuid

# Fields that came later count only where they are used: files of earlier versions have not changed.
LATER_FIELDS = {"modules_planned": None, "search_words": ""}


@dataclass(frozen=True)
class PageSource:
    """A file that becomes a page: its identity, its fields, and what it is called in the tree."""

    path: str
    uuid: UUID
    fields: dict[str, Any]

    @property
    def digest(self) -> str:
        return hashlib.sha256(kinds.canonical(self.said).encode()).hexdigest()

    @property
    def said(self) -> dict[str, Any]:
        """What makes this file another one when it changes."""
        return {name: value for name, value in self.fields.items() if value != LATER_FIELDS.get(name, ...)}


@dataclass(frozen=True)
class LessonSource(PageSource):
    check_keys: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ModuleSource(PageSource):
    lessons: list[LessonSource] = field(default_factory=list)


@dataclass(frozen=True)
class FormSource:
    path: str
    key: str
    title: str
    items: list[dict[str, Any]]
    bank_keys: tuple[str, ...] = ()
    """In place of items of its own, those of the bank."""
    blueprint: Blueprint | None = None
    """In place of items, by what each sitting is drawn from the bank."""

    @property
    def digest(self) -> str:
        said: list[Any] = [self.key, self.title, self.items or self.bank_keys]
        if self.blueprint is not None:
            said.append(Plan(self.blueprint).as_json)
        return hashlib.sha256(kinds.canonical(said).encode()).hexdigest()


@dataclass(frozen=True)
class CourseSource(PageSource):
    key: str = ""
    prices: dict[str, dict[str, int]] = field(default_factory=dict)
    open_for_enrolment: bool = False
    modules: list[ModuleSource] = field(default_factory=list)
    forms: list[FormSource] = field(default_factory=list)

    @property
    def said(self) -> dict[str, Any]:
        return super().said | ({"open_for_enrolment": True} if self.open_for_enrolment else {})

    def identities(self) -> Iterator[tuple[str, UUID]]:
        """(path, identity) of everything that an installation has once: pages, checks and the questions of forms."""
        yield self.path, self.uuid
        for module in self.modules:
            yield module.path, module.uuid
            for lesson in module.lessons:
                yield lesson.path, lesson.uuid
                yield from ((lesson.path, UUID(check)) for check in lesson.check_keys)
        for form in self.forms:
            yield from ((form.path, block_uuid(self.uuid, item["key"])) for item in form.items)
