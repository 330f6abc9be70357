"""Rates of teams as if everybody's tenure were the same throughout: people who are new leave more often. Decision 0056."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from outcomes.evidence.arrays import Floats

from .panel import TeamMonths

STEPS = 50
"""Of proportional fitting; ten are enough for three digits."""


def at_same_tenure(panel: TeamMonths) -> TeamMonths | None:
    """`values` less what the tenure of a team's people makes of them; None where tenure is not known.

    How much more often people leave in each band of tenure is taken from teams not yet offered it, beside team and month:
    rates are a product of the three. A rate is then less by as much as the tenure of the team's people puts it above the mean.
    """
    if panel.by_tenure is None:
        return None
    before = (~panel.is_offered[:, :, None]).astype(np.float64)
    ratio = _ratios(panel.by_tenure.exits * before, panel.by_tenure.at_risk * before)
    expected = (panel.by_tenure.at_risk * ratio).sum(axis=2) / panel.at_risk
    not_offered = ~panel.is_offered
    rate = panel.exits[not_offered].sum() / panel.at_risk[not_offered].sum()
    mean = (expected * panel.at_risk)[not_offered].sum() / panel.at_risk[not_offered].sum()
    return replace(panel, values=panel.values - rate * (expected / mean - 1))


def _ratios(exits: Floats, at_risk: Floats) -> Floats:
    """(bands,) Rates by band, of teams and months alike: Poisson rates as products, by proportional fitting.

    `exits` and `at_risk` are (teams, months, bands). Bands in which nobody was have the ratio 1.
    """
    team, month, band = (np.ones(n) for n in exits.shape)
    for _step in range(STEPS):
        team = _share(exits.sum(axis=(1, 2)), np.einsum("tmb,m,b->t", at_risk, month, band))
        month = _share(exits.sum(axis=(0, 2)), np.einsum("tmb,t,b->m", at_risk, team, band))
        band = _share(exits.sum(axis=(0, 1)), np.einsum("tmb,t,m->b", at_risk, team, month))
    return band


def _share(exits: Floats, expected: Floats) -> Floats:
    return np.divide(exits, expected, out=np.ones(len(exits)), where=expected > 0)
