"""Agreement of two orders."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import sqrt


def kendall_tau_b(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Kendall's tau-b of two rankings of the same n things, −1 to 1; None where either has no order at all.

    (concordant − discordant) / √((pairs − ties in first) (pairs − ties in second)).

    Raises ValueError when the rankings differ in length.

    Kendall (1945), The treatment of ties in ranking problems, Biometrika 33, 239–251.
    """
    if len(first) != len(second):
        raise ValueError("Both rankings need a rank for each thing.")
    score = untied_first = untied_second = 0
    for i, j in combinations(range(len(first)), 2):
        a, b = _sign(first[i] - first[j]), _sign(second[i] - second[j])
        score += a * b
        untied_first += a != 0
        untied_second += b != 0
    if not untied_first or not untied_second:
        return None
    return score / sqrt(untied_first * untied_second)


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)
