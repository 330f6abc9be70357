"""A negotiation as each of two people sees it who play it with one another."""

from __future__ import annotations

from dataclasses import replace

from practice.scoring.bargaining import Side
from practice.scoring.negotiation_case import Alternatives, Issue, NegotiationCase


def seen_by(case: NegotiationCase, side: Side) -> NegotiationCase:
    """The case with this side as `you`, in its words and its points.

    Raises ValueError for the other side of a case that has no second sheet. What the rule of the other side would say stays as
    it is: nobody is played by it.
    """
    if side == "you":
        return case
    if case.pair is None:
        raise ValueError(f"{case.id} has no sheet for the other side.")
    sheet = case.pair
    told = {entry.id: entry.you_know for entry in sheet.issues}
    return replace(
        case,
        you=sheet.you,
        them=sheet.them,
        briefing=sheet.briefing,
        your_alternative=sheet.your_alternative,
        their_alternative=sheet.their_alternative,
        afterwards=sheet.afterwards,
        batna=Alternatives(case.batna.them, case.batna.you),
        issues=tuple(_turned(issue, told[issue.id]) for issue in case.issues),
    )


def _turned(issue: Issue, you_know: str) -> Issue:
    options = tuple(replace(option, you=option.them, them=option.you) for option in issue.options)
    return replace(issue, you_know=you_know, options=options)
