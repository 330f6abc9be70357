"""Everything that is estimated of one rollout, what it is worth, and what has to be said of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from outcomes.evidence import limits
from outcomes.evidence.result import Diagnostics, Estimate, EventStudyPoint, Notice
from outcomes.evidence.words.writing import p_value

from .panel import NEVER, TeamMonths
from .refits import LeftOut, Placebo, placebos, without_each_team
from .same_months import is_part_of_a_year, months_after, same_months
from .staggered import Effect, EventStudy, NotIdentified, Staggered, fit
from .tenure import at_same_tenure
from .trends import FALSE_ALARMS, PreTrends, bounds_with_drift, pre_trends
from .two_way import TwoWay, two_way
from .words import ONE_MONTH, PER_100_AND_YEAR, REFUSALS, SOME_MONTHS, WARNINGS, in_people
from .year_before import MONTHS, YearBefore, year_before

PRIMARY, ANTICIPATED, TWO_WAY = "callaway_santanna", "callaway_santanna_anticipation_1", "two_way_fixed_effects"
MIN_TEAMS = 6
MIN_IN_WAVE = 5
MIN_ON_SIDE = 5
"""Fewer teams than this that were offered it, or that waited: neither fewer nor more is said."""

FEW_EXITS = 1_000
"""Fewer exits than this: what stands out is mostly too large. Simulated with half as many exits after the offer, figures that
stood out were a quarter too large with 535 exits, and as large as the truth with 1,199.
"""

MOVED = 2.0
"""Errors of the difference by which another figure has to differ to be spoken of: one in twenty does with nothing going on."""

RolloutGrade = Literal["descriptive", "quasi_experimental"]
Direction = Literal["lower", "higher", "open"]


@dataclass(frozen=True)
class Rollout:
    """One rollout estimated. `steps`: the event study with months put together until each holds ten exits."""

    panel: TeamMonths
    answer: Staggered
    anticipated: Effect | None
    trends: PreTrends
    bounds: tuple[float, float] | None
    two_way: TwoWay
    placebos: tuple[Placebo, ...]
    left_out: LeftOut
    year_before: YearBefore | None
    beyond: Effect | None
    """Where that year was bad: the effect against the months before it. None where there are none."""
    steps: tuple[Step, ...]
    same_months: Effect | None = None
    """Where less than a year is known after the offer: the effect against the same months a year earlier."""
    last_lead: Effect | None = None
    """From the last period but one before the offer to the last: by how much the effect moves if teams acted before it."""
    same_tenure: Effect | None = None
    """The effect as if the tenure of everybody were the same throughout; None where tenure is not known."""

    @property
    def grade(self) -> RolloutGrade:
        """Quasi-experimental where waves and controls hold five teams each, trends were tested and did not differ, teams were
        not chosen after a bad year, and the same is seen in the same months of the year and at the same tenure.
        """
        holds = not self.has_few_in_a_wave and self.trends.is_tested and not self.trends.has_failed
        holds = holds and self.holds_in_same_months and self.holds_at_same_tenure
        return "quasi_experimental" if holds and not self.follows_a_bad_year else "descriptive"

    @property
    def direction(self) -> Direction:
        """Fewer or more is said only where the interval leaves out none, the plain regression does so on the same side, teams
        had not drifted apart before, and neither side has but a few teams. Fewer after a bad year has to hold against the
        months before that year as well. Of part of a year it has to hold against the same months of the year before, and
        everywhere at the same tenure.
        """
        if self.trends.has_failed or self.has_few_on_a_side or not self.is_seen_both_ways or self.is_bad_year_over:
            return "open"
        if not self.holds_in_same_months or not self.holds_at_same_tenure:
            return "open"
        return side_of(self.answer.overall)

    @property
    def is_part_of_a_year(self) -> bool:
        return is_part_of_a_year(self.panel)

    @property
    def holds_in_same_months(self) -> bool:
        """Whether a season of some teams alone is not what is seen: of a whole year it is not."""
        if not self.is_part_of_a_year:
            return True
        return self.same_months is not None and side_of(self.same_months) == side_of(self.answer.overall)

    @property
    def holds_at_same_tenure(self) -> bool:
        """Whether teams that hired more, or fewer, are not what is seen."""
        return self.same_tenure is None or side_of(self.same_tenure) == side_of(self.answer.overall)

    @property
    def is_bad_year_over(self) -> bool:
        """Whether what looks like fewer may be nothing but the end of a bad year."""
        if not self.follows_a_bad_year or side_of(self.answer.overall) != "lower":
            return False
        return self.beyond is None or side_of(self.beyond) != "lower"

    @property
    def is_seen_both_ways(self) -> bool:
        """Whether the plain regression says of fewer or more what the answer does."""
        return side_of(self.two_way.effect) == side_of(self.answer.overall)

    @property
    def has_few_in_a_wave(self) -> bool:
        return min(teams_in_waves(self.panel)) < MIN_IN_WAVE

    @property
    def has_few_on_a_side(self) -> bool:
        *offered, waiting = teams_on_sides(self.panel)
        return min(sum(offered), waiting) < MIN_ON_SIDE

    @property
    def follows_a_bad_year(self) -> bool:
        return self.year_before is not None and self.year_before.is_clearly_higher

    @property
    def rate_not_offered(self) -> float:
        """Exits per person-month of all teams before they were offered it, or without: no more than these can be fewer."""
        not_offered = ~self.panel.is_offered
        return float(self.panel.exits[not_offered].sum() / self.panel.at_risk[not_offered].sum())

    @property
    def estimates(self) -> tuple[Estimate, ...]:
        library = self.answer.library
        found = [_estimate(self.answer.overall, PRIMARY, library, len(self.panel.teams), primary=True)]
        if self.anticipated is not None:
            found.append(_estimate(self.anticipated, ANTICIPATED, library, len(self.panel.teams)))
        found.append(_estimate(self.two_way.effect, TWO_WAY, self.two_way.library, len(self.panel.teams)))
        return tuple(found)

    @property
    def event_study(self) -> tuple[EventStudyPoint, ...]:
        return tuple(EventStudyPoint(step.first, step.effect.value, step.effect.low, step.effect.high) for step in self.steps)

    @property
    def diagnostics(self) -> Diagnostics:
        return Diagnostics(
            pretrend_p=self.trends.p,
            pretrend_detectable=self.trends.detectable,
            smoothness_bounds=list(self.bounds) if self.bounds else None,
            forbidden_comparison_weight=self.two_way.forbidden,
        )

    @property
    def warnings(self) -> tuple[Notice, ...]:
        return tuple(_warnings(self))


@dataclass(frozen=True)
class Step:
    """Months since the offer, from `first` to `last`, put together; 0 is the first of those that count as offered."""

    first: int
    last: int
    effect: Effect


def refuse(panel: TeamMonths) -> list[Notice]:
    """Why these teams say nothing, before anything is fitted."""
    if not len(panel.waves):
        return [refusal("no_team_offered")]
    if len(panel.teams) < MIN_TEAMS:
        return [refusal("too_few_teams", n=len(panel.teams), least=MIN_TEAMS, months=in_months(panel.span))]
    return []


def estimate(panel: TeamMonths) -> Rollout | Notice:
    """The estimate with everything that stands beside it; a refusal where nobody can be compared."""
    followed = panel.of(np.asarray(panel.first != 0, dtype=bool))  # those offered before the first month have no before
    try:
        answer, universal = fit(followed), fit(followed, base="universal")
    except NotIdentified:
        return refusal("no_teams_to_compare")
    before = year_before(followed)
    return Rollout(
        panel=followed,
        answer=answer,
        anticipated=_anticipated(followed, 1),
        trends=pre_trends(followed, universal),
        bounds=bounds_with_drift(followed, universal),
        two_way=two_way(followed),
        placebos=tuple(placebos(followed)),
        left_out=without_each_team(followed),
        year_before=before,
        beyond=_anticipated(followed, MONTHS // followed.span) if before and before.is_clearly_higher else None,
        steps=tuple(sorted(_steps(followed, answer.event_study), key=lambda step: step.first)),
        same_months=same_months(followed) if is_part_of_a_year(followed) else None,
        same_tenure=_at_same_tenure(followed),
        last_lead=_lead(universal, 1),
    )


def teams_in_waves(panel: TeamMonths) -> list[int]:
    """How many teams each wave has, and at the end those that wait: the last wave, where every team was offered it."""
    sizes = [int((panel.first == wave).sum()) for wave in panel.waves]
    waiting = int((panel.first == NEVER).sum())
    return [*sizes, waiting] if waiting else sizes


def teams_on_sides(panel: TeamMonths) -> list[int]:
    """As `teams_in_waves`: those that were offered it wave by wave, and last those that they are compared with to the end."""
    sizes = teams_in_waves(panel)
    return sizes if len(sizes) > 1 else [*sizes, 0]


def side_of(effect: Effect) -> Direction:
    """On which side of none the whole interval lies; open where it holds none."""
    return "lower" if effect.high < 0 else "higher" if effect.low > 0 else "open"


def in_months(n: int) -> str:
    return ONE_MONTH if n == 1 else SOME_MONTHS.format(n=n)


def refusal(code: str, **said: object) -> Notice:
    return Notice(code, REFUSALS[code].format(**said))


def _warning(code: str, **said: object) -> Notice:
    return Notice(code, WARNINGS[code].format(**said))


def _estimate(effect: Effect, method: str, library: str, teams: int, *, primary: bool = False) -> Estimate:
    return Estimate(
        name="att",
        value=effect.value,
        se=effect.se,
        ci_low=effect.low,
        ci_high=effect.high,
        p=effect.p,
        clusters=teams,
        df=effect.df,
        method=method,
        library=library,
        primary=primary,
    )


def _anticipated(panel: TeamMonths, periods: int) -> Effect | None:
    """Against what was so many periods earlier than the last before the offer."""
    try:
        return fit(panel, anticipation=periods).overall
    except NotIdentified:
        return None


def _lead(universal: Staggered, earlier: int) -> Effect | None:
    """So many periods earlier than the one that all are compared with."""
    study = universal.event_study
    at = np.flatnonzero(study.months == study.reference - earlier)
    return study.effect(int(at[0]), universal.overall.df) if len(at) else None


def _at_same_tenure(panel: TeamMonths) -> Effect | None:
    compared = at_same_tenure(panel)
    try:
        return fit(compared).overall if compared is not None else None
    except NotIdentified:
        return None


def _steps(panel: TeamMonths, study: EventStudy) -> Iterator[Step]:
    """Before the offer and after it apart; what is left over at an end goes into the step before it."""
    df = len(panel.teams) - 2
    exits = {int(month): _exits_at(panel, int(month)) for month in study.months}
    for side in (study.months < 0, study.months >= 0):
        # From the offer on backwards and forwards, so that what is left over is far from it.
        months = sorted(study.months[side].tolist(), key=abs)
        for group in _grouped(months, exits):
            at = np.isin(study.months, group)
            share = np.full(int(at.sum()), 1 / at.sum())
            se = float(np.sqrt(share @ study.covariance[np.ix_(at, at)] @ share))
            first, last = panel.span * min(group), panel.span * max(group) + panel.span - 1
            yield Step(first, last, Effect(float(study.values[at].mean()), se, df))


def _grouped(months: list[int], exits: dict[int, int]) -> list[list[int]]:
    groups: list[list[int]] = []
    open_group: list[int] = []
    for month in months:
        open_group.append(month)
        if sum(exits[one] for one in open_group) >= limits.MIN_AT_RISK:
            groups.append(open_group)
            open_group = []
    if open_group and groups:
        groups[-1].extend(open_group)
    return groups


def _exits_at(panel: TeamMonths, month: int) -> int:
    """Of all teams that were offered it, in the month that lies so long after their offer."""
    at = panel.first + month
    there = (panel.first != NEVER) & (at >= 0) & (at < len(panel.months))
    return int(panel.exits[np.flatnonzero(there), at[there]].sum())


def _warnings(rollout: Rollout) -> Iterator[Notice]:
    """The way of comparing first, then what makes it weaker, in the order in which it matters."""
    yield _warning("offer_is_what_counts")
    if rollout.trends.has_failed and rollout.trends.p is not None:
        yield _warning("trends_differed", p=p_value(rollout.trends.p))
    elif not rollout.trends.is_tested:
        yield _warning("trends_cannot_be_tested")
    yield from _about_teams(rollout)
    yield from _about_answer(rollout)
    yield from _about_other_fits(rollout)


def _about_teams(rollout: Rollout) -> Iterator[Notice]:
    """How many and which are on the two sides."""
    panel = rollout.panel
    if rollout.has_few_on_a_side:
        yield _warning("few_teams_on_a_side", least=MIN_ON_SIDE)
    elif rollout.has_few_in_a_wave:
        yield _warning("few_teams_in_a_wave", least=MIN_IN_WAVE)
    if rollout.year_before is not None and rollout.follows_a_bad_year:
        yield _warning("chosen_after_bad_year", **_in_people_each(rollout.year_before))
    if not panel.has_controls_to_the_end:
        yield _warning("ends_with_last_wave", month=str(panel.months[panel.covered].astype("datetime64[M]")))


def _about_answer(rollout: Rollout) -> Iterator[Notice]:
    """Why the figure may be too large, or nothing."""
    answer = rollout.answer.overall
    stands_out = side_of(answer) != "open"
    if rollout.panel.exits.sum() < FEW_EXITS:
        yield _warning("few_events_exaggerate", few=f"{FEW_EXITS:,}")
    # So many dates are tried that one of them stands out by chance: each is held to its share of one in twenty.
    found = next((one for one in rollout.placebos if one.effect.p < FALSE_ALARMS / len(rollout.placebos)), None)
    if found is not None:
        yield _warning("pretended_offer_shows", months=in_months(rollout.panel.span * found.earlier))
    if rollout.is_part_of_a_year:
        yield _of_part_of_a_year(rollout)
    if rollout.same_tenure is not None and not rollout.holds_at_same_tenure:
        figures = {"value": in_people(rollout.same_tenure.value), "answer": in_people(answer.value)}
        yield _warning("new_people_move_it", **figures)
    if stands_out and not rollout.is_seen_both_ways:
        yield _warning("not_seen_both_ways")
    if stands_out and rollout.bounds and rollout.bounds[0] <= 0 <= rollout.bounds[1]:
        yield _warning("drift_explains_it")


def _of_part_of_a_year(rollout: Rollout) -> Notice:
    months = in_months(months_after(rollout.panel))
    if rollout.same_months is None:
        return _warning("no_year_before", months=months)
    figures = {"value": in_people(rollout.same_months.value), "answer": in_people(rollout.answer.overall.value)}
    return _warning("part_of_a_year", months=months, **figures)


def _about_other_fits(rollout: Rollout) -> Iterator[Notice]:
    """Other teams, another day of the offer, another method: where they say something else."""
    answer = rollout.answer.overall
    changes_sign = rollout.left_out.lowest <= 0 <= rollout.left_out.highest
    if rollout.left_out.decides or (changes_sign and side_of(answer) != "open"):
        yield _warning("one_team_moves_it")
    if rollout.anticipated and rollout.last_lead and _differs(rollout.anticipated, answer, rollout.last_lead.se):
        figures = {"value": in_people(rollout.anticipated.value), "answer": in_people(answer.value)}
        yield _warning("anticipation_moves_it", months=in_months(rollout.panel.span), **figures)
    if _differs(rollout.two_way.effect, answer, rollout.left_out.less_plain):
        weight = f"{100 * rollout.two_way.forbidden:.0f}"
        yield _warning("plain_regression_differs", value=in_people(rollout.two_way.effect.value), weight=weight)


def _in_people_each(found: YearBefore) -> dict[str, str]:
    return {name: f"{PER_100_AND_YEAR * rate:.0f}" for name, rate in (("offered", found.offered), ("others", found.others))}


def _differs(other: Effect, answer: Effect, error: float | None) -> bool:
    """By the `error` of the difference; where that is not known, by one that is too large for figures of the same teams."""
    return abs(other.value - answer.value) > MOVED * (error or float(np.hypot(other.se, answer.se)))
