"""GIFT, the text format of Moodle (docs.moodle.org, "GIFT format"), its whole grammar.

What is between the braces says the type: nothing (essay), # (numbers), ~ (choice), = with -> (match), T or F, = (short text).
"""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from assessments.exchange.collecting import Collector, number, numeric, percent
from assessments.exchange.gift_blocks import Block, blocks_of, show_escapes
from assessments.exchange.limits import MAX_QUESTION_CHARACTERS
from assessments.exchange.markup import TextFormat, to_html
from assessments.exchange.questions import (
    FULL,
    NONE,
    Body,
    Choice,
    Description,
    Essay,
    Match,
    Number,
    Numeric,
    Option,
    Pair,
    Question,
    QuestionRefused,
    ShortText,
    TrueFalse,
    Wording,
)

BLANK = "_____"
TRUE, FALSE = {"T", "TRUE"}, {"F", "FALSE"}
_TITLE = re.compile(r"\s*::(.*?)::", re.DOTALL)
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
_OTHER_FORMAT = re.compile(r"\s*\[(\w{1,20})\](?=\S)")
_WEIGHT = re.compile(r"%(-?\d{1,3}(?:\.\d{1,10})?)%")
_OPEN_ELEMENT = re.compile(r"<[A-Za-z][^<>]*\Z")


@dataclass(frozen=True)
class _Answer:
    """What follows one = or ~, up to the next. `sign`: which of them, or neither where a number stands alone."""

    sign: str
    text: str
    feedback: str
    weight: str | None
    line: int

    @property
    def fraction(self) -> Decimal:
        if self.weight is not None:
            return percent(self.weight)
        return NONE if self.sign == "~" else FULL


class _Reader:
    """One block as a question."""

    def __init__(self, block: Block, removed: list[str]) -> None:
        self.block = block
        self.removed = removed
        self.form = TextFormat.MOODLE

    def question(self) -> Question:
        if len(self.block.text) > MAX_QUESTION_CHARACTERS:
            raise QuestionRefused(
                f"It has more than {MAX_QUESTION_CHARACTERS:,} characters. Is a blank line missing between two questions?"
            )
        title, start = self._title()
        opening, closing = self._braces(start)
        text = self._text(start, opening, closing)
        described = Question(
            text=text,
            body=Description(),
            title=title,
            identifier=self.block.identifier,
            category=self.block.category,
            tags=self.block.tags,
        )
        if opening < 0:
            return described
        answers, feedback = self._parted(opening + 1, closing)
        body = self._body(answers, opening + 1)
        return replace(described, body=body, feedback=self._html(feedback))

    def _title(self) -> tuple[str, int]:
        found = _TITLE.match(self.block.text)
        if not found:
            return "", 0
        return " ".join(show_escapes(found[1]).split())[:500], found.end()

    def _braces(self, start: int) -> tuple[int, int]:
        """Where the answers begin and end; -1 both for a description."""
        text = self.block.text
        opening, closing = text.find("{", start), text.find("}", start)
        if opening < 0 and closing < 0:
            return -1, -1
        if opening < 0 or (0 <= closing < opening):
            self._refuse("There is a } without a { before it. Write \\} for the sign itself.", closing)
        if closing < 0:
            self._refuse("The { of its answers is never closed. Write } behind them, and no blank line between.", opening)
        again = re.search(r"[{}]", text[opening + 1 : closing] + " " + text[closing + 1 :])
        if again:
            self._refuse(
                f"There is a second {again[0]}. Part questions by a blank line, and write \\{again[0]} for the sign itself.",
                opening + 1 + again.start(),
            )
        return opening, closing

    def _refuse(self, message: str, position: int) -> None:
        raise QuestionRefused(message, self.block.line_at(position))

    def _text(self, start: int, opening: int, closing: int) -> str:
        text = self.block.text
        found = _FORMAT.match(text, start)
        if found:
            self.form, start = TextFormat(found[1].lower()), found.end()
        elif other := _OTHER_FORMAT.match(text, start):
            self._note_format(other[1])
        if opening < 0:
            return self._html(text[start:])
        before, after = text[start:opening].strip(), text[closing + 1 :].strip()
        return self._html(f"{before} {BLANK} {after}" if after else before)

    def _note_format(self, name: str) -> None:
        if name.lower() in ("wiki", "moodle_auto_format", "plain_text"):
            raise QuestionRefused(f"Its text is in the format [{name}]. Use [html], [markdown], [plain] or [moodle].")

    def _html(self, source: str, form: TextFormat | None = None) -> str:
        form = form or self.form
        if form != TextFormat.MARKDOWN:
            source = " ".join(source.split(None))
        return to_html(show_escapes(source).strip(" "), form, self.removed)

    def _answer_html(self, source: str) -> str:
        """Each answer and each feedback may name a format of its own."""
        found = _FORMAT.match(source)
        if found:
            return self._html(source[found.end() :], TextFormat(found[1].lower()))
        return self._html(source)

    def _parted(self, start: int, closing: int) -> tuple[str, str]:
        """The answers, and the general feedback that #### begins."""
        answers, _sign, feedback = self.block.text[start:closing].partition("####")
        return answers, feedback

    def _body(self, answers: str, start: int) -> Body:
        lead = len(answers) - len(answers.lstrip())
        stripped = answers.strip()
        if not stripped:
            return Essay()
        if stripped.startswith("#"):
            return self._numeric(stripped[1:], start + lead + 1)
        if "~" not in stripped and stripped.partition("#")[0].strip().upper() in TRUE | FALSE:
            return self._true_false(stripped)
        listed = self._answers(stripped, start + lead)
        if "~" in stripped:
            return self._choice(listed)
        if any("->" in answer.text for answer in listed):
            return self._match(listed)
        wordings = tuple(
            Wording(self._plain(answer.text), answer.fraction, self._answer_html(answer.feedback)) for answer in listed
        )
        return ShortText(wordings)

    def _answers(self, text: str, start: int) -> list[_Answer]:
        """Parted at each = and ~. The first has to begin with one of them."""
        marks = [found.start() for found in re.finditer("[=~]", text)]
        if not marks or text[: marks[0]].strip():
            self._refuse(
                f"The answers begin with “{show_escapes(text)[:30].strip()}”. "
                "Put = before a right answer and ~ before a wrong one.",
                start,
            )
        ends = [*marks[1:], len(text)]
        return [self._answer(text[mark:end], start + mark) for mark, end in zip(marks, ends, strict=True)]

    def _answer(self, written: str, position: int) -> _Answer:
        sign, rest = (written[0], written[1:]) if written[:1] in ("=", "~") else ("", written)
        text, _sign, feedback = rest.strip().partition("#")
        weight = _WEIGHT.match(text)
        line = self.block.line_at(position)
        if _OPEN_ELEMENT.search(text) or _OPEN_ELEMENT.search(feedback):
            raise QuestionRefused("A = or ~ stands inside an HTML element. Write \\= and \\~ there.", line)
        return _Answer(
            sign=sign,
            text=text[weight.end() if weight else 0 :].strip(),
            feedback=feedback.strip(),
            weight=weight[1] if weight else None,
            line=line,
        )

    def _choice(self, listed: list[_Answer]) -> Choice:
        """Without any = the weights of several add up."""
        options = tuple(
            Option(self._answer_html(answer.text), answer.fraction, self._answer_html(answer.feedback)) for answer in listed
        )
        return Choice(options, several=all(answer.sign == "~" for answer in listed))

    def _match(self, listed: list[_Answer]) -> Match:
        pairs, distractors = [], []
        for answer in listed:
            prompt, arrow, matched = answer.text.partition("->")
            if not arrow:
                raise QuestionRefused(
                    f"“{show_escapes(answer.text)[:40]}” has no -> before what it belongs to. Write =this -> that.", answer.line
                )
            if answer.feedback or answer.weight is not None:
                raise QuestionRefused("A pair to match has neither weight nor feedback. Remove it.", answer.line)
            if prompt.strip():
                pairs.append(Pair(self._answer_html(prompt), self._plain(matched)))
            else:
                distractors.append(self._plain(matched))
        return Match(tuple(pairs), tuple(distractors))

    def _plain(self, source: str) -> str:
        found = _FORMAT.match(source)
        return " ".join(show_escapes(source[found.end() if found else 0 :]).split())

    def _true_false(self, text: str) -> TrueFalse:
        """The first feedback is of the wrong answer, the second of the right one."""
        said, *feedback = text.split("#")
        if len(feedback) > 2:
            raise QuestionRefused("It has more than two feedbacks. Write \\# for the sign itself.")
        wrong, right = (*[self._answer_html(one.strip()) for one in feedback], "", "")[:2]
        if said.strip().upper() in TRUE:
            return TrueFalse(is_true=True, true_feedback=right, false_feedback=wrong)
        return TrueFalse(is_true=False, true_feedback=wrong, false_feedback=right)

    def _numeric(self, text: str, start: int) -> Numeric:
        written = text.lstrip()
        listed = self._answers(text, start) if written[:1] in ("=", "~") else [self._answer(text, start)]
        return numeric([self._number(answer) for answer in listed])

    def _number(self, answer: _Answer) -> Number:
        feedback = self._answer_html(answer.feedback)
        text = show_escapes(answer.text)
        if text in ("", "*") and (answer.sign == "~" or answer.weight):
            return Number(None, NONE, answer.fraction, feedback)
        try:
            value, tolerance = interval(text)
        except QuestionRefused as error:
            raise QuestionRefused(str(error), answer.line) from None
        return Number(value, tolerance, answer.fraction, feedback)


def interval(text: str) -> tuple[Decimal, Decimal]:
    """Value and tolerance of “3”, “3:0.5” and “2.5..3.5”."""
    low, dots, high = text.partition("..")
    if dots:
        least, most = number(low), number(high)
        if least > most:
            raise QuestionRefused(f"“{text[:40]}” ends before it begins. Write the smaller number first.")
        return (least + most) / 2, (most - least) / 2
    value, colon, tolerance = text.partition(":")
    return number(value), abs(number(tolerance)) if colon else NONE


def read_gift(text: str, found: Collector) -> None:
    """Each question of a decoded file, into `found`."""
    for block in blocks_of(text):
        found.add(block.lines[0], partial(_question, block))


def _question(block: Block, removed: list[str]) -> Question:
    return _Reader(block, removed).question()
