"""The best way to fill limited room, exactly: whole numbers, found by branch and bound over a linear programme.

Small problems only, of a few dozen things: fractions instead of floating point, so that equal is equal.
Method: G. B. Dantzig's simplex with R. G. Bland's rule (Mathematics of Operations Research 2, 1977), which never circles.
"""

from collections.abc import Collection, Sequence
from fractions import Fraction
from math import floor

Row = dict[int, Fraction]


def best_packing(values: Sequence[int], uses: Sequence[Collection[int]], room: Sequence[int]) -> list[int]:
    """How many of each thing to take, so that the sum of `values` is greatest.

    `uses` (things): the rows of which one such thing takes one each, at least one. `room` (rows): how much each row has.
    """
    best_value, best = 0, [0] * len(values)
    open_nodes: list[tuple[list[int], dict[int, int]]] = [(best, {})]
    while open_nodes:
        least, most = open_nodes.pop()
        left = _room_left(uses, room, least)
        if min(left, default=0) < 0:
            continue
        amounts = _relaxed(values, uses, left, {thing: limit - least[thing] for thing, limit in most.items()})
        amounts = [amount + taken for amount, taken in zip(amounts, least, strict=True)]
        rounded = [floor(amount) for amount in amounts]
        if (value := _sum(values, rounded)) > best_value:  # what fits still does with less of it
            best_value, best = int(value), rounded
        if floor(_sum(values, amounts)) <= best_value:
            continue
        thing = next(number for number, amount in enumerate(amounts) if amount.denominator != 1)
        open_nodes.append((least, most | {thing: rounded[thing]}))
        open_nodes.append(([*least[:thing], rounded[thing] + 1, *least[thing + 1 :]], most))
    return best


def _sum(values: Sequence[int], amounts: Sequence[Fraction | int]) -> Fraction:
    return sum((Fraction(value * amount) for value, amount in zip(values, amounts, strict=True)), Fraction(0))


def _room_left(uses: Sequence[Collection[int]], room: Sequence[int], taken: Sequence[int]) -> list[int]:
    left = list(room)
    for rows, amount in zip(uses, taken, strict=True):
        for row in rows:
            left[row] -= amount
    return left


def _relaxed(
    values: Sequence[int], uses: Sequence[Collection[int]], room: Sequence[int], most: dict[int, int]
) -> list[Fraction]:
    """The best amounts where parts of things may be taken too, of some no more than `most`."""
    limits = list(most.items())
    rows: list[Row] = [{} for _row in range(len(room) + len(limits))]
    for thing, used in enumerate(uses):
        for number in used:
            rows[number][thing] = Fraction(1)
    for number, (thing, _limit) in enumerate(limits, start=len(room)):
        rows[number][thing] = Fraction(1)
    return _Tableau(values, rows, [*room, *(limit for _thing, limit in limits)]).solve()


class _Tableau:
    """Each row says what its basic unknown is; to begin with, that is the room which nothing takes."""

    def __init__(self, values: Sequence[int], rows: list[Row], room: Sequence[int]) -> None:
        self.n_things = len(values)
        self.gains: Row = {thing: Fraction(value) for thing, value in enumerate(values) if value}
        self.rows, self.amounts = rows, [Fraction(amount) for amount in room]
        self.basis = [self.n_things + number for number in range(len(rows))]
        for unknown, row in zip(self.basis, rows, strict=True):
            row[unknown] = Fraction(1)

    def solve(self) -> list[Fraction]:
        while gaining := [unknown for unknown, gain in self.gains.items() if gain > 0]:
            self._exchange(min(gaining))
        amounts = dict(zip(self.basis, self.amounts, strict=True))
        return [amounts.get(thing, Fraction(0)) for thing in range(self.n_things)]

    def _exchange(self, entering: int) -> None:
        """Bring an unknown in, as far as the first row allows; what was basic there leaves."""
        bounds = [
            (self.amounts[number] / row[entering], self.basis[number], number)
            for number, row in enumerate(self.rows)
            if row.get(entering, 0) > 0
        ]
        _ratio, _leaving, number = min(bounds)
        share = self.rows[number][entering]
        row = self.rows[number] = {unknown: part / share for unknown, part in self.rows[number].items()}
        self.amounts[number] /= share
        self.basis[number] = entering
        for other, other_row in enumerate(self.rows):
            if other != number and (factor := other_row.get(entering)):
                _subtract(other_row, row, factor)
                self.amounts[other] -= factor * self.amounts[number]
        _subtract(self.gains, row, self.gains[entering])


def _subtract(row: Row, other: Row, factor: Fraction) -> None:
    for unknown, part in other.items():
        rest = row.get(unknown, 0) - factor * part
        if rest:
            row[unknown] = Fraction(rest)
        else:
            row.pop(unknown, None)
