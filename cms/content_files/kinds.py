"""The block kinds of a lesson file, each turned into what the StreamField of a lesson page stores."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from wagtail import blocks

from assessments.formats import CHOICES
from assessments.formats.ratings import HIGHEST, LOWEST
from cms.answer_keys import MOST_OPTIONS, MOST_WORDINGS, problem_of_key, value_of
from cms.blocks.base import lesson_blocks
from cms.blocks.interactive import options_problem, part_problem, parts_problem, problem_of_model
from cms.blocks.static import RECAP_POINTS
from cms.content_files.located import Fields
from cms.content_files.markdown import TEXT_HEADINGS
from cms.drawings import DrawingRefused, read_drawing
from cms.identities import block_uuid
from common.written import Body, shown
from learning.worksheets import CHOICE, LONG, TEXT

RELATIONSHIPS = ("customer", "employee", "partner")
TONES = ("note", "good", "caution")
COLUMNS = (TEXT, LONG, CHOICE)
CHECKS = ("single", "multiple", "rate", "best-worst", "rank", "order", "lines", "scale", "text", "composed")


@dataclass(frozen=True)
class Written:
    """A block of a file: its fields, and the Markdown after its `---`."""

    fields: Fields
    body: Body
    uuid: UUID
    skills: frozenset[str]

    def rich_text(self, headings: tuple[str, ...] = ()) -> str:
        return self.fields.source.rich_text(self.body, self.body.first_line, headings=headings)


def entries(values: Iterable[tuple[str, Any]]) -> list[dict[str, Any]]:
    """A ListBlock as stored. The ids are what answers refer to."""
    return [{"type": "item", "id": item_id, "value": value} for item_id, value in values]


def _numbered(block: Written, values: Iterable[Any]) -> list[dict[str, Any]]:
    return entries([(str(uuid5(block.uuid, str(number))), value) for number, value in enumerate(values)])


def callout(block: Written) -> dict[str, Any]:
    fields = block.fields
    fields.only({"tone", "title"})
    return {
        "tone": fields.choice("tone", TONES, default="note"),
        "title": fields.text("title", required=False, longest=120),
        "body": block.rich_text(),
    }


def case(block: Written) -> dict[str, Any]:
    fields = block.fields
    fields.only({"id", "title", "relationship", "industry"})
    return {
        "title": fields.text("title", longest=160),
        "relationship": fields.choice("relationship", RELATIONSHIPS),
        "industry": fields.text("industry", required=False, longest=80),
        "body": block.rich_text(TEXT_HEADINGS),
    }


def dialogue(block: Written) -> dict[str, Any]:
    fields = block.fields
    fields.only({"id", "title", "lines"})
    spoken = []
    for line in fields.mappings("lines", "a line", least=2):
        line.only({"who", "says", "note"})
        spoken.append(
            {"who": line.text("who", longest=80), "says": line.text("says"), "note": line.text("note", required=False)}
        )
    return {"title": fields.text("title", required=False, longest=160), "lines": _numbered(block, spoken)}


def quotation(block: Written) -> dict[str, Any]:
    block.fields.only({"text", "source"})
    return {"text": block.fields.text("text"), "source": block.fields.text("source", required=False, longest=200)}


def table(block: Written) -> dict[str, Any]:
    fields = block.fields
    fields.only({"caption", "header", "rows"})
    header = fields.texts("header", least=1)
    rows = []
    for row in fields.items("rows", least=1):
        if not isinstance(row, list) or len(row) != len(header):
            what = f"A row does not have {len(header)} cells: {shown(row)}."
            fields.problem("rows", what, "Give every row a cell for each column.")
            continue
        rows.append({"values": ["" if cell is None else fields.as_text("rows", cell) for cell in row]})
    return {
        "caption": fields.text("caption", required=False),
        "columns": [{"type": "text", "heading": heading} for heading in header],
        "rows": rows,
    }


def steps(block: Written) -> dict[str, Any]:
    fields = block.fields
    fields.only({"id", "title", "items"})
    items = []
    for step in fields.mappings("items", "a step", least=2):
        step.only({"title", "text"})
        items.append({"title": step.text("title", longest=160), "text": step.text("text", required=False)})
    return {"title": fields.text("title", required=False, longest=160), "items": _numbered(block, items)}


def figure(block: Written) -> dict[str, Any]:
    fields = block.fields
    fields.only({"drawing", "caption", "description"})
    drawing = fields.data.get("drawing")
    if not isinstance(drawing, str):
        fields.problem("drawing", "The drawing is missing.", "Write its SVG below “drawing: |”, moved in by two spaces.")
        drawing = ""
    else:
        try:
            read_drawing(drawing)
        except DrawingRefused as error:
            fields.problem("drawing", str(error), "See docs/content-format.md, “Figures”.")
    return {
        "drawing": drawing.strip(),
        "caption": fields.text("caption", longest=200),
        "description": fields.text("description"),
    }


def recap(block: Written) -> dict[str, Any]:
    fields = block.fields
    fields.only({"points", "this_week"})
    points = fields.texts("points", least=RECAP_POINTS, most=RECAP_POINTS)
    if long := next((point for point in points if len(point) > 200), ""):
        fields.problem("points", f"“{long[:40]}…” has {len(long)} characters.", "Shorten it to at most 200.")
    return {"points": _numbered(block, points), "this_week": fields.text("this_week", longest=300)}


def check(block: Written) -> dict[str, Any]:
    fields = block.fields
    fields.only({"id", "skill", "kind", "prompt", "options", "model"})
    kind = fields.choice("kind", CHECKS, default="single")
    options = []
    is_typed = kind in ("text", "composed")
    least, most = (1, MOST_WORDINGS) if is_typed else (2, MOST_OPTIONS)
    for option in fields.mappings("options", "an option", least=least, most=most):
        option.only({"id", "text", "correct", "rating", "feedback"})
        value: dict[str, Any] = {
            "text": option.text("text"),
            "correct": option.flag("correct"),
            "feedback": option.text("feedback"),
        }
        if "rating" in option.data:
            value["rating"] = option.number("rating", least=LOWEST, most=HIGHEST)
        options.append((option.key("id", longest=40), value))
    if len({option_id for option_id, _value in options}) < len(options):
        fields.problem("options", "Two options have the same id.", "Give each option its own id: a, b, c.")
    right = sum(value["correct"] for _id, value in options)
    if kind in CHOICES and (right == 0 or (kind == "single" and right > 1)):
        fields.problem("options", f"{right} options are correct.", "Mark one as correct, or make the kind “multiple”.")
    elif problem := problem_of_key(kind, [value_of(value) for _id, value in options], marked="correct"):
        fields.problem("options", f"The key does not fit the kind “{kind}”.", problem)
    model = str(fields.data.get("model") or "").strip()
    if problem := problem_of_model(kind, model):
        fields.problem("model", f"The author’s version does not fit the kind “{kind}”.", problem)
    return {
        "skill": _skill(block),
        "kind": kind,
        "prompt": fields.text("prompt"),
        "options": entries(options),
        **({"model": model} if model else {}),
    }


def _skill(block: Written) -> str:
    return skill_of(block.fields, block.skills) if "skill" in block.fields.data else ""


def skill_of(fields: Fields, skills: frozenset[str]) -> str:
    if skills:
        return fields.choice("skill", sorted(skills))
    fields.problem("skill", "There are no skills to choose from yet.", "Correct skills.yaml first.")
    return ""


def reflection(block: Written) -> dict[str, Any]:
    block.fields.only({"id", "prompt", "help"})
    return {"prompt": block.fields.text("prompt"), "help": block.fields.text("help", required=False)}


def plan(block: Written) -> dict[str, Any]:
    fields = block.fields
    fields.only({"id", "prompt", "if_hint", "then_hint"})
    return {
        "prompt": fields.text("prompt"),
        "if_hint": fields.text("if_hint", required=False, longest=300),
        "then_hint": fields.text("then_hint", required=False, longest=300),
    }


def worksheet(block: Written) -> dict[str, Any]:
    fields = block.fields
    fields.only({"id", "title", "intro", "columns", "rows"})
    columns = [_column(column) for column in fields.mappings("columns", "a column", least=1, most=6)]
    if len({column_id for column_id, _value in columns}) < len(columns):
        fields.problem("columns", "Two columns have the same id.", "Give each column its own id.")
    return {
        "title": fields.text("title", longest=160),
        "intro": fields.text("intro", required=False),
        "columns": entries(columns),
        "rows": fields.number("rows", least=1, most=30, default=4),
    }


def _column(column: Fields) -> tuple[str, dict[str, Any]]:
    column.only({"id", "label", "hint", "kind", "options", "example"})
    kind = column.choice("kind", COLUMNS, default=TEXT)
    options = column.texts("options")
    # Where one is not text, that has been said.
    if all(options) and (problem := options_problem(kind, options)):
        column.problem("options", *problem)
    value = {
        "label": column.text("label", longest=80),
        "hint": column.text("hint", required=False, longest=300),
        "kind": kind,
        "options": "\n".join(options),
        "example": column.text("example", required=False, longest=300),
    }
    return column.key("id", longest=40), value


def compare(block: Written) -> dict[str, Any]:
    fields = block.fields
    fields.only({"id", "cases", "prompt", "rule"})
    cases = []
    for case in fields.mappings("cases", "a case", least=2, most=2):
        case.only({"title", "text"})
        cases.append({"title": case.text("title", longest=160), "text": case.text("text")})
    return {"cases": _numbered(block, cases), "prompt": fields.text("prompt"), "rule": fields.text("rule")}


def complete(block: Written) -> dict[str, Any]:
    fields = block.fields
    fields.only({"id", "title", "intro", "parts"})
    parts = []
    for part in fields.mappings("parts", "a part", least=2, most=12):
        part.only({"id", "label", "given", "model"})
        value = {
            "label": part.text("label", longest=160),
            "given": part.text("given", required=False),
            "model": part.text("model", required=False),
        }
        if problem := part_problem(value["given"], value["model"]):
            part.problem("label", *problem)
        parts.append((part.key("id", longest=40), value))
    if len({part_id for part_id, _value in parts}) < len(parts):
        fields.problem("parts", "Two parts have the same id.", "Give each part its own id.")
    if problem := parts_problem([value["model"] for _id, value in parts]):
        fields.problem("parts", *problem)
    return {
        "title": fields.text("title", longest=160),
        "intro": fields.text("intro", required=False),
        "parts": entries(parts),
    }


def agreement(block: Written) -> dict[str, Any]:
    block.fields.only({"id", "title", "intro"})
    return {"title": block.fields.text("title", longest=160), "intro": block.fields.text("intro", required=False)}


def simulation(block: Written) -> dict[str, Any]:
    block.fields.only({"id", "title", "intro", "simulation", "with_partner"})
    value = {
        "simulation": block.fields.key("simulation", longest=50),
        "title": block.fields.text("title", longest=160),
        "intro": block.fields.text("intro", required=False),
    }
    return value | {"with_partner": True} if block.fields.flag("with_partner") else value


def assessment(block: Written) -> dict[str, Any]:
    block.fields.only({"id", "title", "intro", "assessment"})
    return {
        "assessment": block.fields.key("assessment", longest=100),
        "title": block.fields.text("title", longest=160),
        "intro": block.fields.text("intro", required=False),
    }


@dataclass(frozen=True)
class Kind:
    read: Callable[[Written], dict[str, Any]]
    has_id: bool
    has_body: bool = False


KINDS = {
    "callout": Kind(callout, has_id=False, has_body=True),
    "case": Kind(case, has_id=True, has_body=True),
    "dialogue": Kind(dialogue, has_id=True),
    "quotation": Kind(quotation, has_id=False),
    "table": Kind(table, has_id=False),
    "steps": Kind(steps, has_id=False),
    "figure": Kind(figure, has_id=False),
    "recap": Kind(recap, has_id=False),
    "check": Kind(check, has_id=True),
    "reflection": Kind(reflection, has_id=True),
    "plan": Kind(plan, has_id=True),
    "worksheet": Kind(worksheet, has_id=True),
    "compare": Kind(compare, has_id=True),
    "complete": Kind(complete, has_id=True),
    "agreement": Kind(agreement, has_id=True),
    "simulation": Kind(simulation, has_id=True),
    "assessment": Kind(assessment, has_id=True),
}


def kind_named(name: str) -> Kind | None:
    """How a block is written in a file. One that has nothing here is written as its plain fields."""
    if name in KINDS or name not in lesson_blocks:
        return KINDS.get(name)
    return Kind(partial(plain_fields, lesson_blocks[name].block()), has_id=True)


def plain_fields(block: blocks.Block, written: Written) -> dict[str, Any]:
    """The texts and numbers of a block, under the names that the editor's fields have."""
    fields, children = written.fields, block.child_blocks
    fields.only({"id", *children})
    values: dict[str, Any] = {}
    for name, child in children.items():
        if isinstance(child, blocks.IntegerBlock):
            values[name] = fields.number(name, least=0, most=1_000_000, default=child.get_default())
        elif isinstance(child, blocks.CharBlock | blocks.TextBlock):
            values[name] = fields.text(name, required=child.required, longest=child.field.max_length)
        else:
            raise TypeError(f"The field {name!r} is neither text nor a number: define in KINDS how it is written in a file.")
    return values


def known_names() -> list[str]:
    return sorted({*KINDS, *lesson_blocks.names} - {"text", "image"})


def unnamed_uuid(course: UUID, lesson_key: str, kind: str, number: int) -> UUID:
    """Identity of a block that has no id of its own: nothing of a learner hangs on it."""
    return block_uuid(course, f"{lesson_key}/{kind}/{number}")


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
