"""AnalysisResults a question about one organisation, in full: the JSON of the formats page, the words, the pictures."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import ngettext

import outcomes
from accounts.models import Organisation
from imports.enums import ImportState
from outcomes.analysis import wording
from outcomes.analysis.loading import Loaded, load_customers, load_people
from outcomes.enums import CUSTOMER_CHURN
from outcomes.evidence import charts, engine
from outcomes.evidence.question import ESTIMANDS, Question, parse_covariates
from outcomes.evidence.result import Counts, Diagnostics, Notice, Provenance, Result
from outcomes.evidence.summary import summarise
from outcomes.evidence.svg import render_svg
from outcomes.models import AnalysisRequest

NOT_BUILT = (
    "Questions about {what} cannot be answered yet; only what became of people and customers after a completion can. "
    "Nothing was estimated, so that no other method stands in for the right one."
)

PEOPLE_FILES = ("people", "completions")
CUSTOMER_FILES = ("customers", *PEOPLE_FILES)


@dataclass(frozen=True)
class AnalysisResult:
    """`result` is the JSON of the formats page; `report` its words; `charts` SVG by name and theme."""

    result: dict[str, Any]
    report: dict[str, Any]
    charts: dict[str, Any] = field(default_factory=dict)


def compute_result(organisation: Organisation, request: AnalysisRequest, *, with_charts: bool = True) -> AnalysisResult:
    """The result from the rows as they are stored now, or its refusal."""
    if request.is_metric or request.exposure != "completion":
        return _not_built(organisation, request)
    is_customers = request.outcome == CUSTOMER_CHURN
    question = _question(organisation, request)
    loaded = (load_customers if is_customers else load_people)(organisation, question.covariates)
    result = engine.estimate(question, loaded.units, as_of=timezone.localdate(), code=code_version(), ran_at=timezone.now())
    say = wording.translator(request.outcome)
    printed = result.to_json()
    if is_customers:
        _speak_of_customers(printed, loaded)
    printed["warnings"] += _rows_skipped(organisation, CUSTOMER_FILES if is_customers else PEOPLE_FILES)
    return AnalysisResult(printed, asdict(summarise(result, say)), _pictures(result, say) if with_charts else {})


def _question(organisation: Organisation, request: AnalysisRequest) -> Question:
    return Question(
        organisation=organisation.slug,
        outcome="customer_exit" if request.outcome == CUSTOMER_CHURN else "employee_exit",
        exposure="completion",
        covariates=parse_covariates(request.covariates),
        clock=request.clock,  # type: ignore[arg-type]  # checked when it was requested
    )


def _speak_of_customers(printed: dict[str, Any], loaded: Loaded) -> None:
    """Name the outcome as the command does, and say whose completion it is."""
    printed["question"] |= {"outcome": CUSTOMER_CHURN, "estimand": wording.for_customers(wording.CUSTOMER_ESTIMAND)}
    printed["counts"]["excluded_rows"] += loaded.unowned
    for notice in printed["warnings"]:
        if notice["code"] in wording.CUSTOMER_WARNINGS:
            notice["message"] = wording.for_customers(wording.CUSTOMER_WARNINGS[notice["code"]])
    said = [("exposure_by_owner", wording.BY_OWNER, 1)]
    said.append(("exposure_shared_by_owner", wording.SHARED_EXPOSURE, _clustered(printed)))
    said += [("exposure_by_team", wording.BY_TEAM, loaded.by_team), ("owner_unknown", wording.UNOWNED, loaded.unowned)]
    printed["warnings"] += [
        {"code": code, "message": wording.for_customers(text).format(n=f"{n:,}")} for code, text, n in said if n
    ]


def _rows_skipped(organisation: Organisation, kinds: Sequence[str]) -> list[dict[str, str]]:
    """Files that were applied without some of their rows."""
    applied = organisation.imports.filter(kind__in=kinds, state=ImportState.APPLIED, options__has_key="skip")
    n = applied.aggregate(n=Sum("rows_refused"))["n"]
    if not n:
        return []
    message = ngettext(
        "%(n)s row of the imported files was skipped. Unless a later file contained it, it is missing here.",
        "%(n)s rows of the imported files were skipped. Unless a later file contained them, they are missing here.",
        n,
    )
    return [{"code": "rows_set_aside", "message": message % {"n": f"{n:,}"}}]


def _clustered(printed: dict[str, Any]) -> int:
    return sum(estimate["method"] == "cox_time_varying_clustered" for estimate in printed["estimates"])


def _not_built(organisation: Organisation, request: AnalysisRequest) -> AnalysisResult:
    """A refusal in the same form as every other answer."""
    what = f"the figure {request.outcome!r}" if request.is_metric else request.exposure
    code = "outcome_not_built_yet" if request.is_metric else "not_built_yet"
    result = Result(
        question=Question(
            organisation=organisation.slug,
            clock=request.clock,  # type: ignore[arg-type]  # checked when it was requested
            covariates=parse_covariates(request.covariates),
        ),
        grade="refused",
        refusals=(Notice(code, NOT_BUILT.format(what=what)),),
        warnings=(),
        counts=Counts(),
        estimates=(),
        event_study=(),
        curves=(),
        diagnostics=Diagnostics(),
        provenance=Provenance("", code_version(), {}, 0, datetime.now(UTC).isoformat(timespec="seconds")),
    )
    printed = result.to_json()
    printed["question"] |= {
        "outcome": request.outcome,
        "exposure": request.exposure,
        "estimand": ESTIMANDS[request.exposure],
        "event": "" if request.is_metric else "any exit",
    }
    return AnalysisResult(printed, asdict(summarise(result)))


def _pictures(result: Result, say: Any) -> dict[str, Any]:
    if not any(point.retained is not None for point in result.curves):
        return {}
    specs = {theme: charts.retention_chart(result, theme, say) for theme in ("light", "dark")}
    pictures = {theme: render_svg(spec) for theme, spec in specs.items()}
    narrow = render_svg(charts.retention_chart(result, "light", say, charts.NARROW))
    page = {"page": _themed(pictures["light"]), "narrow": _themed(narrow), "label": specs["light"].get("description", "")}
    return {"retention": pictures | page}


def _themed(svg: str) -> str:
    """The picture with the page's own colours in place of those of the light theme, so that it follows the reader."""
    for token, colour in asdict(charts.COLOURS["light"]).items():
        svg = svg.replace(colour, f"var(--{token})").replace(colour.lower(), f"var(--{token})")
    return svg


@cache
def code_version() -> str:
    """A digest of the program that answers: the same digest and data give the same numbers."""
    folder = Path(outcomes.__file__).parent
    files = sorted([*(folder / "evidence").glob("*.py"), *(folder / "analysis").glob("*.py")])
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return f"sha256:{digest[:16]}"
