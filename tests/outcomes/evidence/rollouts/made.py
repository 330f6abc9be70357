"""Teams and months made up, with a known truth."""

import numpy as np

from outcomes.evidence.rollouts.panel import NEVER, TeamMonths


def panel_of(values, first, *, begins="2024-01", weight=None, exits=None, at_risk=None):
    n_teams, n_months = values.shape
    months = (np.datetime64(begins, "M") + np.arange(n_months)).astype("datetime64[D]")
    return TeamMonths(
        teams=tuple(f"T{i}" for i in range(n_teams)),
        months=months,
        first=np.asarray(first, dtype=np.int64),
        values=np.asarray(values, dtype=np.float64),
        weight=np.ones(n_teams) if weight is None else weight,
        exits=np.zeros(values.shape, dtype=np.int64) if exits is None else exits,
        at_risk=np.ones(values.shape) if at_risk is None else at_risk,
    )


def simulated(seed, *, teams=24, months=30, waves=(14, 18), yearly=0.24, people=3.2, effect=0.0, drift=0.0):
    """Two waves of a third each in random order; `effect` and `drift` (from the first month on) are rates a month, `people` the
    logarithm of the middle headcount.
    """
    rng = np.random.default_rng(seed)
    size = np.exp(rng.normal(people, 0.5, teams)).round() + 5
    rate = yearly / 12 * np.exp(rng.normal(0, 0.3, teams))
    first = np.full(teams, NEVER)
    order, third = rng.permutation(teams), teams // 3
    for i, wave in enumerate(waves):
        first[order[i * third : (i + 1) * third]] = wave
    month = np.arange(months)
    offered = (first[:, None] != NEVER) & (month[None, :] >= first[:, None])
    monthly = rate[:, None] + effect * offered + drift * month[None, :] * (first[:, None] != NEVER)
    exits = rng.binomial(size.astype(int)[:, None], np.clip(monthly, 0, 1))
    at_risk = np.repeat(size[:, None], months, axis=1)
    return panel_of(exits / at_risk, first, weight=size, exits=exits, at_risk=at_risk)
