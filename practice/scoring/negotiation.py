"""The other side of a negotiation: a pure function of the case, a seed and what the learner did so far.

Every state is replayed from the history; nothing else is kept. The same case, seed and history give the same state, words
included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from practice.scoring.drawing import draw, fill, listed, pick
from practice.scoring.negotiation_case import IN_RETURN, NegotiationCase
from practice.scoring.negotiation_moves import CLOSING, MAX_TOLD, InvalidMove, Move, read_move

LIE_NOTICED_ONE_IN = 3
LIE_COSTS = 2
# Aspirations are irrational numbers and points are whole: a hair of rounding must not refuse a deal.
HAIR = 1e-9


@dataclass(frozen=True)
class Line:
    """One turn of the transcript; `round` counts from 1, and is 0 for what is said before the first move."""

    round: int
    who: Literal["you", "them"]
    says: str


@dataclass(frozen=True)
class Shift:
    """An issue on which an offer gives up your points, or takes theirs, against the offer before; `explained` by a reason."""

    round: int
    issue: int
    explained: bool


@dataclass(frozen=True)
class State:
    """Where the talk stands. Deals are numbers in the case's domain, issues positions.

    `told_by_them`: issues that they have spoken of. `concessions` and `cuts`: shifts of your own offers. `aspiration` is
    what they wanted in the latest round, in points; None before the first. `standing` is their latest offer.
    """

    trust: int
    round: int = 0
    told_by_them: tuple[int, ...] = ()
    told_by_you: tuple[int, ...] = ()
    claim: str = ""
    is_lie_noticed: bool = False
    offers: tuple[int, ...] = ()
    pressed: int | None = None
    standing: int | None = None
    aspiration: float | None = None
    is_restated: bool = False
    standards: tuple[str, ...] = ()
    concessions: tuple[Shift, ...] = ()
    cuts: tuple[Shift, ...] = ()
    ended: Literal["", "deal", "walked"] = ""
    deal: int | None = None
    lines: tuple[Line, ...] = ()


def replay(case: NegotiationCase, seed: str, history: Iterable[Any]) -> State:
    """The state after these moves, each as `read_move` has it. Raises InvalidMove for the first that could not be made."""
    state = begin(case, seed)
    for data in history:
        state = step(case, seed, state, read_move(case, data))
    return state


def begin(case: NegotiationCase, seed: str) -> State:
    opening = pick(seed, "opening", case.their_words.opening)
    return State(trust=case.them_rule.trust, lines=(Line(0, "them", opening),))


def step(case: NegotiationCase, seed: str, state: State, move: Move) -> State:
    """The state after one more move. Raises InvalidMove where the talk is over, or this cannot be done now."""
    _require_possible(case, state, move)
    if move.kind not in CLOSING:
        state = replace(state, round=state.round + 1)
        state = replace(state, aspiration=aspiration(case, state))
    turn = _Turn(case, seed, state)
    turn.say_own(move)
    _ANSWERS[move.kind](turn, move)
    return turn.finished()


def is_closing(case: NegotiationCase, state: State) -> bool:
    """Whether the rounds are used up: their last offer can be accepted, or one walks away."""
    return not state.ended and state.round >= case.rounds


def aspiration(case: NegotiationCase, state: State) -> float:
    """What the other side wants in this round, in points: falls from near its target, slowly at first, to its floor."""
    rule, alternative = case.them_rule, case.batna.them
    span = rule.target - alternative
    past = float((state.round / case.rounds) ** (1 / rule.beta))
    wanted = alternative + span * (1 - past)
    if state.claim and not state.is_lie_noticed:
        wanted -= next(claim.moves for claim in case.claims if claim.id == state.claim)
    return max(wanted, alternative + rule.floor * span)


def accepts(case: NegotiationCase, state: State, deal: int) -> bool:
    wanted = max(case.batna.them, state.aspiration or 0.0)
    return bool(case.domain.worth_them[deal] >= wanted - HAIR)


def counter_offer(case: NegotiationCase, state: State, offer: int) -> int:
    """Of the deals that give them what they want, the nearest to the offer on what you called important.

    Then the nearest on everything, then their own best. Distance on an issue is in steps between options, 1 from end to end.
    """
    domain = case.domain
    wanted = max(case.batna.them, state.aspiration or 0.0)
    candidates = np.flatnonzero(domain.worth_them >= min(wanted, int(domain.worth_them.max())) - HAIR)
    steps = np.abs(domain.all_options[:, candidates] - domain.all_options[:, offer][:, None])
    distance = steps / np.maximum(np.array(domain.shape) - 1, 1)[:, None]
    important = distance[list(state.told_by_you)].sum(axis=0).round(9)
    order = np.lexsort((candidates, -domain.worth_them[candidates], distance.sum(axis=0).round(9), important))
    return int(candidates[order[0]])


def phrase(case: NegotiationCase, deal: int) -> str:
    """The deal as it is spoken of: “£9.50 a drop, 30 days and …”."""
    chosen = zip(case.issues, case.domain.options(deal), strict=True)
    return listed([issue.options[option].said for issue, option in chosen])


# What cannot be done now ------------------------------------------------------------------------------------------------


def _require_possible(case: NegotiationCase, state: State, move: Move) -> None:
    if state.ended:
        raise InvalidMove("The talk is over. Try again from the beginning.")
    if move.kind == "accept" and state.standing is None:
        raise InvalidMove("They have made no offer yet. Make one yourself, and they will answer it.")
    if move.kind not in CLOSING and is_closing(case, state):
        raise InvalidMove("The rounds are used up. Accept their last offer, or walk away.")
    if move.kind == "claim" and state.claim:
        raise InvalidMove("You have said what you would do without a deal. It is said once.")
    if move.kind == "tell" and move.issues[0] in state.told_by_you:
        raise InvalidMove("You have told them that already.")
    if move.kind == "tell" and len(state.told_by_you) >= MAX_TOLD:
        raise InvalidMove(f"You have named {MAX_TOLD} issues. Whoever calls everything important has told nothing.")


# Answers ----------------------------------------------------------------------------------------------------------------


class _Turn:
    """One move being answered: the state as it changes, and what each side says."""

    def __init__(self, case: NegotiationCase, seed: str, state: State) -> None:
        self.case, self.seed, self.state = case, seed, state
        self.own: list[str] = []
        self.answer: list[str] = []

    def change(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)

    def say(self, reaction: str, **words: str) -> None:
        variants = getattr(self.case.their_words, reaction)
        self.answer.append(fill(pick(self.seed, f"{self.state.round}:{reaction}", variants), words))

    def speak_of(self, issue: int) -> None:
        """What this issue means to them, from now on known."""
        self.answer.append(pick(self.seed, f"issue:{issue}", self.case.issues[issue].they_say))
        self.hear_of(issue)

    def hear_of(self, issue: int) -> None:
        if issue not in self.state.told_by_them:
            self.change(told_by_them=(*self.state.told_by_them, issue))

    def untold(self) -> list[int]:
        return [issue for issue in self.case.their_ranking if issue not in self.state.told_by_them]

    def is_open(self) -> bool:
        """Whether they still speak about themselves; says so where they do not."""
        if self.state.trust < 0:
            self.say("closed")
        return self.state.trust >= 0

    def say_own(self, move: Move) -> None:
        words, case = self.case.your_words, self.case
        named = [case.issues[issue].named for issue in move.issues]
        if move.kind == "claim":
            self.own.append(next(claim.say for claim in case.claims if claim.id == move.claim))
            return
        deals = "; ".join(f"{number}: {phrase(case, deal)}" for number, deal in enumerate(move.deals, 1))
        fillings = {"deals": deals}
        if len(move.deals) == 1:
            fillings["deal"] = phrase(case, move.deals[0])
        if named:
            fillings |= {"issue": named[0], "first": named[0], "second": named[-1]}
        self.own.append(fill(getattr(words, move.kind), fillings))
        given = case.said_reasons | {IN_RETURN: words.in_return}
        self.own.extend(dict.fromkeys(given[reason] for reason in move.reasons.values()))

    def finished(self) -> State:
        lines = [Line(self.state.round, "you", " ".join(self.own)), Line(self.state.round, "them", " ".join(self.answer))]
        return replace(self.state, lines=(*self.state.lines, *lines))


def _ask_priorities(turn: _Turn, _move: Move) -> None:
    if not turn.is_open():
        return
    fresh = [issue for issue in turn.case.their_ranking[:2] if issue not in turn.state.told_by_them]
    if not fresh:
        turn.say("told_already")
        return
    turn.say("tells_two")
    for issue in fresh:
        turn.speak_of(issue)


def _ask_issue(turn: _Turn, move: Move) -> None:
    if not turn.is_open():
        return
    if move.issues[0] in turn.state.told_by_them:
        turn.say("told_already")
    turn.speak_of(move.issues[0])


def _ask_limit(turn: _Turn, _move: Move) -> None:
    turn.say("asked_limit")


def _tell(turn: _Turn, move: Move) -> None:
    turn.change(told_by_you=(*turn.state.told_by_you, move.issues[0]))
    if not turn.is_open():
        return
    if not (untold := turn.untold()):
        turn.say("nothing_more")
        return
    turn.say("tells_more")
    turn.speak_of(untold[0])


def _claim(turn: _Turn, move: Move) -> None:
    claim = next(entry for entry in turn.case.claims if entry.id == move.claim)
    noticed = turn.case.is_lie(claim) and draw(turn.seed, f"lie:{claim.id}", LIE_NOTICED_ONE_IN) == 0
    turn.change(claim=claim.id, is_lie_noticed=noticed)
    if noticed:
        turn.change(trust=turn.state.trust - LIE_COSTS)
    turn.say("claim_noticed" if noticed else "claim_believed")


def _threaten(turn: _Turn, _move: Move) -> None:
    turn.change(trust=turn.state.trust - 1)
    turn.say("threatened")


def _restate(turn: _Turn, move: Move) -> None:
    missing = [issue for issue in turn.case.their_ranking[:2] if issue not in move.issues]
    if not missing:
        if not turn.state.is_restated:
            turn.change(is_restated=True, trust=turn.state.trust + 1)
        turn.say("restated_right")
    elif turn.is_open():
        turn.say("restated_wrong", issue=turn.case.issues[missing[0]].named)
        turn.speak_of(missing[0])


def _offer(turn: _Turn, move: Move) -> None:
    offer = move.deals[0]
    if turn.state.offers:
        _compare(turn, move, turn.state.offers[-1])
    _weigh_standards(turn, move)
    turn.change(offers=(*turn.state.offers, offer))
    _settle_or_counter(turn, offer)


def _packages(turn: _Turn, move: Move) -> None:
    """They pick the best for themselves, and say on which issue it beats the others most."""
    worth = turn.case.domain.worth_them
    best = max(range(len(move.deals)), key=lambda number: (int(worth[move.deals[number]]), -number))
    chosen = turn.case.domain.options(move.deals[best])
    others = [turn.case.domain.options(deal) for number, deal in enumerate(move.deals) if number != best]

    def ahead(issue: int) -> float:
        points = turn.case.domain.them[issue]
        return points[chosen[issue]] - sum(points[other[issue]] for other in others) / len(others)

    issue = max(range(len(chosen)), key=lambda position: (ahead(position), -position))
    if turn.is_open():
        turn.say("picks", number=str(best + 1), issue=turn.case.issues[issue].named)
        turn.hear_of(issue)
    turn.change(offers=(*turn.state.offers, move.deals[best]), pressed=None)
    _settle_or_counter(turn, move.deals[best])


def _settle_or_counter(turn: _Turn, offer: int) -> None:
    if accepts(turn.case, turn.state, offer):
        turn.say("accepts", deal=phrase(turn.case, offer))
        turn.change(ended="deal", deal=offer)
        return
    counter = counter_offer(turn.case, turn.state, offer)
    turn.change(standing=counter)
    turn.say("final" if is_closing(turn.case, turn.state) else "counter", deal=phrase(turn.case, counter))


def _compare(turn: _Turn, move: Move, before: int) -> None:
    """Against your offer before: what you gave up, what you took from them, and whether you press one issue again."""
    domain = turn.case.domain
    old, new = domain.options(before), domain.options(move.deals[0])
    yours = [points[n] - points[o] for points, n, o in zip(domain.you, new, old, strict=True)]
    theirs = [points[n] - points[o] for points, n, o in zip(domain.them, new, old, strict=True)]
    changed = [issue for issue, (n, o) in enumerate(zip(new, old, strict=True)) if n != o]
    given = [Shift(turn.state.round, i, _is_explained(move, i, yours)) for i in changed if yours[i] < 0]
    cuts = [Shift(turn.state.round, i, _is_explained(move, i, theirs)) for i in changed if theirs[i] < 0]
    turn.change(concessions=(*turn.state.concessions, *given), cuts=(*turn.state.cuts, *cuts))
    if unexplained := [cut.issue for cut in cuts if not cut.explained]:
        turn.change(trust=turn.state.trust - 1)
        turn.say("unexplained_cut", issue=turn.case.issues[unexplained[0]].named)
    pressed = changed[0] if len(changed) == 1 else None
    if pressed is not None and pressed == turn.state.pressed:
        turn.change(trust=turn.state.trust - 1)
        turn.say("same_issue", issue=turn.case.issues[pressed].named)
    turn.change(pressed=pressed)


def _is_explained(move: Move, issue: int, shifts: list[int]) -> bool:
    """A reason of the case counts; “in return” only where the same side has more on another issue."""
    reason = move.reasons.get(issue)
    if reason == IN_RETURN:
        return any(shift > 0 for other, shift in enumerate(shifts) if other != issue)
    return reason is not None


def _weigh_standards(turn: _Turn, move: Move) -> None:
    """A standard that supports the option offered earns trust, once; one that does not is turned down."""
    options = turn.case.domain.options(move.deals[0])
    for issue, reason in sorted(move.reasons.items()):
        standard = next((entry for entry in turn.case.standards if entry.id == reason), None)
        if standard is None:
            continue
        if turn.case.issues[issue].options[options[issue]].id not in standard.supports:
            turn.say("standard_refused")
        elif standard.id not in turn.state.standards:
            turn.change(standards=(*turn.state.standards, standard.id), trust=turn.state.trust + 1)
            turn.say("standard_accepted")


def _accept(turn: _Turn, _move: Move) -> None:
    deal = turn.state.standing
    if deal is None:
        raise InvalidMove("They have made no offer yet.")
    turn.change(ended="deal", deal=deal)
    turn.say("signs", deal=phrase(turn.case, deal))


def _walk(turn: _Turn, _move: Move) -> None:
    turn.change(ended="walked")
    turn.say("parts")


_ANSWERS: dict[str, Callable[[_Turn, Move], None]] = {
    "ask_priorities": _ask_priorities,
    "ask_issue": _ask_issue,
    "ask_limit": _ask_limit,
    "tell": _tell,
    "claim": _claim,
    "threaten": _threaten,
    "restate": _restate,
    "offer": _offer,
    "packages": _packages,
    "accept": _accept,
    "walk": _walk,
}
