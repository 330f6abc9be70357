"""What an analysis is asked to say, understood without any statistics library."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from accounts.models import Organisation
from outcomes.enums import CLOCKS, CUSTOMER_CHURN, EMPLOYEE_EXIT, EXPOSURES, OUTCOMES
from outcomes.errors import QuestionNotUnderstood
from outcomes.evidence.question import QuestionError, parse_covariates
from stakeholders.models import CustomerStint, EmploymentStint, PersonMetric, TeamMetric
from stakeholders.queries import columns_of

# Our own columns of people and customers that one may compare by; the organisation's own come on top.
PEOPLE_COVARIATES = ("team", "manager_id", "annual_cost")
CUSTOMER_COVARIATES = ("segment", "team", "owner_person_id", "annual_value", "currency")


@dataclass(frozen=True)
class AnalysisRequest:
    """`covariates` as on the command line: `age,grade:category`."""

    outcome: str = EMPLOYEE_EXIT
    exposure: str = "completion"
    covariates: str = ""
    clock: str = "day"

    def __post_init__(self) -> None:
        if self.exposure not in EXPOSURES:
            raise QuestionNotUnderstood(f"The exposure {self.exposure!r} is not known. Choose one of: {', '.join(EXPOSURES)}.")
        if self.clock not in CLOCKS:
            raise QuestionNotUnderstood(f"The clock {self.clock!r} is not known. Choose one of: {', '.join(CLOCKS)}.")
        try:
            names = [covariate.name for covariate in parse_covariates(self.covariates)]
        except QuestionError as error:
            raise QuestionNotUnderstood(str(error)) from error
        for name in names:
            if names.count(name) > 1:
                raise QuestionNotUnderstood(f"The covariate {name!r} is named twice. Name it once.")

    @property
    def is_metric(self) -> bool:
        return self.outcome not in OUTCOMES

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "AnalysisRequest":
        return cls(**{name: data[name] for name in ("outcome", "exposure", "covariates", "clock") if name in data})


def require_known(request: AnalysisRequest, organisation: Organisation) -> None:
    """Raise `QuestionNotUnderstood` for an outcome or a column that is not among the organisation's data."""
    if request.is_metric:
        _require_known_figure(request, organisation)
    else:
        _require_known_columns(request, organisation)


def _require_known_figure(request: AnalysisRequest, organisation: Organisation) -> None:
    known = sorted(
        set(TeamMetric.objects.filter(organisation=organisation).values_list("metric", flat=True).distinct())
        | set(PersonMetric.objects.filter(organisation=organisation).values_list("metric", flat=True).distinct())
    )
    if request.outcome not in known:
        choices = ", ".join([*OUTCOMES, *known[:50]])
        raise QuestionNotUnderstood(f"The outcome {request.outcome!r} is not in the data. Choose one of: {choices}.")


def _require_known_columns(request: AnalysisRequest, organisation: Organisation) -> None:
    model, ours = (
        (CustomerStint, CUSTOMER_COVARIATES) if request.outcome == CUSTOMER_CHURN else (EmploymentStint, PEOPLE_COVARIATES)
    )
    rows = model._default_manager.filter(organisation=organisation)
    brought = [covariate.name for covariate in parse_covariates(request.covariates) if covariate.name not in ours]
    missing = [name for name in brought if not rows.filter(covariates__has_key=name).exists()]
    # Without any row there is nothing to name; the engine then says that there are no data.
    if missing and rows.exists():
        choices = ", ".join([*ours, *columns_of(rows)])
        raise QuestionNotUnderstood(f"There is no column {missing[0]!r} in the data. Columns to choose from: {choices}.")
