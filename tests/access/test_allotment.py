"""Seats for people and courses, without a database: whatever can be served is, with as few seats as will do."""

from collections import Counter
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.services.allotment import Allotment, PoolSupply
from access.services.packing import best_packing

pytestmark = pytest.mark.once

A, B, C = 1, 2, 3


def supplies(*pools):
    """Pools 0, 1, 2, … in order of preference: which courses each opens, and how many of its seats are free."""
    return [PoolSupply(number, frozenset(courses), free) for number, (courses, free) in enumerate(pools)]


def needs(*groups):
    return {frozenset(courses): people for courses, people in groups}


def handed_out(needs, pools):
    """Whom every seat goes to: (courses needed, pools), one for each person."""
    allotment = Allotment(needs, pools)
    assert not allotment.missing
    return [(courses, tuple(allotment.take(courses))) for courses, people in needs.items() for _person in range(people)]


def assert_serves_all(needs, pools):
    taken: Counter[int] = Counter()
    opens = {supply.pool: supply.courses for supply in pools}
    for courses, from_pools in handed_out(needs, pools):
        assert courses <= frozenset().union(*(opens[pool] for pool in from_pools))
        assert len(set(from_pools)) == len(from_pools), "two seats of one pool for one person"
        taken.update(from_pools)
    assert all(taken[supply.pool] <= supply.free for supply in pools)
    return taken.total()


def test_somebody_with_two_courses_gets_the_bundle_and_others_what_is_left():
    assert handed_out(needs(([A, B], 1), ([A], 1), ([B], 1)), supplies(([A, B], 1), ([A], 1), ([B], 1))) == [
        (frozenset({A, B}), (0,)),
        (frozenset({A}), (1,)),
        (frozenset({B}), (2,)),
    ]


@pytest.mark.parametrize("first", [0, 1])
def test_the_pool_that_comes_first_is_used_first(first):
    pools = supplies(([A], 5), ([A, B], 5)) if first else supplies(([A, B], 5), ([A], 5))
    assert Counter(pools for _courses, pools in handed_out(needs(([A], 7)), pools)) == {(0,): 5, (1,): 2}


def test_a_pool_that_comes_first_waits_where_only_it_can_serve_somebody():
    pools = supplies(([A, B], 2), ([A], 5))
    assert Counter(pools for _courses, pools in handed_out(needs(([B], 1), ([A], 3)), pools)) == {(0,): 2, (1,): 2}


@pytest.mark.parametrize(
    ("wanted", "pools", "missing"),
    [
        ([([A], 3)], [([A], 1)], {A: 2}),
        ([([A, B], 3)], [([A, B], 2)], {A: 1, B: 1}),
        ([([A], 2), ([B], 2)], [([A, B], 3)], {B: 1}),
        ([([A, B], 2)], [([A, B], 1), ([A], 1)], {B: 1}),
        ([([A], 1), ([B], 4)], [], {A: 1, B: 4}),
    ],
)
def test_what_is_missing_is_as_little_as_would_be_enough(wanted, pools, missing):
    found = Allotment(needs(*wanted), supplies(*pools)).missing
    assert found.total() == sum(missing.values())
    assert_serves_all(needs(*wanted), supplies(*pools, *([[course], n] for course, n in found.items())))


def test_fifty_thousand_people_are_a_question_like_five():
    pools = supplies(([A, B], 20_000), ([B, C], 15_000), ([A], 20_000), ([C], 9_000), ([B], 6_000))
    wanted = needs(([A, B], 15_000), ([B, C], 14_000), ([A, C], 6_000), ([A], 15_000))
    assert assert_serves_all(wanted, pools) == 56_000


def test_many_courses_that_no_seat_connects_are_questions_of_their_own():
    courses = range(60)
    pools = supplies(*(([course], 2) for course in courses))
    assert assert_serves_all(needs((courses, 2)), pools) == 120


def fewest_seats(people, pools):
    """By trying everything: the fewest seats that serve `people`, or None."""
    if not people:
        return 0
    free = [supply for supply in pools if supply.free]
    best = None
    for size in range(1, len(free) + 1):
        for chosen in combinations(free, size):
            if people[0] <= frozenset().union(*(supply.courses for supply in chosen)):
                rest = [PoolSupply(supply.pool, supply.courses, supply.free - (supply in chosen)) for supply in pools]
                others = fewest_seats(people[1:], rest)
                if others is not None and (best is None or size + others < best):
                    best = size + others
    return best


some_courses = st.frozensets(st.sampled_from([A, B, C]), min_size=1)


@settings(max_examples=200, deadline=None)
@given(
    people=st.lists(some_courses, max_size=4),
    pools=st.lists(st.tuples(some_courses, st.integers(0, 2)), max_size=5),
)
def test_whatever_can_be_served_is_and_with_the_fewest_seats(people, pools):
    wanted, found = Counter(people), supplies(*pools)
    fewest = fewest_seats(people, found)
    allotment = Allotment(wanted, found)
    assert bool(allotment.missing) == (fewest is None)
    if fewest is not None:
        assert assert_serves_all(wanted, found) == fewest
    else:
        bought = [PoolSupply(100 + course, frozenset({course}), n) for course, n in allotment.missing.items()]
        assert_serves_all(wanted, [*found, *bought])


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_the_best_packing_is_the_one_that_trying_everything_finds(data):
    room = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=4))
    rows = st.frozensets(st.integers(0, len(room) - 1), min_size=1)
    uses = data.draw(st.lists(rows, min_size=1, max_size=4))
    values = data.draw(st.lists(st.integers(0, 9), min_size=len(uses), max_size=len(uses)))

    def value(amounts):
        return sum(value * amount for value, amount in zip(values, amounts, strict=True))

    def fits(amounts):
        used = Counter()
        for rows, amount in zip(uses, amounts, strict=True):
            used.update(dict.fromkeys(rows, amount))
        return all(used[row] <= room[row] for row in range(len(room)))

    packed = best_packing(values, uses, room)
    assert fits(packed)
    assert value(packed) == max(value(amounts) for amounts in product(range(4), repeat=len(uses)) if fits(amounts))


@pytest.mark.parametrize(
    ("values", "uses", "room", "amounts"),
    [
        ([], [], [], []),
        ([1], [[0]], [1], [1]),  # the least that can be gained
        ([1], [[0]], [0], [0]),
        ([3, 2, 2], [[0, 1], [0], [1]], [1, 1], [0, 1, 1]),
        ([3, 2, 2], [[0, 1], [1, 2], [0, 2]], [1, 1, 1], [1, 0, 0]),  # halves of all three would be worth more
    ],
)
def test_the_smallest_packings(values, uses, room, amounts):
    assert best_packing(values, uses, room) == amounts
