"""What is offered to do next in a simulation, and what was chosen, from and to plain HTML forms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from practice.errors import MoveRefused
from practice.scoring.interview_case import InterviewCase
from practice.scoring.interview_map import lines_to_choose
from practice.scoring.negotiation import is_closing, phrase
from practice.scoring.negotiation_case import IN_RETURN, NegotiationCase
from practice.scoring.negotiation_moves import MAX_TOLD, write_deal
from practice.talks import InterviewTalk, NegotiationTalk

PACKAGES = ("first", "second", "third")
NOT_NOTED = ""
LAST = 10_000


@dataclass(frozen=True)
class Choice:
    """An option of a select. `points` are what it is worth to the learner."""

    value: str
    label: str
    is_chosen: bool = False
    points: int | None = None


@dataclass(frozen=True)
class IssueField:
    """One issue of an offer: what can be chosen, and the reasons that can be given for it."""

    id: str
    label: str
    you_know: str
    name: str
    options: Sequence[Choice]
    reason_name: str = ""
    reasons: Sequence[Choice] = ()


@dataclass(frozen=True)
class Bargaining:
    """All that can be done in this round of a negotiation; `opened` is what was tried and refused."""

    offer: Sequence[IssueField]
    packages: Sequence[tuple[str, Sequence[IssueField]]]
    opened: str
    to_ask: Sequence[Choice]
    to_tell: Sequence[Choice]
    to_restate: Sequence[tuple[str, str, Sequence[Choice]]]
    claims: Sequence[Choice]
    standing: str
    standing_points: int | None
    is_closing: bool
    rounds_left: int


def bargaining(talk: NegotiationTalk, posted: Mapping[str, Any]) -> Bargaining:
    """`posted`: what was sent and could not be done, to be shown again."""
    case, state = talk.case, talk.state
    begin = state.standing if state.standing is not None else int(case.domain.worth_you.argmax())
    last = state.offers[-1] if state.offers else begin
    told = {case.issue_ids[issue] for issue in state.told_by_you}
    may_tell = len(state.told_by_you) < MAX_TOLD
    return Bargaining(
        offer=_issue_fields(case, "deal", last, posted, with_reasons=True),
        packages=[
            (name, _issue_fields(case, name, deal, posted))
            for name, deal in zip(PACKAGES, (last, _another(case, last), None), strict=True)
        ],
        opened=str(posted.get("move", "")),
        to_ask=_issues(case, posted.get("ask_issue.issue")),
        to_tell=[choice for choice in _issues(case, posted.get("tell.issue")) if may_tell and choice.value not in told],
        to_restate=[
            ("restate.first", _("What matters most to them"), _issues(case, posted.get("restate.first"))),
            ("restate.second", _("and next"), _issues(case, posted.get("restate.second", case.issue_ids[1]))),
        ],
        claims=[] if state.claim else [Choice(claim.id, claim.say, posted.get("claim") == claim.id) for claim in case.claims],
        standing="" if state.standing is None else phrase(case, state.standing),
        standing_points=None if state.standing is None else case.domain.worth(state.standing).you,
        is_closing=is_closing(case, state),
        rounds_left=case.rounds - state.round,
    )


def _issues(case: NegotiationCase, chosen: Any) -> list[Choice]:
    return [Choice(issue.id, issue.label, issue.id == chosen) for issue in case.issues]


def _another(case: NegotiationCase, deal: int) -> int:
    """A deal to begin a second package with: the least important issue given up, or taken where it is given already."""
    options, least = list(case.domain.options(deal)), case.your_ranking[-1]
    points = case.domain.you[least]
    worst, best = points.index(min(points)), points.index(max(points))
    options[least] = worst if options[least] != worst else best
    return case.domain.deal(tuple(options))


def _issue_fields(
    case: NegotiationCase, prefix: str, deal: int | None, posted: Mapping[str, Any], *, with_reasons: bool = False
) -> list[IssueField]:
    """`deal` is chosen at first; None for a package that need not be made."""
    begun = write_deal(case, deal) if deal is not None else {}
    fields = []
    for issue in case.issues:
        name, reason = f"{prefix}.{issue.id}", f"reason.{issue.id}"
        chosen, given = posted.get(name, begun.get(issue.id, "")), posted.get(reason, "")
        options = [Choice(option.id, option.label, option.id == chosen, option.you) for option in issue.options]
        reasons = [Choice(key, case.said_reasons[key], key == given) for key in case.reasons_for(issue.id)]
        reasons.append(Choice(IN_RETURN, case.your_words.in_return, given == IN_RETURN))
        empty = [] if deal is not None else [Choice("", _("no third package"), not chosen)]
        fields.append(
            IssueField(
                issue.id,
                issue.label,
                issue.you_know,
                name,
                [*empty, *options],
                reason if with_reasons else "",
                reasons if with_reasons else (),
            )
        )
    return fields


def negotiation_move(case: NegotiationCase, posted: QueryDict) -> dict[str, Any]:
    """The move that was sent, as `practice.scoring` reads it; what makes no sense is for that to refuse.

    Raises `MoveRefused` for a package of which something is not chosen.
    """
    kind = posted.get("move", "")
    if kind in ("ask_issue", "tell"):
        return {"move": kind, "issue": posted.get(f"{kind}.issue", "")}
    if kind == "claim":
        return {"move": kind, "claim": posted.get("claim", "")}
    if kind == "restate":
        return {"move": kind, "issues": [posted.get("restate.first", ""), posted.get("restate.second", "")]}
    if kind == "offer":
        reasons = {issue: posted.get(f"reason.{issue}", "") for issue in case.issue_ids}
        return {"move": kind, "deal": _deal(case, "deal", posted), "reasons": {i: r for i, r in reasons.items() if r}}
    if kind == "packages":
        deals = [_deal(case, prefix, posted) for prefix in PACKAGES]
        for number, deal in enumerate(deals, 1):
            if any(deal.values()) and not all(deal.values()):
                raise MoveRefused(_("Package %(n)s is not complete. Choose something for every issue.") % {"n": number})
        return {"move": kind, "deals": [deal for deal in deals if any(deal.values())]}
    return {"move": kind}


def _deal(case: NegotiationCase, prefix: str, posted: QueryDict) -> dict[str, str]:
    return {issue: posted.get(f"{prefix}.{issue}", "") for issue in case.issue_ids}


def interview_move(talk: InterviewTalk, posted: QueryDict) -> dict[str, Any]:
    """The card of that place in the hand of `talk`: what it is called inside would tell of what kind it is."""
    place, hand = posted.get("card", ""), talk.state.hand
    if "end" in posted:
        return {"end": True}
    if not place.isdecimal() or len(place) > 2 or int(place) >= len(hand):
        raise MoveRefused(_("This cannot be said now. Choose something from the list."))
    return {"card": hand[int(place)].id}


# The map ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MapLine:
    """One thing that the learner may have heard, or may assume."""

    id: str
    topic: str
    says: str
    status: str
    rank: str
    limit: str


def map_lines(talk: InterviewTalk, seed: str, noted: Sequence[Mapping[str, Any]]) -> list[MapLine]:
    """The lines to choose from, as they were `noted`; as text, so that what cannot be read is shown again."""
    case = talk.case
    labels = {topic.id: topic.label for topic in case.topics}
    says = {entry.id: entry.says for entry in case.expectations} | {lead.id: lead.says for lead in case.false_leads}
    known = {str(entry.get("line")): entry for entry in noted}
    return [
        MapLine(
            line,
            labels[case.map_lines[line]],
            says[line],
            str(known.get(line, {}).get("status", NOT_NOTED)),
            _as_typed(known.get(line, {}).get("rank")),
            str(known.get(line, {}).get("limit", "")),
        )
        for line in lines_to_choose(case, seed, talk.state)
    ]


def _as_typed(rank: Any) -> str:
    return "" if rank is None else str(rank)


def said_lines(case: InterviewCase, noted: Sequence[Mapping[str, Any]]) -> list[MapLine]:
    """What was noted, to be read: the lines that say something, in the learner's order."""
    says = {entry.id: entry.says for entry in case.expectations} | {lead.id: lead.says for lead in case.false_leads}
    return [
        MapLine(
            line := str(entry.get("line")),
            "",
            says[line],
            str(entry.get("status", NOT_NOTED)),
            _as_typed(entry.get("rank")),
            str(entry.get("limit", "")),
        )
        for entry in noted
        if entry.get("line") in says
    ]


def noted_lines(case: InterviewCase, posted: QueryDict) -> list[dict[str, Any]]:
    """The map that was sent, in the learner's order: the lines with anything beside them.

    A place that is no number, or a line that is noted as nothing, stays as it was typed, for the service to refuse.
    """
    noted = []
    for line in case.map_lines:
        status, rank = posted.get(f"{line}.status", NOT_NOTED), posted.get(f"{line}.rank", "").strip()
        limit = _without_control_characters(posted.get(f"{line}.limit", "")).strip()
        if status == NOT_NOTED and not rank and not limit:
            continue
        entry = {"line": line, "status": status, "rank": int(rank) if rank.isdecimal() and len(rank) < 5 else rank or None}
        noted.append(entry | ({"limit": limit} if limit else {}))
    return sorted(noted, key=lambda entry: entry["rank"] if isinstance(entry["rank"], int) else LAST)


def _without_control_characters(text: str) -> str:
    """One line: what no keyboard writes, and no database keeps, is left out."""
    return "".join(letter for letter in text.replace("\n", " ") if letter.isprintable())
