"""Deals against enumeration by hand: plain loops over every deal, and nothing of the code under test."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from practice.scoring.domain import Domain, Worth, undominated
from practice.scoring.solutions import kalai_smorodinsky, nash
from tests.practice.simulations import night


def enumerated(domain: Domain) -> list[tuple[int, int]]:
    return [
        (sum(p[o] for p, o in zip(domain.you, deal, strict=True)), sum(p[o] for p, o in zip(domain.them, deal, strict=True)))
        for deal in product(*(range(len(options)) for options in domain.you))
    ]


def acceptable(domain: Domain) -> list[int]:
    return [i for i, (u, v) in enumerate(enumerated(domain)) if u >= domain.alternative.you and v >= domain.alternative.them]


def dominated(deals: list[tuple[int, int]]) -> list[bool]:
    """Each against every other."""
    you, them = np.array(deals, dtype=int).reshape(-1, 2).T
    at_least = (you[:, None] <= you) & (them[:, None] <= them)
    return (at_least & ~at_least.T).any(axis=1).tolist()


def frontier(domain: Domain) -> list[int]:
    worths, zone = enumerated(domain), acceptable(domain)
    return [i for i, is_dominated in zip(zone, dominated([worths[j] for j in zone]), strict=True) if not is_dominated]


def random_domain(seed: int) -> Domain:
    """Two to four issues of one to five options; points from a narrow range, so that ties are many."""
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, 6, rng.integers(2, 5))
    most = int(rng.choice([3, 20, 100]))

    def side() -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(rng.integers(0, most + 1, n).tolist()) for n in shape)

    you, them = side(), side()
    low, high = len(shape) * most // 4, len(shape) * most * 2 // 3
    return Domain(you, them, Worth(int(rng.integers(low, high + 1)), int(rng.integers(low, high + 1))))


DOMAINS = [random_domain(seed) for seed in range(300)]


def test_the_random_domains_are_worth_testing_on():
    zones = [len(acceptable(domain)) for domain in DOMAINS]
    assert sum(n == 0 for n in zones) > 30
    assert sum(n > 5 for n in zones) > 100


def test_deals_zone_and_frontier_equal_brute_force():
    for seed, domain in enumerate(DOMAINS):
        worths = enumerated(domain)
        assert list(zip(domain.worth_you.tolist(), domain.worth_them.tolist(), strict=True)) == worths, seed
        assert domain.zone.tolist() == acceptable(domain), seed
        assert sorted(domain.frontier.tolist()) == frontier(domain), seed
        assert [not found for found in domain.undominated.tolist()] == dominated(worths), seed


def test_the_nash_point_equals_brute_force():
    for seed, domain in enumerate(DOMAINS):
        least = domain.alternative
        products = [(u - least.you) * (v - least.them) for u, v in enumerated(domain)]
        on_frontier = frontier(domain)
        best = max((products[i] for i in acceptable(domain)), default=0)
        assert nash(domain).tolist() == [i for i in on_frontier if products[i] == best], seed


def test_the_kalai_smorodinsky_point_equals_brute_force():
    for seed, domain in enumerate(DOMAINS):
        worths, zone = enumerated(domain), acceptable(domain)
        most = [max((worths[j][side] for j in zone), default=0) - domain.alternative[side] for side in (0, 1)]

        def share(i: int, side: int, worths=worths, most=most, least=domain.alternative) -> Fraction:
            return Fraction(worths[i][side] - least[side], most[side]) if most[side] else Fraction(1)

        shares = {i: tuple(sorted((share(i, 0), share(i, 1)))) for i in frontier(domain)}
        best = max(shares.values(), default=None)
        assert kalai_smorodinsky(domain).tolist() == [i for i in sorted(shares) if shares[i] == best], seed


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=40))
@settings(deadline=None)
def test_what_cannot_be_bettered_is_found_whatever_the_ties(deals):
    found = undominated(np.array([u for u, _v in deals]), np.array([v for _u, v in deals]))
    assert [not kept for kept in found.tolist()] == dominated(deals)


def test_night_deliveries_are_as_the_design_enumerated_them():
    domain = night().domain
    assert len(domain.worth_you) == 540
    assert domain.zone.size == 221
    strictly = (domain.worth_you > domain.alternative.you) & (domain.worth_them > domain.alternative.them)
    assert strictly.sum() == 205
    assert len(domain.frontier) == 16
    assert domain.undominated.sum() == 25
    assert [tuple(domain.worth(deal)) for deal in nash(domain).tolist()] == [(86, 90)]


def test_numbers_and_options_of_deals_lead_to_each_other():
    domain = night().domain
    assert [domain.deal(domain.options(deal)) for deal in range(540)] == list(range(540))
    assert domain.options(539) == (4, 3, 2, 2, 2)
    assert domain.all_options[:, 539].tolist() == [4, 3, 2, 2, 2]


@pytest.mark.parametrize("options", [(0, 0), (0, 0, 0, 0, 3), (-1, 0, 0, 0, 0)])
def test_a_deal_with_an_option_that_there_is_not_is_refused(options):
    with pytest.raises(ValueError, match="is no deal"):
        night().domain.deal(options)


@pytest.mark.parametrize(
    ("you", "them", "message"),
    [
        ((), (), "same options"),
        (((1, 2),), ((1, 2, 3),), "same options"),
        (((1, -1),), ((1, 2),), "whole numbers from 0"),
        ((tuple(range(30)),) * 3, (tuple(range(30)),) * 3, "27,000 deals"),
    ],
)
def test_a_domain_that_makes_no_sense_is_refused(you, them, message):
    with pytest.raises(ValueError, match=message):
        Domain(you, them, Worth(0, 0))
