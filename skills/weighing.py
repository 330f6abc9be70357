"""How much each placed assessment of one skill tells, among all of them."""

from collections.abc import Sequence

from skills.placed import HIGHEST, LOWEST, Placed

# Half the width of an 80% band of the normal distribution, in standard deviations.
HALF_BAND = 1.2816
# No sitting is surer than that. It also keeps a band without width from taking all the weight.
LEAST_HALF = 0.05


def standard_error(placed: Placed) -> float:
    """In levels, from the 80% band. A band that is cut off at an end of the scale is taken to be as wide as its longer half
    says: what is cut off is not known, and must not make the assessment look surer.
    """
    half = (placed.high - placed.low) / 2
    if placed.low <= LOWEST or placed.high >= HIGHEST:
        half = max(placed.place - placed.low, placed.high - placed.place)
    return max(half, LEAST_HALF) / HALF_BAND


def weights(placements: Sequence[Placed]) -> list[int]:
    """The share of the information that each carries (one over its variance), in whole per cent that add up to 100."""
    information = [standard_error(placed) ** -2 for placed in placements]
    exact = [100 * part / sum(information) for part in information]
    whole = [int(share) for share in exact]
    by_rest = sorted(range(len(exact)), key=lambda index: whole[index] - exact[index])
    for index in by_rest[: 100 - sum(whole)] if exact else ():
        whole[index] += 1
    return whole
