"""Whether an interview teaches what it says: a search, not a promise."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from practice.scoring.finding import Finding, Report
from practice.scoring.interview_case import NO_QUESTIONS, Card, CardKind, InterviewCase
from practice.scoring.interview_search import HABITS, Best, best_talk, habit_value, reachable_without

HABIT_LIMIT = 0.6
LEAST_ASKS_THAT_COST = 2
LEAST_SHOWN = 4


def lint_interview(case: InterviewCase) -> Report:
    """Everything that makes the case unplayable, or playable without listening; with what was measured."""
    best = best_talk(case)
    values = {name: habit_value(case, name) for name in HABITS}
    findings = [*_reach(case, best), *_habits(best, values), *_costly_asks(case), *_ways(case)]
    figures: dict[str, float | int | str | None] = {
        "best": round(best.value, 3),
        "best_talk": " → ".join(best.cards),
        "talks_searched": best.talks,
        "search_complete": "yes" if best.is_complete else "no",
        **{name: round(value, 3) for name, value in values.items()},
    }
    return Report(tuple(findings), figures)


def _reach(case: InterviewCase, best: Best) -> Iterator[Finding]:
    for entry in case.expectations:
        if entry.id not in best.reached:
            yield Finding(
                "unreachable",
                f"expectations.{entry.id}",
                f"No talk of {case.minutes} minutes brings it out.",
                "Let a reply reveal all of it, whose card can be shown in time; or give the talk more minutes.",
            )
    if best.fewest_shown < LEAST_SHOWN:
        yield Finding(
            "few_cards",
            "cards",
            f"In the best talk the learner once sees only {best.fewest_shown} cards.",
            f"Open topics sooner, or add cards, so that {LEAST_SHOWN} to 6 can be chosen from.",
        )


def _habits(best: Best, values: dict[str, float]) -> Iterator[Finding]:
    limit = HABIT_LIMIT * best.value
    for name, value in values.items():
        if value > limit:
            yield Finding(
                "habit_wins",
                "cards",
                f"The habit {name.replace('_', ' ')} reaches {value:.2f} of found × order; the limit is {limit:.2f}, "
                f"{HABIT_LIMIT:.0%} of the best talk.".replace("%", " %"),
                "Let more depend on what was asked before: trust, silence, a follow-up to the right answer.",
            )


def _costly_asks(case: InterviewCase) -> Iterator[Finding]:
    costly = [
        card.id for card in case.cards if card.kind not in NO_QUESTIONS and any(reply.trust < 0 for reply in card.replies)
    ]
    if len(costly) < LEAST_ASKS_THAT_COST:
        yield Finding(
            "asking_is_free",
            f"cards.{costly[0]}" if costly else "cards",
            f"{len(costly) or 'No'} question costs trust; at least {LEAST_ASKS_THAT_COST} have to.",
            "Give a reply of a question that comes too soon, or leads, trust: -1.",
        )


def _ways(case: InterviewCase) -> Iterator[Finding]:
    """One expectation has to be beyond reach without a follow-up, one without silence, one without saying something oneself."""
    kinds: tuple[tuple[str, Callable[[Card], bool], str], ...] = (
        ("only_by_follow_up", _is("follow"), "taking up what was said (kind: follow)"),
        ("only_by_silence", _is("silence"), "staying silent (kind: silence)"),
        ("only_by_disclosing", lambda card: card.discloses, "saying something of one's own (discloses: true)"),
    )
    everything = {entry.id for entry in case.expectations}
    for rule, is_kind, words in kinds:
        without = _reachable_without_kind(case, is_kind)
        if without >= everything:
            yield Finding(
                rule,
                "expectations",
                f"Every expectation can be found without {words}.",
                "Reveal one of them, or a part of it, in replies to such cards alone.",
            )


def _reachable_without_kind(case: InterviewCase, is_kind: Callable[[Card], bool]) -> frozenset[str]:
    return reachable_without(case, lambda position: is_kind(case.cards[position]))


def _is(kind: CardKind) -> Callable[[Card], bool]:
    return lambda card: card.kind == kind
