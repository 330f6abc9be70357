"""Simple ways to negotiate, played against the other side for the lint: what splitting, insisting and waiting come to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from practice.scoring.domain import Worth
from practice.scoring.measures import DealScores, score_deal
from practice.scoring.negotiation import HAIR, State, begin, is_closing, step
from practice.scoring.negotiation_case import NegotiationCase
from practice.scoring.negotiation_moves import Move

SEED = "lint"


def middles(case: NegotiationCase) -> Iterator[int]:
    """Every deal that has the middle option of each issue; of an even number of options either of the two in the middle."""
    for options in product(*({(n - 1) // 2, n // 2} for n in case.domain.shape)):
        yield case.domain.deal(options)


def concede(case: NegotiationCase) -> State:
    """Asks for everything, then takes whatever they answer."""
    state = step(case, SEED, begin(case, SEED), Move("offer", deals=(_dearest(case),)))
    return state if state.ended else step(case, SEED, state, Move("accept"))


def insist(case: NegotiationCase) -> State:
    """Asks for everything in every round, and leaves."""
    return _offering(case, lambda _state: _dearest(case), takes_final=False)


def insist_then_accept(case: NegotiationCase) -> State:
    """Asks for everything in every round, and takes the last offer if it beats leaving."""
    return _offering(case, lambda _state: _dearest(case), takes_final=True)


def concede_slowly(case: NegotiationCase) -> State:
    """Begins with everything and gives up as little as possible in each round; takes the last offer if it beats leaving."""
    worth, order = case.domain.worth_you, np.argsort(-case.domain.worth_you, kind="stable")
    levels = order[np.r_[True, np.diff(worth[order]) != 0]]
    return _offering(case, lambda state: int(levels[min(state.round, len(levels) - 1)]), takes_final=True)


def ultimatum(case: NegotiationCase) -> State:
    """Says nothing of use until the last round, then demands the best deal of the zone for itself."""
    state = begin(case, SEED)
    while state.round < case.rounds - 1:
        state = step(case, SEED, state, Move("ask_limit"))
    zone = case.domain.zone
    demand = int(zone[np.argmax(case.domain.worth_you[zone])]) if zone.size else _dearest(case)
    state = step(case, SEED, state, Move("offer", deals=(demand,)))
    return state if state.ended else step(case, SEED, state, Move("walk"))


def best_late_demand(case: NegotiationCase) -> int | None:
    """The deal that somebody who knew everything could still force in the last round, by the smaller of own and joint value.

    No deal is ever signed below their floor, so whatever is played, at whatever pace, cannot end higher by that measure.
    """
    rule, alternative = case.them_rule, case.batna.them
    floor = max(alternative, alternative + rule.floor * (rule.target - alternative))
    signed = [deal for deal in case.domain.zone.tolist() if case.domain.worth_them[deal] >= floor - HAIR]
    return max(signed, key=lambda deal: weaker(scores(case, deal)), default=None)


def ask_then_offer(case: NegotiationCase) -> State:
    """Asks what matters, tells what matters most, asks about what is left; then offers the best joint deal there seems to be.

    Of several such deals the one with the greatest smaller gain. On issues that were not spoken of it knows its own points
    alone.
    """
    state = step(case, SEED, begin(case, SEED), Move("ask_priorities"))
    state = step(case, SEED, state, Move("tell", issues=(case.your_ranking[0],)))
    for issue in case.your_ranking:
        if issue not in state.told_by_them and state.round < case.rounds - 2:
            state = step(case, SEED, state, Move("ask_issue", issues=(issue,)))
    offer = _apparently_best(case, state)
    while not state.ended and not is_closing(case, state):
        state = step(case, SEED, state, Move("offer", deals=(offer,)))
    return state if state.ended else step(case, SEED, state, Move("walk"))


def scores(case: NegotiationCase, deal: int | None) -> DealScores:
    return score_deal(case.domain, None if deal is None else case.domain.worth(deal))


def weaker(found: DealScores) -> float:
    """The smaller of own and joint value; 0 where there is none."""
    return min(found.own or 0.0, found.joint or 0.0)


def _dearest(case: NegotiationCase) -> int:
    return int(np.argmax(case.domain.worth_you))


def _offering(case: NegotiationCase, offer: Callable[[State], int], *, takes_final: bool) -> State:
    state = begin(case, SEED)
    while not state.ended and not is_closing(case, state):
        state = step(case, SEED, state, Move("offer", deals=(offer(state),)))
    if state.ended:
        return state
    beats_leaving = state.standing is not None and case.domain.worth_you[state.standing] >= case.batna.you
    return step(case, SEED, state, Move("accept" if takes_final and beats_leaving else "walk"))


def _apparently_best(case: NegotiationCase, state: State) -> int:
    known = np.zeros_like(case.domain.worth_them)
    for issue in state.told_by_them:
        known += np.array(case.domain.them[issue])[case.domain.all_options[issue]]
    joint = case.domain.worth_you + known
    best = np.flatnonzero(joint == joint.max())
    gain = Worth(case.batna.you, case.batna.them)
    smaller = np.minimum(case.domain.worth_you[best] - gain.you, case.domain.worth_them[best] - gain.them)
    return int(best[np.argmax(smaller)])
