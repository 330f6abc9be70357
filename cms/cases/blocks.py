"""Blocks for a case, made from its types (`practice/scoring/`): what the reader of files knows, the editor has a field for.

Nothing is required and no length is held here: a draft can be saved however unfinished it is. What is wrong with it is said
by the reader of cases, beside the field (`cms/cases/findings.py`).
"""

from dataclasses import Field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from practice.cases.structure import hints, marks_of, written_name
from practice.scoring.interview_case import Bound, InterviewCase
from practice.scoring.negotiation_case import NegotiationCase
from practice.scoring.shapes import Text

KINDS: dict[str, type] = {"negotiation": NegotiationCase, "interview": InterviewCase}
NOT_EDITED = frozenset({"id", "kind"})
"""Of a whole case: its key and its kind stand beside the blocks."""
ONE_LINE = 120
LABELS = {
    "you": _("You"),
    "them": _("Them"),
    "batna": _("Alternatives, in points"),
    "say": _("What is said"),
    "said": _("Inside a sentence"),
    "named": _("Named inside a sentence"),
    "you_know": _("What the points mean"),
    "they_say": _("What they say about it (variants)"),
    "pair": _("Sheet of the other side, for two learners"),
    "if_": _("Only if"),
    "when": _("Offered when"),
    "ranks": _("Makes clear the order of"),
    "zone": _("There is a deal that both can accept"),
    "open": _("Open from the beginning"),
}
HELP = {
    "batna": _("What each side’s way without a deal is worth to it."),
    "briefing": _("What the learner knows beforehand. An empty line begins a paragraph."),
    "target": _("Points that the other side begins by wanting."),
    "beta": _("How late it gives way: below 1 later, above 1 sooner."),
    "floor": _("The part of the way from its alternative to its target that it never gives up; at least 0.25."),
    "supports": _("Ids of options, separated by commas."),
    "worth": _("Points; more than your own alternative makes it a lie."),
    "moves": _("Points that it brings them down, where they believe it."),
    "skill": _("Slug of the skill that a talk is practice in."),
    "topic": _("Id of a topic."),
    "rank": _("1 for what matters most to them."),
    "reveals": _("Ids of expectations, or expectation.part, separated by commas."),
    "mentions": _("Ids of topics, separated by commas."),
    "asked": _("Ids of cards, or topic.kind, separated by commas."),
    "parts": _("Ids, separated by commas; found once all are heard."),
    "believed_if": _("Ids of cards, separated by commas."),
    "id": _("Lower-case letters, digits and hyphens."),
    "pair": _("Leave all of it empty where the case is played alone only."),
}


def base_of(hint: Any) -> tuple[Any, tuple[Any, ...], bool]:
    """The type of a field without its marks, the marks, and whether it may be left out."""
    base, marks = marks_of(hint)
    if get_origin(base) in (Union, UnionType):
        inner = next(option for option in get_args(base) if option is not NoneType)
        found, more, _optional = base_of(inner)
        return found, (*marks, *more), True
    return base, marks, False


def is_list_of_ids(hint: Any) -> bool:
    """A list of names, written in one line; other lists have a block for each entry."""
    base, marks, _optional = base_of(hint)
    if get_origin(base) is not tuple or any(isinstance(mark, Text) for mark in marks):
        return False
    inner, _marks = marks_of(get_args(base)[0])
    return inner is str


def edited_fields(cls: type) -> list[Field[Any]]:
    whole = cls in KINDS.values()
    return [field for field in fields(cls) if not (whole and field.name in NOT_EDITED)]


def struct_of(cls: type, **options: Any) -> blocks.StructBlock:
    """A block with a child for every field of a dataclass, in its order."""
    children = [(written_name(field), _block(field, hints(cls)[field.name])) for field in edited_fields(cls)]
    first = "id" if any(name == "id" for name, _child in children) else "say"
    label_format = f"{{{first}}}" if any(name == first for name, _child in children) else ""
    return blocks.StructBlock(children, label_format=label_format, collapsed=cls not in KINDS.values(), **options)


def _block(field: Field[Any], hint: Any) -> blocks.Block:
    base, marks, _is_optional = base_of(hint)
    label = LABELS.get(field.name, capfirst(written_name(field).replace("_", " ")))
    help_text = HELP.get(field.name, "")
    options: dict[str, Any] = {"label": label, "help_text": help_text}
    if is_list_of_ids(hint):
        return blocks.CharBlock(required=False, **options)
    if get_origin(base) is tuple:
        return blocks.ListBlock(_entry(get_args(base)[0], marks), **options)
    if isinstance(base, type) and is_dataclass(base) and base is not Bound:
        return struct_of(base, required=False, **options)
    return _single(base, marks, options)


def _entry(hint: Any, marks: tuple[Any, ...]) -> blocks.Block:
    base, _marks = marks_of(hint)
    if isinstance(base, type) and is_dataclass(base):
        return struct_of(base)
    return _text(marks, {})


def _single(base: Any, marks: tuple[Any, ...], options: dict[str, Any]) -> blocks.Block:
    if get_origin(base) is Literal:
        return blocks.ChoiceBlock(choices=[(choice, choice) for choice in get_args(base)], required=False, **options)
    if base is bool:
        return blocks.BooleanBlock(required=False, **options)
    if base is int:
        return blocks.IntegerBlock(required=False, **options)
    if base is float:
        return blocks.FloatBlock(required=False, **options)
    return _text(marks, options)


def _text(marks: tuple[Any, ...], options: dict[str, Any]) -> blocks.Block:
    most = max((mark.most for mark in marks if isinstance(mark, Text)), default=0)
    if most > ONE_LINE:
        return blocks.TextBlock(required=False, rows=2, **options)
    return blocks.CharBlock(required=False, **options)


class CaseStreamBlock(blocks.StreamBlock):
    """One case, of either kind."""

    negotiation = struct_of(NegotiationCase, label=_("Negotiation"), icon="group")
    interview = struct_of(InterviewCase, label=_("Interview"), icon="comment")

    class Meta:
        max_num = 1
