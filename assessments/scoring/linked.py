"""Change of one person between two sittings whose questions lie on one scale."""

from collections.abc import Mapping, Sequence

import numpy as np

from assessments.scoring.change import ReliableChange, reliable_change
from assessments.scoring.irt import MISSING, ItemParameters, wle
from assessments.scoring.placement import FEWEST_ITEMS


def linked_change(
    items: Sequence[ItemParameters], before: Mapping[int, bool], after: Mapping[int, bool]
) -> ReliableChange | None:
    """In standard deviations of those whose answers gave the parameters; None where either sitting has under four answers.

    `before` and `after`: by place of an item whether its answer agreed with the key (2PL). Levels are weighted likelihood
    estimates, each with its own error. That of the parameters is not among them: with 200 answers to each it is small beside
    that of a few answers of one person.
    """
    if min(len(before), len(after)) < FEWEST_ITEMS:
        return None
    answered = sorted(before.keys() | after.keys())
    codes = np.array([[given.get(place, MISSING) for place in answered] for given in (before, after)], dtype=np.int8)
    found = wle("2pl", [items[place] for place in answered], codes)
    return reliable_change(found.level[0], found.error[0], found.level[1], found.error[1])
