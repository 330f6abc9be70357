"""The learner's map after an interview, marked by the person it is about; and what the interview comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from practice.scoring.drawing import pick, shuffled
from practice.scoring.interview import InterviewState
from practice.scoring.interview_case import FOLLOW_UPS, Card, Expectation, InterviewCase
from practice.scoring.interview_rules import Talk, rules_of
from practice.scoring.kendall import kendall_tau_b

MOST_FOLLOW_UP = 2.0
MAX_LIMIT_LENGTH = 300


class InvalidMap(ValueError):
    """A map that cannot be read; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class Entry:
    """One line of the map: `line` is the id of an expectation or of a false lead. `limit` is the learner's own words."""

    line: str
    status: Literal["known", "assumed"]
    rank: int | None = None
    limit: str = ""


@dataclass(frozen=True)
class Mark:
    """What the person says to a line: right, wrong, or missing from the map. `was_said`: whether they had told the learner."""

    line: str
    mark: Literal["right", "wrong", "missing"]
    says: str
    was_said: bool


@dataclass(frozen=True)
class InterviewScores:
    """found     weight of the expectations revealed and noted, as a part of all weight
    order     (tau-b + 1) / 2 between the learner's ranks and theirs, over those found; 0.5 where there is no order to
              compare, 0 where nothing was found
    honest    1 − noted as known and not said / noted; None where nothing was noted
    follow_up follow-ups for each open question, at most 2
    minutes, patience: what was left of both, the cost
    """

    found: float
    order: float
    honest: float | None
    follow_up: float
    minutes: int
    patience: int


@dataclass(frozen=True)
class Unheard:
    """One thing that was not heard, and the card that would have brought it; `minute` when that card was on the table.

    Without a card where all that could bring it were played, and the person did not trust the learner enough to say it.
    """

    expectation: Expectation
    card: Card | None
    minute: int | None


def lines_to_choose(case: InterviewCase, seed: str, state: InterviewState) -> list[str]:
    """Ids of the lines that the map offers: true and false ones on every topic that came up, in an order that says nothing."""
    topics = {topic.id for position, topic in enumerate(case.topics) if state.talk.mentioned >> position & 1}
    found = [line for line, topic in case.map_lines.items() if topic in topics]
    return shuffled(seed, "map", sorted(found))


def read_map(case: InterviewCase, data: Any) -> tuple[Entry, ...]:
    """A map from its JSON: a list of `{"line", "status", "rank", "limit"}`. Raises InvalidMap."""
    if not isinstance(data, list):
        raise InvalidMap("A map is a list of lines.")
    known = set(case.map_lines)
    entries = tuple(_entry(number, item, known) for number, item in enumerate(data, 1))
    lines = [entry.line for entry in entries]
    if twice := next((line for line in lines if lines.count(line) > 1), None):
        raise InvalidMap(f"The line {twice!r} is on the map twice. Remove one of them.")
    return entries


def _entry(number: int, item: Any, known: set[str]) -> Entry:
    if not isinstance(item, Mapping) or set(item) - {"line", "status", "rank", "limit"}:
        raise InvalidMap(f"Line {number} has the fields line, status, rank and limit, and no others.")
    line, status, rank, limit = item.get("line"), item.get("status"), item.get("rank"), item.get("limit", "")
    if not isinstance(line, str) or line not in known:
        raise InvalidMap(f"Line {number} is not one of those to choose from.")
    if status not in ("known", "assumed"):
        raise InvalidMap(f"Say of line {number} whether it is known or assumed.")
    if rank is not None and (isinstance(rank, bool) or not isinstance(rank, int) or not 1 <= rank <= len(known)):
        raise InvalidMap(f"The rank of line {number} is a whole number from 1 to {len(known)}, or left out.")
    if not isinstance(limit, str) or len(limit) > MAX_LIMIT_LENGTH:
        raise InvalidMap(f"The limit of line {number} has at most {MAX_LIMIT_LENGTH} characters.")
    return Entry(line, status, rank, limit)


def mark_map(case: InterviewCase, seed: str, state: InterviewState, entries: Sequence[Entry]) -> tuple[Mark, ...]:
    """The noted lines in the learner's order, then what is missing, weightiest first."""
    rules = rules_of(case)
    expectations = {entry.id: (position, entry) for position, entry in enumerate(case.expectations)}
    leads = {lead.id: lead for lead in case.false_leads}
    marks = []
    for entry in entries:
        if entry.line in leads:
            marks.append(Mark(entry.line, "wrong", leads[entry.line].if_wrong, was_said=False))
            continue
        position, expectation = expectations[entry.line]
        was_said = rules.touches(position, state.talk.heard)
        says = expectation.if_right if was_said else pick(seed, f"not-said:{entry.line}", case.person.not_said)
        marks.append(Mark(entry.line, "right", says, was_said))
    noted = {entry.line for entry in entries}
    missing = [(position, entry) for position, entry in expectations.values() if entry.id not in noted]
    missing.sort(key=lambda found: (-found[1].weight, found[1].rank))
    marks += [Mark(e.id, "missing", e.if_missing, rules.touches(p, state.talk.heard)) for p, e in missing]
    return tuple(marks)


def score_interview(case: InterviewCase, state: InterviewState, entries: Sequence[Entry]) -> InterviewScores:
    rules = rules_of(case)
    found_ids = {case.expectations[position].id for position in rules.found(state.talk.heard)}
    found = [(entry, expectation) for entry in entries for expectation in case.expectations if expectation.id == entry.line]
    found = [(entry, expectation) for entry, expectation in found if expectation.id in found_ids]
    heard = {e.id for position, e in enumerate(case.expectations) if rules.touches(position, state.talk.heard)}
    unsaid = sum(entry.status == "known" and entry.line not in heard for entry in entries)
    return InterviewScores(
        found=sum(expectation.weight for _entry, expectation in found) / rules.total_weight,
        order=_order([(entry.rank, expectation.rank) for entry, expectation in found]),
        honest=1 - unsaid / len(entries) if entries else None,
        follow_up=_follow_up(case, state.played),
        minutes=state.talk.minutes,
        patience=state.talk.patience,
    )


def _order(ranks: list[tuple[int | None, int]]) -> float:
    """Lines without a rank come last, all of them level."""
    if not ranks:
        return 0.0
    last = 1 + max((rank for rank, _true in ranks if rank is not None), default=0)
    tau = kendall_tau_b([last if rank is None else rank for rank, _true in ranks], [true for _rank, true in ranks])
    return 0.5 if tau is None else (tau + 1) / 2


def _follow_up(case: InterviewCase, played: Sequence[str]) -> float:
    kinds = [case.cards[case.card_positions[card]].kind for card in played]
    follow_ups, opened = sum(kind in FOLLOW_UPS for kind in kinds), kinds.count("open")
    if not opened:
        return MOST_FOLLOW_UP if follow_ups else 0.0
    return min(follow_ups / opened, MOST_FOLLOW_UP)


def one_thing_unheard(case: InterviewCase, played: Sequence[str]) -> Unheard | None:
    """Of what was not found the weightiest, with the card that would have brought it; None where nothing is left to find.

    A card that was on the table and would have brought it, or a part of it, at that moment; else the first card of the case
    that can and was not played.
    """
    rules = rules_of(case)
    talks = [rules.begin()]
    for card in played:
        talks.append(rules.step(talks[-1], case.card_positions[card]))
    found = rules.found(talks[-1].heard)
    missing = [position for position in range(len(case.expectations)) if position not in found]
    if not missing:
        return None
    position = min(missing, key=lambda p: (-case.expectations[p].weight, case.expectations[p].rank))
    unheard = rules.full[position] & ~talks[-1].heard
    for talk in talks:
        if (shown := _card_bringing(case, talk, unheard)) is not None:
            return Unheard(case.expectations[position], shown, case.minutes - talk.minutes)
    brings = (play.card for play in rules.plays if any(answer.reveals & unheard for answer in play.answers))
    first = next((card for card in brings if card.id not in played), None)
    return Unheard(case.expectations[position], first, None)


def _card_bringing(case: InterviewCase, talk: Talk, unheard: int) -> Card | None:
    rules = rules_of(case)
    for position in rules.hand(talk):
        if rules.step(talk, position).heard & unheard:
            return case.cards[position]
    return None
