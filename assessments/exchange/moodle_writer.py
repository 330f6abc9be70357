"""Questions as Moodle XML. What it has no type for is named, and left out."""

from collections.abc import Iterable
from dataclasses import dataclass

from assessments.exchange.questions import (
    FULL,
    NONE,
    Choice,
    Essay,
    Match,
    Numeric,
    Order,
    Question,
    QuestionKind,
    Remark,
    Scale,
    ShortText,
    TrueFalse,
)
from assessments.exchange.writing import decimal_text, document, element, lines, said

_TYPES = {
    QuestionKind.SINGLE: "multichoice",
    QuestionKind.MULTIPLE: "multichoice",
    QuestionKind.TRUE_FALSE: "truefalse",
    QuestionKind.MATCH: "matching",
    QuestionKind.ORDER: "ordering",
    QuestionKind.NUMERIC: "numerical",
    QuestionKind.SHORT_TEXT: "shortanswer",
    QuestionKind.ESSAY: "essay",
    QuestionKind.DESCRIPTION: "description",
}
_HTML = {"format": "html"}


@dataclass(frozen=True)
class Written:
    """A file, and what of the questions it does not hold."""

    data: bytes
    refused: tuple[Remark, ...] = ()


def write_moodle(questions: Iterable[Question]) -> Written:
    parts, refused, category = [], [], ""
    for question in questions:
        if isinstance(question.body, Scale):
            refused.append(
                Remark(question.line, "Moodle has no rating scale among its questions. Export it as QTI 3.0, which has.")
            )
            continue
        if question.category != category:
            category = question.category
            parts.append(_category(category))
        parts.append(_question(question))
    return Written(document(element("quiz", "\n", lines(parts), "\n")), tuple(refused))


def _category(name: str) -> str:
    return element("question", element("category", _text(name)), attributes={"type": "category"})


def _question(question: Question) -> str:
    return element(
        "question",
        element("name", _text(question.title)),
        element("questiontext", _text(question.text), attributes=_HTML),
        element("generalfeedback", _text(question.feedback), attributes=_HTML),
        element("idnumber", said(question.identifier)),
        *_body(question),
        element("tags", *[element("tag", _text(tag)) for tag in question.tags]) if question.tags else "",
        attributes={"type": _TYPES[question.kind]},
    )


def _text(text: str) -> str:
    return element("text", said(text))


def _answer(text: str, fraction: str, feedback: str, *more: str, form: str = "") -> str:
    return element(
        "answer",
        _text(text),
        element("feedback", _text(feedback), attributes=_HTML),
        *more,
        attributes={"fraction": fraction} | ({"format": form} if form else {}),
    )


def _body(question: Question) -> list[str]:
    body = question.body
    if isinstance(body, Choice):
        answers = [_answer(one.text, decimal_text(one.fraction), one.feedback, form="html") for one in body.options]
        return [element("single", "false" if body.several else "true"), *answers]
    if isinstance(body, TrueFalse):
        return [
            _answer("true", decimal_text(FULL if body.is_true else NONE), body.true_feedback),
            _answer("false", decimal_text(NONE if body.is_true else FULL), body.false_feedback),
        ]
    if isinstance(body, ShortText):
        answers = [_answer(one.text, decimal_text(one.fraction), one.feedback) for one in body.wordings]
        return [element("usecase", "1" if body.case_sensitive else "0"), *answers]
    if isinstance(body, Numeric):
        return _numbers(body)
    if isinstance(body, Match):
        return _pairs(body)
    if isinstance(body, Order):
        steps = enumerate(body.steps, start=1)
        return [_answer(step, str(place), "", form="html") for place, step in steps]
    return _essay(body) if isinstance(body, Essay) else []


def _essay(body: Essay) -> list[str]:
    """Nothing where nothing is said of the answer: Moodle has settings of its own for that."""
    if body.endings:
        return [
            element("responseformat", "noinline"),
            element("responserequired", "0"),
            element("attachments", "1"),
            element("attachmentsrequired", "1"),
            element("maxbytes", str(body.most_bytes)),
            element("filetypeslist", ",".join(body.endings)),
        ]
    if not body.most:
        return []
    return [
        element("responseformat", "plain"),
        element("responserequired", "1"),
        element("minwordlimit", str(body.fewest)) if body.fewest else "",
        element("maxwordlimit", str(body.most)),
    ]


def _numbers(body: Numeric) -> list[str]:
    return [
        _answer(
            "*" if one.value is None else decimal_text(one.value),
            decimal_text(one.fraction),
            one.feedback,
            element("tolerance", decimal_text(one.tolerance)),
        )
        for one in body.numbers
    ]


def _pairs(body: Match) -> list[str]:
    halves = [(pair.prompt, pair.answer) for pair in body.pairs] + [("", answer) for answer in body.distractors]
    return [
        element("subquestion", _text(prompt), element("answer", _text(answer)), attributes=_HTML) for prompt, answer in halves
    ]
