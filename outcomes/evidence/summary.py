"""The answer in plain words, made from the numbers by rules; it never says more than the grade allows.

Needs the standard library alone, so that a web page can say it from a stored result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import exp

from common.few import SMALL

from .limits import MIN_EVENTS
from .result import CALENDAR, EVERYONE, HEADLINE, Counts, Estimate, Result, side_of_one
from .words.notices import QUESTION_ERRORS
from .words.report import (
    ANSWER,
    FEWER,
    GRADES,
    HOW_WE_KNOW,
    MANY_MORE_EXITS,
    MONTH,
    MONTHS,
    MORE,
    MORE_EXITS,
    NONE,
    QUOTED,
    WHAT_WOULD_CHANGE_OUR_MIND,
)
from .words.terms import EVENT_KINDS, IN_TEAMS, MEMBER_OF, OUTCOME_TERMS, SAME_GROUP, SAME_TENURE, SAME_VALUE
from .words.writing import counted, in_words, listed, plain_name, ratio_of

OF_SIDES = {
    "everyone_exposed",
    "no_one_exposed",
    "no_overlap",
    "sides_not_comparable",
    "sides_too_few",
    "too_few_events_in_arm",
    "too_few_exposed",
}
"""Refusals for want of people on one side."""
OF_THEIR_OWN = {"history_needed", "not_built_yet", "outcome_not_built_yet"}
"""Refusals of how it was asked of which more can be said than that another question would help."""

Translate = Callable[[str], str]


@dataclass(frozen=True)
class Summary:
    """What a reader who is no statistician needs: the answer, how we know, what would change our mind."""

    answer: str
    grade: str
    grade_meaning: str
    how_we_know: tuple[str, ...]
    what_would_change_our_mind: tuple[str, ...]
    data_from: str | None = None
    data_until: str | None = None
    """First and last day of anyone's time at risk, ISO; None where nobody was observed."""


def summarise(result: Result, translate: Translate = str) -> Summary:
    """The summary of `result`; `translate` (gettext, say) is applied to every sentence before its numbers are put in."""
    writer = _SummaryWriter(result, translate)
    is_unadjusted = result.grade == "descriptive" and result.primary is not None
    unadjusted = "of_durations" if result.question.covariates else "unadjusted"
    grade, meaning = GRADES[unadjusted if is_unadjusted else result.grade]
    data_from, data_until = (day.isoformat() for day in result.period) if result.period else (None, None)
    return Summary(
        answer=writer.answer(),
        grade=translate(grade),
        grade_meaning=translate(meaning),
        how_we_know=tuple(writer.how_we_know()),
        what_would_change_our_mind=tuple(writer.what_would_change_our_mind()),
        data_from=data_from,
        data_until=data_until,
    )


class _SummaryWriter:
    def __init__(self, result: Result, translate: Translate) -> None:
        self.result = result
        self.translate = translate
        self.terms = OUTCOME_TERMS[result.question.outcome]
        self.units, self.exits = translate(self.terms.units), translate(self.terms.exits)

    def answer(self) -> str:
        """With the course it is about, where one was named, of whom it is, and of which exits, how long and as of which day."""
        if self.result.grade == "refused":
            return self.translate(ANSWER["refused"]).format(
                reason=" ".join(notice.message for notice in self.result.refusals[:1])
            )
        return " ".join(filter(None, (self._answer(), self._about(), self._scope(), self._within())))

    def _within(self) -> str:
        """The horizon: how many of 100 left is worked out at twelve months all the same, where those are within it."""
        months = self.result.question.horizon_months
        if months is None:
            return ""
        if months == 1:
            return self.translate(ANSWER["horizon_of_one"]).format(month=self.translate(self.terms.month))
        axis = self.translate(self.terms.months)
        return self.translate(ANSWER["horizon"]).format(n=months, months=axis[:1].lower() + axis[1:])

    def _scope(self) -> str:
        """Population, kinds of exit and day in one sentence."""
        said = {"population": self._population(), "exits": self._exits()}
        day = self.result.question.as_of
        if day is None:  # of a result that was stored before it knew its day
            return self.translate(ANSWER["scope_undated"]).format(**said)
        return self.translate(ANSWER["scope"]).format(**said, day=in_words(day, self.translate))

    def _population(self) -> str:
        teams = [QUOTED.format(name=team) for team in self.result.question.teams]
        if not teams:
            return self.translate(self.terms.population)
        population = self.translate(IN_TEAMS).format(units=self.units, teams=self._listed(teams))
        return self.translate(ANSWER["of_teams_alone"]).format(population=population)

    def _exits(self) -> str:
        if not self.result.question.event_kinds:
            return self.translate(ANSWER["every_exit"]).format(exit=self.translate(self.terms.exit))
        return self.translate(ANSWER["exits_of_kinds"]).format(kinds=self._kinds(), exits=self.exits)

    def _kinds(self) -> str:
        return self._listed([self.translate(EVENT_KINDS[kind]) for kind in self.result.question.event_kinds])

    def _about(self) -> str:
        names = [QUOTED.format(name=course) for course in self.result.question.courses]
        if len(names) > 1:
            return self.translate(ANSWER["courses"]).format(names=self._listed(names))
        return self.translate(ANSWER["course"]).format(name=names[0]) if names else ""

    def _answer(self) -> str:
        answer = self.result.widest
        if answer is None:
            return self._retention()
        size = self._open_size(answer) if self.result.direction == "open" else self._size(answer)
        return self.translate(ANSWER[self.result.direction]).format(size=size)

    @property
    def _in_people(self) -> Estimate | None:
        return next((estimate for estimate in self.result.estimates if estimate.name == "risk_difference_12m"), None)

    def _size(self, answer: Estimate) -> str:
        """How many fewer or more, of 100 people as far as that is known, and the ratio."""
        said = {"compared": self._compared(), **_hazard_ratio(answer)}
        people = self._in_people
        if people is None:
            return self.translate(ANSWER["as_ratio"]).format(**said)
        near, far = sorted((abs(people.ci_low), abs(people.ci_high)))
        size = ANSWER[f"{self.result.direction}_in_people"]
        return self.translate(size).format(n=_of_100(people.value), near=self._limit(near), far=_of_100(far), **said)

    def _limit(self, share: float) -> str:
        return self.translate(NONE) if round(100 * share) == 0 else f"{100 * share:.0f}"

    def _open_size(self, answer: Estimate) -> str:
        said = {"compared": self._compared(), **_hazard_ratio(answer)}
        if self.result.is_between_few_teams:
            return self.translate(ANSWER["open_between_teams"]).format(**said)
        if self.result.rests_on_columns:
            return self.translate(ANSWER["open_by_columns"]).format(**said)
        calendar, people = self.result.calendar, self._in_people
        if side_of_one(answer) != "open":
            if calendar is None:
                return self.translate(ANSWER["open_without_calendar"]).format(**said)
            by_calendar = {f"calendar_{name}": value for name, value in _hazard_ratio(calendar).items()}
            return self.translate(ANSWER["open_by_calendar"]).format(**said, **by_calendar)
        if people is None:
            return self.translate(ANSWER["open_as_ratio"]).format(**said)
        fewest, most = self._difference(people.ci_low), self._difference(people.ci_high)
        if fewest == most:  # fewer than one of 200 either way
            fewest = self.translate(FEWER).format(n=_of_100(people.ci_low))
            most = self.translate(MORE).format(n=_of_100(people.ci_high))
        return self.translate(ANSWER["open_in_people"]).format(**said, fewest=fewest, most=most)

    def _difference(self, share: float) -> str:
        if round(100 * share) == 0:
            return self.translate(NONE)
        return self.translate(FEWER if share < 0 else MORE).format(n=f"{100 * abs(share):.0f}")

    def _retention(self) -> str:
        shown = [point for point in self.result.curve(EVERYONE) if point.retained is not None]
        if not shown:
            months_alone_are_held_back = self.result.counts.units is not None and self.result.counts.unit_months is None
            return self.translate(ANSWER["not_shown" if months_alone_are_held_back else "not_asked"])
        point = min(shown, key=lambda point: abs(point.month - 12))
        shares = {name: _percent(getattr(point, name)) for name in ("retained", "ci_low", "ci_high")}
        return self.translate(ANSWER["described"]).format(
            units=self.units, month=point.month, retained=shares["retained"], low=shares["ci_low"], high=shares["ci_high"]
        )

    def how_we_know(self) -> Iterator[str]:
        if self.result.counts == Counts():  # refused before anybody was counted, or so that nobody can be read
            return
        yield self._followed()
        if self.result.question.event_kinds:
            yield self.translate(HOW_WE_KNOW["other_exits"]).format(kinds=self._kinds(), exits=self.exits)
        if self.result.has_late_entry:
            yield self.translate(HOW_WE_KNOW["late_entry"])
        if self.result.primary is None:
            return
        yield self.translate(HOW_WE_KNOW["switching"]).format(clock=self.translate(self.result.question.clock))
        yield self.translate(HOW_WE_KNOW["method"]).format(compared=self._compared())
        yield from self._intervals()
        if self._in_people is not None:
            yield self.translate(HOW_WE_KNOW["in_people"])
        yield from self._sensitivity()

    def _followed(self) -> str:
        """How many there were of whom, as far as that may be said."""
        counts = self.result.counts
        if counts.units is None or counts.events is None or counts.unit_months is None:
            return self.translate(HOW_WE_KNOW["followed_few"])
        said = {
            "units": counted(counts.units, self.translate(self.terms.unit), self.units),
            "months": counted(round(counts.unit_months), self.translate(MONTH), self.translate(MONTHS)),
            "events": f"{counts.events:,}",
        }
        describes = self.result.grade == "descriptive" and self.result.primary is None
        if counts.events_exposed is None or counts.exposed_units == 0 or describes:
            return self.translate(HOW_WE_KNOW["followed_whole"]).format(**said)
        return self.translate(HOW_WE_KNOW["followed"]).format(after=f"{counts.events_exposed:,}", **said)

    def _intervals(self) -> Iterator[str]:
        """Those of the answer where there are several, and the figure by calendar quarters."""
        intervals = [estimate for estimate in self.result.estimates if estimate.method in HEADLINE]
        calendar = [estimate for estimate in self.result.estimates if estimate.method in CALENDAR]
        for estimate in [*(intervals if len(intervals) > 1 else []), *calendar]:
            yield self.translate(HOW_WE_KNOW[estimate.method]).format(
                clusters=f"{estimate.clusters or 0:,}", **_hazard_ratio(estimate)
            )
            if estimate is intervals[-1]:
                yield self.translate(HOW_WE_KNOW["widest"])

    def _sensitivity(self) -> Iterator[str]:
        """E-values for a figure that stands out, and what could have been found for one that does not."""
        diagnostics = self.result.diagnostics
        if self.result.direction != "open" and diagnostics.e_value is not None and diagnostics.e_value_ci is not None:
            scale = HOW_WE_KNOW["common" if self.result.counts.outcome_is_common else "rare"]
            point, limit = f"{diagnostics.e_value:.2f}", f"{diagnostics.e_value_ci:.2f}"
            yield self.translate(HOW_WE_KNOW["e_value"]).format(point=point, limit=limit, scale=self.translate(scale))
        elif diagnostics.minimum_detectable_effect is not None and not (
            self.result.is_between_few_teams or self.result.rests_on_columns
        ):
            smallest = diagnostics.minimum_detectable_effect
            yield self.translate(HOW_WE_KNOW["detectable"]).format(below=f"{exp(-smallest):.2f}", above=f"{exp(smallest):.2f}")

    def what_would_change_our_mind(self) -> Iterator[str]:
        primary = self.result.primary
        knows_dates = self.result.question.knows_dates
        if not knows_dates and self.result.grade != "refused":
            names = ("dates",) if primary else ("completed_months", "dates")
            yield from (self.translate(WHAT_WOULD_CHANGE_OUR_MIND[name]) for name in names)
        if primary is None:
            yield from self._missing_data()
            return
        if self.result.direction == "open" and knows_dates:
            few_teams, columns = self.result.is_between_few_teams, self.result.rests_on_columns
            wish = "more_teams" if few_teams else "columns_at_the_start" if columns else "more_data"
            yield self.translate(WHAT_WOULD_CHANGE_OUR_MIND[wish]).format(units=self.units)
        if not self.result.question.covariates:
            examples = self.translate(self.terms.columns)
            yield self.translate(WHAT_WOULD_CHANGE_OUR_MIND["covariates"]).format(examples=examples)
        if self.result.question.exposure == "completion" and knows_dates:
            yield from (self.translate(WHAT_WOULD_CHANGE_OUR_MIND[name]) for name in ("notice", "offer", "random"))

    def _missing_data(self) -> Iterator[str]:
        refused = {notice.code for notice in self.result.refusals}
        if "too_few_events" in refused:
            yield self.translate(WHAT_WOULD_CHANGE_OUR_MIND["more_events"]).format(missing=self._missing(), units=self.units)
        if refused & {
            "too_few_events_in_arm",
            "too_few_exposed",
            "no_one_exposed",
            "everyone_exposed",
            "no_overlap",
            "sides_not_comparable",
            "sides_too_few",
        }:
            yield self.translate(WHAT_WOULD_CHANGE_OUR_MIND["both_sides"]).format(units=self.units)
        if refused.intersection((*QUESTION_ERRORS, "too_few_people")) - OF_THEIR_OWN:
            yield self.translate(WHAT_WOULD_CHANGE_OUR_MIND["the_question"])
        if "history_needed" in refused:
            yield self.translate(WHAT_WOULD_CHANGE_OUR_MIND["history"])
        if refused & {"not_built_yet", "outcome_not_built_yet"}:
            yield self.translate(WHAT_WOULD_CHANGE_OUR_MIND["not_built_yet"])

    def _missing(self) -> str:
        """How many more exits it takes, unless that would say how few there are."""
        events = self.result.counts.events
        if events is None or events < SMALL:
            return self.translate(MANY_MORE_EXITS).format(exits=self.exits)
        missing, (one, several) = MIN_EVENTS - events, MORE_EXITS
        nouns = {"exit": self.translate(self.terms.exit), "exits": self.exits}
        return self.translate(one if missing == 1 else several).format(n=f"{missing:,}", **nouns)

    def _compared(self) -> str:
        """Who is compared with whom, as in "people with the same tenure, grade and site"."""
        covariates = [plain_name(covariate.name) for covariate in self.result.question.covariates]
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
        return listed(names, self.translate)


def _of_100(share: float) -> str:
    """People of 100, with a decimal where they are fewer than one."""
    people = 100 * abs(share)
    return f"{people:.0f}" if people >= 0.95 else f"{people:.1f}"


def _hazard_ratio(estimate: Estimate) -> dict[str, str]:
    """The figure and its interval as ratios of rates; a limit that is not 1 is not printed as 1."""
    return {
        "ratio": f"{exp(estimate.value):.2f}",
        "low": ratio_of(estimate.ci_low),
        "high": ratio_of(estimate.ci_high),
    }


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
