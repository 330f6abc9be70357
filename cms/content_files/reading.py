"""Reads the folder of a course into plain objects. Touches no database."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from cms.content_files import kinds, markdown
from cms.content_files.located import Fields, Source, empty
from cms.content_files.problems import ContentError, Problem
from cms.identities import block_uuid, course_uuid

KEY = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
ORDERED = re.compile(r"^(\d+)-([a-z0-9]+(?:-[a-z0-9]+)*)$")
COLOUR = re.compile(r"^#[0-9A-Fa-f]{6}$")
CURRENCY = re.compile(r"^[A-Z]{3}$")


@dataclass(frozen=True)
class PageSource:
    """A file that becomes a page: its identity, its fields, and what it is called in the tree."""

    path: str
    uuid: UUID
    fields: dict[str, Any]

    @property
    def digest(self) -> str:
        return hashlib.sha256(kinds.canonical(self.fields).encode()).hexdigest()


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

    @property
    def digest(self) -> str:
        return hashlib.sha256(kinds.canonical([self.key, self.title, self.items]).encode()).hexdigest()


@dataclass(frozen=True)
class CourseSource(PageSource):
    key: str = ""
    prices: dict[str, dict[str, int]] = field(default_factory=dict)
    modules: list[ModuleSource] = field(default_factory=list)
    forms: list[FormSource] = field(default_factory=list)


def read_course(folder: Path, root: Path, skills: frozenset[str]) -> CourseSource:
    """The course in `folder`. Raises ContentError with everything that is wrong in it."""
    reader = _CourseReader(folder, root, skills)
    course = reader.course()
    if reader.problems:
        raise ContentError(reader.problems)
    return course


def read_skills(path: Path, root: Path) -> dict[str, Any]:
    source = Source(path.relative_to(root).as_posix())
    data = source.yaml(path.read_text("utf-8"), 1)
    fields = Fields(source, data, "the framework")
    for skill in fields.mappings("skills", "a skill", least=1):
        skill.text("id")
        skill.text("name")
        for level in skill.mappings("levels", "a level", least=5, most=5):
            level.number("level", least=1, most=5)
            level.text("name")
            level.text("behaviour")
    if source.problems:
        raise ContentError(source.problems)
    return data


class _CourseReader:
    def __init__(self, folder: Path, root: Path, skills: frozenset[str]) -> None:
        self.folder = folder
        self.root = root
        self.skills = skills
        self.problems: list[Problem] = []
        self.keys: dict[str, str] = {}
        self.uuid = course_uuid(folder.name)

    def course(self) -> CourseSource:
        source, front, body = self._front(self.folder / "course.md", "the course")
        key = self._own_key(source, front)
        self.uuid = course_uuid(key) if KEY.match(key) else self.uuid
        front.only({"id", "title", "summary", "audience", "outcomes", "skills", "colour", "price", "seat_price"})
        modules = [self._module(number, folder) for number, folder in enumerate(self._ordered(self.folder, folders=True), 1)]
        self._same_slug(modules)
        prices = {"person": self._price(front, "price"), "seat": self._price(front, "seat_price")}
        return CourseSource(
            path=source.file,
            uuid=self.uuid,
            key=key,
            prices={kind: amounts for kind, amounts in prices.items() if amounts},
            modules=modules,
            forms=[self._form(path) for path in sorted((self.folder / "assessment").glob("*.yaml"))],
            fields={
                "title": front.text("title", longest=200),
                "slug": self.folder.name,
                "summary": front.text("summary", longest=160),
                "audience": front.text("audience", longest=600),
                "outcomes": "\n".join(front.texts("outcomes", least=3, most=6)),
                "description": markdown.to_rich_text(body),
                "skills": self._skills(front),
                "colour": self._colour(front),
                "is_free": front.data.get("price") == "free",
            },
        )

    def _module(self, number: int, folder: Path) -> ModuleSource:
        source, front, body = self._front(folder / "module.md", "the module")
        front.only({"id", "title", "outcome", "manager_questions"})
        key = self._own_key(source, front)
        return ModuleSource(
            path=source.file,
            uuid=block_uuid(self.uuid, key or f"module {number}"),
            lessons=[self._lesson(path) for path in self._ordered(folder, folders=False)],
            fields={
                "key": key,
                "title": front.text("title", longest=200),
                "slug": _slug(folder.name),
                "outcome": front.text("outcome", longest=300),
                "intro": markdown.to_rich_text(body),
                "manager_questions": "\n".join(front.texts("manager_questions")),
            },
        )

    def _lesson(self, path: Path) -> LessonSource:
        source, front, body = self._front(path, "the lesson")
        front.only({"id", "title", "minutes", "sample", "sources"})
        key = self._own_key(source, front)
        check_keys: dict[str, str] = {}
        blocks = list(self._blocks(source, key, body, check_keys))
        return LessonSource(
            path=source.file,
            uuid=block_uuid(self.uuid, key or source.file),
            check_keys=check_keys,
            fields={
                "key": key,
                "title": front.text("title", longest=200),
                "slug": _slug(path.stem),
                "minutes": front.number("minutes", least=1, most=120),
                "sample": front.flag("sample"),
                "sources": "\n".join(front.texts("sources")),
                "body": blocks,
            },
        )

    def _blocks(self, source: Source, lesson_key: str, body: "Body", check_keys: dict[str, str]) -> Iterator[dict[str, Any]]:
        numbers: dict[str, int] = {}
        for kind, line, text in split_blocks(source, body):
            numbers[kind] = numbers.get(kind, 0) + 1
            unnamed = kinds.unnamed_uuid(self.uuid, lesson_key, kind, numbers[kind])
            if kind == "text":
                self._no_other_headings(source, text, line)
                yield kinds.text_block(text, unnamed)
            elif kind == "image" or (known := kinds.kind_named(kind)) is None:
                source.problem(line, f"There is no block “{kind}”.", f"Choose one of: {', '.join(kinds.known_names())}.")
            else:
                yield self._block(source, kind, known, line, text, unnamed, check_keys)

    def _block(
        self, source: Source, kind: str, known: kinds.Kind, line: int, text: str, unnamed: UUID, check_keys: dict[str, str]
    ) -> dict[str, Any]:
        written, _rule, body = text.partition("\n---\n") if known.has_body else (text, "", "")
        fields = Fields(source, source.yaml(written, line + 1), f"the {kind}", line)
        uuid = unnamed
        if known.has_id:
            key = self._own_key(source, fields)
            uuid = block_uuid(self.uuid, key) if key else unnamed
            if kind == "check":
                check_keys[str(uuid)] = key
        if known.has_body and not body.strip():
            source.problem(line, f"The {kind} has no text.", "Write the text after a line “---”.")
        value = known.read(kinds.Written(fields=fields, body=body, uuid=uuid, skills=self.skills))
        return {"type": kind, "id": str(uuid), "value": value}

    def _form(self, path: Path) -> FormSource:
        source = self._source(path)
        fields = Fields(source, source.yaml(path.read_text("utf-8"), 1), "the form")
        fields.only({"id", "title", "items"})
        items = [self._item(source, item) for item in fields.mappings("items", "an item", least=1)]
        return FormSource(
            path=source.file, key=self._own_key(source, fields), title=fields.text("title", longest=200), items=items
        )

    def _item(self, source: Source, item: Fields) -> dict[str, Any]:
        item.only({"id", "skill", "relationship", "industry", "situation", "question", "options", "concept"})
        options, correct = [], []
        for option in item.mappings("options", "an option", least=2, most=8):
            option.only({"id", "text", "key", "rationale", "misconception"})
            option_id = option.text("id", longest=40)
            if option.flag("key"):
                correct.append(option_id)
            options.append(
                {
                    "id": option_id,
                    "text": option.text("text"),
                    "feedback": option.text("rationale"),
                    "misconception": option.text("misconception", required=False),
                }
            )
        if len(correct) != 1:
            item.problem("options", f"{len(correct)} options are the key.", "Mark one with “key: true”.")
        if len({option["id"] for option in options}) < len(options):
            item.problem("options", "Two options have the same id.", "Give each option its own id: a, b, c.")
        return {
            "key": self._own_key(source, item),
            "skill_slug": item.choice("skill", sorted(self.skills)),
            "relationship": item.choice("relationship", kinds.RELATIONSHIPS),
            "industry": item.text("industry", required=False, longest=80),
            "situation": item.text("situation"),
            "prompt": item.text("question"),
            "options": options,
            "correct": correct,
            "concept": item.text("concept", required=False, longest=300),
        }

    def _source(self, path: Path) -> Source:
        return Source(path.relative_to(self.root).as_posix(), self.problems)

    def _front(self, path: Path, what: str) -> "tuple[Source, Fields, Body]":
        source = self._source(path)
        try:
            text = path.read_text("utf-8")
        except FileNotFoundError:
            source.problem(1, "The file is missing.", "Create it, starting with the fields between two lines “---”.")
            return source, Fields(source, empty(1), what), Body("", 1)
        except UnicodeDecodeError:
            source.problem(1, "The file is not UTF-8.", "Save it as UTF-8.")
            return source, Fields(source, empty(1), what), Body("", 1)
        parts = re.split(r"^---\s*$\n?", text.replace("\r\n", "\n"), maxsplit=2, flags=re.MULTILINE)
        if len(parts) < 3 or parts[0].strip():
            source.problem(1, "The fields at the top are missing.", "Start the file with them, between two lines “---”.")
            return source, Fields(source, empty(1), what), Body("", 1)
        front = Fields(source, source.yaml(parts[1], 2), what)
        return source, front, Body(parts[2], parts[1].count("\n") + 3)

    def _own_key(self, source: Source, fields: Fields) -> str:
        """The id of something, checked to be one and to be used once in the course."""
        key = fields.text("id", longest=100)
        if not key:
            return ""
        where = f"{source.file}, line {fields.line('id')}"
        if not KEY.match(key):
            fields.problem("id", f"“{key}” is not a valid id.", "Use lower-case letters, digits and hyphens.")
        elif key in self.keys:
            fields.problem("id", f"The id “{key}” is used twice; first in {self.keys[key]}.", "Give one of them another id.")
        else:
            self.keys[key] = where
        return key

    def _ordered(self, folder: Path, *, folders: bool) -> list[Path]:
        """Numbered folders, or numbered Markdown files, in their order."""
        numbered: list[tuple[int, Path]] = []
        for path in sorted(folder.iterdir()):
            if path.is_dir() != folders or path.name in ("assessment", "course.md", "module.md") or path.name.startswith("."):
                continue
            match = ORDERED.match(path.name if folders else path.stem)
            if match is None or (not folders and path.suffix != ".md"):
                self._source(path).problem(1, "The name needs a number and a slug.", "Name it like 01-map-who-expects-what.")
                continue
            numbered.append((int(match[1]), path))
        return [path for _number, path in sorted(numbered)]

    def _same_slug(self, modules: list[ModuleSource]) -> None:
        seen: dict[str, str] = {}
        for page in [*modules, *(lesson for module in modules for lesson in module.lessons)]:
            scope = "lesson" if isinstance(page, LessonSource) else "module"
            name = f"{scope} {page.fields['slug']}"
            if name in seen:
                remedy = f"Rename this file or {seen[name]}."
                what = f"Two pages of the course would have the same address, {name}."
                self.problems.append(Problem(page.path, 1, what, remedy))
            seen[name] = page.path

    def _no_other_headings(self, source: Source, text: str, first_line: int) -> None:
        for line, tag in markdown.headings(text):
            if tag not in ("h2", "h3"):
                source.problem(first_line + line, "Lessons do not have headings of this level.", "Use ## or ###.")

    def _skills(self, front: Fields) -> list[dict[str, Any]]:
        written = front.data.get("skills")
        if not isinstance(written, dict):
            front.problem("skills", "“skills” of the course is missing.", "Write “skill: level”, one per line.")
            return []
        levels = Fields(front.source, written, "the skills")
        levels.only(self.skills)
        return [
            {
                "type": "skill",
                "id": str(block_uuid(self.uuid, f"skills/{slug}")),
                "value": {"skill": slug, "level": levels.number(slug, least=1, most=5)},
            }
            for slug in written
        ]

    def _colour(self, front: Fields) -> str:
        colour = front.text("colour", required=False) or "#0B5D57"
        if not COLOUR.match(colour):
            front.problem("colour", f"“{colour}” is not a colour.", "Write it as # and six digits, in quotation marks.")
        return colour

    def _price(self, front: Fields, name: str) -> dict[str, int]:
        """Currency → minor units; empty for a free course."""
        price = front.data.get(name)
        if price is None or (name == "price" and price == "free"):
            if name == "price" and price is None:
                front.problem(name, "“price” of the course is missing.", "Write “free”, or currencies: {EUR: 4900}.")
            return {}
        right = isinstance(price, dict) and all(
            CURRENCY.match(str(currency)) and isinstance(amount, int) and not isinstance(amount, bool) and amount > 0
            for currency, amount in price.items()
        )
        if not right:
            front.problem(name, f"“{name}” is “{price}”.", "Write currencies with minor units: {EUR: 4900}.")
            return {}
        return dict(price)


class Body(str):
    """Text of a file, with the line on which it begins."""

    first_line: int

    def __new__(cls, text: str, first_line: int) -> "Body":
        body = super().__new__(cls, text)
        body.first_line = first_line
        return body


def split_blocks(source: Source, body: Body) -> Iterator[tuple[str, int, str]]:
    """(kind, line, text) of the blocks in `body`; stretches of Markdown between them have the kind "text"."""
    kind, opened, kept = "text", body.first_line, list[str]()
    for number, line in enumerate(body.split("\n"), body.first_line):
        opening = re.match(r"^:::\s*(\S+)\s*$", line)
        closing = line.rstrip() == ":::"
        if opening and kind != "text":
            source.problem(
                number,
                f"A block starts inside the {kind} that was opened on line {opened}.",
                "Close that block with a line “:::”.",
            )
        if (opening and kind == "text") or (closing and kind != "text"):
            if kind != "text" or "".join(kept).strip():
                yield kind, opened, "\n".join(kept) + "\n"
            kind, opened, kept = (opening[1], number, []) if opening else ("text", number + 1, [])
        elif closing:
            source.problem(
                number, "This closes a block that was never opened.", "Remove the line, or open the block with “::: kind”."
            )
        else:
            kept.append(line)
    if kind != "text":
        source.problem(opened, f"The {kind} is never closed.", "Close it with a line “:::”.")
    elif "".join(kept).strip():
        yield kind, opened, "\n".join(kept) + "\n"


def _slug(name: str) -> str:
    match = ORDERED.match(name)
    return match[2] if match else name
