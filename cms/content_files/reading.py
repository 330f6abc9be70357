"""Reads the folder of a course into plain objects. Touches no database."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from cms.content_files import kinds
from cms.content_files.blocks import split_blocks, split_fields
from cms.content_files.folders import ORDERED, entries, name_of, ordered, read_text
from cms.content_files.located import Fields, Source
from cms.content_files.markdown import TEXT_HEADINGS
from cms.content_files.problems import KEY, ContentError, Problem
from cms.content_files.questions import read_item
from cms.content_files.sources import CourseSource, FormSource, LessonSource, ModuleSource
from cms.course_rules import COLOUR, MAX_OUTCOMES, MIN_OUTCOMES
from cms.identities import block_uuid, course_uuid
from common.covers import is_visible
from common.written import Body, is_whole, shown
from common.yaml_text import Located, empty

CURRENCY = re.compile(r"^[A-Z]{3}$")
# What a column of an order holds.
MAX_PRICE = 2_147_483_647
COURSE_FIELDS = frozenset(
    {
        "id",
        "title",
        "summary",
        "audience",
        "outcomes",
        "skills",
        "colour",
        "price",
        "seat_price",
        "open_for_enrolment",
        "modules_planned",
        "search_words",
    }
)


def read_course(folder: Path, root: Path, skills: frozenset[str]) -> CourseSource:
    """The course in `folder`. Raises ContentError with everything that is wrong in it."""
    reader = _CourseReader(folder, root, skills)
    course = reader.course()
    if reader.problems:
        raise ContentError(reader.problems)
    return course


def read_skills(path: Path, root: Path) -> dict[str, Any]:
    source = Source(path.relative_to(root).as_posix())
    text = read_text(path, source)
    data = empty(1) if text is None else source.yaml(text, 1)
    framework = _framework(Fields(source, data, "the framework"))
    if source.problems:
        raise ContentError(source.problems)
    return framework


def _framework(fields: Fields) -> dict[str, Any]:
    fields.only({"id", "title", "version", "skills"})
    skills = fields.mappings("skills", "a skill", least=1)
    _once(skills, "id", "Give one of the two skills another id.")
    return {
        "id": fields.key("id", longest=50),
        "title": fields.text("title", longest=200),
        "version": fields.number("version", least=1, most=1_000_000, default=1),
        "skills": [_skill(skill) for skill in skills],
    }


def _skill(fields: Fields) -> dict[str, Any]:
    fields.only({"id", "name", "summary", "levels"})
    levels = fields.mappings("levels", "a level", least=5, most=5)
    _once(levels, "level", "Number the levels from 1 to 5.")
    return {
        "id": fields.key("id", longest=80),
        "name": fields.text("name", longest=200),
        "summary": fields.text("summary", required=False),
        "levels": [_level(level) for level in levels],
    }


def _level(fields: Fields) -> dict[str, Any]:
    fields.only({"level", "name", "behaviour"})
    return {
        "level": fields.number("level", least=1, most=5),
        "name": fields.text("name", longest=80),
        "behaviour": fields.text("behaviour"),
    }


def _once(entries_of_list: list[Fields], name: str, remedy: str) -> None:
    """Note each entry whose `name` an earlier one has."""
    lines: dict[Any, int] = {}
    for entry in entries_of_list:
        value = entry.data.get(name)
        if isinstance(value, str | int) and value in lines:
            entry.problem(name, f"The {name} “{value}” is used twice; first on line {lines[value]}.", remedy)
        elif isinstance(value, str | int):
            lines[value] = entry.line(name)


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
        front.only(COURSE_FIELDS)
        if not KEY.match(self.folder.name) or len(self.folder.name) > 100:
            source.problem(1, f"“{self.folder.name}” cannot be part of an address.", "Rename the folder, like listen-first.")
        modules = [self._module(number, folder) for number, folder in enumerate(self._ordered(self.folder, folders=True), 1)]
        if not modules:
            source.problem(1, "The course has no modules.", "Add a folder like 01-first-things with a module.md and lessons.")
        self._same_slug(modules)
        prices = {"person": self._price(front, "price"), "seat": self._price(front, "seat_price")}
        if front.data.get("price") == "free" and prices["seat"]:
            front.problem("seat_price", "A free course has no price for seats.", "Remove the line, or give the course a price.")
        return CourseSource(
            path=source.file,
            uuid=self.uuid,
            key=key,
            prices={kind: amounts for kind, amounts in prices.items() if amounts},
            open_for_enrolment=front.flag("open_for_enrolment"),
            modules=modules,
            forms=self._forms(),
            fields={
                "title": front.text("title", longest=200),
                "slug": self.folder.name,
                "summary": front.text("summary", longest=160),
                "audience": front.text("audience", longest=600),
                "outcomes": "\n".join(front.texts("outcomes", least=MIN_OUTCOMES, most=MAX_OUTCOMES)),
                "description": source.rich_text(body, body.first_line),
                "skills": self._skills(front),
                "colour": self._colour(front),
                "is_free": front.data.get("price") == "free",
                "modules_planned": self._modules_planned(front, len(modules)),
                "search_words": "\n".join(front.texts("search_words", most=20)),
            },
        )

    def _module(self, number: int, folder: Path) -> ModuleSource:
        source, front, body = self._front(folder / "module.md", "the module")
        front.only({"id", "title", "outcome", "manager_questions"})
        key = self._own_key(source, front)
        lessons = [self._lesson(path) for path in self._ordered(folder, folders=False)]
        if not lessons:
            source.problem(1, "The module has no lessons.", "Add a file like 01-first-steps.md, or remove the folder.")
        return ModuleSource(
            path=source.file,
            uuid=block_uuid(self.uuid, key or f"module {number}"),
            lessons=lessons,
            fields={
                "key": key,
                "title": front.text("title", longest=200),
                "slug": _slug(folder.name),
                "outcome": front.text("outcome", longest=300),
                "intro": source.rich_text(body, body.first_line),
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

    def _blocks(self, source: Source, lesson_key: str, body: Body, check_keys: dict[str, str]) -> Iterator[dict[str, Any]]:
        numbers: dict[str, int] = {}
        for kind, line, text in split_blocks(source, body):
            numbers[kind] = numbers.get(kind, 0) + 1
            unnamed = kinds.unnamed_uuid(self.uuid, lesson_key, kind, numbers[kind])
            if kind == "text":
                html = source.rich_text(text, text.first_line, headings=TEXT_HEADINGS)
                yield {"type": "text", "id": str(unnamed), "value": html}
            elif kind == "image":
                source.problem(
                    line, "Images cannot be written in a file.", "Remove the block, load the file, and add it in the CMS."
                )
            elif (known := kinds.kind_named(kind)) is None:
                source.problem(line, f"There is no block “{kind}”.", f"Choose one of: {', '.join(kinds.known_names())}.")
            else:
                yield self._block(source, kind, known, line, text, unnamed, check_keys)

    def _block(
        self, source: Source, kind: str, known: kinds.Kind, line: int, text: Body, unnamed: UUID, check_keys: dict[str, str]
    ) -> dict[str, Any]:
        written, body = split_fields(text)
        if body is not None and not known.has_body:
            source.problem(body.first_line - 1, f"The {kind} has fields only.", "Remove the line “---” and what follows it.")
        if known.has_body and (body is None or not body.strip()):
            source.problem(line, f"The {kind} has no text.", "Write the text after a line “---”.")
        data = source.yaml(written, written.first_line, may_be_empty=known.has_body and not known.has_id)
        fields = Fields(source, data, f"the {kind}", line)
        uuid = unnamed
        if known.has_id:
            key = self._own_key(source, fields)
            uuid = block_uuid(self.uuid, key) if key else unnamed
            if kind == "check":
                check_keys[str(uuid)] = key
        value = known.read(kinds.Written(fields=fields, body=body or Body("", line), uuid=uuid, skills=self.skills))
        return {"type": kind, "id": str(uuid), "value": value}

    def _form(self, path: Path) -> FormSource:
        source = self._source(path)
        text = read_text(path, source)
        fields = Fields(source, empty(1) if text is None else source.yaml(text, 1), "the form")
        fields.only({"id", "title", "items"})
        items = [
            read_item(item, self._own_key(source, item), self.skills) for item in fields.mappings("items", "an item", least=1)
        ]
        return FormSource(
            path=source.file, key=self._own_key(source, fields), title=fields.text("title", longest=200), items=items
        )

    def _source(self, path: Path) -> Source:
        return Source(name_of(path, self.root), self.problems)

    def _front(self, path: Path, what: str) -> tuple[Source, Fields, Body]:
        source = self._source(path)
        front, body = _front_matter(source, read_text(path, source))
        fields = Fields(source, empty(1) if front is None else source.yaml(front, front.first_line), what)
        return source, fields, body

    def _own_key(self, source: Source, fields: Fields) -> str:
        """The id of something, checked to be one and to be used once in the course."""
        key = fields.key("id", longest=100)
        if not key:
            return ""
        where = f"{source.file}, line {fields.line('id')}"
        if key in self.keys:
            fields.problem("id", f"The id “{key}” is used twice; first in {self.keys[key]}.", "Give one of them another id.")
        else:
            self.keys[key] = where
        return key

    def _ordered(self, folder: Path, *, folders: bool) -> list[Path]:
        others = frozenset({"assessment", "course.md"} if folders else {"module.md"})
        return ordered(folder, folders=folders, others=others, source_of=self._source)

    def _forms(self) -> list[FormSource]:
        folder = self.folder / "assessment"
        if not folder.exists():
            return []
        if not folder.is_dir():
            self._source(folder).problem(1, "This is a file.", "Make it a folder with a file for each form: form-a.yaml.")
            return []
        paths = entries(folder, self._source)
        for path in paths:
            if path.suffix != ".yaml" or path.is_dir():
                self._source(path).problem(
                    1, "This is no form.", "Forms are files with names like form-a.yaml; move it elsewhere."
                )
        return [self._form(path) for path in paths if path.suffix == ".yaml" and path.is_file()]

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

    def _skills(self, front: Fields) -> list[dict[str, Any]]:
        written = front.data.get("skills")
        if not isinstance(written, Located):
            front.problem("skills", "“skills” of the course is missing.", "Write “skill: level”, one per line.")
            return []
        levels = Fields(front.source, written, "the skills")
        for slug in written:
            if slug not in self.skills:
                known = f"Choose from: {', '.join(sorted(self.skills))}." if self.skills else "Correct skills.yaml first."
                levels.problem(slug, f"There is no skill “{slug}”.", known)
        return [
            {
                "type": "skill",
                "id": str(block_uuid(self.uuid, f"skills/{slug}")),
                "value": {"skill": slug, "level": levels.number(slug, least=1, most=5)},
            }
            for slug in written
        ]

    def _colour(self, front: Fields) -> str:
        if "colour" not in front.data:
            return "#0B5D57"
        colour = front.text("colour")
        if colour and not COLOUR.match(colour):
            front.problem("colour", f"“{colour}” is not a colour.", "Write it as # and six digits, in quotation marks.")
        elif colour and not is_visible(colour):
            front.problem("colour", f"The cover would show next to nothing in {colour}.", "Choose a darker colour.")
        return colour

    def _modules_planned(self, front: Fields, there: int) -> int | None:
        """How many modules a course that is not whole yet will have; None for one that is."""
        if "modules_planned" not in front.data:
            return None
        planned = front.number("modules_planned", least=2, most=40)
        if planned <= there:
            what = f"“modules_planned” is {planned}, and {there} are here: the course is whole."
            front.problem("modules_planned", what, "Remove the line.")
        if front.data.get("price") != "free":
            what = "A course that is not whole yet cannot have a price."
            front.problem("modules_planned", what, "Write “price: free” until all of its modules are here.")
        return planned

    def _price(self, front: Fields, name: str) -> dict[str, int]:
        """Currency → minor units; empty for a free course."""
        price = front.data.get(name)
        if price is None or (name == "price" and price == "free"):
            if name == "price" and price is None:
                front.problem(name, "“price” of the course is missing.", "Write “free”, or currencies: {EUR: 4900}.")
            return {}
        right = (
            isinstance(price, Located)
            and price
            and all(
                CURRENCY.match(currency) and is_whole(amount) and 0 < amount <= MAX_PRICE for currency, amount in price.items()
            )
        )
        if not right:
            written = (
                ", ".join(f"{key}: {shown(value)}" for key, value in price.items()) if isinstance(price, dict) else shown(price)
            )
            front.problem(name, f"“{name}” is “{written}”.", "Write currencies with minor units: {EUR: 4900}.")
            return {}
        return {currency: int(amount) for currency, amount in price.items()}


def _front_matter(source: Source, text: str | None) -> tuple[Body | None, Body]:
    """What stands between the first two lines `---`, and after them; no fields, and a problem noted, where there are none."""
    nothing = Body("", 1)
    if text is None:
        return None, nothing
    lines = text.split("\n")
    marks = [number for number, line in enumerate(lines) if line.rstrip() == "---"][:2]
    if not marks or "".join(lines[: marks[0]]).strip():
        source.problem(1, "The fields at the top are missing.", "Start the file with them, between two lines “---”.")
        return None, nothing
    if len(marks) < 2:
        source.problem(marks[0] + 1, "The fields at the top do not end.", "Write a line “---” after them.")
        return None, nothing
    first, second = marks
    return Body("\n".join(lines[first + 1 : second]), first + 2), Body("\n".join(lines[second + 1 :]), second + 2)


def _slug(name: str) -> str:
    match = ORDERED.match(name)
    return match[2] if match else name
