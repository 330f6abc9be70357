"""An attempt as its pages show it: numbered questions, options in an order of the learner's own, what was chosen and when."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from assessments.answers import agrees
from assessments.enums import ItemKind
from assessments.models import Attempt, AttemptItem, ItemVersion
from assessments.queries import presented_items

MINUTES_PER_QUESTION = 1.25


@dataclass(frozen=True)
class Option:
    id: str
    text: str
    feedback: str
    is_chosen: bool
    is_key: bool


@dataclass(frozen=True)
class Question:
    """`version` was asked, `key` says which answer is best: another one where an author has changed that since."""

    number: int
    version: ItemVersion
    key: ItemVersion
    options: list[Option]
    saved_at: datetime | None

    @property
    def field(self) -> str:
        return f"answer-{self.version.pk}"

    @property
    def shown_field(self) -> str:
        return f"shown-{self.version.pk}"

    @property
    def chosen(self) -> list[str]:
        return [option.id for option in self.options if option.is_chosen]

    @property
    def shown_value(self) -> str:
        return ",".join(sorted(self.chosen))

    @property
    def is_answered(self) -> bool:
        return any(option.is_chosen for option in self.options)

    @property
    def is_multiple(self) -> bool:
        return self.version.item.kind == ItemKind.MULTIPLE

    @property
    def agrees(self) -> bool:
        return agrees(self.key, self.chosen)


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

    def question(self, version_id: int) -> Question | None:
        return next((question for question in self.questions if question.version.pk == version_id), None)


def sheet_of(attempt: Attempt, keys: Mapping[int, ItemVersion] | None = None) -> Sheet:
    """Every question of an attempt with its latest answer; two queries. `keys`: as `queries.keys_of` tells them."""
    responses = {response.item_version_id: response for response in attempt.responses.all()}
    questions = []
    for entry in presented_items(attempt):
        version, response = entry.item_version, responses.get(entry.item_version_id)
        chosen = response.chosen if response else []
        saved_at = response.updated_at if response else None
        key = (keys or {}).get(version.pk, version)
        questions.append(Question(entry.position, version, key, _options(entry, version, key, chosen), saved_at))
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


def minutes_for(questions: int) -> int:
    """How long a form takes, to the next five minutes."""
    return max(5, math.ceil(questions * MINUTES_PER_QUESTION / 5) * 5)
