"""An answer in the learner's own words, written, as a file or spoken, which people read or hear and rate."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assessments.formats.base import Format
from assessments.formats.question import Fault, NotAccepted, Question, Refusal, by_slot, joined

FEWEST, MOST = "fewest", "most"
BY, KINDS, MEGABYTES, MINUTES = "by", "kinds", "megabytes", "minutes"
DOCUMENTS = ("pdf", "docx", "odt", "txt", "png", "jpg")
"""Kinds of files that an author can allow, as `assessments.uploaded` knows them by their content."""
MOST_CHARACTERS = 20_000
"""More than that is no answer that somebody reads. What is longer is refused, and stays on the page."""

MOST_WORDS = 2_000
MOST_MEGABYTES = 50
"""What a key may say. An installation allows less: `ACCORD_MAX_ANSWER_BYTES`."""
MOST_MINUTES = 10
_FILE = re.compile(r"[0-9a-f]{32}")


class Means(StrEnum):
    """How an open question is answered."""

    WORDS = "words"
    FILE = "file"
    AUDIO = "audio"


@dataclass(frozen=True)
class AnswerTerms:
    """What an answer should be: of words how many, of a file which kinds and how large, of audio how long."""

    by: Means = Means.WORDS
    fewest: int = 0
    most: int = 0
    kinds: tuple[str, ...] = ()
    megabytes: int = 0
    minutes: int = 0

    @property
    def key(self) -> list[str]:
        if self.by == Means.FILE:
            return [joined(BY, self.by), joined(KINDS, "+".join(self.kinds)), joined(MEGABYTES, str(self.megabytes))]
        if self.by == Means.AUDIO:
            return [joined(BY, self.by), joined(MINUTES, str(self.minutes))]
        return [joined(FEWEST, str(self.fewest)), joined(MOST, str(self.most))]

    @property
    def fault(self) -> Fault | None:
        if self.by == Means.FILE:
            is_known = bool(self.kinds) and set(self.kinds) <= set(DOCUMENTS)
            return None if is_known and 1 <= self.megabytes <= MOST_MEGABYTES else Fault.NO_KINDS
        if self.by == Means.AUDIO:
            return None if 1 <= self.minutes <= MOST_MINUTES else Fault.NO_MINUTES
        return None if 0 <= self.fewest < self.most <= MOST_WORDS else Fault.NO_LIMITS


def terms_of(key: Sequence[str]) -> AnswerTerms:
    """Raises KeyError or ValueError where the key does not say. One without `by` is of before there were others than words."""
    slots, means = by_slot(key), means_of(key)
    if means == Means.FILE:
        return AnswerTerms(means, kinds=tuple(slots[KINDS].split("+")), megabytes=int(slots[MEGABYTES]))
    if means == Means.AUDIO:
        return AnswerTerms(means, minutes=int(slots[MINUTES]))
    return AnswerTerms(means, fewest=int(slots[FEWEST]), most=int(slots[MOST]))


def means_of(key: Sequence[str]) -> Means:
    return Means(by_slot(key).get(BY, Means.WORDS))


class Open(Format):
    """An answer is one text, kept as it was typed, however long within reason; or the id of one file.

    The key says what it should be: how many words, from fewest to most, or which file. A text that is too short or too long is
    kept all the same, and is not finished. It agrees with nothing and has no credit: what it is worth, raters say.
    """

    name = "open"
    is_mixed = False

    def accept(self, question: Question, given: Collection[str]) -> list[str]:
        if means_of(question.key) != Means.WORDS:
            return _accepted_file(given)
        texts = [text for text in (plain_lines(text) for text in given) if text.strip()]
        if len(texts) > 1:
            raise NotAccepted(Refusal.SEVERAL)
        if texts and len(texts[0]) > MOST_CHARACTERS:
            raise NotAccepted(Refusal.TOO_LONG)
        return texts

    def is_complete(self, question: Question, chosen: Sequence[str]) -> bool:
        terms = terms_of(question.key)
        if terms.by != Means.WORDS:
            return bool(chosen)
        return bool(chosen) and terms.fewest <= words_in(chosen[0]) <= terms.most

    def agrees(self, _question: Question, _chosen: Sequence[str]) -> bool:
        return False

    def credit(self, _question: Question, _chosen: Sequence[str]) -> float:
        return 0.0

    def fault(self, question: Question) -> Fault | None:
        try:
            terms = terms_of(question.key)
        except (KeyError, ValueError):
            return Fault.NO_LIMITS
        return Fault.NO_LIMITS if question.options else terms.fault


def _accepted_file(given: Collection[str]) -> list[str]:
    """Files are uploaded beside the form; what a form says of one is its id."""
    if len(given) > 1:
        raise NotAccepted(Refusal.SEVERAL)
    if not all(_FILE.fullmatch(name) for name in given):
        raise NotAccepted(Refusal.UNKNOWN)
    return list(given)


def key_of_limits(fewest: int, most: int) -> list[str]:
    return AnswerTerms(fewest=fewest, most=most).key


def plain_lines(text: str) -> str:
    """Browsers send a line's end as two characters."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def words_in(text: str) -> int:
    """What stands between blanks and has a letter or a digit. A text without blanks between its words counts as one."""
    return sum(any(character.isalnum() for character in part) for part in text.split())


def within(text: str, most: int) -> tuple[str, str]:
    """The text up to its `most`th word, and what comes after."""
    counted, position = 0, 0
    for part in text.split():
        start = text.index(part, position)
        counted += any(character.isalnum() for character in part)
        if counted > most:
            return text[:start].rstrip(), text[start:]
        position = start + len(part)
    return text, ""
