"""The answer in plain words, made from the numbers by rules; it never says more than the grade allows.

Needs the standard library alone, so that a web page can say it from a stored result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import exp

from .limits import MIN_EVENTS
from .result import EVERYONE, Estimate, Result
from .words import (
    AND,
    ANSWER,
    GRADES,
    HOW_WE_KNOW,
    MEMBER_OF,
    OUTCOME_TERMS,
    SAME_GROUP,
    SAME_TENURE,
    SAME_VALUE,
    WHAT_WOULD_CHANGE_OUR_MIND,
)

Translate = Callable[[str], str]


@dataclass(frozen=True)
class Summary:
    """What a reader who is no statistician needs: the answer, how we know, what would change our mind."""

    answer: str
    grade: str
    grade_meaning: str
    how_we_know: tuple[str, ...]
    what_would_change_our_mind: tuple[str, ...]


def summarise(result: Result, translate: Translate = str) -> Summary:
    """The summary of `result`; `translate` (gettext, say) is applied to every sentence before its numbers are put in."""
    writer = _SummaryWriter(result, translate)
    grade, meaning = GRADES[result.grade]
    return Summary(
        answer=writer.answer(),
        grade=translate(grade),
        grade_meaning=translate(meaning),
        how_we_know=tuple(writer.how_we_know()),
        what_would_change_our_mind=tuple(writer.what_would_change_our_mind()),
    )


class _SummaryWriter:
    def __init__(self, result: Result, translate: Translate) -> None:
        self.result = result
        self.translate = translate
        self.terms = OUTCOME_TERMS[result.question.outcome]
        self.units, self.exits = translate(self.terms.units), translate(self.terms.exits)

    def answer(self) -> str:
        primary = self.result.primary
        if self.result.grade == "refused":
            return self.translate(ANSWER["refused"]).format(
                reason=" ".join(notice.message for notice in self.result.refusals[:1])
            )
        if primary is None:
            return self._retention()
        direction = "lower" if primary.ci_high < 0 else "higher" if primary.ci_low > 0 else "open"
        return self.translate(ANSWER[direction]).format(compared=self._compared(), **_hazard_ratio(primary))

    def _retention(self) -> str:
        shown = [point for point in self.result.curve(EVERYONE) if point.retained is not None]
        if not shown:
            return self.translate(ANSWER["not_asked"])
        point = next((point for point in shown if point.month == 12), shown[-1])
        shares = {name: _percent(getattr(point, name)) for name in ("retained", "ci_low", "ci_high")}
        return self.translate(ANSWER["described"]).format(
            units=self.units, month=point.month, retained=shares["retained"], low=shares["ci_low"], high=shares["ci_high"]
        )

    def how_we_know(self) -> Iterator[str]:
        counts = self.result.counts
        yield self.translate(HOW_WE_KNOW["followed"]).format(
            units=f"{counts.units:,}",
            noun=self.units,
            months=f"{counts.unit_months:,.0f}",
            events=f"{counts.events:,}",
            after=f"{counts.events_exposed:,}",
        )
        yield self.translate(HOW_WE_KNOW["late_entry"])
        if self.result.primary is None:
            return
        yield self.translate(HOW_WE_KNOW["switching"]).format(clock=self.translate(self.result.question.clock))
        yield self.translate(HOW_WE_KNOW["method"]).format(compared=self._compared())
        for estimate in self.result.estimates:
            if estimate.method in HOW_WE_KNOW:
                yield self.translate(HOW_WE_KNOW[estimate.method]).format(
                    clusters=f"{estimate.clusters or 0:,}", **_hazard_ratio(estimate)
                )
        yield from self._sensitivity(self.result.primary)

    def _sensitivity(self, primary: Estimate) -> Iterator[str]:
        """E-values for a figure that stands out, and what could have been found for one that does not."""
        diagnostics = self.result.diagnostics
        if _interval_excludes_one(primary) and diagnostics.e_value is not None and diagnostics.e_value_ci is not None:
            scale = HOW_WE_KNOW["common" if self.result.counts.outcome_is_common else "rare"]
            point, limit = f"{diagnostics.e_value:.2f}", f"{diagnostics.e_value_ci:.2f}"
            yield self.translate(HOW_WE_KNOW["e_value"]).format(point=point, limit=limit, scale=self.translate(scale))
        elif diagnostics.minimum_detectable_effect is not None:
            smallest = diagnostics.minimum_detectable_effect
            yield self.translate(HOW_WE_KNOW["detectable"]).format(below=f"{exp(-smallest):.2f}", above=f"{exp(smallest):.2f}")

    def what_would_change_our_mind(self) -> Iterator[str]:
        primary = self.result.primary
        if primary is None:
            yield from self._missing_data()
            return
        if not _interval_excludes_one(primary):
            yield self.translate(WHAT_WOULD_CHANGE_OUR_MIND["more_data"]).format(units=self.units)
        if not self.result.question.covariates:
            yield self.translate(WHAT_WOULD_CHANGE_OUR_MIND["covariates"])
        if self.result.question.exposure == "completion":
            yield from (self.translate(WHAT_WOULD_CHANGE_OUR_MIND[name]) for name in ("notice", "offer", "random"))

    def _missing_data(self) -> Iterator[str]:
        refused = {notice.code for notice in self.result.refusals}
        if "too_few_events" in refused:
            missing = MIN_EVENTS - self.result.counts.events
            yield self.translate(WHAT_WOULD_CHANGE_OUR_MIND["more_events"]).format(
                missing=missing, exits=self.exits, units=self.units
            )
        if refused & {"too_few_events_in_arm", "too_few_exposed", "no_one_exposed", "everyone_exposed", "no_overlap"}:
            yield self.translate(WHAT_WOULD_CHANGE_OUR_MIND["both_sides"]).format(units=self.units)
        if refused & {"unknown_covariate", "covariate_not_numeric", "no_variation", "collinear_covariates", "no_stable_answer"}:
            yield self.translate(WHAT_WOULD_CHANGE_OUR_MIND["the_question"])
        if "not_built_yet" in refused:
            yield self.translate(WHAT_WOULD_CHANGE_OUR_MIND["not_built_yet"])

    def _compared(self) -> str:
        """Who is compared with whom, as in "people with the same tenure, grade and site"."""
        covariates = [covariate.name for covariate in self.result.question.covariates]
        if not self.terms.equally_long:
            names = [self.translate(self.terms.tenure), *covariates]
            return self.translate(SAME_TENURE).format(units=self.units, names=self._listed(names))
        groups = [name for name in covariates if name in MEMBER_OF]
        values = [name for name in covariates if name not in MEMBER_OF]
        same = [
            self.translate(sentence).format(names=self._listed(names))
            for sentence, names in ((SAME_GROUP, groups), (SAME_VALUE, values))
            if names
        ]
        return " ".join([self.units, *([self._listed(same)] if same else []), self.translate(self.terms.equally_long)])

    def _listed(self, names: list[str]) -> str:
        if len(names) == 1:
            return names[0]
        return self.translate(AND).format(first=", ".join(names[:-1]), last=names[-1])


def _interval_excludes_one(estimate: Estimate) -> bool:
    return estimate.ci_low > 0 or estimate.ci_high < 0


def _hazard_ratio(estimate: Estimate) -> dict[str, str]:
    """The figure and its interval as ratios of rates."""
    return {
        "ratio": f"{exp(estimate.value):.2f}",
        "low": f"{exp(estimate.ci_low):.2f}",
        "high": f"{exp(estimate.ci_high):.2f}",
    }


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
