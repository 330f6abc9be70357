"""An attempt as its pages show it: numbered questions, options in an order of the learner's own, what was chosen and when."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, unquote

from assessments.answers import (
    Part,
    accepted_options,
    agrees,
    credit,
    file_kinds,
    has_parts,
    is_complete,
    most_bytes,
    parts_of,
    seen_as,
    what_is_missing,
    what_to_do,
)
from assessments.enums import ItemKind
from assessments.errors import AnswerNotAccepted
from assessments.formats import CHOICES
from assessments.formats.written import Means
from assessments.forms import Row, names_of, rows_of
from assessments.models import AnswerFile, Attempt, AttemptItem, InstrumentItem, ItemVersion
from assessments.queries import files_of, presented_items
from courses.models import Course

MINUTES_PER_QUESTION = 1.25
MINUTES_PER_TEXT = 10


def shown_as(chosen: Iterable[str]) -> str:
    """An answer in one line, as a page says what it was showing: what was typed may have commas and line breaks."""
    return ",".join(quote(part, safe=":") for part in sorted(chosen))


def shown_in(line: str) -> list[str]:
    """The answer that `shown_as` wrote."""
    return [unquote(part) for part in line.split(",")] if line else []


@dataclass(frozen=True)
class Option:
    id: str
    text: str
    feedback: str
    is_chosen: bool
    is_key: bool


@dataclass(frozen=True)
class Question:
    """`version` was asked, `key` says which answer is best: another one where an author has changed that since.

    `chosen`: the saved answer, as the format of the question writes it; `seed` mixes what is shown for this learner, and
    `order` holds the ids of the options as the sitting keeps them; `file`: what was uploaded, where a file is the answer.
    """

    number: int
    version: ItemVersion
    key: ItemVersion
    options: list[Option]
    chosen: list[str]
    saved_at: datetime | None
    seed: str
    order: Sequence[str] = ()
    file: AnswerFile | None = None

    @property
    def field(self) -> str:
        return f"answer-{self.version.pk}"

    @property
    def fields(self) -> str:
        """Of which autosaving sends what was chosen."""
        return ",".join(names_of(self.version, self.field))

    @property
    def upload_field(self) -> str:
        """In which a file is sent."""
        return f"upload-{self.version.pk}"

    @property
    def accepted_endings(self) -> str:
        """What a dialogue to choose a file shows first, of a question that takes one."""
        kinds = file_kinds(self.version)
        endings = [ending for kind in kinds for ending in kind.endings]
        return ",".join([*endings, *(["audio/*"] if self.version.answer_terms.by == Means.AUDIO else [])])

    @property
    def most_bytes(self) -> int:
        return most_bytes(self.version)

    @property
    def shown_field(self) -> str:
        return f"shown-{self.version.pk}"

    @property
    def shown_value(self) -> str:
        return shown_as(seen_as(self.version, self.chosen))

    @property
    def is_answered(self) -> bool:
        """All of it."""
        return is_complete(self.version, self.chosen)

    @property
    def missing(self) -> str:
        """What is still to do where a part is answered."""
        return what_is_missing(self.version, self.chosen) if self.chosen and not self.is_answered else ""

    @property
    def most_words(self) -> int:
        """Of an answer that is written in one's own words; else 0."""
        return self.version.answer_terms.most if self.version.is_open else 0

    @property
    def is_multiple(self) -> bool:
        return self.version.format == ItemKind.MULTIPLE

    @property
    def instruction(self) -> str:
        return what_to_do(self.version)

    @property
    def agrees(self) -> bool:
        return agrees(self.key, self.chosen)

    @property
    def partly(self) -> int:
        """Per cent of the answer that agree, of one that agrees in part; else 0."""
        return 0 if self.agrees or not has_parts(self.key) else round(100 * credit(self.key, self.chosen))

    @property
    def parts(self) -> list[Part]:
        return parts_of(self.version, self.chosen, self.key)

    def rows(self, chosen: list[str] | None = None) -> list[Row]:
        """What can be chosen, with `chosen` in place of the saved answer where it is given."""
        return rows_of(self.version, self.field, self.chosen if chosen is None else chosen, self.seed, self.order)


@dataclass(frozen=True)
class Sheet:
    attempt: Attempt
    questions: list[Question]

    @property
    def open_questions(self) -> list[Question]:
        return [question for question in self.questions if not question.is_answered]

    @property
    def answered(self) -> int:
        return len(self.questions) - len(self.open_questions)

    @property
    def has_orders(self) -> bool:
        return any(question.version.kind in (ItemKind.ORDER, ItemKind.RANK) for question in self.questions)

    @property
    def has_open(self) -> bool:
        """Whether any is answered in one's own words."""
        return any(question.version.is_open for question in self.questions)

    @property
    def takes_files(self) -> bool:
        """Whether any is answered by a file or a recording."""
        return any(question.version.takes_file for question in self.questions)

    @property
    def takes_audio(self) -> bool:
        return any(question.version.is_open and question.version.answer_terms.by == Means.AUDIO for question in self.questions)

    @property
    def has_typed(self) -> bool:
        """Whether any question is answered by a few words that authors may read."""
        return any(question.version.is_typed for question in self.questions)

    @property
    def has_parts(self) -> bool:
        """Whether any question can be answered in part."""
        return any(has_parts(question.version) or question.version.is_open for question in self.questions)

    def refusals(self, posted: Mapping[int, list[str]]) -> list[tuple[Question, str]]:
        """Of answers that cannot be kept: the question, and why."""
        found = []
        for question in self.questions:
            try:
                accepted_options(question.version, posted.get(question.version.pk, []))
            except AnswerNotAccepted as error:
                found.append((question, str(error)))
        return found

    def question(self, version_id: int) -> Question | None:
        return next((question for question in self.questions if question.version.pk == version_id), None)


def sheet_of(attempt: Attempt, keys: Mapping[int, ItemVersion] | None = None) -> Sheet:
    """Every question of an attempt with its latest answer; two queries, three where files answer. `keys`: as `queries.keys_of`
    tells them.
    """
    files = files_of(attempt)
    responses = {response.item_version_id: response for response in attempt.responses.all()}
    questions = []
    for entry in presented_items(attempt):
        version, response = entry.item_version, responses.get(entry.item_version_id)
        chosen = response.chosen if response else []
        saved_at = response.updated_at if response else None
        key = (keys or {}).get(version.pk, version)
        seed = f"{attempt.uuid}:{version.pk}"
        options = _options(entry, version, key, chosen)
        file = files.get(version.pk)
        questions.append(Question(entry.position, version, key, options, chosen, saved_at, seed, entry.option_order, file))
    return Sheet(attempt, questions)


def _options(entry: AttemptItem, version: ItemVersion, key: ItemVersion, chosen: list[str]) -> list[Option]:
    """In the order in which the attempt shows them."""
    order = entry.option_order or entry.attempt.option_order(version.pk, version.options)
    feedback = {option["id"]: option.get("feedback", "") for option in key.options}
    return [
        Option(
            id=option["id"],
            text=option["text"],
            feedback=feedback.get(option["id"], ""),
            is_chosen=option["id"] in chosen,
            is_key=option["id"] in key.correct,
        )
        for option in sorted(version.options, key=lambda option: order.index(option["id"]))
    ]


# Where nobody has looked how many questions a form has.
ASSUMED_QUESTIONS = 12


def minutes_for(questions: int, texts: int = 0) -> int:
    """How long a form takes, to the next five minutes. `texts`: how many of its questions are answered in one's own words."""
    minutes = (questions - texts) * MINUTES_PER_QUESTION + texts * MINUTES_PER_TEXT
    return max(5, math.ceil(minutes / 5) * 5)


def asks_for_more(course: Course) -> bool:
    """Whether a form has questions that are not answered by choosing among their options."""
    entries = InstrumentItem.objects.asked().filter(instrument__course=course, instrument__is_active=True)
    return entries.exclude(item__kind__in=CHOICES).exists()
