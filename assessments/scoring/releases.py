"""Which means may be told beside those already told, so that no two of them say anything of a few people."""

from collections.abc import Sequence
from dataclasses import dataclass

FEWEST = 10
GROWTH = 10
"""A mean is told again once so many, and a tenth of those in it, have come or gone: a tenth, so that few are kept."""


@dataclass(frozen=True)
class Told:
    """A mean that was told: of whom, and how many of them are gone since, by whom nobody can be found any more."""

    people: frozenset[int]
    gone: int = 0

    def distance(self, people: frozenset[int]) -> int:
        """How many are in one of the two and not in the other."""
        return len(self.people ^ people) + self.gone


def is_due(newest: Told | None, people: frozenset[int]) -> bool:
    """Whether enough has changed in a group since it was last told of."""
    if newest is None:
        return len(people) >= FEWEST
    return newest.distance(people) >= max(GROWTH, (len(newest.people) + newest.gone) // GROWTH)


def may_tell(people: frozenset[int], told: Sequence[Told]) -> bool:
    """Whether the mean of `people` may be told beside those of one organisation and course.

    Who is in the same of all groups told of is told of together, and such a class has ten people or more: whatever is added to
    or taken from each other, what comes out is of whole classes. So a group may take a class whole, or ten of it and leave ten;
    and of those told of nowhere yet none, or ten. Somebody who is gone left their class without a mean of its own to be taken
    from: a group of no one else is not told of.
    """
    new = people.difference(*(other.people for other in told))
    if len(people) < FEWEST or 0 < len(new) < FEWEST:
        return False
    if not new and any(other.gone and other.people & people for other in told):
        return False
    return all(_is_whole_or_ten(shared, people) for shared in _classes(told))


def _classes(told: Sequence[Told]) -> list[frozenset[int]]:
    """Those who are in the same of all groups told of, together."""
    where: dict[int, list[int]] = {}
    for number, other in enumerate(told):
        for person in other.people:
            where.setdefault(person, []).append(number)
    together: dict[tuple[int, ...], set[int]] = {}
    for person, numbers in where.items():
        together.setdefault(tuple(numbers), set()).add(person)
    return [frozenset(shared) for shared in together.values()]


def _is_whole_or_ten(shared: frozenset[int], people: frozenset[int]) -> bool:
    inside = len(shared & people)
    return inside in (0, len(shared)) or min(inside, len(shared) - inside) >= FEWEST
