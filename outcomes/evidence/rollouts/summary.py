"""The answer to a rollout question in plain words; it never says more than the grade allows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from outcomes.evidence.disclosure import Rounding
from outcomes.evidence.question import Question
from outcomes.evidence.summary import Summary, Translate
from outcomes.evidence.words.report import ANSWER as SHARED
from outcomes.evidence.words.report import GRADES
from outcomes.evidence.words.terms import EVENT_KINDS, OUTCOME_TERMS
from outcomes.evidence.words.writing import in_words, listed, p_value

from .estimation import MIN_ON_SIDE, Rollout
from .panel import NEVER
from .words import (
    ANSWER,
    FEWER,
    HOW_WE_KNOW,
    MORE,
    NONE,
    ONE_WAVE,
    PER_100_AND_YEAR,
    WAVES,
    WHAT_WOULD_CHANGE_OUR_MIND,
    in_people,
)


def summarise(
    rollout: Rollout,
    question: Question,
    as_of: date,
    translate: Translate = str,
    *,
    rounding: Rounding,
) -> Summary:
    """The answer in plain words; exits are rounded."""
    writer = _Writer(rollout, question, as_of, translate, rounding)
    grade, meaning = GRADES["quasi_experimental" if rollout.grade == "quasi_experimental" else "unadjusted"]
    first, last = rollout.panel.months[0].item(), rollout.panel.last
    return Summary(
        answer=" ".join(writer.answer()),
        grade=translate(grade if rollout.grade == "quasi_experimental" else GRADES["descriptive"][0]),
        grade_meaning=translate(meaning if rollout.grade == "quasi_experimental" else writer.why_descriptive),
        how_we_know=tuple(writer.how_we_know()),
        what_would_change_our_mind=tuple(translate(wish) for wish in writer.wishes()),
        data_from=first.isoformat(),
        data_until=last.isoformat(),
    )


class _Writer:
    def __init__(
        self,
        rollout: Rollout,
        question: Question,
        as_of: date,
        translate: Translate,
        rounding: Rounding,
    ) -> None:
        self.rollout, self.question, self.as_of, self.translate, self.rounding = rollout, question, as_of, translate, rounding
        effect = rollout.answer.overall
        self.df, self.is_clipped = effect.df, effect.low < -rollout.rate_not_offered
        self.value, self.low, self.high = map(self._possible, (effect.value, effect.low, effect.high))

    def _possible(self, value: float) -> float:
        """No more can be fewer than leave teams that are not yet offered it."""
        return max(value, -self.rollout.rate_not_offered)

    @property
    def why_descriptive(self) -> str:
        if self.rollout.trends.has_failed:
            return ANSWER["not_alike"]
        if self.rollout.has_few_in_a_wave:
            return ANSWER["describes"]
        if self.rollout.follows_a_bad_year:
            return ANSWER["after_bad_year"]
        if not self.rollout.trends.is_tested:
            return ANSWER["untested"]
        return ANSWER["hired_apart" if self.rollout.holds_in_same_months else "part_of_a_year"]

    def answer(self) -> Iterator[str]:
        low, high = self.low, self.high
        if self.rollout.direction == "open":
            said = "open" if low <= 0 <= high else "taken_back"
            yield self.translate(ANSWER[said]).format(fewest=self._difference(low), most=self._difference(high))
            if said == "taken_back":
                yield from self._why_taken_back()
        else:
            near, far = sorted((abs(low), abs(high)))
            said = self.rollout.direction
            yield self.translate(ANSWER[said]).format(n=_of_100(self.value), near=_of_100(near), far=_of_100(far))
        if self.is_clipped:
            yield self.translate(ANSWER["no_more_than_left"]).format(rate=_of_100(self.rollout.rate_not_offered))
        yield self.translate(ANSWER["compares"] if self.rollout.grade == "quasi_experimental" else self.why_descriptive)
        teams = f"{len(self.rollout.panel.teams):,}"
        yield self.translate(ANSWER["scope"]).format(exits=self._exits(), teams=teams, day=in_words(self.as_of, self.translate))

    def _why_taken_back(self) -> Iterator[str]:
        """Where trends differed before, the sentence on what the answer is worth says so."""
        if self.rollout.has_few_on_a_side:
            yield self.translate(ANSWER["few_on_a_side"]).format(least=MIN_ON_SIDE)
        elif not self.rollout.is_seen_both_ways:
            yield self.translate(ANSWER["one_way_only"])
        elif self.rollout.is_bad_year_over:
            yield self.translate(ANSWER["bad_year_over"])
        elif not self.rollout.holds_in_same_months:
            yield self.translate(ANSWER["season" if self.rollout.same_months else "no_year_before"])
        elif not self.rollout.holds_at_same_tenure:
            yield self.translate(ANSWER["new_people"])

    def _exits(self) -> str:
        terms = OUTCOME_TERMS[self.question.outcome]
        kinds = [self.translate(EVENT_KINDS[kind]) for kind in self.question.event_kinds]
        if not kinds:
            return self.translate(SHARED["every_exit"]).format(exit=self.translate(terms.exit))
        named = listed(kinds, self.translate)
        return self.translate(SHARED["exits_of_kinds"]).format(kinds=named, exits=self.translate(terms.exits))

    def _difference(self, value: float) -> str:
        if round(abs(PER_100_AND_YEAR * value), 1) == 0:
            return self.translate(NONE)
        return self.translate(FEWER if value < 0 else MORE).format(n=_of_100(value))

    def how_we_know(self) -> Iterator[str]:
        panel, trends = self.rollout.panel, self.rollout.trends
        events = self.rounding.of(float(panel.exits.sum()), "events")
        yield self.translate(HOW_WE_KNOW["followed"]).format(
            events=f"{events:,}",
            teams=f"{len(panel.teams):,}",
            months=panel.span * len(panel.months),
            first=in_words(panel.months[0].item(), self.translate),
            last=in_words(panel.last, self.translate),
        )
        waves = len(panel.waves)
        yield self.translate(HOW_WE_KNOW["waves"]).format(
            offered=int((panel.first != NEVER).sum()),
            waves=self.translate(ONE_WAVE) if waves == 1 else self.translate(WAVES).format(n=waves),
            waiting=int((panel.first == NEVER).sum()),
        )
        yield self.translate(HOW_WE_KNOW["periods"])
        yield self.translate(HOW_WE_KNOW["method"])
        yield self.translate(HOW_WE_KNOW["both_ways"])
        yield self.translate(HOW_WE_KNOW["interval"]).format(df=self.df)
        if trends.is_tested and not trends.has_failed and trends.p is not None and trends.detectable is not None:
            yield self.translate(HOW_WE_KNOW["trends"]).format(
                leads=len(trends.leads), p=p_value(trends.p), drift=f"{PER_100_AND_YEAR * trends.detectable:.1f}"
            )
        if self.rollout.same_tenure is not None:
            value = in_people(self._possible(self.rollout.same_tenure.value))
            yield self.translate(HOW_WE_KNOW["same_tenure"]).format(value=value)
        left_out = self.rollout.left_out
        if np.isfinite([left_out.lowest, left_out.highest]).all():
            yield self.translate(HOW_WE_KNOW["left_out"]).format(
                lowest=in_people(self._possible(left_out.lowest)), highest=in_people(self._possible(left_out.highest))
            )

    def wishes(self) -> Iterator[str]:
        if self.rollout.grade == "descriptive" or self.rollout.direction == "open":
            yield WHAT_WOULD_CHANGE_OUR_MIND["more_teams"]
        yield WHAT_WOULD_CHANGE_OUR_MIND["waiting"]
        yield WHAT_WOULD_CHANGE_OUR_MIND["other_reasons"]


def _of_100(value: float) -> str:
    """People of 100 in a year, with a decimal where they are few."""
    people = PER_100_AND_YEAR * abs(value)
    return f"{people:.0f}" if people >= 9.95 else f"{people:.1f}"
