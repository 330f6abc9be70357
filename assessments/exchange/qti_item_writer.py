"""One question as an assessment item of QTI 3.0."""

import re
from collections.abc import Iterable
from decimal import Decimal

from assessments.exchange.markup import as_blocks, has_blocks
from assessments.exchange.qti_items import UNNAMED
from assessments.exchange.questions import (
    FULL,
    NONE,
    Choice,
    Essay,
    Match,
    Numeric,
    Option,
    Order,
    Question,
    Scale,
    ShortText,
    TrueFalse,
)
from assessments.exchange.writing import decimal_text, element, lines, said, xhtml
from assessments.uploaded.kinds import media_types

NAMESPACE = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,99}")
_RESPONSE = {"response-identifier": "RESPONSE"}
_TEMPLATES = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/"


def item_identifier(question: Question, place: int) -> str:
    """The question's own where QTI allows it, else one that our reader takes for none."""
    allowed = _IDENTIFIER.fullmatch(question.identifier) and not question.identifier.startswith(UNNAMED)
    return question.identifier if allowed else f"{UNNAMED}{place}"


def unwritable(question: Question) -> str:
    """Why QTI cannot hold a question, empty where it can."""
    if isinstance(question.body, ShortText) and any("*" in one.text for one in question.body.wordings):
        return "An answer has a * for any words, which QTI 3.0 cannot say. Write the answers out."
    return ""


def item_element(question: Question, identifier: str) -> str:
    declaration, interaction, rules, feedback = _parts(question)
    shown = lines([_modal("FEEDBACK", key, html) for key, html in feedback if html])
    general = _modal("GENERAL", "general", question.feedback) if question.feedback else ""
    return element(
        "qti-assessment-item",
        "\n",
        lines(
            [
                declaration,
                _outcome("SCORE", "single", "float", {"normal-maximum": "1"}) if declaration else "",
                _outcome("FEEDBACK", "multiple", "identifier") if shown else "",
                _outcome("GENERAL", "single", "identifier") if general else "",
                _item_body(question, interaction),
                _processing(rules, has_general=bool(general)),
                shown,
                general,
            ]
        ),
        "\n",
        attributes={
            "xmlns": NAMESPACE,
            "identifier": identifier,
            "title": question.title,
            "adaptive": "false",
            "time-dependent": "false",
        },
    )


def _item_body(question: Question, interaction: str) -> str:
    text = element("div" if has_blocks(question.text) else "p", xhtml(question.text))
    # A wrapper around text and interaction tells the text from what the interaction brings.
    attributes = {"class": "likert"} if isinstance(question.body, Scale) else None
    return element("qti-item-body", text, interaction, attributes=attributes)


def _flow(html: str) -> str:
    return element("div", xhtml(html)) if has_blocks(html) else xhtml(html)


def _outcome(identifier: str, cardinality: str, base_type: str, more: dict[str, str] | None = None) -> str:
    attributes = {"identifier": identifier, "cardinality": cardinality, "base-type": base_type}
    return element("qti-outcome-declaration", attributes=attributes | (more or {}))


def _modal(outcome: str, identifier: str, html: str) -> str:
    body = element("qti-content-body", element("div", xhtml(as_blocks(html)))) if has_blocks(html) else ""
    return element(
        "qti-modal-feedback",
        body or element("qti-content-body", element("p", xhtml(html))),
        attributes={"outcome-identifier": outcome, "identifier": identifier, "show-hide": "show"},
    )


def _set(identifier: str, value: str) -> str:
    return element("qti-set-outcome-value", value, attributes={"identifier": identifier})


def _value(base_type: str, text: str) -> str:
    return element("qti-base-value", said(text), attributes={"base-type": base_type})


_VARIABLE = element("qti-variable", attributes={"identifier": "RESPONSE"})


def _processing(rules: str, *, has_general: bool) -> str:
    """`rules`: XML, or the name of a template."""
    if rules in ("match_correct", "map_response"):
        if not has_general:
            return element("qti-response-processing", attributes={"template": f"{_TEMPLATES}{rules}.xml"})
        rules = _MATCHED if rules == "match_correct" else _MAPPED
    general = _set("GENERAL", _value("identifier", "general")) if has_general else ""
    return element("qti-response-processing", rules, general) if rules or general else ""


_MAPPED = _set("SCORE", element("qti-map-response", attributes={"identifier": "RESPONSE"}))
_MATCHED = element(
    "qti-response-condition",
    element(
        "qti-response-if",
        element("qti-match", _VARIABLE, element("qti-correct", attributes={"identifier": "RESPONSE"})),
        _set("SCORE", _value("float", "1")),
    ),
)

Feedback = list[tuple[str, str]]


def _parts(question: Question) -> tuple[str, str, str, Feedback]:
    """Declaration of the response, interaction, rules, feedback by identifier."""
    body = question.body
    if isinstance(body, Choice):
        identifiers = [f"choice_{place}" for place in range(1, len(body.options) + 1)]
        return _choice(list(zip(identifiers, body.options, strict=True)), several=body.several)
    if isinstance(body, TrueFalse):
        right, wrong = (FULL, NONE) if body.is_true else (NONE, FULL)
        return _choice(
            [("true", Option("True", right, body.true_feedback)), ("false", Option("False", wrong, body.false_feedback))],
            several=False,
        )
    if isinstance(body, Scale):
        steps = [(f"point_{place}", text) for place, text in enumerate(body.points, start=1)]
        return _declaration("single", "identifier"), _choices("qti-choice-interaction", steps, {"max-choices": "1"}), "", []
    if isinstance(body, Order):
        steps = [(f"step_{place}", text) for place, text in enumerate(body.steps, start=1)]
        declaration = _declaration("ordered", "identifier", [identifier for identifier, _text in steps])
        return declaration, _choices("qti-order-interaction", steps, {"shuffle": "true"}), "match_correct", []
    if isinstance(body, Match):
        return _match(body)
    if isinstance(body, (ShortText, Numeric)):
        return _typed(body)
    if isinstance(body, Essay) and body.endings:
        types = {"type": " ".join(media_types(body.endings))}
        return _declaration("single", "file"), element("qti-upload-interaction", attributes=_RESPONSE | types), "", []
    if isinstance(body, Essay):
        interaction = element("qti-extended-text-interaction", attributes=_RESPONSE)
        return _declaration("single", "string"), interaction, "", []
    return "", "", "", []


def _declaration(cardinality: str, base_type: str, correct: Iterable[str] = (), mapping: str = "") -> str:
    values = [element("qti-value", said(value)) for value in correct]
    return element(
        "qti-response-declaration",
        element("qti-correct-response", *values) if values else "",
        mapping,
        attributes={"identifier": "RESPONSE", "cardinality": cardinality, "base-type": base_type},
    )


def _choices(name: str, choices: Iterable[tuple[str, str]], attributes: dict[str, str]) -> str:
    listed = [element("qti-simple-choice", _flow(text), attributes={"identifier": identifier}) for identifier, text in choices]
    return element(name, *listed, attributes=_RESPONSE | attributes)


def _choice(options: list[tuple[str, Option]], *, several: bool) -> tuple[str, str, str, Feedback]:
    mapping = element(
        "qti-mapping",
        *[
            element("qti-map-entry", attributes={"map-key": identifier, "mapped-value": decimal_text(option.fraction / 100)})
            for identifier, option in options
        ],
        attributes={"default-value": "0", "lower-bound": "0", "upper-bound": "1"},
    )
    right = [identifier for identifier, option in options if option.fraction > 0 and (several or option.fraction == FULL)]
    declaration = _declaration("multiple" if several else "single", "identifier", right if several else right[:1], mapping)
    interaction = _choices(
        "qti-choice-interaction",
        [(identifier, option.text) for identifier, option in options],
        {"max-choices": "0" if several else "1"},
    )
    feedback = [(identifier, option.feedback) for identifier, option in options]
    shows = any(html for _identifier, html in feedback)
    return declaration, interaction, _MAPPED + _set("FEEDBACK", _VARIABLE) if shows else "map_response", feedback


def _match(body: Match) -> tuple[str, str, str, Feedback]:
    """Pairs that share their answer share its entry, as one answer may be used more than once."""
    shared = list(dict.fromkeys(pair.answer for pair in body.pairs))
    answers = [*shared, *body.distractors]
    key = [f"prompt_{place} answer_{shared.index(pair.answer) + 1}" for place, pair in enumerate(body.pairs, start=1)]
    interaction = element(
        "qti-match-interaction",
        _match_set("prompt", [_flow(pair.prompt) for pair in body.pairs], "1"),
        _match_set("answer", [said(answer) for answer in answers], "0"),
        attributes=_RESPONSE | {"max-associations": "0", "shuffle": "true"},
    )
    return _declaration("multiple", "directedPair", key), interaction, "match_correct", []


def _match_set(name: str, entries: list[str], most: str) -> str:
    return element(
        "qti-simple-match-set",
        *[
            element("qti-simple-associable-choice", entry, attributes={"identifier": f"{name}_{place}", "match-max": most})
            for place, entry in enumerate(entries, start=1)
        ],
    )


def _typed(body: ShortText | Numeric) -> tuple[str, str, str, Feedback]:
    """One branch for each answer; the first that fits counts."""
    base_type = "float" if isinstance(body, Numeric) else "string"
    compared: list[tuple[str, str]] = []
    if isinstance(body, Numeric):
        listed = [(one.fraction, one.feedback) for one in body.numbers]
        compared = [
            ("", "") if one.value is None else (_equal(one.value, one.tolerance), decimal_text(one.value))
            for one in body.numbers
        ]
    else:
        listed = [(one.fraction, one.feedback) for one in body.wordings]
        compared = [(_same(one.text, case_sensitive=body.case_sensitive), one.text) for one in body.wordings]
    branches, feedback = [], []
    for place, ((fraction, html), (condition, _key)) in enumerate(zip(listed, compared, strict=True), start=1):
        identifier = f"answer_{place}"
        feedback.append((identifier, html))
        shown = _set("FEEDBACK", _value("identifier", identifier)) if html else ""
        branches.append((condition, _set("SCORE", _value("float", decimal_text(fraction / 100))) + shown))
    correct = [key for (fraction, _html), (_condition, key) in zip(listed, compared, strict=True) if key and fraction > 0]
    interaction = element("p", element("qti-text-entry-interaction", attributes=_RESPONSE))
    return _declaration("single", base_type, correct[:1]), interaction, _conditions(branches), feedback


def _conditions(branches: list[tuple[str, str]]) -> str:
    """Each in a condition of its own would add up; as branches of one, the first that fits counts."""
    written = []
    for place, (condition, consequence) in enumerate(branches):
        name = "qti-response-if" if place == 0 else "qti-response-else-if"
        written.append(element(name if condition else "qti-response-else", condition, consequence))
    return element("qti-response-condition", *written)


def _equal(value: Decimal, tolerance: Decimal) -> str:
    within = decimal_text(tolerance)
    mode = {"tolerance-mode": "absolute", "tolerance": f"{within} {within}"} if tolerance else {"tolerance-mode": "exact"}
    return element("qti-equal", _VARIABLE, _value("float", decimal_text(value)), attributes=mode)


def _same(text: str, *, case_sensitive: bool) -> str:
    attributes = {"case-sensitive": "true" if case_sensitive else "false"}
    return element("qti-string-match", _VARIABLE, _value("string", text), attributes=attributes)
