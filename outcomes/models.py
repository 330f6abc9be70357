"""What an analysis is asked to say, and immutable runs of evidence. No statistics library is imported here."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from common.models import PublicModel
from jobs.models import Job
from needs.enums import EXIT_KINDS, MAX_HORIZON_MONTHS
from needs.models import Specification
from outcomes.enums import CLOCKS, EMPLOYEE_EXIT, EXPOSURES, OUTCOMES, TENURE_EXIT
from outcomes.errors import QuestionNotUnderstood
from outcomes.evidence.question import QuestionError, parse_covariates
from outcomes.evidence.words.writing import plain_name

# Our own columns of people, customers and partners that one may compare by; the organisation's own come on top.
PEOPLE_COVARIATES = ("team", "manager_id", "annual_cost")
TENURE_COVARIATES = ("team",)
CUSTOMER_COVARIATES = ("segment", "team", "owner_person_id", "annual_value", "currency")
PARTNER_COVARIATES = ("team", "owner_person_id", "annual_value")

QUARTER = timedelta(days=91)
"""So long no answer is given on data that changed by a few people; after it, one with counts rounded."""

COUNTS_ROUNDED = "counts_rounded"
"""Code of the warning that says so."""

LISTS = ("courses", "events", "teams")
"""What several of may be asked for."""


@dataclass(frozen=True)
class AnalysisRequest:
    """`covariates` as on the command line: `age,grade:category`.

    `courses` are those whose completion counts, none for the only one there is; `events` the kinds of exit that count, none
    for any; `teams` those whose members it is about, none for everybody. `as_of` is the day, in ISO 8601, after which nothing
    has happened; blank for the day it is computed.
    """

    outcome: str = EMPLOYEE_EXIT
    exposure: str = "completion"
    covariates: str = ""
    clock: str = "day"
    courses: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    as_of: str = ""
    horizon_months: int | None = None
    teams: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require_one_of("exposure", self.exposure, EXPOSURES)
        _require_one_of("clock", self.clock, CLOCKS)
        for kind in self.events:
            _require_one_of("kind of exit", kind, EXIT_KINDS)
        self._require_what_it_takes()
        if self.events and self.outcome != EMPLOYEE_EXIT:
            raise QuestionNotUnderstood("Only exits of employees have kinds. Leave the kind out.")
        if self.horizon_months is not None and not 1 <= self.horizon_months <= MAX_HORIZON_MONTHS:
            raise QuestionNotUnderstood(
                f"The horizon is {self.horizon_months} months. Choose one from 1 to {MAX_HORIZON_MONTHS}."
            )
        try:
            day = date.fromisoformat(self.as_of) if self.as_of else None
        except ValueError:
            raise QuestionNotUnderstood(f"{self.as_of!r} is not a day. Write it as YYYY-MM-DD.") from None
        # Nowhere has it begun; whether it has where the organisation is, `require_known` says.
        if day and day > timezone.now().date() + timedelta(days=1):
            raise QuestionNotUnderstood(f"{self.as_of} has not come yet. Ask as of today or an earlier day.")
        try:
            names = [covariate.name for covariate in parse_covariates(self.covariates)]
        except QuestionError as error:
            raise QuestionNotUnderstood(str(error)) from error
        for name in names:
            if names.count(name) > 1:
                raise QuestionNotUnderstood(f"The covariate {name!r} is named twice. Name it once.")

    def _require_what_it_takes(self) -> None:
        """Of durations and of teams less can be asked."""
        if self.outcome == TENURE_EXIT:
            self._require_nothing_of_dates()
        if self.exposure == "rollout":
            self._require_nothing_of_people()

    def _require_nothing_of_dates(self) -> None:
        if self.clock != "day":
            raise QuestionNotUnderstood("Tenure figures know no calendar. Leave the clock out.")
        if self.courses:
            raise QuestionNotUnderstood("Tenure figures do not say which course was completed. Leave the course out.")

    def _require_nothing_of_people(self) -> None:
        if self.covariates:
            raise QuestionNotUnderstood("A question about offers to teams takes no columns to adjust for. Leave them out.")
        if self.horizon_months is not None:
            raise QuestionNotUnderstood(
                "A question about offers to teams has no horizon, since it goes by the calendar. Leave it out."
            )

    @property
    def is_metric(self) -> bool:
        return self.outcome not in OUTCOMES

    def as_of_today_in(self, organisation: Organisation) -> "AnalysisRequest":
        """The same with the day on it: where none is given, today in the time zone of the organisation."""
        return self if self.as_of else replace(self, as_of=organisation.today.isoformat())

    def of_the_only_course(self, known: Collection[str]) -> "AnalysisRequest":
        """The same with the course on it: where none is given, the only one of those `known`, as far as completions count."""
        is_meant = len(known) == 1 and not self.courses and self.exposure == "completion"
        return replace(self, courses=tuple(known)) if is_meant and self.outcome != TENURE_EXIT else self

    @property
    def day(self) -> date:
        return date.fromisoformat(self.as_of) if self.as_of else timezone.localdate()

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {name: list(getattr(self, name)) for name in LISTS}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "AnalysisRequest":
        names = {field.name for field in fields(cls)}
        known = {name: value for name, value in data.items() if name in names}
        return cls(**known | {name: tuple(data.get(name, ())) for name in LISTS})


def _require_one_of(what: str, value: str, choices: Iterable[str]) -> None:
    if value not in choices:
        raise QuestionNotUnderstood(f"The {what} {value!r} is not recognised. Choose one of: {', '.join(choices)}.")


def with_totals(result: Mapping[str, Any], totals: Mapping[str, int]) -> dict[str, Any]:
    """`result` (the JSON of the formats page) with the exact `totals`, which only those who bring the data may read.

    Where counts are rounded they are so for everybody: beside the rest, exact totals would tell what the rounding hides.
    """
    if any(warning["code"] == COUNTS_ROUNDED for warning in result["warnings"]):
        return dict(result)
    shown = {f"counts.{name}" for name in totals}
    suppressed = [path for path in result["suppressed"] if path not in shown]
    return {**result, "counts": {**result["counts"], **totals}, "suppressed": suppressed}


class EvidenceRun(PublicModel):
    """One question, answered once. The result is the JSON of the formats page and is never changed afterwards."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="evidence_runs")
    specification = models.ForeignKey(Specification, models.SET_NULL, null=True, blank=True, related_name="evidence_runs")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="evidence_runs")
    outcome = models.CharField(max_length=60)
    exposure = models.CharField(max_length=20)
    question = models.JSONField(help_text=_("Outcome, exposure, courses, kinds of exit, covariates, clock, day."))
    result = models.JSONField(null=True, blank=True)
    report = models.JSONField(default=dict, blank=True, help_text=_("The result in words, written by the worker."))
    charts = models.JSONField(default=dict, blank=True, help_text=_("Rendered SVG by name and theme."))
    data_digest = models.CharField(max_length=64, blank=True)
    totals = models.JSONField(
        default=dict, blank=True, help_text=_("Units and events of everybody: only for those who bring the data.")
    )
    replaced_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="replaced")
    refreshes = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The answer that this one takes the place of, where the clock asked."),
    )

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.outcome} by {self.exposure}"

    @property
    def outcome_name(self) -> str | Promise:
        if self.exposure == "rollout":
            return _("Exits from teams offered the training")
        return OUTCOMES.get(self.outcome, self.outcome)

    @property
    def teams(self) -> list[str]:
        """Those it is about, none for everybody."""
        return list(self.question.get("teams", ()))

    @property
    def courses(self) -> list[str]:
        """Keys of those whose completion counts, none for the only one there was."""
        return list(self.question.get("courses", ()))

    @property
    def exits_counted(self) -> str:
        """The kinds of exit that count, as pages call them; blank for every exit."""
        return ", ".join(str(EXIT_KINDS.get(kind, kind)) for kind in self.question.get("events", ()))

    @property
    def as_of(self) -> date | None:
        """The day after which nothing has happened; None where none was kept."""
        day = self.question.get("as_of")
        return date.fromisoformat(day) if day else None

    @property
    def horizon_months(self) -> int | None:
        months: int | None = self.question.get("horizon_months")
        return months

    @property
    def adjusted_for(self) -> str:
        """The columns as people write them."""
        return ", ".join(plain_name(column.name) for column in parse_covariates(self.question.get("covariates", "")))

    @property
    def can_be_refreshed(self) -> bool:
        """Only an answer can: what was refused is asked again once it can be answered."""
        is_answered = self.result is not None and not self.result["refusals"]
        return is_answered and self.replaced_by_id is None and self.outcome in OUTCOMES

    def get_absolute_url(self) -> str:
        return reverse("org:evidence_run", args=[self.organisation.slug, self.uuid])


class Refresh(models.Model):
    """That a question is asked again each quarter; `run` is its latest answer. See `refreshing`."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="refreshes")
    run = models.OneToOneField(EvidenceRun, models.CASCADE, related_name="refresh")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_on = models.DateField()
    problem = models.CharField(max_length=1000, blank=True, help_text=_("Why there was no newer answer the last time."))

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.run} from {self.due_on} on"

    @property
    def is_due(self) -> bool:
        """By the organisation's own clock, as the day it was given is."""
        return self.due_on <= self.organisation.today


class Release(models.Model):
    """Who an answer was about, so that no later one is about nearly the same people. Names nobody: see `analysis.releases`."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="releases")
    run = models.ForeignKey(
        EvidenceRun, models.SET_NULL, null=True, blank=True, related_name="releases", help_text=_("None for a command.")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    outcome = models.CharField(max_length=60)
    as_of = models.DateField()
    definition = models.CharField(max_length=32, help_text=_("What was asked, without the day."))
    state = models.CharField(max_length=32, help_text=_("The rows as they stood, and the day."))
    sketch = models.BinaryField()
    tells_sides = models.BooleanField(
        default=True, help_text=_("Whether it may have said how many had completed and how many had not.")
    )
    given_on = models.DateField(null=True, blank=True, help_text=_("Of one about few: the day it counts from."))
    is_of_few = models.BooleanField(
        default=False, help_text=_("Whether Accord alone knows the completions of so few that it was rounded.")
    )
    asked = models.CharField(
        max_length=32, blank=True, help_text=_("What was asked of which data, the day and the files included.")
    )
    about = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("What decides whom it counted as what: the day, teams, courses, kinds and horizon."),
    )

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["organisation", "outcome"], name="outcomes_release_of")]

    def __str__(self) -> str:
        return f"{self.outcome} as of {self.as_of}"
