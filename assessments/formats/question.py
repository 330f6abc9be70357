"""What a format knows of a question, and how an answer is written down.

An answer, and a key, is a list of short texts. Of single and multiple choice, and of lines that are marked, each is the id of
an option. Of the other formats each is "slot:value": what is answered, a colon, and the answer.

| format | slot | value | an answer, and its key |
| --- | --- | --- | --- |
| single, multiple, lines | none | | ["c"], ["c"] |
| rate | option | 1 to 5; in a key also the mean of a panel | ["a:4", "b:1"], ["a:4.25", "b:1.5"] |
| best-worst | best, worst | option; its key is that of rate | ["best:a", "worst:b"], ["a:4.25", "b:1.5", "c:3"] |
| rank | option | its place, from 1; its key is that of rate | ["a:2", "b:1"], ["a:1.5", "b:4.25"] |
| order | option | its place, from 1 | ["a:2", "b:1"], ["a:1", "b:2"] |
| match | option | id of what belongs to it | ["a:x", "b:y"], ["a:x", "b:y"] |
| open | none; in the key fewest and most | its text; in the key a number of words | ["…"], ["fewest:80", "most:250"] |
| open, by file | none; in the key by, kinds, megabytes | its id | ["0f3c…"], ["by:file", "kinds:pdf+odt", "megabytes:5"] |
| open, by audio | none; in the key by, minutes | its id | ["0f3c…"], ["by:audio", "minutes:3"] |
| scale | none | | ["c"], ["c"] or the ids of neighbouring points |
| text | text | what was typed; its key is ids of options | ["text:by Friday"], ["a", "c"] |
| composed | text, tick | what was typed, an option; its key is the author's version | ["text:Dear …", "tick:a"], ["Dear …"] |

So whatever was saved before there were formats is an answer as it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

SEPARATOR = ":"


class Refusal(StrEnum):
    """Why an answer cannot be kept."""

    UNKNOWN = "unknown"  # it names what the question does not have
    SEVERAL = "several"  # two answers where there is one
    SAME = "same"  # one option as best and as worst
    TOO_LONG = "too long"  # a text that nobody would read
    LONG = "long"  # more is typed than is kept


class Fault(StrEnum):
    """Why a key cannot be used."""

    NO_KEY = "no key"
    SEVERAL_KEYS = "several keys"
    NO_RATING = "no rating"
    EQUAL_RATINGS = "equal ratings"
    NO_SINGLE_BEST = "no single best"
    NO_PLACES = "no places"
    NO_PARTNER = "no partner"
    NO_LIMITS = "no limits"
    NO_KINDS = "no kinds"
    NO_MINUTES = "no minutes"
    FEW_POINTS = "few points"
    APART = "apart"
    NO_WORDING = "no wording"
    ALIKE_WORDINGS = "alike wordings"
    NO_MODEL = "no model"


class NotAccepted(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


@dataclass(frozen=True)
class Question:
    """Ids of the options in the author's order, the key, and of matching the ids of what they are matched with. `texts`: of the
    options, in their order, where an answer is compared with them.
    """

    options: tuple[str, ...]
    key: tuple[str, ...]
    targets: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @cached_property
    def keyed(self) -> Mapping[str, str]:
        return by_slot(self.key)

    @cached_property
    def ratings(self) -> Mapping[str, float]:
        """How effective each option is, of formats whose key says so."""
        return {option: float(value) for option, value in self.keyed.items()}


def joined(slot: str, value: str | float) -> str:
    return f"{slot}{SEPARATOR}{value:g}" if isinstance(value, float) else f"{slot}{SEPARATOR}{value}"


def by_slot(answer: Iterable[str]) -> dict[str, str]:
    """Value by slot."""
    pairs = (text.partition(SEPARATOR) for text in answer)
    return {slot: value for slot, _separator, value in pairs}
