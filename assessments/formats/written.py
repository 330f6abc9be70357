"""A text in the learner's own words, which people read and rate."""

from collections.abc import Collection, Sequence

from assessments.formats.base import Format
from assessments.formats.question import SEPARATOR, Fault, NotAccepted, Question, Refusal, by_slot

FEWEST, MOST = "fewest", "most"
MOST_CHARACTERS = 20_000
"""More than that is no answer that somebody reads. What is longer is refused, and stays on the page."""

MOST_WORDS = 2_000


class Open(Format):
    """An answer is one text, kept as it was typed, however long within reason.

    The key says only how many words it should have, from fewest to most. Too short or too long it is kept all the same, and is
    not finished. It agrees with nothing and has no credit: what it is worth, raters say.
    """

    name = "open"
    is_mixed = False

    def accept(self, _question: Question, given: Collection[str]) -> list[str]:
        texts = [text for text in (plain_lines(text) for text in given) if text.strip()]
        if len(texts) > 1:
            raise NotAccepted(Refusal.SEVERAL)
        if texts and len(texts[0]) > MOST_CHARACTERS:
            raise NotAccepted(Refusal.TOO_LONG)
        return texts

    def is_complete(self, question: Question, chosen: Sequence[str]) -> bool:
        fewest, most = limits_of(question.key)
        return bool(chosen) and fewest <= words_in(chosen[0]) <= most

    def agrees(self, _question: Question, _chosen: Sequence[str]) -> bool:
        return False

    def credit(self, _question: Question, _chosen: Sequence[str]) -> float:
        return 0.0

    def fault(self, question: Question) -> Fault | None:
        try:
            fewest, most = limits_of(question.key)
        except (KeyError, ValueError):
            return Fault.NO_LIMITS
        return None if not question.options and 0 <= fewest < most <= MOST_WORDS else Fault.NO_LIMITS


def limits_of(key: Sequence[str]) -> tuple[int, int]:
    """Fewest and most words. Raises KeyError or ValueError where the key does not say."""
    limits = by_slot(key)
    return int(limits[FEWEST]), int(limits[MOST])


def key_of_limits(fewest: int, most: int) -> list[str]:
    return [f"{FEWEST}{SEPARATOR}{fewest}", f"{MOST}{SEPARATOR}{most}"]


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
