"""Answers that are typed: a short one that is compared with wordings, and a composed one that its writer checks."""

import string
import unicodedata
from collections.abc import Collection, Sequence
from typing import ClassVar

from assessments.formats.base import Format
from assessments.formats.question import Fault, NotAccepted, Question, Refusal, by_slot, joined

TEXT, TICK = "text", "tick"
LONGEST, LONGEST_COMPOSED = 200, 5_000
_QUOTES = str.maketrans("‘’‚‛“”„‟«»‹›‐‑‒–—−", "''''\"\"\"\"\"\"''------")
_AROUND = string.punctuation.replace("%", "").replace("#", "") + "…¿¡"
"""What may stand around an answer and says nothing. A per cent sign and a number sign say something."""


def tidied(text: str) -> str:
    """As it is kept: one space between words, one line break between lines, nothing around."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(lines).strip()


def normalised(text: str) -> str:
    """As two answers are compared: without regard to capitals, spaces, kinds of quotation marks and dashes, forms of the same
    letter (NFKC), and punctuation at either end. Accents count, and so does the order of words.

    An answer of punctuation alone stays what it is.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).translate(_QUOTES).casefold().split())
    bare = plain.lstrip(_AROUND.replace("-", "").replace("+", "").replace("$", "")).rstrip(_AROUND).strip()
    return bare or plain


def typed_of(chosen: Sequence[str]) -> str:
    """What was typed, empty where nothing was."""
    return by_slot(chosen).get(TEXT, "")


def _typed(given: Collection[str], longest: int) -> str:
    """The one text among what was sent. Raises NotAccepted for several, and for one that is too long."""
    texts = {tidied(part.partition(":")[2]) for part in given if part.startswith(f"{TEXT}:")} - {""}
    if len(texts) > 1:
        raise NotAccepted(Refusal.SEVERAL)
    text = next(iter(texts), "")
    if len(text) > longest:
        raise NotAccepted(Refusal.LONG)
    return text


class ShortText(Format):
    """A word or a few. The options are wordings that the author knows; the key says which of them are right. Learners see none.

    An answer agrees where it is one of the right wordings once both are normalised: all or nothing, since how near one word is
    to another says nothing of what was meant.
    """

    name = "text"
    is_mixed = False

    def accept(self, question: Question, given: Collection[str]) -> list[str]:
        if any(not part.startswith(f"{TEXT}:") for part in given):
            raise NotAccepted(Refusal.UNKNOWN)
        text = " ".join(_typed(given, LONGEST).split())
        return [joined(TEXT, text)] if text else []

    def is_complete(self, question: Question, chosen: Sequence[str]) -> bool:
        return bool(typed_of(chosen))

    def agrees(self, question: Question, chosen: Sequence[str]) -> bool:
        return wording_of(question, chosen) in question.key

    def credit(self, question: Question, chosen: Sequence[str]) -> float:
        return float(self.agrees(question, chosen))

    def fault(self, question: Question) -> Fault | None:
        if not question.key or not set(question.key) <= set(question.options):
            return Fault.NO_KEY
        wordings = [normalised(text) for text in question.texts]
        if not all(wordings) or any(len(text) > LONGEST for text in question.texts):
            return Fault.NO_WORDING
        return None if len(set(wordings)) == len(wordings) else Fault.ALIKE_WORDINGS


def wording_of(question: Question, chosen: Sequence[str]) -> str:
    """Id of the wording that an answer is, right or wrong; empty where the author does not know it."""
    typed = normalised(typed_of(chosen))
    wordings = zip(question.options, question.texts, strict=True)
    return next((option for option, text in wordings if typed and normalised(text) == typed), "")


class Composed(Format):
    """An answer in one's own words. Its writer then sees that of the author, which is the key, and ticks on a checklist, which
    are the options, what their own has. It is not scored: whether a text is good, a comparison of texts cannot say.
    """

    name = "composed"
    is_mixed = False
    is_scored: ClassVar[bool] = False

    def accept(self, question: Question, given: Collection[str]) -> list[str]:
        ticks = {part.partition(":")[2] for part in given if part.startswith(f"{TICK}:")}
        known = all(part.startswith((f"{TEXT}:", f"{TICK}:")) for part in given)
        if not known or not ticks <= set(question.options):
            raise NotAccepted(Refusal.UNKNOWN)
        text = _typed(given, LONGEST_COMPOSED)
        ticked = [joined(TICK, option) for option in question.options if option in ticks]
        return [joined(TEXT, text), *ticked] if text else []

    def is_complete(self, question: Question, chosen: Sequence[str]) -> bool:
        return bool(typed_of(chosen))

    def agrees(self, question: Question, chosen: Sequence[str]) -> bool:
        return False

    def credit(self, question: Question, chosen: Sequence[str]) -> float:
        return 0.0

    def fault(self, question: Question) -> Fault | None:
        return None if len(question.key) == 1 and question.key[0].strip() else Fault.NO_MODEL


def ticked_in(chosen: Sequence[str]) -> list[str]:
    """Ids of what was ticked on the checklist."""
    return [part.partition(":")[2] for part in chosen if part.startswith(f"{TICK}:")]
