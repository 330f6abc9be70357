"""Whether a negotiation teaches what it says, by kind: with a zone of agreement, or without one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from practice.scoring.finding import Finding, Report
from practice.scoring.measures import DealScores
from practice.scoring.negotiation import State, begin, step
from practice.scoring.negotiation_case import Issue, NegotiationCase
from practice.scoring.negotiation_moves import Move
from practice.scoring.negotiation_play import (
    ask_then_offer,
    best_late_demand,
    concede,
    concede_slowly,
    insist,
    insist_then_accept,
    middles,
    scores,
    ultimatum,
    weaker,
)

SPLIT_LIMIT = 0.5
NAIVE_LIMIT = 0.5
WAITING_LIMIT = 0.8
CARES_MORE = 1.5
"""From this ratio of spans on, one side cares more about an issue than the other."""
LEAST_OF_KIND = {"differing": 2, "compatible": 1, "opposed": 1}
GAP_RANGE = (2, 20)
"""Without a zone: how many points the nearest miss is short. Less could be a slip of the pen; more needs no talk."""
N_LIE_SEEDS = 300

Figures = dict[str, float | int | str | None]


def lint_negotiation(case: NegotiationCase) -> Report:
    """Everything that makes the case unplayable, or playable without asking; with what was measured."""
    figures: Figures = {
        "deals": len(case.domain.worth_you),
        "acceptable": int(case.domain.zone.size),
        "frontier": len(case.domain.frontier),
    }
    findings = [*_kinds(case), *_claims(case, figures)]
    findings += _with_zone(case, figures) if case.zone else _without_zone(case, figures)
    return Report(tuple(findings), figures)


# Both kinds -------------------------------------------------------------------------------------------------------------


def _kinds(case: NegotiationCase) -> Iterator[Finding]:
    kinds = [kind_by_points(issue) for issue in case.issues]
    for issue, kind in zip(case.issues, kinds, strict=True):
        if issue.kind != kind:
            yield Finding(
                "kind_of_issue",
                f"issues.{issue.id}.kind",
                f"It is called {issue.kind}; by its points it is {kind}.",
                "Correct the kind or the points.",
            )
    for kind, least in LEAST_OF_KIND.items():
        if kinds.count(kind) < least:
            yield Finding(
                "mix_of_issues",
                "issues",
                f"{kinds.count(kind)} of the issues are {kind}; at least {least} should be.",
                f"Add a {kind} issue, or change points.",
            )


def kind_by_points(issue: Issue) -> str:
    """compatible where both like the same option best; differing where one cares clearly more; else opposed."""
    you, them = [option.you for option in issue.options], [option.them for option in issue.options]
    if set(np.flatnonzero(np.array(you) == max(you))) & set(np.flatnonzero(np.array(them) == max(them))):
        return "compatible"
    low, high = sorted((max(you) - min(you), max(them) - min(them)))
    return "differing" if high >= CARES_MORE * low else "opposed"


def _claims(case: NegotiationCase, figures: Figures) -> Iterator[Finding]:
    lies = [claim for claim in case.claims if case.is_lie(claim)]
    if not lies or len(lies) == len(case.claims):
        yield Finding(
            "claims",
            "claims",
            "There is no lie to be tempted by." if not lies else "There is nothing true to say about the alternative.",
            "Offer at least one true claim (worth at most batna.you) and one that is worth more.",
        )
    for claim in lies:
        move = Move("claim", claim=claim.id)
        noticed = sum(step(case, str(n), begin(case, str(n)), move).is_lie_noticed for n in range(N_LIE_SEEDS))
        figures[f"noticed_{claim.id}"] = round(noticed / N_LIE_SEEDS, 3)
    if lies and max(claim.moves for claim in lies) <= max(
        (claim.moves for claim in case.claims if claim not in lies), default=0
    ):
        yield Finding(
            "lie_without_temptation",
            "claims",
            "No lie moves them further than the truth does.",
            "Let the lie move them more: it is tempting because it works when it is believed.",
        )


# With a zone ------------------------------------------------------------------------------------------------------------


def _with_zone(case: NegotiationCase, figures: Figures) -> list[Finding]:
    if case.domain.best is None:
        return [Finding("no_zone", "batna", "No deal is acceptable to both.", "Lower an alternative, or write zone: false.")]
    return [*_splitting(case, figures), *_naive(case, figures), *_waiting(case, figures), *_asking(case, figures)]


def _splitting(case: NegotiationCase, figures: Figures) -> Iterator[Finding]:
    joint = max(scores(case, deal).joint or 0.0 for deal in middles(case))
    figures["split_joint"] = round(joint, 3)
    if joint > SPLIT_LIMIT:
        yield Finding(
            "splitting_wins",
            "issues",
            f"Splitting every issue reaches {joint:.2f} of the joint value; the limit is {SPLIT_LIMIT}.",
            "Let the sides differ more in what they care about.",
        )


def _naive(case: NegotiationCase, figures: Figures) -> Iterator[Finding]:
    for name, state in (
        ("concede", concede(case)),
        ("insist", insist(case)),
        ("insist_then_accept", insist_then_accept(case)),
    ):
        found = _note(case, name, state, figures)
        if min(found.own or 0.0, found.joint or 0.0, found.balance or 0.0) > NAIVE_LIMIT:
            yield Finding(
                f"{name}_wins",
                "them_rule",
                f"To {name.replace('_', ' ')} reaches more than {NAIVE_LIMIT} on every bar.",
                "Raise the target or the beta, so that they begin further away, or the floor, so that they end there.",
            )


def _waiting(case: NegotiationCase, figures: Figures) -> Iterator[Finding]:
    plays = {
        "ultimatum": ultimatum(case).deal,
        "slow_concession": concede_slowly(case).deal,
        "late_demand": best_late_demand(case),
    }
    for name, deal in plays.items():
        found = scores(case, deal)
        figures |= {f"{name}_own": _rounded(found.own), f"{name}_joint": _rounded(found.joint)}
        if weaker(found) > WAITING_LIMIT:
            yield Finding(
                "waiting_wins",
                "them_rule.floor",
                f"{_SAID[name]} reaches {found.own:.2f} own and {found.joint:.2f} joint; one has to stay at {WAITING_LIMIT}.",
                "Raise the floor, or the target: what they never go below.",
            )


_SAID = {
    "ultimatum": "A demand in the last round",
    "slow_concession": "Conceding slowly",
    "late_demand": "A learner who knows all points and waits for the last round",
}


def _asking(case: NegotiationCase, figures: Figures) -> Iterator[Finding]:
    found = _note(case, "ask_then_offer", ask_then_offer(case), figures)
    if (found.joint or 0.0) < 1:
        yield Finding(
            "asking_does_not_pay",
            "rounds",
            f"Asking, then offering, reaches {found.joint or 0.0:.2f} of the joint value: not the best deal, or not in time.",
            "Add rounds, or let them want less of it: lower the target or the beta.",
        )


def _note(case: NegotiationCase, name: str, state: State, figures: Figures) -> DealScores:
    found = scores(case, state.deal)
    for bar in ("own", "joint", "balance"):
        figures[f"{name}_{bar}"] = _rounded(getattr(found, bar))
    return found


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)


# Without a zone ---------------------------------------------------------------------------------------------------------


def _without_zone(case: NegotiationCase, figures: Figures) -> list[Finding]:
    if case.domain.best is not None:
        what = f"{case.domain.zone.size} deals are acceptable to both."
        return [Finding("has_zone", "batna", what, "Raise an alternative, or write zone: true.")]
    return [*_gap(case, figures), *_temptation(case, figures)]


def _gap(case: NegotiationCase, figures: Figures) -> Iterator[Finding]:
    """How much the side that is worse off misses in the deal that comes closest."""
    domain = case.domain
    short = np.minimum(domain.worth_you - domain.alternative.you, domain.worth_them - domain.alternative.them)
    gap = -int(short.max())
    figures["gap"] = gap
    low, high = GAP_RANGE
    if not low <= gap <= high:
        yield Finding(
            "gap",
            "batna",
            f"The nearest deal is {gap} points short for one side; it should be {low} to {high}.",
            "Raise an alternative." if gap < low else "Lower an alternative, so that it takes a talk to find out.",
        )


def _temptation(case: NegotiationCase, figures: Figures) -> Iterator[Finding]:
    """Somebody who only wants a deal has to be able to sign one, and it has to be worse than leaving."""
    state = concede(case)
    figures["concede_below_alternative"] = (
        None if state.deal is None else case.batna.you - int(case.domain.worth_you[state.deal])
    )
    if state.deal is None or case.domain.worth_you[state.deal] >= case.batna.you:
        yield Finding(
            "no_temptation",
            "them_rule",
            "Conceding does not lead to a deal that is worse than leaving.",
            "Let the other side make offers that can be accepted.",
        )
    if not (case.domain.worth_you >= case.batna.you).any():
        yield Finding(
            "hopeless",
            "batna.you",
            "No deal at all is as good as the learner's alternative.",
            "Lower it: there should be deals to hope for, which the other side cannot accept.",
        )
