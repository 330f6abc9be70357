"""Names inside a case that lead nowhere or are given twice, and what else its types cannot say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from math import prod

from practice.scoring.domain import MAX_DEALS
from practice.scoring.interview_case import CARD_KINDS, Card, Condition, InterviewCase
from practice.scoring.negotiation_case import IN_RETURN, NegotiationCase

Fault = tuple[str, str, str]
"""Path, what is wrong, what to do."""


def faults_of(case: InterviewCase | NegotiationCase) -> Iterator[Fault]:
    return _interview(case) if isinstance(case, InterviewCase) else _negotiation(case)


def _once(path: str, ids: Iterable[str]) -> Iterator[Fault]:
    for name, n in Counter(ids).items():
        if n > 1:
            yield f"{path}.{name}", f"The id “{name}” is used {n} times.", "Give each entry an id of its own."


def _known(path: str, what: str, names: Iterable[str], known: Iterable[str]) -> Iterator[Fault]:
    choices = sorted(known)
    for name in names:
        if name not in choices:
            yield path, f"There is no {what} “{name}”.", f"Choose one of: {', '.join(choices)}."


# Interviews -------------------------------------------------------------------------------------------------------------


def _interview(case: InterviewCase) -> Iterator[Fault]:
    yield from _once("cards", (card.id for card in case.cards))
    yield from _once("expectations", [entry.id for entry in case.expectations] + [lead.id for lead in case.false_leads])
    yield from _ranks(case)
    topics, cards = {topic.id for topic in case.topics}, {card.id for card in case.cards}
    for entry in case.expectations:
        yield from _known(f"expectations.{entry.id}.topic", "topic", [entry.topic], topics)
    for lead in case.false_leads:
        yield from _known(f"false_leads.{lead.id}.topic", "topic", [lead.topic], topics)
        yield from _known(f"false_leads.{lead.id}.believed_if", "card", lead.believed_if, cards)
    yield from _unlocks(case, topics, cards)
    for card in case.cards:
        yield from _card(case, card, topics, cards)
    yield from _never_revealed(case)


def _ranks(case: InterviewCase) -> Iterator[Fault]:
    wanted = set(range(1, len(case.expectations) + 1))
    if {entry.rank for entry in case.expectations} != wanted:
        yield "expectations", "The ranks are not 1, 2, 3 and so on, each once.", "Number the expectations by what matters most."
    for entry in case.expectations:
        yield from _once(f"expectations.{entry.id}.parts", entry.parts)


def _unlocks(case: InterviewCase, topics: set[str], cards: set[str]) -> Iterator[Fault]:
    known = cards | {f"{topic}.{kind}" for topic in topics for kind in CARD_KINDS}
    for topic in case.topics:
        for name in topic.unlock.asked if topic.unlock else ():
            if name not in known:
                yield (
                    f"topics.{topic.id}.unlock.asked",
                    f"“{name}” is neither a card nor a topic with a kind of card.",
                    "Write the id of a card, or topic and kind, like lunches.instance.",
                )


def _parts(case: InterviewCase) -> set[str]:
    whole = {entry.id for entry in case.expectations}
    return whole | {f"{entry.id}.{part}" for entry in case.expectations for part in entry.parts}


def _card(case: InterviewCase, card: Card, topics: set[str], cards: set[str]) -> Iterator[Fault]:
    path = f"cards.{card.id}"
    yield from _known(f"{path}.topic", "topic", [card.topic] if card.topic else [], topics)
    yield from _condition(case, f"{path}.when", card.when, topics, cards)
    if card.minutes > case.minutes:
        yield f"{path}.minutes", f"The card takes longer than the talk of {case.minutes} minutes.", "Shorten it."
    for number, reply in enumerate(card.replies, 1):
        at = f"{path}.replies.{number}"
        yield from _condition(case, f"{at}.if", reply.if_, topics, cards)
        yield from _known(f"{at}.reveals", "expectation or part", reply.reveals, _parts(case))
        yield from _known(f"{at}.mentions", "topic", reply.mentions, topics)
        yield from _known(f"{at}.ranks", "expectation", reply.ranks, (entry.id for entry in case.expectations))
    yield from _last_reply(case, card)


def _last_reply(case: InterviewCase, card: Card) -> Iterator[Fault]:
    last = card.replies[-1]
    guarded = {entry.id for entry in case.expectations if entry.needs_trust > -3}
    if last.if_ is not None or any(name.partition(".")[0] in guarded for name in last.reveals):
        yield (
            f"cards.{card.id}.replies.{len(card.replies)}",
            "The last reply depends on something, so that there may be no reply at all.",
            "Add a last reply without “if”, which reveals nothing that needs trust.",
        )


def _condition(
    case: InterviewCase, path: str, condition: Condition | None, topics: set[str], cards: set[str]
) -> Iterator[Fault]:
    if condition is None:
        return
    for name in ("mentioned", "mentioned_any"):
        yield from _known(f"{path}.{name}", "topic", getattr(condition, name), topics)
    for name in ("asked", "asked_any", "not_asked", "last"):
        yield from _known(f"{path}.{name}", "card", getattr(condition, name), cards)
    for name in ("heard", "heard_any", "not_heard"):
        yield from _known(f"{path}.{name}", "expectation or part", getattr(condition, name), _parts(case))


def _never_revealed(case: InterviewCase) -> Iterator[Fault]:
    revealed = {name for card in case.cards for reply in card.replies for name in reply.reveals}
    for entry in case.expectations:
        missing = [part for part in entry.parts or ("",) if not revealed & {entry.id, f"{entry.id}.{part}"}]
        if missing:
            what = f"Its part “{missing[0]}”" if missing[0] else "It"
            yield f"expectations.{entry.id}", f"{what} is revealed by no reply.", "Name it in “reveals” of a reply."


# Negotiations -----------------------------------------------------------------------------------------------------------


def _negotiation(case: NegotiationCase) -> Iterator[Fault]:
    yield from _deals(case)
    ids = {issue.id: {option.id for option in issue.options} for issue in case.issues}
    for issue in case.issues:
        yield from _once(f"issues.{issue.id}.options", (option.id for option in issue.options))
    for reason in case.reasons:
        yield from _known(f"reasons.{reason.id}.issue", "issue", [reason.issue], ids)
    for standard in case.standards:
        path = f"standards.{standard.id}"
        yield from _known(f"{path}.issue", "issue", [standard.issue], ids)
        yield from _known(f"{path}.supports", "option of this issue", standard.supports, ids.get(standard.issue, ()))
    given = [reason.id for reason in case.reasons] + [standard.id for standard in case.standards]
    yield from _once("reasons", [*given, IN_RETURN])
    yield from _once("claims", (claim.id for claim in case.claims))
    if case.pair is not None:
        yield from _second_sheet([entry.id for entry in case.pair.issues], list(ids))


def _second_sheet(told: list[str], issues: list[str]) -> Iterator[Fault]:
    for issue in told:
        yield from _known(f"pair.issues.{issue}", "issue", [issue], issues)
    for issue in issues:
        if issue not in told:
            yield "pair.issues", f"The issue “{issue}” is missing.", "Say what its points mean to the other side."


def _deals(case: NegotiationCase) -> Iterator[Fault]:
    n_deals = prod(len(issue.options) for issue in case.issues)
    if n_deals > MAX_DEALS:
        yield "issues", f"There are {n_deals:,} deals.", f"Take options away, until there are at most {MAX_DEALS:,}."
    most = sum(max(option.them for option in issue.options) for issue in case.issues)
    if not case.batna.them < case.them_rule.target <= most:
        yield (
            "them_rule.target",
            f"The target of {case.them_rule.target} is not above their alternative, or more than any deal gives them.",
            f"Give it a number from {case.batna.them + 1} to {most}.",
        )
