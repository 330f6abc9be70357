"""The deals of a negotiation and a turn of either simulation, beside plain loops over every deal.

Processor time of one process, the median of many rounds; a process that has enumerated a case keeps the arrays, so each round
begins with a domain of its own. Equality is held on 300 random domains by loops that share nothing with the code.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from pathlib import Path

from practice.cases import case_from_yaml
from practice.scoring import interview, negotiation
from practice.scoring.domain import Domain, Worth
from practice.scoring.interview_case import InterviewCase
from practice.scoring.negotiation_case import NegotiationCase
from practice.scoring.solutions import kalai_smorodinsky, nash

SHAPE = (10, 10, 10, 10)
SEED = 20_261_130
CASES = Path(__file__).resolve().parent.parent / "content" / "simulations"


def run(*, quick: bool = False) -> list[dict]:
    """Rows of name, value, unit, beside (plain loops) and aim."""
    rounds, n_domains = (3, 20) if quick else (200, 300)
    domain = random_domain(random.Random(SEED), SHAPE)
    plain = _milliseconds(lambda: enumerated(domain), max(rounds // 20, 1))
    bare = _milliseconds(lambda: _enumerate(_again(domain)), rounds)
    whole = _milliseconds(lambda: _everything(_again(domain)), rounds)
    n_deals = len(enumerated(domain))
    same = sum(_is_equal(random_domain(random.Random(SEED + n))) for n in range(n_domains))
    turns = {"a negotiation": _turn_of_negotiation(rounds), "an interview": _turn_of_interview(rounds)}
    return [
        {"name": f"negotiation of {n_deals:,} deals, enumerated with its zone", **_beside(bare, plain), "aim": "< 5"},
        {"name": "the same with frontier, Nash and Kalai-Smorodinsky points", **_beside(whole, plain), "aim": "< 5"},
        {"name": f"frontier and both points equal to loops, of {n_domains} domains", "value": same, "unit": "domains"},
        *(
            {"name": f"turn of {what}, replayed with all before it", "value": value, "unit": "ms", "aim": "< 100"}
            for what, value in turns.items()
        ),
    ]


def _beside(value: float, plain: float) -> dict:
    return {"value": round(value, 3), "unit": "ms", "beside": round(plain, 1), "ratio": round(plain / value, 1)}


def _milliseconds(act: Callable[[], object], rounds: int) -> float:
    found = []
    for _round in range(rounds):
        begun = time.process_time()
        act()
        found.append(1000 * (time.process_time() - begun))
    return statistics.median(found)


def _again(domain: Domain) -> Domain:
    """The same without what was worked out before."""
    return Domain(domain.you, domain.them, domain.alternative)


def _enumerate(domain: Domain) -> object:
    return domain.zone


def _everything(domain: Domain) -> object:
    return domain.zone, domain.frontier, nash(domain), kalai_smorodinsky(domain)


# Turns ------------------------------------------------------------------------------------------------------------------


def _turn_of_negotiation(rounds: int) -> float:
    case = case_from_yaml((CASES / "n1-night-deliveries.yaml").read_text(encoding="utf-8"))
    if not isinstance(case, NegotiationCase):
        raise TypeError("The night deliveries are a negotiation.")
    deals = [{issue.id: issue.options[n % len(issue.options)].id for issue in case.issues} for n in (0, 1)]
    history = [{"move": "ask_priorities"}, *({"move": "offer", "deal": deals[n % 2]} for n in range(7))]
    return round(_milliseconds(lambda: negotiation.replay(case, "bench", history), rounds), 2)


def _turn_of_interview(rounds: int) -> float:
    case = case_from_yaml((CASES / "s1-lunch.yaml").read_text(encoding="utf-8"))
    if not isinstance(case, InterviewCase):
        raise TypeError("The lunch is an interview.")
    history: list[dict[str, str]] = []
    while hand := interview.replay(case, "bench", history).hand:
        history.append({"card": next((card.id for card in hand if card.kind not in ("leading", "closed")), hand[0].id)})
    return round(_milliseconds(lambda: interview.replay(case, "bench", history), rounds), 2)


# Plain loops ------------------------------------------------------------------------------------------------------------


def random_domain(rng: random.Random, shape: tuple[int, ...] | None = None) -> Domain:
    shape = shape or tuple(rng.randint(1, 5) for _issue in range(rng.randint(2, 4)))
    most = rng.choice((3, 20, 100))

    def side() -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(rng.randint(0, most) for _option in range(n)) for n in shape)

    low, high = len(shape) * most // 4, len(shape) * most * 2 // 3
    return Domain(side(), side(), Worth(rng.randint(low, high), rng.randint(low, high)))


def enumerated(domain: Domain) -> list[tuple[int, int]]:
    found = []
    for options in product(*(range(n) for n in domain.shape)):
        you = sum(points[option] for points, option in zip(domain.you, options, strict=True))
        them = sum(points[option] for points, option in zip(domain.them, options, strict=True))
        found.append((you, them))
    return found


def _is_equal(domain: Domain) -> bool:
    deals = enumerated(domain)
    least = domain.alternative
    zone = [i for i, (you, them) in enumerate(deals) if you >= least.you and them >= least.them]
    values = {deals[i] for i in zone}
    best_values = {v for v in values if not any(o[0] >= v[0] and o[1] >= v[1] and o != v for o in values)}
    frontier = [i for i in zone if deals[i] in best_values]
    most = [max((deals[i][side] for i in zone), default=0) - least[side] for side in (0, 1)]

    def product_of(i: int) -> int:
        return (deals[i][0] - least.you) * (deals[i][1] - least.them)

    def shares(i: int) -> list[Fraction]:
        gains = [deals[i][side] - least[side] for side in (0, 1)]
        return sorted(Fraction(gain, best) if best else Fraction(1) for gain, best in zip(gains, most, strict=True))

    return (
        sorted(domain.frontier.tolist()) == frontier
        and nash(domain).tolist() == _greatest(frontier, product_of)
        and kalai_smorodinsky(domain).tolist() == _greatest(frontier, shares)
    )


def _greatest(deals: list[int], measure: Callable) -> list[int]:
    best = max(map(measure, deals), default=None)
    return [deal for deal in deals if measure(deal) == best]
