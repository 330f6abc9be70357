"""Questions as files of other systems say them: what the readers give and the writers take.

Every text that a learner reads is clean HTML (`markup.clean`): one paragraph without its <p>, several with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

FULL = Decimal(100)
NONE = Decimal(0)


class QuestionKind(StrEnum):
    """The names that `by_type` counts under; the first two are kinds of the item bank."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    MATCH = "match"
    ORDER = "order"
    NUMERIC = "numeric"
    SHORT_TEXT = "short_text"
    ESSAY = "essay"
    DESCRIPTION = "description"
    SCALE = "scale"


@dataclass(frozen=True)
class Option:
    """`fraction`: percent of the mark, -100 to 100."""

    text: str
    fraction: Decimal = NONE
    feedback: str = ""


@dataclass(frozen=True)
class Choice:
    """With `several` the marks of the options chosen add up; without, one option is chosen."""

    options: tuple[Option, ...]
    several: bool = False

    @property
    def kind(self) -> QuestionKind:
        return QuestionKind.MULTIPLE if self.several else QuestionKind.SINGLE


@dataclass(frozen=True)
class TrueFalse:
    """Feedback of each answer, not of right and wrong."""

    is_true: bool
    true_feedback: str = ""
    false_feedback: str = ""
    kind = QuestionKind.TRUE_FALSE


@dataclass(frozen=True)
class Pair:
    """`answer` is plain text."""

    prompt: str
    answer: str


@dataclass(frozen=True)
class Match:
    """`distractors`: answers, in plain text, that belong to no prompt."""

    pairs: tuple[Pair, ...]
    distractors: tuple[str, ...] = ()
    kind = QuestionKind.MATCH


@dataclass(frozen=True)
class Order:
    """`steps` stand in their right order."""

    steps: tuple[str, ...]
    kind = QuestionKind.ORDER


@dataclass(frozen=True)
class Number:
    """Right from `value` - `tolerance` to `value` + `tolerance`, ends included; without a value, any other number."""

    value: Decimal | None
    tolerance: Decimal = NONE
    fraction: Decimal = FULL
    feedback: str = ""


@dataclass(frozen=True)
class Numeric:
    """The first number that fits counts."""

    numbers: tuple[Number, ...]
    kind = QuestionKind.NUMERIC


@dataclass(frozen=True)
class Wording:
    """An answer in plain text; `*` stands for any words."""

    text: str
    fraction: Decimal = FULL
    feedback: str = ""


@dataclass(frozen=True)
class ShortText:
    """The first wording that fits counts."""

    wordings: tuple[Wording, ...]
    case_sensitive: bool = False
    kind = QuestionKind.SHORT_TEXT


@dataclass(frozen=True)
class Essay:
    """In the learner's own words, `fewest` to `most` of them, 0 where that is not said; with `endings`, by one file that ends
    so, of at most `most_bytes`. Readers take none of it: what the bank imports are no essays.
    """

    fewest: int = 0
    most: int = 0
    endings: tuple[str, ...] = ()
    most_bytes: int = 0
    kind = QuestionKind.ESSAY


@dataclass(frozen=True)
class Description:
    """A text between questions, which asks nothing."""

    kind = QuestionKind.DESCRIPTION


@dataclass(frozen=True)
class Scale:
    """A rating; no point of it is right."""

    points: tuple[str, ...]
    kind = QuestionKind.SCALE


Body = Choice | TrueFalse | Match | Order | Numeric | ShortText | Essay | Description | Scale


@dataclass(frozen=True)
class Question:
    """`identifier`: by which its file tells it from others, empty where it has none; `line`: where it begins, from 1;
    `file`: in which file of a package, empty for a single file. Neither line nor file tells two questions apart.
    """

    text: str
    body: Body
    title: str = ""
    feedback: str = ""
    identifier: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    line: int = field(default=1, compare=False)
    file: str = field(default="", compare=False)

    @property
    def kind(self) -> QuestionKind:
        return self.body.kind


@dataclass(frozen=True)
class Remark:
    """What is said of one line: why a question was refused, or what was left out of one that was read."""

    line: int
    message: str


@dataclass(frozen=True)
class Reading:
    """What a file gave. A question is read whole or refused; `notes` say what was cleaned from those that were read."""

    questions: tuple[Question, ...] = ()
    refused: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()

    def counted(self) -> dict[str, int]:
        """Questions by kind, those first that the bank names first."""
        kinds = [question.kind for question in self.questions]
        return {str(kind): kinds.count(kind) for kind in QuestionKind if kind in kinds}


class FileRefused(Exception):
    """Nothing of the file can be read."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


class QuestionRefused(Exception):
    """One question cannot be read; the others of its file can. Without a line it is that on which the question begins."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def names_of(things: Sequence[str]) -> str:
    """Each once, in the order met, for a sentence."""
    return ", ".join(dict.fromkeys(things))
