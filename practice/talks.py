"""A run as it stands: its case, and the talk replayed from its moves."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from practice.cases import case_from_data
from practice.cases.reading import Case
from practice.errors import MoveRefused
from practice.models import SimulationRun, SimulationVersion
from practice.scoring import interview, negotiation
from practice.scoring.interview_case import InterviewCase
from practice.scoring.interview_map import Entry, score_interview
from practice.scoring.negotiation_case import NegotiationCase
from practice.scoring.negotiation_moves import InvalidMove
from practice.scoring.negotiation_result import result

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
    case, made = case_of(run.version), run.moves if moves is None else moves
    try:
        if isinstance(case, InterviewCase):
            return InterviewTalk(case, interview.replay(case, run.seed, made))
        return NegotiationTalk(case, negotiation.replay(case, run.seed, made))
    except (interview.InvalidCard, InvalidMove) as error:
        raise MoveRefused(str(error)) from error
