"""Questions of a file as drafts of the item bank: the same file again changes nothing, another text makes a version."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.text import slugify

from assessments.enums import ItemKind, ItemState, ItemUse
from assessments.exchange import Question, QuestionKind, Remark
from assessments.exchange.questions import FULL, NONE, Choice, Match, Order, ShortText
from assessments.formats.texts import LONGEST, normalised
from assessments.models import Item
from assessments.services.bank_texts import NotKept, in_one_line, paragraphs
from assessments.services.imported import RIGHT, Content, content_of
from assessments.services.items import upsert_item

_NAMESPACE = UUID("7b0e4f0a-6a83-5c0e-9d7c-2f6f3d3f5b11")
_MAX_SOURCE, _MAX_LABEL, _MAX_CONCEPT = 40, 40, 300
_ALL = Decimal("99.9")  # thirds of a mark add up to 99.99999
_NUMBERED = re.compile(r".*/q(\d{1,6})")
_KINDS = {
    QuestionKind.TRUE_FALSE: "True or false",
    QuestionKind.NUMERIC: "A number as answer",
    QuestionKind.ESSAY: "An essay as answer",
    QuestionKind.DESCRIPTION: "A text that asks nothing",
    QuestionKind.SCALE: "A rating scale",
}


@dataclass
class ImportResult:
    """How many items are new, have another text, or are as they were; what could not be kept, and what was left out."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)


@transaction.atomic
def import_questions(*, questions: Iterable[Question], file_name: str) -> ImportResult:
    """Keep what the bank can keep yet, as drafts for assessments: all of it or, where this raises, nothing.

    `file_name` tells files apart: a question is known again by its identifier or title within its file, else by its words,
    else by its place. What an author changed in the bank stays until the file says something new.
    """
    result = ImportResult()
    questions = list(questions)
    kept, result.refused = _parted(questions)
    source = _source(file_name)
    for (question, content), (key, uuid) in zip(kept, _identities(source, questions, kept), strict=True):
        _store(question, content, key, uuid, result)
    result.notes.extend(_left_out([question for question, _content in kept]))
    return result


def not_kept(questions: Iterable[Question]) -> list[Remark]:
    """What `import_questions` would refuse of these, and why. Reads and writes nothing."""
    return _parted(questions)[1]


def _parted(questions: Iterable[Question]) -> tuple[list[tuple[Question, Content]], list[Remark]]:
    """What the bank can keep yet, and why it cannot keep the others."""
    kept, refused = [], []
    for question in questions:
        try:
            kept.append((question, _content(question)))
        except NotKept as error:
            refused.append(Remark(question.line, _within(question, str(error))))
    return kept, refused


def _within(question: Question, message: str) -> str:
    return f"{question.file}: {message}" if question.file else message


# What is kept ---------------------------------------------------------------------------------------------------------


def _content(question: Question) -> Content:
    """Raises NotKept for what the bank cannot keep yet."""
    body = question.body
    if not isinstance(body, Choice | Order | Match | ShortText):
        raise NotKept(
            f"{_KINDS[question.kind]} cannot be kept in the bank yet, so it was left out. Choices, orders, matches and short "
            "texts can."
        )
    right = _right(body) if isinstance(body, Choice) else []
    if isinstance(body, ShortText):
        _require_wordings(body)
    try:
        *before, prompt = paragraphs(question.text)
        kind, options = _options(body, right)
    except NotKept as error:
        raise NotKept(f"It has {error}, which cannot be kept in the bank yet, so it was left out.") from None
    _require_distinct(kind, options)
    others = sorted({" ".join(text.split()) for text in body.distractors}) if isinstance(body, Match) else []
    return Content(kind, "\n\n".join(before), prompt, options, tuple(others))


def _require_wordings(body: ShortText) -> None:
    """Raises NotKept where another answer would be right in the bank than in the file."""
    if any("*" in one.text for one in body.wordings):
        raise NotKept("One of its answers has a * for any words, which the bank cannot compare, so it was left out.")
    if body.case_sensitive:
        raise NotKept("Its answers tell capitals from small letters, which the bank does not, so it was left out.")
    if any(NONE < one.fraction < FULL for one in body.wordings):
        raise NotKept("Its answers earn parts of the mark, which cannot be kept in the bank yet, so it was left out.")
    if not any(one.fraction == FULL for one in body.wordings):
        raise NotKept("None of its answers is right, so it was left out.")
    if long := next((one.text for one in body.wordings if len(one.text) > LONGEST), ""):
        raise NotKept(f"Its answer “{long[:40]}…” is longer than {LONGEST} characters, so it was left out.")
    said: dict[str, tuple[bool, str]] = {}
    for one in body.wordings:
        told = (one.fraction == FULL, one.feedback)
        if said.setdefault(normalised(one.text), told) != told:
            raise NotKept(
                f"“{one.text}” is there twice, with another mark or feedback: the bank does not tell capitals, spaces and "
                "punctuation at the ends apart. It was left out."
            )


def _wordings(body: ShortText) -> tuple[tuple[str, str, str], ...]:
    """Each once, since the bank takes those for one that differ in capitals, spaces or punctuation at the ends alone."""
    first = {normalised(one.text): one for one in reversed(body.wordings)}
    kept = [one for one in body.wordings if first[normalised(one.text)] is one]
    return tuple((" ".join(one.text.split()), in_one_line(one.feedback), RIGHT if one.fraction == FULL else "") for one in kept)


def _options(body: Choice | Order | Match | ShortText, right: list[bool]) -> tuple[str, tuple[tuple[str, str, str], ...]]:
    if isinstance(body, Order):
        return ItemKind.ORDER, tuple((in_one_line(step), "", "") for step in body.steps)
    if isinstance(body, Match):
        return ItemKind.MATCH, tuple((in_one_line(pair.prompt), "", " ".join(pair.answer.split())) for pair in body.pairs)
    if isinstance(body, ShortText):
        return ItemKind.TEXT, _wordings(body)
    options = tuple(
        (in_one_line(option.text), in_one_line(option.feedback), RIGHT if is_right else "")
        for option, is_right in zip(body.options, right, strict=True)
    )
    return ItemKind.MULTIPLE if body.several else ItemKind.SINGLE, options


def _require_distinct(kind: str, options: tuple[tuple[str, str, str], ...]) -> None:
    if len({text for text, _feedback, _belongs in options}) < len(options):
        parts = {ItemKind.ORDER: "steps", ItemKind.MATCH: "parts"}.get(ItemKind(kind), "answers")
        raise NotKept(f"Two of its {parts} say the same, so it was left out. Tell them apart.")
    if kind == ItemKind.MATCH and len({belongs for _text, _feedback, belongs in options}) < 2:
        raise NotKept("The same belongs to all of its parts, so it was left out.")


def _right(body: Choice) -> list[bool]:
    """Which options are the key. The bank knows right and wrong, and no part of a mark."""
    right = [option.fraction > 0 for option in body.options]
    earned = [option.fraction for option in body.options if option.fraction > 0]
    whole = sum(earned) >= _ALL and len(set(earned)) == 1 if body.several else earned[:1] == [FULL] and len(set(earned)) == 1
    if not whole:
        raise NotKept("Its answers earn parts of the mark, which cannot be kept in the bank yet, so it was left out.")
    if not body.several and len(earned) > 1:
        raise NotKept("It has several right answers of which one is chosen. Leave one, or make it multiple choice.")
    return right


def _left_out(questions: list[Question]) -> list[Remark]:
    """What questions of the file have beside their answers and the bank has no place for yet."""
    counted = {
        "general feedback": sum(bool(question.feedback) for question in questions),
        "categories": sum(bool(question.category) for question in questions),
        "deductions for wrong answers": sum(_deducts(question) for question in questions),
    }
    return [
        Remark(1, f"The bank does not keep {name} yet: left out of {count:,} {'question' if count == 1 else 'questions'}.")
        for name, count in counted.items()
        if count
    ]


def _deducts(question: Question) -> bool:
    return isinstance(question.body, Choice) and any(option.fraction < 0 for option in question.body.options)


# Which item it is -----------------------------------------------------------------------------------------------------


def _source(file_name: str) -> str:
    """What the keys of a file begin with."""
    slug = slugify(file_name) or "questions"
    if len(slug) <= _MAX_SOURCE:
        return slug
    return f"{slug[: _MAX_SOURCE - 9]}-{hashlib.sha256(slug.encode()).hexdigest()[:8]}"


def _identities(source: str, questions: list[Question], kept: list[tuple[Question, Content]]) -> list[tuple[str, UUID]]:
    """Key and identity of each question that is kept."""
    labels = Counter(_label(question) for question in questions)
    unnamed = [one for one in kept if not _label(one[0]) or labels[_label(one[0])] > 1]
    numbers = dict(zip(map(id, unnamed), _numbers(source, questions, unnamed), strict=True))
    found = []
    for one in kept:
        number = numbers.get(id(one))
        label = f"number:{number}" if number else _label(one[0])
        uuid = uuid5(_NAMESPACE, f"{source}\n{label}")
        words = slugify(one[0].identifier or one[0].title)[:_MAX_LABEL].strip("-")
        found.append((f"{source}/q{number}" if number else f"{source}/{words}-{uuid.hex[:8]}", uuid))
    return found


def _label(question: Question) -> str:
    """By what its file tells it from others, empty where it has neither identifier nor title."""
    if question.identifier:
        return f"identifier:{question.identifier}"
    return f"title:{question.category}\n{question.title}" if question.title else ""


def _numbers(source: str, questions: list[Question], unnamed: list[tuple[Question, Content]]) -> list[int]:
    """Of questions without a name: the number of the item with the same words, then of that with the same place, else a
    new one. So a question that moves within its file, or stands behind a new one, stays the item it was.
    """
    items = Item.objects.filter(course=None, use=ItemUse.FORM, key__startswith=f"{source}/q").select_related("current_version")
    free = {int(found[1]): item for item in items if (found := _NUMBERED.fullmatch(item.key))}
    highest = max([*free, len(questions)], default=0)
    place_of = {id(question): place for place, question in enumerate(questions, start=1)}
    numbers: dict[int, int] = {}
    for same in (_same_content, _same_question):
        by_words: dict[object, list[int]] = {}
        for number in sorted(free, reverse=True):
            by_words.setdefault(same(content_of(free[number])), []).append(number)
        for place, (_question, content) in enumerate(unnamed):
            waiting = by_words.get(same(content)) if place not in numbers else None
            if waiting:
                numbers[place] = waiting.pop()
                del free[numbers[place]]
    taken = set(numbers.values()) | set(free)
    for place, (question, _content) in enumerate(unnamed):
        if place in numbers:
            continue
        number = place_of[id(question)]
        if number in free:
            del free[number]
        elif number in taken:
            highest += 1
            number = highest
        taken.add(number)
        numbers[place] = number
    return [numbers[place] for place in range(len(unnamed))]


def _same_content(content: Content | None) -> object:
    return content


def _same_question(content: Content | None) -> object:
    return (content.situation, content.prompt) if content else None


# Writing --------------------------------------------------------------------------------------------------------------


def _store(question: Question, content: Content, key: str, uuid: UUID, result: ImportResult) -> None:
    item = Item.objects.select_for_update(no_key=True).filter(uuid=uuid).select_related(None).first()
    if item is not None and content == content_of(item):
        result.unchanged += 1
        return
    if item is not None and any(content == content_of(item, version) for version in item.versions.all()):
        result.unchanged += 1
        result.notes.append(
            Remark(
                question.line, _within(question, "It was edited in the bank since it was imported, and stays as it is there.")
            )
        )
        return
    if item is not None and item.state != ItemState.DRAFT:
        state = "retired" if item.is_retired else f"in use ({item.get_state_display().lower()})"
        message = f"It is {state} and was left as it is. Change it in the bank."
        result.refused.append(Remark(question.line, _within(question, message)))
        return
    _upsert(item, question, content, key, uuid)
    if item is None:
        result.new += 1
    else:
        result.changed += 1


def _upsert(item: Item | None, question: Question, content: Content, key: str, uuid: UUID) -> None:
    """What an author has said of an item in the bank stays."""
    version = item.current_version if item else None
    upsert_item(
        course=None,
        key=item.key if item else key,
        uuid=uuid,
        use=ItemUse.FORM,
        kind=content.kind,
        skill_slug=item.skill.slug if item and item.skill else None,
        situation=content.situation,
        prompt=content.prompt,
        options=content.given() + content.targets(),
        correct=content.key(),
        concept=version.concept if version else question.title[:_MAX_CONCEPT],
        relationship=item.relationship if item else "",
        industry=item.industry if item else "",
        state=ItemState.DRAFT,
        tags=[*dict.fromkeys([*(item.tags.names() if item else ()), *question.tags])],
        language=version.language if version else "",
        translation_of=item.translation_of if item else None,
        picture=version.picture if version else None,
    )
