"""Which seats go to whom: enough for all wherever that is possible, as few as will do, and first those that end first.

People who need the same courses are one group, pools that open the same of them one kind of seat. A seat that opens several
courses serves all of those that its holder needs. So what is looked for is how many seats of each kind serve a single course,
and how many people of each group get which combination of wide seats: a packing of few unknowns, however many people there
are, whose best solution is found exactly. Courses and pools are numbers here; no table is read.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from access.services.packing import best_packing

Courses = frozenset[int]
Kind = Courses  # what the seats of some pools open


@dataclass(frozen=True)
class PoolSupply:
    """What is free in a pool, and which courses its seats open."""

    pool: int
    courses: Courses
    free: int


@dataclass
class _Slot:
    """A seat for each person of a group, serving `courses`: how many come from which pool."""

    courses: Courses
    pools: Counter[int]

    def take(self) -> int:
        pool = next(iter(self.pools))
        self.move(pool, 1)
        return pool

    def move(self, pool: int, n: int, to: int | None = None) -> None:
        self.pools[pool] -= n
        if not self.pools[pool]:
            del self.pools[pool]
        if to is not None:
            self.pools[to] += n


@dataclass
class _Group:
    """People who need the same courses and get them by the same kinds of seats."""

    people: int
    slots: list[_Slot]


class Allotment:
    """Seats for all `needs` (how many people need which courses) from `supplies`, which come in order of preference.

    `missing`: how many more seats of single courses it would take, by course. Only where nothing is missing can seats be taken.
    """

    def __init__(self, needs: Mapping[Courses, int], supplies: Sequence[PoolSupply]) -> None:
        self.missing: Counter[int] = Counter()
        self._groups: dict[Courses, list[_Group]] = {}
        self._part_of: dict[int, Courses] = {}
        needed = frozenset(course for courses, people in needs.items() if people > 0 for course in courses)
        for part in _parts(needed, supplies):
            self._part_of |= dict.fromkeys(part, part)
            wanted: Counter[Courses] = Counter()
            for courses, people in needs.items():
                if courses & part and people > 0:
                    wanted[courses & part] += people
            own = [PoolSupply(supply.pool, kind, supply.free) for supply in supplies if (kind := supply.courses & part)]
            packing = _Packing(wanted, own)
            self.missing += packing.missing
            if not packing.missing:
                self._groups |= _groups(packing, own)

    def take(self, courses: Courses) -> list[int]:
        """The pools of which somebody who needs `courses` gets a seat each. Once for each person in `needs`."""
        pools = []
        for part in sorted({self._part_of[course] for course in courses}, key=min):
            group = self._groups[courses & part][-1]
            pools += [slot.take() for slot in group.slots]
            group.people -= 1
            if not group.people:
                self._groups[courses & part].pop()
        return pools


def _parts(needed: Courses, supplies: Iterable[PoolSupply]) -> list[Courses]:
    """Courses that no seat connects with others are a question of their own."""
    parts = [frozenset({course}) for course in sorted(needed)]
    for kind in {supply.courses & needed for supply in supplies}:
        connected = [part for part in parts if part & kind]
        if len(connected) > 1:
            parts = [part for part in parts if not part & kind] + [frozenset().union(*connected)]
    return parts


class _Packing:
    """How many seats of each kind are used for what, for courses that seats connect.

    singles: by course, how many seats of each kind serve that course alone; combined: by courses needed and kinds of seats,
    how many people get such seats together, each of which serves two or more of their courses.
    """

    def __init__(self, wanted: Counter[Courses], supplies: Iterable[PoolSupply]) -> None:
        self.wanted = wanted
        free: Counter[Kind] = Counter()
        for supply in supplies:
            free[supply.courses] += supply.free
        self.free = +free
        self.demand: Counter[int] = Counter()
        for courses, people in wanted.items():
            self.demand.update(dict.fromkeys(courses, people))
        self.singles: dict[int, Counter[Kind]] = {course: Counter() for course in self.demand}
        self.combined: dict[Courses, Counter[tuple[Kind, ...]]] = {courses: Counter() for courses in wanted}
        self._solve()

    def _solve(self) -> None:
        rows = [*self.free, *self.demand, *((courses,) for courses in self.wanted)]
        room = [*self.free.values(), *self.demand.values(), *self.wanted.values()]
        number_of = {row: number for number, row in enumerate(rows)}
        # One course more that is served is worth more than all seats that could be saved.
        worth = 1 + self.demand.total()
        values, uses = [], []
        things = [*self._possible_singles(), *self._possible_combinations()]
        for courses, kinds, served in things:
            values.append(worth * len(served) - len(kinds))
            used = [*kinds, *served, *([(courses,)] if courses else [])]
            uses.append([number_of[row] for row in used])
        self.missing = Counter(self.demand)
        for (courses, kinds, served), n in zip(things, best_packing(values, uses, room), strict=True):
            self.missing.subtract(dict.fromkeys(served, n))
            if n and courses:
                self.combined[courses][kinds] = n
            elif n:
                self.singles[min(served)][kinds[0]] = n
        self.missing = +self.missing

    def _possible_singles(self) -> Iterator[tuple[Courses, tuple[Kind, ...], Courses]]:
        for kind in self.free:
            for course in sorted(kind & self.demand.keys()):
                yield frozenset(), (kind,), frozenset({course})

    def _possible_combinations(self) -> Iterator[tuple[Courses, tuple[Kind, ...], Courses]]:
        """Of seats each of which opens two or more of somebody's courses that no other of them does."""
        for courses in self.wanted:
            wide = [kind for kind in self.free if len(kind & courses) > 1]
            for size in range(1, len(courses) // 2 + 1):
                for kinds in combinations(wide, size):
                    times = Counter(course for kind in kinds for course in kind & courses)
                    if all(sum(times[course] == 1 for course in kind & courses) > 1 for kind in kinds):
                        yield courses, kinds, frozenset(times)


def _groups(packing: _Packing, supplies: Sequence[PoolSupply]) -> dict[Courses, list[_Group]]:
    """The people of a packing in which nothing is missing, with the pools that their seats come from."""
    free = {supply.pool: supply.free for supply in supplies}
    groups: dict[Courses, list[_Group]] = {}
    for courses, people in packing.wanted.items():
        combined = dict(packing.combined[courses])
        combined[()] = people - sum(combined.values())
        groups[courses] = [
            _Group(n, list(_slots(courses, kinds, n, packing, supplies, free))) for kinds, n in combined.items() if n
        ]
    _prefer_first([slot for found in groups.values() for group in found for slot in group.slots], supplies, free)
    return groups


def _slots(
    courses: Courses, kinds: tuple[Kind, ...], n: int, packing: _Packing, supplies: Sequence[PoolSupply], free: dict[int, int]
) -> Iterator[_Slot]:
    left = courses
    for kind in kinds:
        yield _Slot(left & kind, _pools_of(Counter({kind: n}), n, supplies, free))
        left -= kind
    for course in sorted(left):
        yield _Slot(frozenset({course}), _pools_of(packing.singles[course], n, supplies, free))


def _pools_of(kinds: Counter[Kind], n: int, supplies: Sequence[PoolSupply], free: dict[int, int]) -> Counter[int]:
    """Pools for `n` seats of these kinds, which are used up by it."""
    pools: Counter[int] = Counter()
    for supply in supplies:
        if (taken := min(n - pools.total(), kinds[supply.courses], free[supply.pool])) > 0:
            pools[supply.pool] += taken
            kinds[supply.courses] -= taken
            free[supply.pool] -= taken
    return pools


def _prefer_first(slots: list[_Slot], supplies: Sequence[PoolSupply], free: dict[int, int]) -> None:
    """Exchange seats for free ones of pools that come first, as long as there are any that serve the same.

    Nobody gets two seats of a pool by it: where one could serve what two of theirs do, fewer seats would have done.
    """
    rank = {supply.pool: number for number, supply in enumerate(supplies)}
    is_settled = False
    while not is_settled:
        is_settled = True
        for supply in supplies:
            later = [
                (rank[pool], number)
                for number, slot in enumerate(slots)
                if slot.courses <= supply.courses
                for pool in slot.pools
                if rank[pool] > rank[supply.pool]
            ]
            if free[supply.pool] and later:
                last, number = max(later)
                pool = supplies[last].pool
                n = min(free[supply.pool], slots[number].pools[pool])
                slots[number].move(pool, n, to=supply.pool)
                free[supply.pool] -= n
                free[pool] += n
                is_settled = False
