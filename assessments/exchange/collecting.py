"""What a reader has found so far, and the rules that hold for a question of any format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from assessments.exchange.limits import MAX_ANSWERS, MAX_DIGITS, MAX_QUESTIONS, MAX_REMARKS
from assessments.exchange.markup import is_blank
from assessments.exchange.questions import (
    FULL,
    Choice,
    FileRefused,
    Match,
    Number,
    Numeric,
    Order,
    Question,
    QuestionRefused,
    Reading,
    Remark,
    Scale,
    ShortText,
    names_of,
)

Make = Callable[[list[str]], Question]


@dataclass
class Collector:
    """`file`: the file of a package that is being read, named in what is said of it."""

    questions: list[Question] = field(default_factory=list)
    refused: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    file: str = ""

    def add(self, line: int, make: Make) -> None:
        """The question that `make` builds, with what was cleaned from it; or why there is none.

        `make` appends what it leaves out, in words, to the list it gets.
        """
        removed: list[str] = []
        try:
            question = replace(make(removed), line=line, file=self.file)
            require_complete(question)
        except QuestionRefused as error:
            self.refuse(error.line or line, str(error))
            return
        if len(self.questions) >= MAX_QUESTIONS:
            raise FileRefused(f"The file has more than {MAX_QUESTIONS:,} questions. Split it and import the parts.", line)
        self.questions.append(question)
        if removed:
            self.note(line, f"Left out: {names_of(removed)}.")

    def refuse(self, line: int, message: str) -> None:
        self.refused.append(self._remark(line, message))

    def note(self, line: int, message: str) -> None:
        self.notes.append(self._remark(line, message))

    def _remark(self, line: int, message: str) -> Remark:
        return Remark(line, f"{self.file}: {message}" if self.file else message)

    def reading(self) -> Reading:
        return Reading(tuple(self.questions), _listed(self.refused), _listed(self.notes))


def _listed(remarks: list[Remark]) -> tuple[Remark, ...]:
    remarks = list(dict.fromkeys(remarks))
    more = len(remarks) - MAX_REMARKS
    if more > 0:
        return (*remarks[:MAX_REMARKS], Remark(remarks[MAX_REMARKS].line, f"{more:,} more are not listed."))
    return tuple(remarks)


def number(text: str) -> Decimal:
    """A number as written, with a decimal point or comma. Raises QuestionRefused for anything else."""
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite():
        raise QuestionRefused(f"“{text.strip()[:40]}” is not a number. Write it in digits, as in 3.14.")
    if len(value.as_tuple().digits) > MAX_DIGITS or abs(value.adjusted()) > MAX_DIGITS:
        raise QuestionRefused(f"“{text.strip()[:40]}” has more than {MAX_DIGITS} digits. Round it.")
    return value


def numeric(numbers: Sequence[Number]) -> Numeric:
    """With what holds for any other number at the end, where it belongs."""
    others = [one for one in numbers if one.value is None]
    if len(others) > 1:
        raise QuestionRefused("Two of its answers hold for any other number. Leave one of them.")
    return Numeric((*[one for one in numbers if one.value is not None], *others))


def percent(text: str) -> Decimal:
    """A share of the mark from -100 to 100."""
    value = number(text)
    if not -FULL <= value <= FULL:
        raise QuestionRefused(f"A weight of {text.strip()}% is not between -100 and 100. Correct it.")
    return value


def require_complete(question: Question) -> None:
    """Raises QuestionRefused for a question that cannot be asked or has no key."""
    if is_blank(question.text):
        raise QuestionRefused("The question has no text. Write what is asked.")
    body = question.body
    if isinstance(body, Choice):
        _require_choice(body)
    elif isinstance(body, Match):
        _require_match(body)
    elif isinstance(body, Order):
        _require_several(body.steps, "steps to order")
    elif isinstance(body, Scale):
        _require_several(body.points, "points on its scale")
    elif isinstance(body, Numeric):
        _require_right([entry.fraction for entry in body.numbers if entry.value is not None], least=Decimal(0))
    elif isinstance(body, ShortText):
        _require_wordings(body)


def _require_several(texts: tuple[str, ...], what: str) -> None:
    if any(is_blank(text) for text in texts):
        raise QuestionRefused(f"One of its {what} has no text. Write it, or remove it.")
    if not 2 <= len(texts) <= MAX_ANSWERS:
        raise QuestionRefused(f"It has {len(texts)} {what}; a question needs 2 to {MAX_ANSWERS}.")


def _require_right(fractions: list[Decimal], *, least: Decimal) -> None:
    if len(fractions) > MAX_ANSWERS:
        raise QuestionRefused(f"It has {len(fractions)} answers; a question may have {MAX_ANSWERS}.")
    if not any(fraction > 0 and fraction >= least for fraction in fractions):
        raise QuestionRefused("No answer is marked as right. Mark the right one.")


def _require_choice(body: Choice) -> None:
    _require_several(tuple(option.text for option in body.options), "options")
    _require_right([option.fraction for option in body.options], least=Decimal(0) if body.several else FULL)


def _require_match(body: Match) -> None:
    answers = [*[pair.answer for pair in body.pairs], *body.distractors]
    if not all(answer.strip() for answer in answers) or any(is_blank(pair.prompt) for pair in body.pairs):
        raise QuestionRefused("One of its pairs is incomplete. Write both halves.")
    if not body.pairs or not 2 <= len(answers) <= MAX_ANSWERS:
        raise QuestionRefused(f"It has {len(answers)} answers to match; a question needs 2 to {MAX_ANSWERS}.")


def _require_wordings(body: ShortText) -> None:
    if not all(wording.text.strip() for wording in body.wordings):
        raise QuestionRefused("One of its answers has no text. Write it, or remove it.")
    _require_right([wording.fraction for wording in body.wordings], least=Decimal(0))
