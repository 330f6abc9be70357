"""Aiken (docs.moodle.org, "Aiken format"): a question, lettered options, `ANSWER:` with the letter of the right one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from string import ascii_uppercase

from assessments.exchange.collecting import Collector
from assessments.exchange.limits import MAX_QUESTION_CHARACTERS
from assessments.exchange.markup import TextFormat, to_html
from assessments.exchange.questions import FULL, NONE, Choice, Option, Question, QuestionRefused

_OPTION = re.compile(r"([A-Za-z])[.)]\s+(\S.*)")
_ANSWER = re.compile(r"ANSWER\s*:\s*(.*)", re.IGNORECASE)
_LETTER = re.compile(r"([A-Za-z])[.)]?")


@dataclass
class _Block:
    """Lines of one question with their numbers. `letters`: of its options, as written."""

    line: int
    text: list[str] = field(default_factory=list)
    letters: list[tuple[int, str]] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    answer: str | None = None
    answer_line: int = 0


def read_aiken(text: str, found: Collector) -> None:
    """Each question of a decoded file, into `found`."""
    for block in _blocks(text):
        found.add(block.line, partial(_question, block))


def _blocks(text: str) -> Iterator[_Block]:
    block: _Block | None = None
    for number, written in enumerate(text.split("\n"), start=1):
        line = written.strip()
        if not line:
            continue
        answer, option = _ANSWER.fullmatch(line), _OPTION.fullmatch(line)
        if block is not None and block.options and not answer and not option:
            yield block  # a text after options begins another question, and this one had no ANSWER
            block = None
        if block is None:
            block = _Block(number)
        if answer:
            block.answer, block.answer_line = answer[1].strip(), number
            yield block
            block = None
        elif option and block.text:
            block.letters.append((number, option[1].upper()))
            block.options.append(option[2])
        else:
            block.text.append(line)
    if block is not None:
        yield block


def _question(block: _Block, removed: list[str]) -> Question:
    if sum(map(len, block.text)) + sum(map(len, block.options)) > MAX_QUESTION_CHARACTERS:
        raise QuestionRefused(f"It has more than {MAX_QUESTION_CHARACTERS:,} characters. Is an ANSWER: line missing?")
    if not block.text:
        raise QuestionRefused("There is no question before ANSWER:. Write it in the line before option A.")
    for position, (line, letter) in enumerate(block.letters):
        if letter != ascii_uppercase[position : position + 1]:
            raise QuestionRefused(f"Option {letter} is out of order. Letter the options A, B, C and so on.", line)
    right = _right(block)
    options = tuple(
        Option(_html(text, removed), FULL if position == right else NONE) for position, text in enumerate(block.options)
    )
    return Question(text=_html(" ".join(block.text), removed), body=Choice(options))


def _right(block: _Block) -> int:
    """Position of the right option."""
    if block.answer is None:
        raise QuestionRefused("Its right answer is missing. End the question with a line such as ANSWER: B.")
    letter = _LETTER.fullmatch(block.answer)
    if not letter:
        raise QuestionRefused(f"“{block.answer[:40]}” is not one letter. Write ANSWER: and one letter.", block.answer_line)
    position = ascii_uppercase.index(letter[1].upper())
    if position >= len(block.options):
        raise QuestionRefused(f"There is no option {letter[1].upper()}. Correct the letter behind ANSWER:.", block.answer_line)
    return position


def _html(text: str, removed: list[str]) -> str:
    return to_html(text, TextFormat.PLAIN, removed)
