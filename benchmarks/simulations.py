"""How often the sentence of a completion report is wrong, and how often its intervals hold the truth.

`python -m benchmarks.simulations [--draws 500] [--only NAME …] [--processes N]` draws organisations whose truth is known and
has each analysed by the product's own engine, spells and errors included: only the people are made up. Prints a table for
`benchmarks/README.md`. The seed is kept, and each draw has its own, so that any of them can be drawn again.

"Wrong" is a sentence that says "less" or "more" where completion changes nothing, or the opposite of what it does.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from outcomes.evidence.engine import estimate
from outcomes.evidence.question import Question
from outcomes.evidence.result import CALENDAR, HEADLINE, Direction, Result, side_of_one
from outcomes.evidence.units import Units

SEED = 20_261_129
FIRST, DAYS = np.datetime64("2022-01-01"), 1095
AS_OF = date(2024, 12, 31)
MONTH = DAYS / 36
NEVER = 10**6

Days = NDArray[np.int64]


@dataclass(frozen=True)
class Scenario:
    """An organisation: `yearly` is the rate of leaving, `frailty` the standard deviation of its logarithm among teams.

    `whole_teams`: half of the teams complete, each on one day between months 6 and 30; otherwise seven people in ten do,
    each on a day of their own from month `completions_from` on. `turn` multiplies the rate for everyone from month 18 on.
    `notice_months`: who leaves within so many months no longer completes. `unequal`: some teams are ten times as large.
    """

    name: str
    hazard_ratio: float = 1.0
    people: int = 800
    teams: int = 40
    unequal: bool = False
    yearly: float = 0.35
    frailty: float = 0.0
    whole_teams: bool = False
    completions_from: int = 0
    turn: float = 1.0
    notice_months: int = 0
    aim: float | None = field(default=None)
    """The share of wrong sentences that is allowed; None where the bias is known and only shown."""

    @property
    def truth(self) -> float:
        return log(self.hazard_ratio)


SCENARIOS = (
    Scenario("null", aim=0.07),
    Scenario("null, 40 whole teams, frailty 0.5", teams=40, frailty=0.5, whole_teams=True, aim=0.09),
    Scenario("null, 20 whole teams, frailty 0.5", teams=20, frailty=0.5, whole_teams=True, aim=0.09),
    Scenario("null, 20 unequal whole teams, frailty 0.5", teams=20, unequal=True, frailty=0.5, whole_teams=True),
    Scenario("null, 12 whole teams, frailty 0.5", teams=12, frailty=0.5, whole_teams=True),
    Scenario("null, quits halve from month 18", completions_from=6, turn=0.5, aim=0.07),
    Scenario("null, quits double from month 18", completions_from=6, turn=2.0, aim=0.07),
    Scenario("null, nobody completes in the last 2 months", notice_months=2),
    Scenario("true ratio 0.75", hazard_ratio=0.75),
    Scenario("true ratio 0.75, 150 people", hazard_ratio=0.75, people=150),
    Scenario("null, 4 whole teams, frailty 0.5, 500 people", people=500, teams=4, frailty=0.5, whole_teams=True, aim=0.09),
    Scenario("null, 3 teams, frailty 0.5, 500 people", people=500, teams=3, frailty=0.5, aim=0.09),
    Scenario("true ratio 0.5, 3 teams, frailty 0.5, 500 people", hazard_ratio=0.5, people=500, teams=3, frailty=0.5),
)


def draw(scenario: Scenario, rng: np.random.Generator) -> Units:
    """One organisation over 36 months, a third hired within them, as a file would bring it."""
    n = scenario.people
    share = np.where(np.arange(scenario.teams) % 5 == 0, 10.0, 1.0) if scenario.unequal else np.ones(scenario.teams)
    team = rng.choice(scenario.teams, n, p=share / share.sum())
    hired = np.where(rng.random(n) < 1 / 3, rng.integers(0, DAYS - 60, n), rng.integers(-1460, 0, n))
    begins = np.maximum(hired, 0)
    completes = _completions(scenario, team, begins, rng)
    leaves = _exits(scenario, team, begins, completes, rng)
    completed = completes < np.minimum(leaves - scenario.notice_months * MONTH, DAYS)
    never = np.datetime64("NaT", "D")
    return Units.from_columns(
        {
            "unit_id": np.array([f"p{i}" for i in range(n)], dtype=object),
            "team": np.array([f"t{i}" for i in team], dtype=object),
            "origin": FIRST + hired,
            "exit": np.where(leaves < DAYS, FIRST + leaves, never),
            "exposed_on": np.where(completed, FIRST + np.minimum(completes, DAYS), never),
            "observed_from": FIRST + begins,
            "observed_until": np.full(n, FIRST + DAYS - 1),
        }
    )


def _completions(scenario: Scenario, team: Days, begins: Days, rng: np.random.Generator) -> Days:
    """The day on which each would complete, if still there."""
    if scenario.whole_teams:
        day = rng.integers(int(6 * MONTH), int(30 * MONTH), scenario.teams)
        trained = rng.permutation(scenario.teams) < scenario.teams // 2
        return np.maximum(np.where(trained, day, NEVER)[team], begins)
    earliest = np.maximum(begins, int(scenario.completions_from * MONTH))
    day = earliest + rng.integers(1, int(24 * MONTH), len(team))
    return np.where(rng.random(len(team)) < 0.7, day, NEVER)


def _exits(scenario: Scenario, team: Days, begins: Days, completes: Days, rng: np.random.Generator) -> Days:
    """The day on which each leaves, by the rate of every single day; those who stay are beyond the last."""
    day = np.arange(DAYS)
    frailty = np.exp(scenario.frailty * rng.standard_normal(scenario.teams))[team]
    rate = scenario.yearly / 365.25 * np.where(day >= 18 * MONTH, scenario.turn, 1.0)[None, :] * frailty[:, None]
    rate = rate * np.where(day[None, :] > completes[:, None], scenario.hazard_ratio, 1.0)
    rate[day[None, :] <= begins[:, None]] = 0.0
    leaves = rate.cumsum(axis=1) >= rng.exponential(size=len(team))[:, None]
    return np.where(leaves.any(axis=1), leaves.argmax(axis=1), NEVER)


@dataclass
class Tally:
    """What came of the draws of a scenario: intervals that hold the truth by method, and what the sentences said."""

    scenario: Scenario
    covered: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    would_have_said: Counter[str] = field(default_factory=Counter)
    ratios: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, result: Result, seconds: float = 0.0) -> None:
        self.seconds += seconds
        answer = result.widest
        if answer is None or result.primary is None:
            self.said["refused"] += 1
            return
        self.said[result.direction] += 1
        self.would_have_said[side_of_one(result.primary)] += 1
        self.ratios.append(answer.value)
        if result.direction != "open":
            self.shown.append(answer.value)
        for name, figure in [
            ("widest", answer),
            *((e.method, e) for e in result.estimates if e.method in HEADLINE + CALENDAR),
        ]:
            kind = "calendar" if name in CALENDAR else name
            self.given[kind] += 1
            self.covered[kind] += figure.ci_low <= self.scenario.truth <= figure.ci_high

    @property
    def n(self) -> int:
        return self.said.total()

    def wrong(self, said: Counter[str]) -> float:
        truth = self.scenario.truth
        wrong: tuple[Direction, ...] = ("lower", "higher") if truth == 0 else ("higher",) if truth < 0 else ("lower",)
        return sum(said[side] for side in wrong) / max(self.n, 1)

    def row(self) -> str:
        def coverage(kind: str) -> str:
            return f"{100 * self.covered[kind] / self.given[kind]:.1f}" if self.given[kind] else ""

        kinds = [*HEADLINE, "widest", "calendar"]
        wrong_now, wrong_by_primary = 100 * self.wrong(self.said), 100 * self.wrong(self.would_have_said)
        aim = "" if self.scenario.aim is None else f"{100 * self.scenario.aim:.0f}"
        told = 100 * (self.said["lower"] + self.said["higher"]) / max(self.n, 1)
        shown = f"{exp(float(np.mean(self.shown))):.2f}" if self.shown else ""
        cells = [self.scenario.name, str(self.n), f"{exp(float(np.mean(self.ratios))):.2f}" if self.ratios else ""]
        cells += [coverage(kind) for kind in kinds] + [f"{wrong_by_primary:.1f}", f"{wrong_now:.1f}", aim, f"{told:.1f}", shown]
        return "| " + " | ".join(cells) + " |"


HEADER = (
    "| organisation | draws | ratio found | model | clustered | jackknife | widest | calendar | wrong by the model's interval "
    "| wrong as said | allowed | said less or more | ratio where said |\n| --- |" + " --- |" * 12
)


def simulate(scenario: Scenario, draws: int, *, first: int = 0, tally: Tally | None = None) -> Tally:
    """`draws` organisations of `scenario`, from the `first` on, each analysed without covariates by the daily clock.

    Added to `tally` where one is given.
    """
    tally = tally or Tally(scenario)
    for i in range(first, first + draws):
        tally.add(*_analyse(scenario, i))
    return tally


def simulate_on(processes: int, scenario: Scenario, draws: int) -> Tally:
    """The same tally, with the draws spread over so many processes."""
    tally = Tally(scenario)
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for result, seconds in pool.imap(partial(_analyse, scenario), range(draws)):
            tally.add(result, seconds)
    return tally


def _analyse(scenario: Scenario, number: int) -> tuple[Result, float]:
    """What the engine says of one draw, and the seconds of the processor it took. The `number` is its seed."""
    began = time.process_time()
    place = SCENARIOS.index(scenario) if scenario in SCENARIOS else len(SCENARIOS)
    units = draw(scenario, np.random.default_rng([SEED, place, number]))
    result = estimate(Question("simulated"), units, as_of=AS_OF)
    return result, time.process_time() - began


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--only", nargs="*", default=[], help="parts of the names of scenarios")
    parser.add_argument("--processes", type=int, default=1, help="over which the draws of an organisation are spread")
    options = parser.parse_args(arguments)
    sys.stdout.write(HEADER + "\n")
    for scenario in SCENARIOS:
        if not options.only or any(part in scenario.name for part in options.only):
            tally = (
                simulate(scenario, options.draws)
                if options.processes == 1
                else simulate_on(options.processes, scenario, options.draws)
            )
            sys.stdout.write(tally.row() + "\n")
            sys.stdout.flush()
            sys.stderr.write(f"{scenario.name}: {tally.seconds / options.draws:.2f} s of processor a draw\n")


if __name__ == "__main__":
    main()
