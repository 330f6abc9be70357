"""What every format answers."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import ClassVar

from assessments.formats.question import SEPARATOR, Fault, NotAccepted, Question, Refusal, by_slot, joined


class Format(ABC):
    """How a question is answered, and what an answer is worth under its key. Knows no database and no page."""

    name: ClassVar[str]
    has_parts: ClassVar[bool] = False
    """Whether an answer may agree in part. If not, credit is 0 or 1."""
    is_mixed: ClassVar[bool] = True
    """Whether learners see the options in an order of their own."""
    is_scored: ClassVar[bool] = True
    """Whether an answer can agree with the key. What is not scored is asked in lessons alone."""

    @abstractmethod
    def accept(self, question: Question, given: Collection[str]) -> list[str]:
        """`given` in the order of the options. It may be unfinished. Raises NotAccepted for what cannot be an answer."""

    @abstractmethod
    def is_complete(self, question: Question, chosen: Sequence[str]) -> bool:
        """Whether an accepted answer says all that is asked."""

    @abstractmethod
    def agrees(self, question: Question, chosen: Sequence[str]) -> bool:
        """Whether all of the answer is what the key says. An unfinished one never is."""

    @abstractmethod
    def credit(self, question: Question, chosen: Sequence[str]) -> float:
        """How much of the answer is what the key says, from 0 to 1; 0 for an unfinished one."""

    def steps(self, question: Question) -> int:
        """How many steps there are from nothing to all of the key, as calibration counts them: 1 is all or nothing."""
        return 1

    @abstractmethod
    def fault(self, question: Question) -> Fault | None:
        """What is wrong with the key."""


MOST_STEPS = 4
"""More would have too few answers each to be calibrated."""


def step_of(form: Format, question: Question, chosen: Sequence[str]) -> int:
    """On which of its steps an answer is, from 0. The highest is for answers that agree, and for no other."""
    steps = form.steps(question)
    if form.agrees(question, chosen):
        return steps
    return min(steps - 1, int(form.credit(question, chosen) * steps + _ROUNDING))


_ROUNDING = 1e-9


class Slotted(Format):
    """An answer gives each of some slots one of some values."""

    has_parts = True

    @abstractmethod
    def slots(self, question: Question) -> Sequence[str]: ...

    @abstractmethod
    def values(self, question: Question) -> Sequence[str]: ...

    def accept(self, question: Question, given: Collection[str]) -> list[str]:
        answer = _one_each(given)
        slots, values = self.slots(question), set(self.values(question))
        if not answer.keys() <= set(slots) or not set(answer.values()) <= values:
            raise NotAccepted(Refusal.UNKNOWN)
        return [joined(slot, answer[slot]) for slot in slots if slot in answer]

    def is_complete(self, question: Question, chosen: Sequence[str]) -> bool:
        return by_slot(chosen).keys() == set(self.slots(question))


def _one_each(given: Iterable[str]) -> dict[str, str]:
    wanted = set(given)
    if any(SEPARATOR not in text for text in wanted):
        raise NotAccepted(Refusal.UNKNOWN)
    answer = by_slot(wanted)
    if len(answer) < len(wanted):
        raise NotAccepted(Refusal.SEVERAL)
    return answer


def pairs_of(ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each two once, the first of them first."""
    for index, first in enumerate(ids):
        for second in ids[index + 1 :]:
            yield first, second
