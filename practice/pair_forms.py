"""What two learners who negotiate see of one another, and what they send: from and to plain HTML forms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from common.shown import mark_of
from practice.models import Pair, PairSeat, Simulation
from practice.models.pairs import MAX_DAYS, MIN_DAYS, USUAL_DAYS
from practice.move_forms import Choice, IssueField
from practice.queries import pairs as queries
from practice.scoring.negotiation import phrase
from practice.scoring.negotiation_moves import write_deal
from practice.talks import PairTalk, can_be_paired, turn_of

SHOW, KEEP = "show", "keep"
SHOWN_NOTES, SHOWN_SHEET = "shown-notes", "shown-sheet"


@dataclass(frozen=True)
class SaidTurn:
    """One turn as the reader sees it; `points` are what an offer is worth to them."""

    number: int
    is_own: bool
    kind: str
    message: str
    is_erased: bool
    deal: str
    points: int | None
    at: datetime


@dataclass(frozen=True)
class OwnSheet:
    """One's own notes and choice on the page: as they were sent and not kept, else as they are saved.

    `saved_elsewhere`: notes that another tab has saved meanwhile, to be shown beside what was typed here.
    """

    notes: str
    notes_mark: str
    chosen: str
    present: str
    saved_elsewhere: str
    is_unsaved: bool


@dataclass(frozen=True)
class Todo:
    """What can be done in this turn."""

    message: str
    issues: Sequence[IssueField]
    standing: str
    standing_points: int | None
    own_offer: str
    is_closing: bool
    rounds_left: int


def said_turns(pair: Pair, talk: PairTalk) -> list[SaidTurn]:
    found = []
    for turn in pair.turns.all():
        deal = turn_of(talk.case, turn).deal
        if turn.kind == "accept":
            deal = talk.bargain.deal
        found.append(
            SaidTurn(
                turn.number,
                turn.side == talk.side,
                turn.kind,
                turn.message,
                turn.is_erased,
                "" if deal is None else phrase(talk.case, deal),
                None if deal is None else talk.case.domain.worth(deal).you,
                turn.created_at,
            )
        )
    return found


def todo(talk: PairTalk, posted: Mapping[str, Any]) -> Todo:
    """`posted`: what was sent and could not be done, to be shown again."""
    case, bargain = talk.case, talk.bargain
    standing, own = bargain.offered_to(talk.side), bargain.offered_by(talk.side)
    begin = own if own is not None else standing if standing is not None else int(case.domain.worth_you.argmax())
    begun = write_deal(case, begin)
    issues = []
    for issue in case.issues:
        name = f"deal.{issue.id}"
        chosen = posted.get(name, begun[issue.id])
        options = [Choice(option.id, option.label, option.id == chosen, option.you) for option in issue.options]
        issues.append(IssueField(issue.id, issue.label, issue.you_know, name, options))
    return Todo(
        message=str(posted.get("message", "")),
        issues=issues,
        standing="" if standing is None else phrase(case, standing),
        standing_points=None if standing is None else case.domain.worth(standing).you,
        own_offer="" if own is None else phrase(case, own),
        is_closing=bargain.is_closing,
        rounds_left=bargain.rounds_left(talk.side),
    )


def own_sheet(seat: PairSeat, posted: Mapping[str, Any]) -> OwnSheet:
    """A choice that was sent is shown again only where its page showed the present one: else what is saved is."""
    saved, present, mark = seat.notes, SHOW if seat.shows_sheet else KEEP, mark_of(seat.notes)
    typed = str(posted.get("notes", saved)).replace("\r\n", "\n")
    is_unsaved = typed.strip() != saved
    if is_unsaved and posted.get(SHOWN_NOTES, "") == mark_of(typed.strip()):  # the page showed them so: nothing was typed
        typed, is_unsaved = saved, False
    is_older = is_unsaved and posted.get(SHOWN_NOTES, "") != mark
    sent = str(posted.get("sheet", ""))
    is_choice = sent in (SHOW, KEEP) and posted.get(SHOWN_SHEET) == present
    return OwnSheet(
        notes=typed,
        notes_mark=mark,
        chosen=sent if is_choice else present,
        present=present,
        saved_elsewhere=saved if is_older else "",
        is_unsaved=is_unsaved,
    )


def deal_sent(talk: PairTalk, posted: QueryDict) -> dict[str, str]:
    return {issue: posted.get(f"deal.{issue}", "") for issue in talk.case.issue_ids}


def may_see_both(seats: Mapping[str, PairSeat]) -> bool:
    """Both sheets, for both or for nobody: whoever keeps theirs does not read the other's."""
    return all(seat.shows_sheet for seat in seats.values())


class CallForm(forms.Form):
    """A facilitator lets a cohort negotiate a case."""

    simulation = forms.ModelChoiceField(
        queryset=Simulation.objects.none(),
        label=_("Case"),
        empty_label=None,
        help_text=_("Negotiations that two people can play with one another."),
    )
    days_per_turn = forms.IntegerField(
        label=_("Days for each turn"),
        min_value=MIN_DAYS,
        max_value=MAX_DAYS,
        initial=USUAL_DAYS,
        help_text=_("A turn ends at the end of the last day, by the clock of whoever has it."),
    )
    people_choose = forms.BooleanField(
        label=_("People may ask one another"),
        required=False,
        initial=True,
        help_text=_("Whoever has said yes sees the names of the others who have. You can make pairs either way."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pairable = [simulation for simulation in queries.pairable() if _is_pairable(simulation)]
        found = Simulation.objects.filter(pk__in=[simulation.pk for simulation in self.pairable])
        self.fields["simulation"].queryset = found.select_related("current_version")  # type: ignore[attr-defined]  # a choice of rows


def _is_pairable(simulation: Simulation) -> bool:
    return simulation.current_version is not None and can_be_paired(simulation.current_version)
