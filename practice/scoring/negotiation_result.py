"""What a finished negotiation comes to: three bars that are never added, the process, and what was left on the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from practice.scoring.domain import Worth
from practice.scoring.measures import DealScores, Reading, Trade, missed_trades, readings, score_deal
from practice.scoring.negotiation import State
from practice.scoring.negotiation_case import NegotiationCase
from practice.scoring.solutions import kalai_smorodinsky, nash

CheckName = Literal["standard", "reasons", "restated", "honest"]


@dataclass(frozen=True)
class ProcessCheck:
    """`passed` is None where nothing happened that could be judged; `done` of `of` where it is counted."""

    name: CheckName
    passed: bool | None
    done: int = 0
    of: int = 0


@dataclass(frozen=True)
class Result:
    """`walked_rightly` is the score of a case without a zone (1 for walking away, 0 for any deal), None where there is one.

    There own, joint and balance are None: nothing could be reached that both should sign. `lie_told` is shown whether it
    was noticed or not. `nash` and `kalai_smorodinsky` are deals of the frontier, for the picture.
    """

    worth: Worth | None
    scores: DealScores
    readings: tuple[Reading, ...]
    process: tuple[ProcessCheck, ...]
    trades: tuple[Trade, ...]
    nash: tuple[int, ...]
    kalai_smorodinsky: tuple[int, ...]
    walked_rightly: float | None
    lie_told: bool
    lie_noticed: bool


def result(case: NegotiationCase, state: State) -> Result:
    """Raises ValueError before the talk is over."""
    if not state.ended:
        raise ValueError("The talk is not over yet.")
    domain = case.domain
    worth = None if state.deal is None else domain.worth(state.deal)
    return Result(
        worth=worth,
        scores=score_deal(domain, worth),
        readings=readings(domain, worth) if worth else (),
        process=process(case, state),
        trades=missed_trades(domain, state.deal) if state.deal is not None and domain.best else (),
        nash=tuple(nash(domain).tolist()),
        kalai_smorodinsky=tuple(kalai_smorodinsky(domain).tolist()),
        walked_rightly=None if domain.best else float(state.ended == "walked"),
        lie_told=_lie_told(case, state),
        lie_noticed=state.is_lie_noticed,
    )


def process(case: NegotiationCase, state: State) -> tuple[ProcessCheck, ...]:
    """Was a standard used, was each concession explained, was their view said back, was the truth told about one's limit."""
    explained = sum(shift.explained for shift in state.concessions)
    counted = len(state.concessions)
    return (
        ProcessCheck("standard", bool(state.standards) if case.standards else None, len(state.standards), len(case.standards)),
        ProcessCheck("reasons", explained == counted if counted else None, explained, counted),
        ProcessCheck("restated", state.is_restated),
        ProcessCheck("honest", not _lie_told(case, state) if state.claim else None),
    )


def _lie_told(case: NegotiationCase, state: State) -> bool:
    return any(claim.id == state.claim and case.is_lie(claim) for claim in case.claims)
