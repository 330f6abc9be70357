"""Who is shown together. Whatever a round shows of others is a function of these cells alone, and no rater is in two of them:
nothing can be found out by subtracting one figure from another.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LEAST = 3
MANAGER, PEERS = "manager", "peers"
ONE_MANAGER, MANAGER_AND_PEERS = "one_manager", "manager_and_peers"


@dataclass(frozen=True)
class Rated:
    """What one rater said: `scores` by skill, the mean of what they saw of it; `may_be_named` where a manager alone agreed."""

    key: int
    group: str
    scores: dict[int, float]
    may_be_named: bool = False


@dataclass(frozen=True)
class Cell:
    """Raters whose answers are shown as one."""

    name: str
    raters: tuple[Rated, ...]


def cells_of(raters: Sequence[Rated], groups: Sequence[str]) -> list[Cell]:
    """The cells of a round, in the order of `groups`; whoever is in none of them is not shown at all.

    A group with three raters or more is a cell. A manager alone is one where they have agreed to be named; managers who are
    fewer than three are else put together with the peers, where that makes three or more.
    """
    by_group = {group: [rater for rater in raters if rater.group == group] for group in groups}
    cells = []
    managers, peers = by_group.get(MANAGER, []), by_group.get(PEERS, [])
    if len(managers) == 1 and managers[0].may_be_named:
        cells.append(Cell(ONE_MANAGER, tuple(managers)))
        by_group[MANAGER] = []
    elif 0 < len(managers) < LEAST:
        by_group[MANAGER], by_group[PEERS] = [], []
        if len(managers) + len(peers) >= LEAST:
            cells.append(Cell(MANAGER_AND_PEERS, (*managers, *peers)))
    cells.extend(Cell(group, tuple(found)) for group, found in by_group.items() if len(found) >= LEAST)
    return cells
