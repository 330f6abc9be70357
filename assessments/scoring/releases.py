"""Which means may be told beside those already told, so that no two of them say anything of a few people."""

from collections.abc import Collection, Sequence
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

    Two means that differ by one to nine people say what these are like; so does a mean of which nine or fewer are left when
    those of its parts are taken away. Not every combination of means is looked at.
    """
    if len(people) < FEWEST or any(0 < other.distance(people) < FEWEST for other in told):
        return False
    sets = [other.people for other in told if len(other.people) + other.gone >= FEWEST]
    family = [people, *(other for other in sets if other != people)]
    return all(_is_hidden(whole, family) for whole in family if people <= whole)


def _is_hidden(whole: frozenset[int], family: Collection[frozenset[int]]) -> bool:
    parts = [part for part in family if part < whole]
    left = whole.difference(*parts)
    return not left or len(left) >= FEWEST or not parts
