"""What is asked: the outcome, the exposure, what to adjust for, and by which clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from .words.terms import IN_TEAMS, OUTCOME_TERMS
from .words.writing import in_words, listed

Clock = Literal["day", "month"]
Outcome = Literal["employee_exit", "customer_exit", "partner_exit", "tenure_exit"]
Exposure = Literal["completion", "rollout", "assignment"]
EventKind = Literal["voluntary", "involuntary", "other"]

ESTIMANDS: dict[str, str] = {
    "completion": "hazard ratio of those who have completed against those who have not yet",
    "rollout": "average change in the exit rate of teams offered the training against teams not yet offered it",
    "assignment": "difference between the arms as assigned",
}


class QuestionError(ValueError):
    """The question cannot be understood; the message is for the person who asked it."""


@dataclass(frozen=True)
class Covariate:
    """A column to adjust for: numeric and linear, or categorical and as dummies."""

    name: str
    categorical: bool = False

    @classmethod
    def parse(cls, text: str) -> Covariate:
        """`"grade:category"` or `"age"`. Raises QuestionError for an empty name or another suffix.

        Columns are kept under their names in lower case, and may be asked for as they are written in the file.
        """
        name, colon, kind = (part.strip() for part in text.strip().partition(":"))
        if not name:
            raise QuestionError(f"The covariate {text.strip()!r} has no name. Write covariates as: age,grade:category")
        if colon and kind.lower() != "category":
            raise QuestionError(
                f"The covariate {name!r} is followed by {':' + kind!r}. Only ':category' is supported; leave it out for a "
                "number."
            )
        return cls(name.lower(), categorical=bool(colon))

    def __str__(self) -> str:
        return f"{self.name}:category" if self.categorical else self.name


def parse_covariates(text: str) -> tuple[Covariate, ...]:
    """`"age,grade:category"` as covariates; an empty text is none. Raises QuestionError."""
    parts = text.split(",") if text.strip() else []
    return tuple(Covariate.parse(part) for part in parts)


@dataclass(frozen=True)
class Question:
    """One question to the data. Raises QuestionError when it makes no sense on its own.

    `event_kinds` are the exits that count, none for any; the others end the time at risk (they compete).
    `courses` are the names of those whose completion counts, `teams` those whose members it is about, none for all.
    Nothing after `as_of` has happened yet.
    `horizon_months` ends everyone's follow-up at that tenure. `population` is filled in by the
    engine, which alone knows the period that was observed.
    """

    organisation: str
    outcome: Outcome = "employee_exit"
    exposure: Exposure = "completion"
    covariates: tuple[Covariate, ...] = ()
    clock: Clock = "day"
    event_kinds: tuple[EventKind, ...] = ()
    horizon_months: int | None = None
    population: str = ""
    courses: tuple[str, ...] = ()
    as_of: date | None = None
    teams: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require_one_of("outcome", self.outcome, get_args(Outcome))
        _require_one_of("exposure", self.exposure, get_args(Exposure))
        _require_one_of("clock", self.clock, get_args(Clock))
        for kind in self.event_kinds:
            _require_one_of("kind of exit", kind, get_args(EventKind))
        if self.horizon_months is not None and self.horizon_months < 1:
            raise QuestionError(f"The horizon is {self.horizon_months} months. It must be at least 1.")
        names = [covariate.name for covariate in self.covariates]
        for name in names:
            if names.count(name) > 1:
                raise QuestionError(f"The covariate {name!r} is named twice. Name it once.")

    @property
    def estimand(self) -> str:
        """With the courses it is about, where they were named, and of whom, of which exits, how long and as of which day."""
        return ESTIMANDS[self.exposure] + self.about

    @property
    def about(self) -> str:
        """What is added to an estimand."""
        courses = f" ({', '.join(self.courses)})" if self.courses else ""
        return courses + self.scope

    @property
    def scope(self) -> str:
        """As in ", among people of Ward 3 and Ward 4, for voluntary exits, as of 30 June 2026"."""
        exits = f", for {self._exits}" if self.knows_dates else ""
        as_of = f", as of {in_words(self.as_of)}" if self.as_of else ""
        return f", among {self.whom}{exits}{within(self.horizon_months)}{as_of}"

    @property
    def whom(self) -> str:
        """As in "everyone employed", "people of Ward 3 and Ward 4"."""
        terms = OUTCOME_TERMS[self.outcome]
        return IN_TEAMS.format(units=terms.units, teams=listed(self.teams)) if self.teams else terms.population

    @property
    def _exits(self) -> str:
        terms = OUTCOME_TERMS[self.outcome]
        return f"{' or '.join(self.event_kinds)} {terms.exits}" if self.event_kinds else f"any {terms.exit}"

    @property
    def knows_dates(self) -> bool:
        """Whether anything is known of the calendar; of durations nothing is."""
        return self.outcome != "tenure_exit"

    @property
    def event(self) -> str:
        """In words: "any exit", "voluntary exit", "voluntary or other exit"."""
        return f"{' or '.join(self.event_kinds) or 'any'} exit"


def within(horizon_months: int | None) -> str:
    """How long anybody is followed, as it is added to an estimand or a population; blank for as long as the data go."""
    if horizon_months is None:
        return ""
    return ", within the first month" if horizon_months == 1 else f", within the first {horizon_months} months"


def _require_one_of(what: str, value: str, choices: Iterable[str]) -> None:
    if value not in choices:
        raise QuestionError(f"The {what} {value!r} is not recognised. Choose one of: {', '.join(choices)}.")
