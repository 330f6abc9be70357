"""What a deal is worth: own value, joint value, balance of gains. Three numbers that are never added.

And three readings of fairness, side by side: each is a view that somebody can defend, and they disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from practice.scoring.domain import Domain, Worth

ReadingName = Literal["equal_gain", "equal_sacrifice", "need"]


@dataclass(frozen=True)
class DealScores:
    """Each about 0 to 1; below 0 where a deal is worth less than the alternatives. None where it is not defined."""

    own: float | None
    joint: float | None
    balance: float | None


def score_deal(domain: Domain, worth: Worth | None) -> DealScores:
    """The three numbers for a deal, or for parting without one (`worth` None: own and joint are 0, no balance).

    own     = (u_you − alternative_you) / (best u_you in the zone − alternative_you)
    joint   = (u_you + u_them − both alternatives) / (best sum in the zone − both alternatives)
    balance = min(g_you, g_them) / max(g_you, g_them), g being a side's gain as a part of its best gain in the zone;
              0 where one side gains and the other does not, None where neither does.

    Without a zone all three are None: there is nothing to measure against.
    """
    if domain.best is None or domain.best_joint is None:
        return DealScores(None, None, None)
    worth_or_none = worth or domain.alternative
    gain = gains(domain, worth_or_none)
    most = gains(domain, domain.best)
    own = _part(gain.you, most.you)
    joint = _part(gain.you + gain.them, domain.best_joint - sum(domain.alternative))
    return DealScores(own, joint, _balance(own, _part(gain.them, most.them)))


def gains(domain: Domain, worth: Worth) -> Worth:
    """Each side's points above its alternative."""
    return Worth(worth.you - domain.alternative.you, worth.them - domain.alternative.them)


def _part(gain: int, most: int) -> float | None:
    return gain / most if most > 0 else None


def _balance(you: float | None, them: float | None) -> float | None:
    if you is None or them is None or max(you, them) <= 0:
        return None
    return max(min(you, them), 0.0) / max(you, them)


# Fairness, read three ways ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """What one view of fairness compares, for the deal and for the deal that this view would choose.

    `you` and `them` are the quantities that it wants equal; `evenness` is the smaller over the larger, 1 where both are 0.
    `choice` is a deal of the frontier: the most even, and of equally even ones that with most points together.
    """

    name: ReadingName
    you: float
    them: float
    evenness: float
    choice: int


def readings(domain: Domain, worth: Worth) -> tuple[Reading, ...]:
    """Equal gain, equal sacrifice and need for a deal. Empty without a zone, where there is no deal to be fair about.

    equal gain       each side's points above its alternative (Kalai 1977, Proportional solutions to bargaining situations,
                     Econometrica 45, 1623–1630)
    equal sacrifice  each side's points below the best that it could have had in the zone (Chun 1988, The equal-loss
                     principle for bargaining problems, Economics Letters 26, 103–106)
    need             each side's gain for each point of its need. Need is what a side would go without if there were no deal:
                     its best in the zone less its alternative, as a part of that best (Deutsch 1975 names need beside
                     equality and equity; this measure of it is ours).

    Points of two people have no common unit. Each reading compares them all the same, which is what makes it a view.
    """
    if domain.best is None:
        return ()
    return tuple(_reading(domain, name, worth) for name in ("equal_gain", "equal_sacrifice", "need"))


def _reading(domain: Domain, name: ReadingName, worth: Worth) -> Reading:
    you, them = _compared(domain, name, worth)
    on_frontier = [(deal, domain.worth(deal)) for deal in domain.frontier.tolist()]
    choice, _worth = max(
        on_frontier, key=lambda entry: (round(_evenness(*_compared(domain, name, entry[1])), 9), sum(entry[1]), -entry[0])
    )
    return Reading(name, you, them, _evenness(you, them), choice)


def _compared(domain: Domain, name: ReadingName, worth: Worth) -> tuple[float, float]:
    best = domain.best
    if best is None:
        raise ValueError("Without a zone there is nothing to compare.")
    gain = gains(domain, worth)
    if name == "equal_gain":
        return gain.you, gain.them
    if name == "equal_sacrifice":
        return best.you - worth.you, best.them - worth.them
    most = gains(domain, best)
    need_you, need_them = most.you / best.you if best.you else 0.0, most.them / best.them if best.them else 0.0
    return gain.you / need_you if need_you else 0.0, gain.them / need_them if need_them else 0.0


def _evenness(you: float, them: float) -> float:
    low, high = min(you, them), max(you, them)
    if high <= 0:
        return 1.0 if low == high else 0.0
    return max(low, 0.0) / high


# What was left on the table ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trade:
    """A change of one or two issues that leaves neither side worse off and makes one better off."""

    deal: int
    issues: tuple[int, ...]
    gain: Worth


def missed_trades(domain: Domain, deal: int, most: int = 3) -> tuple[Trade, ...]:
    """Up to `most` trades from this deal, those that add most points together first; of one pair of issues the best alone."""
    here = domain.worth(deal)
    more_you, more_them = domain.worth_you - here.you, domain.worth_them - here.them
    helps = (more_you >= 0) & (more_them >= 0) & (more_you + more_them > 0)
    changed = domain.all_options != domain.all_options[:, deal][:, None]
    found: list[Trade] = []
    issues = range(len(domain.shape))
    for pair in [*combinations(issues, 1), *combinations(issues, 2)]:
        pattern = np.isin(np.arange(len(domain.shape)), pair)
        candidates = np.flatnonzero(helps & (changed == pattern[:, None]).all(axis=0))
        if candidates.size:
            best = int(candidates[np.argmax((more_you + more_them)[candidates])])
            found.append(Trade(best, pair, Worth(int(more_you[best]), int(more_them[best]))))
    found.sort(key=lambda trade: (-sum(trade.gain), len(trade.issues), trade.deal))
    return tuple(found[:most])
