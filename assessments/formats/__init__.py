"""The formats of questions: what an answer is, when it agrees with the key, how much of it does. Pure; one class a format."""

from assessments.formats.base import Format, Slotted
from assessments.formats.choices import Lines, Multiple, Single
from assessments.formats.matching import Match
from assessments.formats.ordering import Order
from assessments.formats.question import Fault, NotAccepted, Question, Refusal, by_slot, joined
from assessments.formats.ratings import BestWorst, Rate
from assessments.formats.written import Open

FORMATS: dict[str, Format] = {
    one.name: one for one in (Single(), Multiple(), Rate(), BestWorst(), Order(), Lines(), Match(), Open())
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
]
