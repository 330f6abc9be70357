"""How well a number alone tells those who left from those who stayed, whatever its shape and its scale.

A ratio by standard deviation does not show it: a few large values make the deviation large, and where many leave, others who
will leave stand beside each leaver.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import rankdata

from .arrays import Bools, Floats
from .cells import IndexedRows
from .likelihood import partial_likelihood
from .spells import Spells

N_SPANS = 20
"""Into so many spans of tenure exits are put, each with about as many."""


@dataclass(frozen=True)
class Separation:
    """`share` of pairs of a leaver and a stayer in which the leaver has the larger value, ties counted half, or the smaller one
    where that is more: from 0.5, nothing, to 1. `z` is the score test of the ranks of the values, which is no more than chance
    where leaving does not go by them."""

    share: float
    z: float


def separation(values: Floats, spells: Spells, indexed: IndexedRows) -> Separation:
    """Of a number: `values` (spells,), and the rows that `indexed` made of these spells.

    Cox (1972) for the test: at nought, with the ranks as the only covariate.
    """
    ranks = rankdata(values) / len(values)
    at_nought = partial_likelihood(
        np.zeros(1 + indexed.exposures.shape[1]), replace(indexed, spell_covariates=ranks[:, None].astype(np.float64))
    )
    variance = at_nought.information[-1, -1]
    return Separation(_share(values, spells), float(at_nought.score[-1] / np.sqrt(variance)) if variance > 0 else 0.0)


def share_by_completion(values: Floats, spells: Spells) -> float:
    """Of a number, `values` (spells,): share of pairs of one who completed and one who never did, both there when the first
    completed, that it orders alike.

    "When" is at the same tenure or in the same month, whichever says less: a day of hire orders those by tenure where the
    training is new, and by the calendar where newcomers take it, and knows of no completion.
    """
    completed = spells.exposed_from <= spells.stop
    at = np.clip(spells.exposed_from, spells.start, spells.stop)
    begun = spells.origin_month * spells.time_per_month
    by_tenure = _share_of_pairs(values, completed, at, spells.start, spells.stop)
    by_calendar = _share_of_pairs(values, completed, begun + at, begun + spells.start, begun + spells.stop)
    return min(by_tenure, by_calendar)


def _share(values: Floats, spells: Spells) -> float:
    """Leavers are compared with those stayers alone who were there at the same tenure.

    Of a year of hire, or of what else goes by the calendar, most leavers have another than most stayers for want of time alone.
    """
    return _share_of_pairs(values, spells.event, spells.stop, spells.start, spells.stop)


def _share_of_pairs(values: Floats, happened: Bools, at: Floats, start: Floats, stop: Floats) -> float:
    """Of those to whom it `happened` (spells,), `at` a time, and the others who were there then; 0.5 where there are none."""
    order = np.argsort(values, kind="stable")
    values, at, start, stop = (array[order] for array in (values, at, start, stop))
    happened = happened[order]
    larger = pairs = 0.0
    for span in np.array_split(np.flatnonzero(happened)[np.argsort(at[happened], kind="stable")], N_SPANS):
        if not len(span):
            continue
        time = np.median(at[span])
        others = values[~happened & (start < time) & (time <= stop)]
        below, up_to = (np.searchsorted(others, values[span], side=side) for side in ("left", "right"))
        larger += float((below + up_to).sum()) / 2
        pairs += len(span) * len(others)
    share = larger / pairs if pairs else 0.5
    return max(share, 1 - share)
