"""Open questions of a file: what is asked, how it is answered, by which levels raters rate and on which anchors they train."""

from typing import Any

from assessments.formats.written import DOCUMENTS, MOST_MEGABYTES, MOST_MINUTES, MOST_WORDS, AnswerTerms, Means, words_in
from assessments.item_rules.fields import Fields, Notes
from assessments.item_rules.model import (
    ASKED,
    FEWEST_ANCHORS,
    FEWEST_SCORES,
    RUBRIC_LEVELS,
    Anchor,
    OpenItem,
    RubricLevel,
)

_OPEN = ("id", "course", "skill", "asked", "situation", "question", "answer", "levels", "anchors", "concept", "terms")
_ANSWER = {Means.WORDS: ("fewest", "most"), Means.FILE: ("kinds", "megabytes"), Means.AUDIO: ("minutes",)}


def read_open(data: Any, notes: Notes) -> OpenItem | None:
    """None where it cannot be asked or rated; what is wrong with it is noted."""
    notes = notes.at(item=str(data.get("id", "?")) if isinstance(data, dict) else "?")
    before = len(notes.findings)
    fields = Fields(data, "the open question", notes, _OPEN)
    question = OpenItem(
        id=fields.id(),
        file=notes.file,
        course=fields.text("course"),
        skill=fields.text("skill"),
        asked=fields.choice("asked", ASKED),
        situation=fields.text("situation"),
        question=fields.text("question"),
        answer=_answer(fields.data.get("answer"), notes),
        levels=tuple(_level(entry, notes) for entry in fields.list("levels")),
        anchors=tuple(_anchor(entry, notes) for entry in fields.list("anchors")),
        concept=fields.text("concept", required=False),
        terms=fields.texts("terms"),
    )
    _check_rubric(question, notes)
    return question if len(notes.findings) == before else None


def _answer(data: Any, notes: Notes) -> AnswerTerms:
    known = ("by", *(name for names in _ANSWER.values() for name in names))
    fields = Fields(data, "the answer", notes, known)
    means = Means(fields.choice("by", list(Means)) or Means.WORDS)
    for name in fields.data:
        if name in known and name not in ("by", *_ANSWER[means]):
            notes.note(f"An answer by {means} has no “{name}”.", f"It has: {', '.join(_ANSWER[means])}.")

    def whole(name: str, most: int) -> int:
        number = fields.number(name, least=1, most=most) if name in _ANSWER[means] else None
        return int(number or 0)

    terms = AnswerTerms(
        means,
        fewest=whole("fewest", MOST_WORDS),
        most=whole("most", MOST_WORDS),
        kinds=tuple(kind for kind in DOCUMENTS if kind in fields.texts("kinds")) if means == Means.FILE else (),
        megabytes=whole("megabytes", MOST_MEGABYTES),
        minutes=whole("minutes", MOST_MINUTES),
    )
    unknown = sorted(set(fields.texts("kinds")) - set(DOCUMENTS)) if means == Means.FILE else []
    if unknown:
        notes.note(f"There are no files of the kind “{unknown[0]}”.", f"Choose of: {', '.join(DOCUMENTS)}.")
    elif fields.data and (terms.fault or (means == Means.WORDS and not terms.fewest)):
        notes.note("It does not say what an answer should be.", _REMEDY[means])
    return terms


_REMEDY = {
    Means.WORDS: f"Write “fewest” and “most” words, the most above the fewest, {MOST_WORDS:,} at the most.",
    Means.FILE: f"Write “kinds”, such as [pdf, docx], and “megabytes”, {MOST_MEGABYTES} at the most.",
    Means.AUDIO: f"Write “minutes”, from 1 to {MOST_MINUTES}.",
}


def _level(data: Any, notes: Notes) -> RubricLevel:
    fields = Fields(data, "the level", notes, ("name", "words"))
    return RubricLevel(fields.text("name"), fields.text("words"))


def _anchor(data: Any, notes: Notes) -> Anchor:
    anchor_id = str(data.get("id", "?")) if isinstance(data, dict) else "?"
    fields = Fields(data, "the anchor", notes.at(item=notes.item, option=anchor_id), ("id", "score", "text", "reason"))
    if "score" not in fields.data:
        fields.notes.note("“score” of the anchor is missing.", "Write the level that was agreed, from 1 to 5.")
    score = fields.number("score", least=1, most=RUBRIC_LEVELS)
    return Anchor(fields.id(), fields.text("text"), int(score or 0), fields.text("reason"))


def _check_rubric(question: OpenItem, notes: Notes) -> None:
    ids = [anchor.id for anchor in question.anchors]
    if len(question.levels) != RUBRIC_LEVELS:
        notes.note(f"Its rubric has {len(question.levels)} levels.", "Write five, from the lowest to the highest.")
    if len(ids) < FEWEST_ANCHORS:
        notes.note(f"It has {len(ids)} anchors.", f"Raters train on anchors: write {FEWEST_ANCHORS} or more.")
    if len(set(ids)) < len(ids):
        notes.note("Two of its anchors have the same id.", "Give each its own.")
    if len({anchor.score for anchor in question.anchors}) < FEWEST_SCORES:
        notes.note(f"Its anchors have fewer than {FEWEST_SCORES} different levels.", "Agreeing with them would say nothing.")
    terms = question.answer
    if terms.by == Means.WORDS and not terms.fault:
        for anchor in question.anchors:
            if not terms.fewest <= (count := words_in(anchor.text)) <= terms.most:
                at = notes.at(item=notes.item, option=anchor.id)
                at.note(f"The anchor has {count} words.", f"Write {terms.fewest} to {terms.most}, as learners do.")
