"""The formats of questions: what an answer is, when it agrees with the key, how much of it does. Pure; one class a format."""

from assessments.formats.base import Format, Slotted, step_of
from assessments.formats.choices import Lines, Multiple, Scale, Single
from assessments.formats.matching import Match
from assessments.formats.ordering import Order, Rank
from assessments.formats.question import Fault, NotAccepted, Question, Refusal, by_slot, joined
from assessments.formats.ratings import BestWorst, Rate
from assessments.formats.texts import Composed, ShortText
from assessments.formats.written import Open

FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        *(Single(), Multiple(), Rate(), BestWorst(), Rank(), Order()),
        *(Lines(), Match(), Scale(), ShortText(), Composed(), Open()),
    )
}
CHOICES = ("single", "multiple")

__all__ = [
    "CHOICES",
    "FORMATS",
    "Fault",
    "Format",
    "NotAccepted",
    "Question",
    "Refusal",
    "Slotted",
    "by_slot",
    "joined",
    "step_of",
]
