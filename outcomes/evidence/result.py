"""What the engine gives: dataclasses that print exactly the JSON of `manage.py evidence`.

Fields stand in the order in which they are printed. A number that was not computed, or that
is not finite, prints as null; one held back to protect a small group prints as null too, and its
path stands in `suppressed`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from .limits import COMMON_OUTCOME
from .question import Question, parse_covariates

if TYPE_CHECKING:  # a web process reads stored results without numpy
    from .arrays import Bools

NOT_YET, EXPOSED, EVERYONE = "not yet exposed", "exposed", "everyone"
"""The groups of the curves."""

Grade = Literal["descriptive", "adjusted", "quasi_experimental", "randomised", "refused"]


@dataclass(frozen=True)
class Notice:
    """A refusal or a warning: a code for programs, a message for the reader."""

    code: str
    message: str


@dataclass(frozen=True)
class Counts:
    """People or customers, their exits, and the months they were at risk; None for one that is held back."""

    units: int | None = 0
    events: int | None = 0
    exposed_units: int | None = 0
    events_exposed: int | None = 0
    unit_months: float | None = 0
    teams: int | None = 0
    excluded_rows: int | None = 0

    @property
    def outcome_is_common(self) -> bool:
        """Whether so many have the event that a hazard ratio is not a risk ratio.

        Events of a result with estimates are held back only where nearly everybody left.
        """
        return self.events is None or self.units is None or self.events >= COMMON_OUTCOME * self.units


@dataclass(frozen=True)
class Estimate:
    """One number with its uncertainty; `log_hazard_ratio` is a natural logarithm."""

    name: str
    value: float
    se: float
    ci_low: float
    ci_high: float
    p: float
    p_adjusted: float | None = None
    clusters: int | None = None
    df: int | None = None
    method: str = ""
    library: str = ""
    primary: bool = False
    prespecified: bool = False


HEADLINE = ("cox_time_varying", "cox_time_varying_clustered", "cox_time_varying_jackknife")
"""Methods that give the primary figure, with intervals of different width."""
CALENDAR = ("poisson_cells", "poisson_cells_clustered")
"""Methods that allow for what changed for everyone over calendar time."""

BETWEEN_TEAMS = ("too_few_whole_teams", "too_few_teams_that_differ", "one_team_decides")
"""Warnings with which nothing is said of less or more: the difference may be one between teams."""

RESTS_ON_COLUMNS = "rests_on_columns"
"""A warning with which nothing is said of less or more: it would be said because of columns that may know who left."""

Direction = Literal["lower", "higher", "open"]


def widest(estimates: Iterable[Estimate]) -> Estimate | None:
    """The primary figure with the widest interval that can be defended; None without one."""
    return max((e for e in estimates if e.method in HEADLINE), key=lambda e: e.ci_high - e.ci_low, default=None)


def calendar(estimates: Iterable[Estimate]) -> Estimate | None:
    """The figure that allows for calendar quarters; None without one."""
    return next((e for e in estimates if e.method in CALENDAR), None)


def side_of_one(estimate: Estimate) -> Direction:
    """On which side of a ratio of 1 the whole interval lies; open where it holds 1."""
    return "lower" if estimate.ci_high < 0 else "higher" if estimate.ci_low > 0 else "open"


def direction(estimates: Sequence[Estimate]) -> Direction:
    """What may be said: less or more only where the widest interval and the one by calendar quarters agree on it."""
    answer, by_quarter = widest(estimates), calendar(estimates)
    if answer is None or by_quarter is None or side_of_one(answer) != side_of_one(by_quarter):
        return "open"
    return side_of_one(answer)


@dataclass(frozen=True)
class EventStudyPoint:
    """The effect so many months before or after the exposure."""

    relative_month: int
    value: float | None
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True)
class CurvePoint:
    """Share retained at a month of tenure, and the number still at risk just after it."""

    group: str
    month: int
    retained: float | None
    ci_low: float | None
    ci_high: float | None
    at_risk: int | None
    suppressed: tuple[str, ...] = field(default=(), metadata={"json": False})


@dataclass(frozen=True)
class Diagnostics:
    """What it would take to overturn the result; effects on the scale of the primary estimate."""

    pretrend_p: float | None = None
    pretrend_detectable: float | None = None
    smoothness_bounds: list[float] | None = None
    e_value: float | None = None
    e_value_ci: float | None = None
    minimum_detectable_effect: float | None = None
    forbidden_comparison_weight: float | None = None


@dataclass(frozen=True)
class Provenance:
    """What to keep in order to get the same numbers again."""

    data_digest: str
    code: str
    libraries: dict[str, str]
    seed: int
    ran_at: str
    as_of: str = ""
    leavers_from: str | None = None
    leavers_until: str | None = None
    imports: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Members:
    """Who is in the counts, by the clock of days, each (stints,): followed, left, completed while there, left after that."""

    followed: Bools
    left: Bools
    completed: Bools
    left_after: Bools


@dataclass(frozen=True)
class Result:
    """The whole result of one question."""

    question: Question
    grade: Grade
    refusals: tuple[Notice, ...]
    warnings: tuple[Notice, ...]
    counts: Counts
    estimates: tuple[Estimate, ...]
    event_study: tuple[EventStudyPoint, ...]
    curves: tuple[CurvePoint, ...]
    diagnostics: Diagnostics
    provenance: Provenance
    period: tuple[date, date] | None = field(default=None, compare=False, metadata={"json": False})
    """First and last day of anyone's time at risk; of a fresh result only."""

    members: Members | None = field(default=None, compare=False, metadata={"json": False})
    """Who is in the counts; of a fresh result only."""

    by_day: Counts | None = field(default=None, compare=False, metadata={"json": False})
    """Of a fresh result by months: the same counted by days."""

    sides_are_few: bool = field(default=False, compare=False, metadata={"json": False})
    """Whether those on whom the exposure depends (owners of customers) are fewer than ten on a side."""

    reasons: tuple[str, ...] = field(default=(), compare=False, metadata={"json": False})
    """Why rows were left out; of a fresh result only."""

    reasons_are_few: bool = field(default=False, compare=False, metadata={"json": False})
    """Whether some reason left out fewer than ten rows: the others are said, so their sum would give it away."""

    withheld: tuple[str, ...] = field(default=(), compare=False, metadata={"json": False})
    """Paths of the counts that are held back."""

    instead: Mapping[str, str] = field(default_factory=dict, compare=False, metadata={"json": False})
    """What a page says in place of each of them, by its name; of a fresh result only."""

    has_late_entry: bool = field(default=False, compare=False, metadata={"json": False})
    """Whether anybody was there before they were observed; of a fresh result only."""

    @property
    def primary(self) -> Estimate | None:
        return next((estimate for estimate in self.estimates if estimate.primary), None)

    @property
    def widest(self) -> Estimate | None:
        return widest(self.estimates)

    @property
    def calendar(self) -> Estimate | None:
        return calendar(self.estimates)

    @property
    def direction(self) -> Direction:
        return "open" if self.is_between_few_teams or self.rests_on_columns else direction(self.estimates)

    @property
    def is_between_few_teams(self) -> bool:
        """Whether what was found may be a difference between teams that no interval can allow for."""
        return any(notice.code in BETWEEN_TEAMS for notice in self.warnings)

    @property
    def rests_on_columns(self) -> bool:
        """Whether it would be another answer without columns that may have been written down because of the exit."""
        return any(notice.code == RESTS_ON_COLUMNS for notice in self.warnings)

    def estimate(self, method: str) -> Estimate | None:
        return next((estimate for estimate in self.estimates if estimate.method == method), None)

    @property
    def suppressed(self) -> tuple[str, ...]:
        """Paths of the values held back, such as `counts.events` or `curves.3.retained`."""
        of_curves = (f"curves.{i}.{name}" for i, point in enumerate(self.curves) for name in point.suppressed)
        return (*self.withheld, *of_curves)

    def curve(self, group: str) -> tuple[CurvePoint, ...]:
        return tuple(point for point in self.curves if point.group == group)

    def to_json(self) -> dict[str, Any]:
        """The structure of `manage.py evidence --json`, of plain dicts, lists, numbers and None."""
        printed = [item.name for item in fields(self) if item.metadata.get("json", True)]
        names = [name for name in printed if name not in ("question", "provenance")]
        return {
            "question": _question_json(self.question),
            **{name: _json_value(getattr(self, name)) for name in names},
            "suppressed": list(self.suppressed),
            "provenance": _json_value(self.provenance),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Result:
        """The result back from what `to_json` printed, so that a stored run can be shown."""
        return cls(
            question=_question_from_json(data["question"]),
            grade=data["grade"],
            refusals=tuple(Notice(**notice) for notice in data["refusals"]),
            warnings=tuple(Notice(**notice) for notice in data["warnings"]),
            counts=Counts(**data["counts"]),
            estimates=tuple(Estimate(**estimate) for estimate in data["estimates"]),
            event_study=tuple(EventStudyPoint(**point) for point in data["event_study"]),
            curves=_curves_from_json(data["curves"], data["suppressed"]),
            diagnostics=Diagnostics(**data["diagnostics"]),
            provenance=Provenance(**data["provenance"]),
            withheld=tuple(path for path in data["suppressed"] if path.startswith("counts.")),
        )


def _question_json(question: Question) -> dict[str, Any]:
    return {
        "organisation": question.organisation,
        "outcome": question.outcome,
        "exposure": question.exposure,
        "courses": list(question.courses),
        "event_kinds": list(question.event_kinds),
        "teams": list(question.teams),
        "as_of": question.as_of.isoformat() if question.as_of else None,
        "covariates": [str(covariate) for covariate in question.covariates],
        "clock": question.clock,
        "estimand": question.estimand,
        "population": question.population,
        "event": question.event,
        "horizon_months": question.horizon_months,
    }


def _question_from_json(data: Mapping[str, Any]) -> Question:
    """Of runs older than courses, teams and days they are none."""
    names = ("organisation", "outcome", "exposure", "clock", "population", "horizon_months")
    as_of = data.get("as_of")
    return Question(
        covariates=parse_covariates(",".join(data["covariates"])),
        courses=tuple(data.get("courses", ())),
        event_kinds=tuple(data.get("event_kinds", ())),
        teams=tuple(data.get("teams", ())),
        as_of=date.fromisoformat(as_of) if as_of else None,
        **{name: data[name] for name in names},
    )


def _curves_from_json(points: list[dict[str, Any]], suppressed_paths: list[str]) -> tuple[CurvePoint, ...]:
    suppressed: dict[int, list[str]] = {}
    for path in suppressed_paths:
        what, _, rest = path.partition(".")
        if what == "curves":
            index, name = rest.split(".")
            suppressed.setdefault(int(index), []).append(name)
    return tuple(CurvePoint(**point, suppressed=tuple(suppressed.get(i, ()))) for i, point in enumerate(points))


def _json_value(value: Any) -> Any:
    """JSON's own types only; what is not finite becomes None."""
    if is_dataclass(value):
        printed = [item.name for item in fields(value) if item.metadata.get("json", True)]
        return {name: _json_value(getattr(value, name)) for name in printed}
    if isinstance(value, Mapping):
        return {key: _json_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_value(item) for item in value]
    if hasattr(value, "item"):  # a numpy scalar, which json cannot print
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
