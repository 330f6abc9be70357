"""A negotiation as data: issues with the points of both sides, the rule that the other side follows, and its words."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Annotated, Literal

from practice.scoring.domain import Domain, Worth
from practice.scoring.shapes import Between, Id, Keyed, Label, Many, OneOrMany, Prose, Sentence, Spoken, Text

IssueKind = Literal["opposed", "differing", "compatible"]
Points = Annotated[int, Between(0, 1000)]
IN_RETURN = "in-return"
"""The reason that every case has: this, because something else moves the other way in the same offer."""


@dataclass(frozen=True)
class Option:
    """`said` is how it is spoken of inside a sentence: “£9.50 a drop”."""

    id: Id
    label: Label
    said: Label
    you: Points
    them: Points


@dataclass(frozen=True)
class Issue:
    """`named` stands inside sentences: “the window”. `you_know` explains the learner's points, `they_say` the other side's."""

    id: Id
    kind: IssueKind
    label: Label
    named: Label
    you_know: Sentence
    they_say: Spoken
    options: Annotated[tuple[Option, ...], Many(2, 12)]


@dataclass(frozen=True)
class Alternatives:
    """What each side's way without a deal is worth to it, in points."""

    you: Points
    them: Points


@dataclass(frozen=True)
class Rule:
    """How the other side bargains; published to the learner afterwards.

    In round t of T it wants alternative + (target − alternative) · (1 − (t/T)^(1/beta)) points, and never less than
    alternative + floor · (target − alternative). Faratin, Sierra and Jennings (1998), Negotiation decision functions for
    autonomous agents, Robotics and Autonomous Systems 24, 159–182, with the floor added so that waiting does not pay.
    `trust` is where it begins; below 0 the other side says nothing more about itself.
    """

    target: Points
    beta: Annotated[float, Between(0.1, 10)]
    floor: Annotated[float, Between(0.25, 1)] = 0.25
    trust: Annotated[int, Between(0, 5)] = 1


@dataclass(frozen=True)
class Standard:
    """A yardstick outside both sides. It carries weight for the options that it supports, and for no other."""

    id: Id
    issue: Id
    say: Sentence
    supports: Annotated[tuple[Id, ...], Many(1, 6)]


@dataclass(frozen=True)
class Reason:
    """Why the learner asks for something, or can move, on one issue."""

    id: Id
    issue: Id
    say: Sentence


@dataclass(frozen=True)
class Claim:
    """What the learner can say about the way without a deal. A lie where `worth` is above what that is worth.

    Believed, it brings the other side `moves` points down, never below its floor.
    """

    id: Id
    say: Sentence
    worth: Points
    moves: Annotated[int, Between(0, 30)]


SpokenDeal = Annotated[tuple[str, ...], OneOrMany(), Many(1, 8), Text(400, ("deal",))]
SpokenIssue = Annotated[tuple[str, ...], OneOrMany(), Many(1, 8), Text(400, ("issue",))]
SpokenPick = Annotated[tuple[str, ...], OneOrMany(), Many(1, 8), Text(400, ("number", "issue"))]


@dataclass(frozen=True)
class TheirWords:
    """What the other side says, by what it answers; one of the variants is drawn."""

    opening: Spoken
    tells_two: Spoken
    tells_more: Spoken
    nothing_more: Spoken
    told_already: Spoken
    asked_limit: Spoken
    claim_believed: Spoken
    claim_noticed: Spoken
    counter: SpokenDeal
    final: SpokenDeal
    accepts: SpokenDeal
    picks: SpokenPick
    restated_right: Spoken
    restated_wrong: SpokenIssue
    threatened: Spoken
    same_issue: SpokenIssue
    unexplained_cut: SpokenIssue
    standard_accepted: Spoken
    standard_refused: Spoken
    closed: Spoken
    signs: SpokenDeal
    parts: Spoken


@dataclass(frozen=True)
class YourWords:
    """What the learner says with each move."""

    ask_priorities: Sentence
    ask_issue: Annotated[str, Text(300, ("issue",))]
    ask_limit: Sentence
    tell: Annotated[str, Text(300, ("issue",))]
    offer: Annotated[str, Text(300, ("deal",))]
    packages: Annotated[str, Text(300, ("deals",))]
    restate: Annotated[str, Text(300, ("first", "second"))]
    threaten: Sentence
    in_return: Sentence
    accept: Sentence
    walk: Sentence


@dataclass(frozen=True)
class OtherPoints:
    """What the points of an issue mean to whoever takes the other side."""

    id: Id
    you_know: Sentence


@dataclass(frozen=True)
class OtherSheet:
    """What a second learner is told, who takes the other side: with it, two can play the case with one another.

    Everything is seen from there: `you` are those whom the case calls them.
    """

    you: Sentence
    them: Sentence
    briefing: Prose
    your_alternative: Prose
    their_alternative: Prose
    issues: Annotated[tuple[OtherPoints, ...], Keyed(), Many(3, 8)]
    afterwards: Prose


@dataclass(frozen=True)
class NegotiationCase:
    """`zone` says whether there is a deal that both can accept; the lint holds the points to it.

    `skill` is the one that a talk is evidence of practice in.
    """

    id: Id
    kind: Literal["negotiation"]
    title: Label
    summary: Sentence
    you: Sentence
    them: Sentence
    them_name: Label
    briefing: Prose
    your_alternative: Prose
    their_alternative: Prose
    zone: bool
    batna: Alternatives
    rounds: Annotated[int, Between(4, 12)]
    issues: Annotated[tuple[Issue, ...], Keyed(), Many(3, 8)]
    them_rule: Rule
    your_words: YourWords
    their_words: TheirWords
    afterwards: Prose
    standards: Annotated[tuple[Standard, ...], Many(0, 8)] = ()
    reasons: Annotated[tuple[Reason, ...], Many(0, 16)] = ()
    claims: Annotated[tuple[Claim, ...], Many(0, 4)] = ()
    skill: Id | None = None
    pair: OtherSheet | None = None

    @cached_property
    def domain(self) -> Domain:
        return Domain(
            tuple(tuple(option.you for option in issue.options) for issue in self.issues),
            tuple(tuple(option.them for option in issue.options) for issue in self.issues),
            Worth(self.batna.you, self.batna.them),
        )

    @cached_property
    def issue_ids(self) -> tuple[str, ...]:
        return tuple(issue.id for issue in self.issues)

    @cached_property
    def their_ranking(self) -> tuple[int, ...]:
        """Issues by how many points lie between the best and the worst option for the other side, most first."""
        return _ranking(self.domain.them)

    @cached_property
    def your_ranking(self) -> tuple[int, ...]:
        return _ranking(self.domain.you)

    @cached_property
    def said_reasons(self) -> dict[str, str]:
        """What is said with a reason or a standard, by its id."""
        return {reason.id: reason.say for reason in self.reasons} | {entry.id: entry.say for entry in self.standards}

    def reasons_for(self, issue: str) -> list[str]:
        """Ids of the reasons and standards that can be given on an issue."""
        reasons = [reason.id for reason in self.reasons if reason.issue == issue]
        return [*reasons, *(standard.id for standard in self.standards if standard.issue == issue)]

    def is_lie(self, claim: Claim) -> bool:
        return claim.worth > self.batna.you


def _ranking(points: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    spans = [max(options) - min(options) for options in points]
    return tuple(sorted(range(len(spans)), key=lambda issue: (-spans[issue], issue)))


REACTIONS = tuple(reaction.name for reaction in fields(TheirWords))
