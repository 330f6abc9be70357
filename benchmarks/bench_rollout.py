"""Teams offered a training in waves, beside the bare call of the library on the same panel."""

import time
from collections.abc import Callable

import numpy as np
from diff_diff import CallawaySantAnna, SurveyDesign

from outcomes.evidence.rollouts.estimation import estimate
from outcomes.evidence.rollouts.panel import NEVER, TeamMonths
from outcomes.evidence.rollouts.staggered import fit

TEAMS, MONTHS, WAVES = 2_000, 36, 25
QUICK = 40
ROUNDS = 5
MAX_OVERHEAD = 1.25


def run(*, quick: bool = False) -> list[dict]:
    panel = made(QUICK if quick else TEAMS)
    beside, ours = interleaved(lambda: bare(panel), lambda: fit(panel), rounds=2 if quick else ROUNDS)
    whole = processor_of(lambda: estimate(panel))
    name = f"{len(panel.teams):,} teams x {MONTHS} months"
    return [
        row(f"{name}, effect and event study", 1000 * ours, "ms", 1000 * beside, f"at most {MAX_OVERHEAD}"),
        row(
            f"{name}, with tests of trends, bounds, pretended offers and the plain regression",
            1000 * whole,
            "ms",
            1000 * beside,
        ),
    ]


def made(teams: int, seed: int = 1) -> TeamMonths:
    """A fifth never offered it, the others in up to 25 waves; headcounts differ, so that weights count."""
    rng = np.random.default_rng(seed)
    first = np.where(rng.random(teams) < 0.2, NEVER, rng.integers(6, 6 + WAVES, teams))
    size = rng.integers(5, 40, teams)
    exits = rng.binomial(size[:, None], 0.02, (teams, MONTHS))
    return TeamMonths(
        teams=tuple(f"T{i}" for i in range(teams)),
        months=(np.datetime64("2022-01", "M") + np.arange(MONTHS)).astype("datetime64[D]"),
        first=first,
        values=exits / size[:, None],
        weight=size / size.mean(),
        exits=exits,
        at_risk=np.repeat(size[:, None], MONTHS, axis=1).astype(np.float64),
    )


def bare(panel: TeamMonths) -> object:
    estimator = CallawaySantAnna(control_group="not_yet_treated", estimation_method="reg", cband=False)
    design = SurveyDesign(weights="weight")
    return estimator.fit(panel.frame(), "value", "team", "month", "first", survey_design=design).aggregate("event_study")


def interleaved(*calls: Callable[[], object], rounds: int) -> list[float]:
    """The least processor time of each, in seconds, taken in turn so that none has the quieter machine."""
    for call in calls:
        call()
    times = [[processor_of(call) for call in calls] for _round in range(rounds)]
    return [min(column) for column in zip(*times, strict=True)]


def processor_of(call: Callable[[], object]) -> float:
    begun = time.process_time()
    call()
    return time.process_time() - begun


def row(name: str, value: float, unit: str, beside: float, aim: str = "") -> dict:
    return {"name": name, "value": value, "unit": unit, "beside": beside, "ratio": value / beside, "aim": aim}
