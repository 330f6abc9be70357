"""Moodle XML (docs.moodle.org, "Moodle XML format"): the types of Moodle's core that ask one thing."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from assessments.exchange.collecting import Collector, number, numeric, percent
from assessments.exchange.markup import TextFormat, plain, to_html
from assessments.exchange.questions import (
    FULL,
    NONE,
    Body,
    Choice,
    Description,
    Essay,
    FileRefused,
    Match,
    Number,
    Numeric,
    Option,
    Order,
    Pair,
    Question,
    QuestionRefused,
    ShortText,
    TrueFalse,
    Wording,
)
from assessments.exchange.xml_tree import Node, parse

_FORMATS = {
    "html": TextFormat.HTML,
    "": TextFormat.HTML,
    "moodle_auto_format": TextFormat.MOODLE,
    "plain_text": TextFormat.PLAIN,
    "markdown": TextFormat.MARKDOWN,
}
_UNSUPPORTED = {
    "calculated": "calculated",
    "calculatedmulti": "calculated multiple choice",
    "calculatedsimple": "simple calculated",
    "cloze": "embedded answers (Cloze)",
    "multianswer": "embedded answers (Cloze)",
    "ddimageortext": "drag and drop onto an image",
    "ddmarker": "drag and drop markers",
    "ddwtos": "drag and drop into text",
    "gapselect": "select missing words",
    "missingtype": "a type that Moodle itself did not know",
    "random": "random question",
    "randomsamatch": "random short-answer matching",
}
# What belongs to a question in Moodle and has no counterpart here: said, where a file has it.
_LEFT_OUT = {
    "correctfeedback": "feedback for right answers",
    "partiallycorrectfeedback": "feedback for partly right answers",
    "incorrectfeedback": "feedback for wrong answers",
    "hint": "hints",
    "graderinfo": "information for graders",
    "responsetemplate": "the response template",
}


@dataclass
class _Reader:
    """One <question>."""

    node: Node
    category: str
    removed: list[str]

    def question(self) -> Question:
        kind = self.node.get("type")
        bodies = self._bodies()
        if kind not in bodies:
            raise QuestionRefused(self._unsupported(kind))
        self._note_left_out()
        return Question(
            text=self._html(self.node.first("questiontext")),
            body=bodies[kind](),
            title=_title(self.node),
            feedback=self._html(self.node.first("generalfeedback")),
            identifier=self.node.text_of("idnumber")[:500],
            category=self.category,
            tags=self._tags(),
        )

    def _bodies(self) -> dict[str, Callable[[], Body]]:
        return {
            "multichoice": self._choice,
            "truefalse": self._true_false,
            "shortanswer": self._short_text,
            "numerical": self._numeric,
            "matching": self._match,
            "match": self._match,
            "ordering": self._order,
            "essay": Essay,
            "description": Description,
        }

    def _unsupported(self, kind: str) -> str:
        named = _UNSUPPORTED.get(kind, kind[:40] or "not named")
        title = _title(self.node)
        which = f"“{title[:60]}”" if title else "This question"
        return (
            f"{which} is of the type {named}, which cannot be imported. "
            "Ask it as multiple choice, short answer, matching or ordering."
        )

    def _note_left_out(self) -> None:
        for name, words in _LEFT_OUT.items():
            if any(node.text_of("text") for node in self.node.all(name)):
                self.removed.append(words)
        if any(node.name == "file" for node in self.node.walk()):
            self.removed.append("attached files")

    def _tags(self) -> tuple[str, ...]:
        tags = self.node.first("tags")
        names = [" ".join(tag.text.split()) for tag in tags.all("tag")] if tags else []
        return tuple(dict.fromkeys(name[:100] for name in names if name))

    def _html(self, node: Node | None) -> str:
        """Clean HTML of an element that holds <text> and may say its format; else it is that of the question."""
        if node is None:
            return ""
        own = node.get("format") or (self.node.first("questiontext") or node).get("format")
        form = _FORMATS.get(own)
        if form is None:
            raise QuestionRefused(f"The text format “{own[:40]}” is not known. Use html, plain_text or markdown.", node.line)
        return to_html(node.text_of("text"), form, self.removed)

    def _plain(self, node: Node) -> str:
        """An answer that is typed: text as it is, unless it says that it is HTML."""
        text = node.text_of("text")
        return plain(to_html(text, TextFormat.HTML, self.removed)) if node.get("format") == "html" else " ".join(text.split())

    def _fraction(self, answer: Node) -> Decimal:
        try:
            return percent(answer.get("fraction", "0"))
        except QuestionRefused as error:
            raise QuestionRefused(str(error), answer.line) from None

    def _feedback(self, answer: Node) -> str:
        return self._html(answer.first("feedback"))

    def _choice(self) -> Choice:
        options = tuple(
            Option(self._html(answer), self._fraction(answer), self._feedback(answer)) for answer in self.node.all("answer")
        )
        single = self.node.text_of("single").lower() in ("true", "1", "")
        return Choice(options, several=not single)

    def _true_false(self) -> TrueFalse:
        answers = {answer.text_of("text").lower(): answer for answer in self.node.all("answer")}
        if set(answers) != {"true", "false"}:
            raise QuestionRefused("Its answers are not “true” and “false”. Correct them, or ask it as multiple choice.")
        right = [name for name, answer in answers.items() if self._fraction(answer) == FULL]
        if len(right) != 1:
            raise QuestionRefused("Either true or false has to be right. Give one of them 100% and the other 0.")
        return TrueFalse(right == ["true"], self._feedback(answers["true"]), self._feedback(answers["false"]))

    def _short_text(self) -> ShortText:
        wordings = tuple(
            Wording(" ".join(answer.text_of("text").split()), self._fraction(answer), self._feedback(answer))
            for answer in self.node.all("answer")
        )
        return ShortText(wordings, case_sensitive=self.node.text_of("usecase") in ("1", "true"))

    def _numeric(self) -> Numeric:
        units = self.node.first("units")
        if units and units.all("unit"):
            raise QuestionRefused("Its numbers have units, which cannot be imported. Ask for the number alone.", units.line)
        return numeric([self._number(answer) for answer in self.node.all("answer")])

    def _number(self, answer: Node) -> Number:
        text, fraction, feedback = answer.text_of("text"), self._fraction(answer), self._feedback(answer)
        if text == "*":
            return Number(None, NONE, fraction, feedback)
        try:
            tolerance = answer.text_of("tolerance")
            return Number(number(text), abs(number(tolerance)) if tolerance else NONE, fraction, feedback)
        except QuestionRefused as error:
            raise QuestionRefused(str(error), answer.line) from None

    def _match(self) -> Match:
        pairs, distractors = [], []
        for node in self.node.all("subquestion"):
            prompt, answer = self._html(node), " ".join(node.text_of("answer", "text").split())
            if prompt:
                pairs.append(Pair(prompt, answer))
            elif answer:
                distractors.append(answer)
        return Match(tuple(pairs), tuple(distractors))

    def _order(self) -> Order:
        """In the order of the fractions where each answer has its own, as Moodle writes them; else as they stand."""
        answers = self.node.all("answer")
        places = [number(answer.get("fraction", "0")) for answer in answers]
        if len(set(places)) == len(places):
            answers = [answer for _place, answer in sorted(zip(places, answers, strict=True), key=lambda pair: pair[0])]
        return Order(tuple(self._html(answer) for answer in answers))


def read_moodle(text: str, found: Collector) -> None:
    """Each question of a decoded file, into `found`. Raises FileRefused where it is no Moodle XML."""
    root = parse(text)
    if root.name != "quiz":
        raise FileRefused(
            f"This is no Moodle XML: its first element is <{root.name[:40]}>, not <quiz>. Choose another format.", root.line
        )
    category = ""
    for node in root.elements:
        if node.name != "question":
            found.refuse(node.line, f"<{node.name[:40]}> is no question, so nothing of it was read. Remove it.")
        elif node.get("type") == "category":
            category = node.text_of("category", "text")[:500]
        else:
            found.add(node.line, partial(_question, node, category))


def _question(node: Node, category: str, removed: list[str]) -> Question:
    return _Reader(node, category, removed).question()


def _title(node: Node) -> str:
    return " ".join(node.text_of("name", "text").split())[:500]
