"""A run as it stands: its case, and the talk replayed from its moves."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from practice.cases import case_from_data
from practice.cases.reading import Case
from practice.errors import MoveRefused
from practice.models import Pair, PairTurn, SimulationRun, SimulationVersion
from practice.scoring import interview, negotiation
from practice.scoring.bargaining import Bargain, Side, Turn, TurnKind, replay_turns
from practice.scoring.interview_case import InterviewCase
from practice.scoring.interview_map import Entry, score_interview
from practice.scoring.negotiation_case import NegotiationCase
from practice.scoring.negotiation_moves import InvalidMove, read_move
from practice.scoring.negotiation_result import result
from practice.scoring.seats import seen_by

KEPT_CASES = 32


@dataclass(frozen=True)
class InterviewTalk:
    case: InterviewCase
    state: interview.InterviewState

    @property
    def is_over(self) -> bool:
        return bool(self.state.ended)

    def figures(self, entries: Sequence[Entry]) -> dict[str, Any]:
        return asdict(score_interview(self.case, self.state, entries))


@dataclass(frozen=True)
class NegotiationTalk:
    case: NegotiationCase
    state: negotiation.State

    @property
    def is_over(self) -> bool:
        return bool(self.state.ended)

    @property
    def figures(self) -> dict[str, Any]:
        """The bars, each alone, and the process."""
        found = result(self.case, self.state)
        return {
            **asdict(found.scores),
            "ended": self.state.ended,
            "walked_rightly": found.walked_rightly,
            "process": {check.name: check.passed for check in found.process},
        }


Talk = InterviewTalk | NegotiationTalk


def case_of(version: SimulationVersion) -> Case:
    return _read(version.pk, version.digest)


@lru_cache(maxsize=KEPT_CASES)
def _read(pk: int, _digest: str) -> Case:
    """Once for each process: versions never change. Loaded here, so that pages need not carry the case along."""
    return case_from_data(json.loads(SimulationVersion.objects.values_list("case", flat=True).get(pk=pk)))


def talk_of(run: SimulationRun, moves: Sequence[Mapping[str, Any]] | None = None) -> Talk:
    """The talk after `moves`, those of the run if none are given. Raises `MoveRefused` for one that cannot be made."""
    return talk_in(case_of(run.version), run.seed, run.moves if moves is None else moves)


def talk_in(case: Case, seed: str, moves: Sequence[Mapping[str, Any]]) -> Talk:
    """The talk in a case, published or not. Raises `MoveRefused` for a move that cannot be made."""
    try:
        if isinstance(case, InterviewCase):
            return InterviewTalk(case, interview.replay(case, seed, moves))
        return NegotiationTalk(case, negotiation.replay(case, seed, moves))
    except (interview.InvalidCard, InvalidMove) as error:
        raise MoveRefused(str(error)) from error


# Two learners with one another --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PairTalk:
    """A negotiation of two people as one of them sees it: `case` has their points and their words as `you`."""

    case: NegotiationCase
    side: Side
    bargain: Bargain

    @property
    def is_on_move(self) -> bool:
        return self.bargain.on_move == self.side


def can_be_paired(version: SimulationVersion) -> bool:
    """Whether two can play it: it has a sheet for the other side."""
    case = case_of(version)
    return isinstance(case, NegotiationCase) and case.pair is not None


def pair_talk_of(pair: Pair, side: Side) -> PairTalk:
    """From its turns, prefetched or in one query. Raises `MoveRefused` for a turn that could not be taken."""
    case = case_of(pair.version)
    if not isinstance(case, NegotiationCase):
        raise MoveRefused("Only a negotiation is played by two.")
    begins: Side = "you" if pair.begins == "you" else "them"
    try:
        bargain = replay_turns(begins, case.rounds, [turn_of(case, turn) for turn in pair.turns.all()])
    except InvalidMove as error:
        raise MoveRefused(str(error)) from error
    return PairTalk(seen_by(case, side), side, bargain)


def turn_of(case: NegotiationCase, turn: PairTurn) -> Turn:
    """A turn as the rules have it. Raises `InvalidMove` for a deal that this case does not have."""
    side: Side = "you" if turn.side == "you" else "them"
    kind: TurnKind = turn.kind  # type: ignore[assignment]  # the column has these only
    deal = read_move(case, {"move": "offer", "deal": turn.deal}).deals[0] if turn.kind == "offer" else None
    return Turn(side, kind, deal)
