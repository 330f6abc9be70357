"""A question to the data as somebody asked it, understood without any statistics library."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from outcomes.errors import QuestionNotUnderstood
from outcomes.evidence.question import QuestionError, parse_covariates
from outcomes.models import PersonMetric, TeamMetric

EMPLOYEE_EXIT, CUSTOMER_CHURN = "employee_exit", "customer_churn"
OUTCOMES = {EMPLOYEE_EXIT: _("Colleagues who leave"), CUSTOMER_CHURN: _("Customers who leave")}
EXPOSURES = ("completion", "rollout", "assignment")
CLOCKS = {"day": _("Days, as the dates say"), "month": _("Calendar months")}


@dataclass(frozen=True)
class Asked:
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
    def from_json(cls, data: Mapping[str, Any]) -> "Asked":
        return cls(**{name: data[name] for name in ("outcome", "exposure", "covariates", "clock") if name in data})


def require_known_outcome(asked: Asked, organisation: Organisation) -> None:
    """Raise `QuestionNotUnderstood` for an outcome that is neither retention nor a figure that was brought."""
    if not asked.is_metric:
        return
    known = sorted(
        set(TeamMetric.objects.filter(organisation=organisation).values_list("metric", flat=True).distinct())
        | set(PersonMetric.objects.filter(organisation=organisation).values_list("metric", flat=True).distinct())
    )
    if asked.outcome not in known:
        choices = ", ".join([*OUTCOMES, *known[:50]])
        raise QuestionNotUnderstood(f"The outcome {asked.outcome!r} is not in the data. Choose one of: {choices}.")
