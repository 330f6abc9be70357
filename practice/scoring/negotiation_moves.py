"""What a learner can do in a negotiation, as data: a move is a JSON object, a history a list of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from practice.scoring.negotiation_case import IN_RETURN, NegotiationCase

MoveKind = Literal[
    "ask_priorities", "ask_issue", "ask_limit", "tell", "claim", "offer", "packages", "restate", "threaten", "accept", "walk"
]
CLOSING: frozenset[MoveKind] = frozenset({"accept", "walk"})
"""These end the talk, and take no round."""

MAX_TOLD = 2
"""Whoever calls everything important has told nothing."""

FIELDS: dict[MoveKind, frozenset[str]] = {
    "ask_issue": frozenset({"issue"}),
    "tell": frozenset({"issue"}),
    "claim": frozenset({"claim"}),
    "offer": frozenset({"deal", "reasons"}),
    "packages": frozenset({"deals"}),
    "restate": frozenset({"issues"}),
}


class InvalidMove(ValueError):
    """A move that cannot be made; the message says why and what can be done instead."""


@dataclass(frozen=True)
class Move:
    """`deals` are numbers of deals in the case's domain; `issues` positions of issues; `reasons` ids of reasons by issue."""

    kind: MoveKind
    issues: tuple[int, ...] = ()
    deals: tuple[int, ...] = ()
    claim: str = ""
    reasons: Mapping[int, str] = field(default_factory=dict)


def read_move(case: NegotiationCase, data: Any) -> Move:
    """A move from its JSON: `{"move": "offer", "deal": {issue: option, …}, "reasons": {issue: reason}}` and so on.

    Raises InvalidMove for anything that this case does not have.
    """
    kind: Any = data.get("move") if isinstance(data, Mapping) else None
    if kind not in get_args(MoveKind):
        raise InvalidMove(f"There is no move {kind!r}. Choose one of: {', '.join(get_args(MoveKind))}.")
    allowed = FIELDS.get(kind, frozenset())
    if strange := sorted(set(data) - allowed - {"move"}):
        raise InvalidMove(
            f"The move {kind} has no field {strange[0]!r}. Its fields are: {', '.join(sorted(allowed)) or 'none'}."
        )
    return Move(
        kind,
        issues=_issues(case, kind, data),
        deals=_deals(case, kind, data),
        claim=_claim(case, data) if kind == "claim" else "",
        reasons=_reasons(case, data) if kind == "offer" else {},
    )


def _issues(case: NegotiationCase, kind: MoveKind, data: Mapping[str, Any]) -> tuple[int, ...]:
    if kind in ("ask_issue", "tell"):
        return (_issue(case, data.get("issue")),)
    if kind != "restate":
        return ()
    named = data.get("issues")
    if not isinstance(named, list) or len(named) != 2:
        raise InvalidMove("Say back two issues: the two that you think matter most to them.")
    found = tuple(_issue(case, issue) for issue in named)
    if found[0] == found[1]:
        raise InvalidMove("Say back two different issues.")
    return found


def _issue(case: NegotiationCase, named: Any) -> int:
    if not isinstance(named, str) or named not in case.issue_ids:
        raise InvalidMove(f"There is no issue {named!r}. Choose one of: {', '.join(case.issue_ids)}.")
    return case.issue_ids.index(named)


def _deals(case: NegotiationCase, kind: MoveKind, data: Mapping[str, Any]) -> tuple[int, ...]:
    if kind == "offer":
        return (_deal(case, data.get("deal")),)
    if kind != "packages":
        return ()
    deals = data.get("deals")
    if not isinstance(deals, list) or not 2 <= len(deals) <= 3:
        raise InvalidMove("Offer two or three packages at once.")
    found = tuple(_deal(case, deal) for deal in deals)
    if len(set(found)) < len(found):
        raise InvalidMove("Two of the packages are the same. Change one of them.")
    return found


def _deal(case: NegotiationCase, named: Any) -> int:
    if not isinstance(named, Mapping) or set(named) != set(case.issue_ids):
        raise InvalidMove(f"A deal has one option for each issue: {', '.join(case.issue_ids)}.")
    options = []
    for issue in case.issues:
        ids = [option.id for option in issue.options]
        if named[issue.id] not in ids:
            raise InvalidMove(f"There is no option {named[issue.id]!r} for {issue.id}. Choose one of: {', '.join(ids)}.")
        options.append(ids.index(named[issue.id]))
    return case.domain.deal(tuple(options))


def _claim(case: NegotiationCase, data: Mapping[str, Any]) -> str:
    named = data.get("claim")
    known = [claim.id for claim in case.claims]
    if not isinstance(named, str) or named not in known:
        raise InvalidMove(
            f"There is nothing called {named!r} to say about your alternative. Choose one of: {', '.join(known) or 'none'}."
        )
    return named


def _reasons(case: NegotiationCase, data: Mapping[str, Any]) -> dict[int, str]:
    named = data.get("reasons", {})
    if not isinstance(named, Mapping):
        raise InvalidMove("Reasons are given by issue.")
    found = {}
    for issue, reason in named.items():
        position = _issue(case, issue)
        known = [*case.reasons_for(issue), IN_RETURN]
        if reason not in known:
            raise InvalidMove(f"There is no reason {reason!r} for {issue}. Choose one of: {', '.join(known)}.")
        found[position] = reason
    return found


def write_deal(case: NegotiationCase, deal: int) -> dict[str, str]:
    """The deal as moves have it: the id of an option for each issue."""
    return {issue.id: issue.options[option].id for issue, option in zip(case.issues, case.domain.options(deal), strict=True)}
