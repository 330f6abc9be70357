"""Two deals that theory would choose, for a finite list of deals. Shown as one view each, never as the right answer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from practice.scoring.domain import Domain, Indices, Points


def nash(domain: Domain) -> Indices:
    """Numbers of the deals in the zone with the greatest product of both gains over the alternatives.

    There can be several. Where every product is 0, those of them that nobody can better. Empty without a zone.

    Nash (1950), The bargaining problem, Econometrica 18, 155–162. He has all mixtures of deals; with a finite list the
    product has its greatest value at one or more of the deals themselves.
    """
    return _greatest(domain, (_gains(domain)[0] * _gains(domain)[1],))


def kalai_smorodinsky(domain: Domain) -> Indices:
    """Numbers of the deals in the zone whose smaller share of gains is greatest, then whose larger share is.

    A side's share is its gain as a part of the best gain that it could have in the zone; a side that cannot gain anything
    counts as having all there is. Shares are compared as whole numbers over a common denominator. Empty without a zone.

    Kalai and Smorodinsky (1975), Other solutions to Nash's bargaining problem, Econometrica 43, 513–518, have the deal
    where both shares are equal. Among listed deals there may be none, so this is the lexicographic maximin of the shares:
    Imai (1983), Individual monotonicity and lexicographic maxmin solution, Econometrica 51, 389–401.
    """
    if domain.best is None:
        return domain.zone
    gain_you, gain_them = _gains(domain)
    most_you, most_them = domain.best.you - domain.alternative.you, domain.best.them - domain.alternative.them
    share_you = gain_you * max(most_them, 1) if most_you else np.full_like(gain_you, max(most_them, 1))
    share_them = gain_them * max(most_you, 1) if most_them else np.full_like(gain_them, max(most_you, 1))
    return _greatest(domain, (np.minimum(share_you, share_them), np.maximum(share_you, share_them)))


def _gains(domain: Domain) -> tuple[Points, Points]:
    """(n_zone,) each side's gain over its alternative."""
    return (
        domain.worth_you[domain.zone] - domain.alternative.you,
        domain.worth_them[domain.zone] - domain.alternative.them,
    )


def _greatest(domain: Domain, measures: tuple[Points, ...]) -> Indices:
    """Of the undominated deals in the zone, those that are greatest by the first measure, then by the next."""
    kept: NDArray[np.bool_] = domain.undominated[domain.zone]
    for measure in measures:
        if kept.any():
            kept = kept & (measure == measure[kept].max())
    return domain.zone[kept]
