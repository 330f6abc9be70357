"""What comes after a simulation, as the page shows it: bars, the map as it was marked, the scatter of all deals."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from practice.scoring.interview_case import Card, Expectation
from practice.scoring.interview_map import Entry, Mark, mark_map, one_thing_unheard, score_interview
from practice.scoring.measures import ReadingName
from practice.scoring.negotiation import State, phrase
from practice.scoring.negotiation_case import NegotiationCase
from practice.scoring.negotiation_result import CheckName, ProcessCheck, Result, result
from practice.talks import InterviewTalk, NegotiationTalk, PairTalk

CHECKS: dict[CheckName, str] = {
    "standard": gettext_noop("Used a yardstick that neither side had made up"),
    "reasons": gettext_noop("Gave a reason whenever you moved"),
    "restated": gettext_noop("Said back what matters most to them"),
    "honest": gettext_noop("Told the truth about your alternative"),
}
READINGS: dict[ReadingName, tuple[str, str]] = {
    "equal_gain": (gettext_noop("Equal gain"), gettext_noop("Each side is as far above its alternative as the other.")),
    "equal_sacrifice": (
        gettext_noop("Equal sacrifice"),
        gettext_noop("Each side is as far below the best that it could have had as the other."),
    ),
    "need": (
        gettext_noop("Need"),
        gettext_noop("Who would lose more without a deal gains more: each side’s gain, for each point of its need."),
    ),
}
"""Views of fairness that somebody can defend; they stand side by side."""
SIDE = 100
"""Of the picture, in its own units."""


@dataclass(frozen=True)
class Bar:
    """`share` from 0 to 1; None where it is not defined, and then `words` say why."""

    label: str
    share: float | None
    words: str

    @property
    def parts(self) -> list[dict[str, object]]:
        return [{"x": 0, "width": round(100 * min(max(self.share or 0, 0), 1), 1), "tone": "done"}]


@dataclass(frozen=True)
class NotedLine:
    says: str
    mark: Mark
    entry: Entry | None
    expectation: Expectation | None


@dataclass(frozen=True)
class InterviewDebrief:
    bars: Sequence[Bar]
    lines: Sequence[NotedLine]
    unheard: Expectation | None
    card: Card | None
    minute: int | None
    minutes: int
    patience: int


def interview_debrief(talk: InterviewTalk, seed: str, entries: Sequence[Entry]) -> InterviewDebrief:
    case, state = talk.case, talk.state
    scores = score_interview(case, state, entries)
    expectations = {entry.id: entry for entry in case.expectations}
    says = {entry.id: entry.says for entry in case.expectations} | {lead.id: lead.says for lead in case.false_leads}
    noted = {entry.line: entry for entry in entries}
    unheard = one_thing_unheard(case, state.played)
    bars = [
        Bar(_("Found"), scores.found, _("Of what they expect, by how much it matters to them.")),
        Bar(
            _("Order"),
            scores.order,
            _("How well your order of what you found agrees with theirs; half where there is none.")
            if scores.found
            else _("Nothing was found, so there is no order."),
        ),
        Bar(
            _("Honest"),
            scores.honest,
            _("Of what you noted, how much you had heard or marked as assumed.")
            if scores.honest is not None
            else _("Nothing was noted."),
        ),
        Bar(
            _("Followed up"),
            scores.follow_up / 2,
            _("%(n)s follow-up questions for each open one; two fill the bar.") % {"n": f"{scores.follow_up:.1f}"},
        ),
    ]
    lines = [
        NotedLine(says[mark.line], mark, noted.get(mark.line), expectations.get(mark.line))
        for mark in mark_map(case, seed, state, entries)
    ]
    return InterviewDebrief(
        bars,
        lines,
        unheard.expectation if unheard else None,
        unheard.card if unheard else None,
        unheard.minute if unheard else None,
        scores.minutes,
        scores.patience,
    )


# Negotiation -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dot:
    """Deals of one worth; `x` is the learner's points and `y` the other side's, in units of the picture."""

    x: float
    y: float
    tone: str


@dataclass(frozen=True)
class Scatter:
    """Every deal by what it is worth to both. Lines: the frontier, and both alternatives."""

    dots: Sequence[Dot]
    frontier: str
    alternative: Dot
    yours: Dot | None
    nash: Sequence[Dot]
    most_you: int
    most_them: int
    label: str


@dataclass(frozen=True)
class ReadingRow:
    name: str
    meaning: str
    you: float
    them: float
    evenness: float
    choice: str
    is_yours: bool


@dataclass(frozen=True)
class TradeRow:
    change: str
    you: int
    them: int


@dataclass(frozen=True)
class NegotiationDebrief:
    result: Result
    deal: str
    bars: Sequence[Bar]
    readings: Sequence[ReadingRow]
    process: Sequence[tuple[str, ProcessCheck]]
    trades: Sequence[TradeRow]
    scatter: Scatter
    their_points: Sequence[tuple[str, Sequence[tuple[str, int, int]]]]


def negotiation_debrief(talk: NegotiationTalk) -> NegotiationDebrief:
    case, state = talk.case, talk.state
    found = result(case, state)
    return NegotiationDebrief(
        result=found,
        deal="" if state.deal is None else phrase(case, state.deal),
        bars=_bars(found) if case.zone else [],
        readings=[
            ReadingRow(
                _(READINGS[reading.name][0]),
                _(READINGS[reading.name][1]),
                reading.you,
                reading.them,
                reading.evenness,
                phrase(case, reading.choice),
                reading.choice == state.deal,
            )
            for reading in found.readings
        ],
        process=[(_(CHECKS[check.name]), check) for check in found.process],
        trades=[
            TradeRow(_change(case, state.deal, trade.deal, trade.issues), trade.gain.you, trade.gain.them)
            for trade in found.trades
            if state.deal is not None
        ],
        scatter=_scatter(case, found, state.deal),
        their_points=[
            (issue.label, [(option.label, option.you, option.them) for option in issue.options]) for issue in case.issues
        ],
    )


def pair_debrief(talk: PairTalk) -> NegotiationDebrief:
    """The same for one of two people: everything from their side. How they went about it is not judged: nobody drew it."""
    state = State(trust=0, ended=talk.bargain.ended, deal=talk.bargain.deal)
    return negotiation_debrief(NegotiationTalk(talk.case, state))


def _bars(found: Result) -> list[Bar]:
    scores = found.scores
    return [
        Bar(_("Your own value"), scores.own, _("Of what you could have gained over your alternative.")),
        Bar(_("Joint value"), scores.joint, _("Of what both together could have gained over their alternatives.")),
        Bar(
            _("Balance of gains"),
            scores.balance,
            _("The smaller share of a side’s best gain beside the larger.")
            if scores.balance is not None
            else _("Neither side gained, so there is nothing to balance."),
        ),
    ]


def _change(case: NegotiationCase, deal: int, better: int, issues: Sequence[int]) -> str:
    here, there = case.domain.options(deal), case.domain.options(better)
    parts = [
        _("%(issue)s: %(better)s instead of %(here)s")
        % {
            "issue": case.issues[issue].label,
            "better": case.issues[issue].options[there[issue]].label,
            "here": case.issues[issue].options[here[issue]].label,
        }
        for issue in issues
    ]
    return "; ".join(parts)


def _scatter(case: NegotiationCase, found: Result, deal: int | None) -> Scatter:
    domain = case.domain
    most_you, most_them = int(domain.worth_you.max()), int(domain.worth_them.max())

    def dot(you: int, them: int, tone: str) -> Dot:
        return Dot(round(SIDE * you / most_you, 2), round(SIDE - SIDE * them / most_them, 2), tone)

    pairs = sorted(set(zip(domain.worth_you.tolist(), domain.worth_them.tolist(), domain.acceptable.tolist(), strict=True)))
    frontier = [dot(*domain.worth(number), "frontier") for number in domain.frontier.tolist()]
    alternative = domain.alternative
    worth = found.worth
    return Scatter(
        dots=[dot(you, them, "zone" if is_acceptable else "out") for you, them, is_acceptable in pairs],
        frontier=" ".join(f"{point.x},{point.y}" for point in frontier),
        alternative=dot(alternative.you, alternative.them, "alternative"),
        yours=dot(worth.you, worth.them, "yours") if worth else None,
        nash=[dot(*domain.worth(number), "nash") for number in found.nash],
        most_you=most_you,
        most_them=most_them,
        label=_label(case, found),
    )


def _label(case: NegotiationCase, found: Result) -> str:
    """The picture in words."""
    n_deals, n_zone, n_frontier = len(case.domain.worth_you), len(case.domain.zone), len(case.domain.frontier)
    if not n_zone:
        said = _("%(deals)s possible deals, none of them at least as good as both alternatives.") % {"deals": n_deals}
    else:
        said = _(
            "%(deals)s possible deals, %(zone)s of them at least as good as both alternatives; of these, %(frontier)s cannot "
            "be improved for one side without costing the other."
        ) % {"deals": n_deals, "zone": n_zone, "frontier": n_frontier}
    if found.worth is None:
        return said
    yours = _("Your deal is worth %(you)s points to you and %(them)s to them.")
    return f"{said} {yours % {'you': found.worth.you, 'them': found.worth.them}}"
