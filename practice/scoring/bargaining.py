"""A negotiation between two people who take turns: whose turn it is, what stands, when it is over. Nothing is drawn here.

A turn is something said, or an offer. Each side has as many as the case has rounds; accepting and walking away take none. An
offer stands until whoever made it makes another one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from practice.scoring.negotiation_moves import InvalidMove

Side = Literal["you", "them"]
TurnKind = Literal["say", "offer", "accept", "walk"]
TAKING_ROUNDS: frozenset[TurnKind] = frozenset({"say", "offer"})


def opposite(side: Side) -> Side:
    return "them" if side == "you" else "you"


@dataclass(frozen=True)
class Turn:
    """`deal` is the number of the deal offered, None where nothing is."""

    side: Side
    kind: TurnKind
    deal: int | None = None


@dataclass(frozen=True)
class Bargain:
    """Where two people stand. `offers`: the latest offer of each side."""

    begins: Side
    rounds: int
    n_turns: int = 0
    offers: tuple[tuple[Side, int], ...] = ()
    ended: Literal["", "deal", "walked"] = ""
    ended_by: Side | None = None
    deal: int | None = None

    @property
    def on_move(self) -> Side | None:
        """Whose turn it is; None once it is over."""
        if self.ended:
            return None
        return self.begins if self.n_turns % 2 == 0 else opposite(self.begins)

    @property
    def is_closing(self) -> bool:
        """Whether the rounds of both are used up: the last offer is accepted, or one walks away."""
        return not self.ended and self.n_turns >= 2 * self.rounds

    def rounds_left(self, side: Side) -> int:
        """How many turns this side still has."""
        taken = (self.n_turns + 1) // 2 if side == self.begins else self.n_turns // 2
        return max(self.rounds - taken, 0)

    def offered_to(self, side: Side) -> int | None:
        """The number of the deal that this side could accept."""
        return dict(self.offers).get(opposite(side))

    def offered_by(self, side: Side) -> int | None:
        return dict(self.offers).get(side)


def replay_turns(begins: Side, rounds: int, turns: Iterable[Turn]) -> Bargain:
    """Raises InvalidMove for the first turn that could not be taken."""
    bargain = Bargain(begins, rounds)
    for turn in turns:
        bargain = after(bargain, turn)
    return bargain


def after(bargain: Bargain, turn: Turn) -> Bargain:
    """Where they stand after one more turn. Raises InvalidMove where it cannot be taken now."""
    _require_possible(bargain, turn)
    if turn.kind == "walk":
        return replace(bargain, ended="walked", ended_by=turn.side)
    if turn.kind == "accept":
        return replace(bargain, ended="deal", ended_by=turn.side, deal=bargain.offered_to(turn.side))
    offers = dict(bargain.offers)
    if turn.deal is not None:
        offers[turn.side] = turn.deal
    return replace(bargain, n_turns=bargain.n_turns + 1, offers=tuple(sorted(offers.items())))


def _require_possible(bargain: Bargain, turn: Turn) -> None:
    if bargain.ended:
        raise InvalidMove("The negotiation is over.")
    if turn.kind == "walk":
        return
    if turn.side != bargain.on_move:
        raise InvalidMove("It is not your turn. You will hear when it is.")
    if turn.kind == "accept" and bargain.offered_to(turn.side) is None:
        raise InvalidMove("They have made no offer yet. Make one yourself, or say something.")
    if turn.kind in TAKING_ROUNDS and bargain.is_closing:
        raise InvalidMove("The rounds are used up. Accept their last offer, or walk away.")
    if (turn.kind == "offer") != (turn.deal is not None):
        raise InvalidMove("An offer has one option for each issue.")


def sides_for(played: tuple[tuple[int, int], tuple[int, int]], lot: int) -> tuple[Side, Side]:
    """The sides of two people, by how often each has had either (`you`, `them`) in this case before.

    Whoever has had a side more often than the other has gets the other one; where nothing speaks for either, `lot` decides
    (0 or 1, as it was drawn).
    """
    (first_you, first_them), (second_you, second_them) = played
    leaning = (first_you - first_them) - (second_you - second_them)
    if leaning == 0:
        leaning = 1 if lot else -1
    return ("them", "you") if leaning > 0 else ("you", "them")
