"""Pages on which two learners negotiate with one another. What is theirs does not exist for anybody else."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.console import signed_in
from common.errors import UserError
from common.kept_forms import keeps_form, take_kept
from common.shown import mark_of
from practice import debrief, pair_forms, services
from practice.errors import MoveRefused, NotesChanged, PairRefused, TalkMoved
from practice.models import Pair, PairCall, PairSeat, PairState
from practice.queries import pairs as queries
from practice.scoring.bargaining import Side
from practice.talks import PairTalk, case_of, pair_talk_of

REFUSED = 422
NOT_DONE = (TalkMoved, MoveRefused, NotesChanged)


@login_required
@require_safe
def pairs(request: HttpRequest) -> HttpResponse:
    """The cases that one's cohorts negotiate in pairs, and one's own negotiations."""
    user = signed_in(request)
    rows = [_listed(pair, user.pk) for pair in queries.pairs_of(user)[: queries.SHOWN_PAIRS]]
    return render(request, "simulations/pairs.html", {"calls": queries.calls_for(user), "rows": rows})


def _listed(pair: Pair, user_id: int) -> dict[str, Any]:
    own, other = _seats(pair, user_id)
    is_on_move = pair.state == PairState.RUNNING and _talk(pair, own).is_on_move
    needs_answer = pair.state == PairState.PROPOSED and own.agreed_at is None
    return {"pair": pair, "other": other, "is_on_move": is_on_move, "needs_answer": needs_answer}


# Finding a partner --------------------------------------------------------------------------------------------------------


def _call(request: HttpRequest, uuid: UUID) -> PairCall:
    found = queries.call_known_to(signed_in(request), uuid)
    if found is None:
        raise Http404
    return found


@login_required
@require_safe
def call(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _show_call(request, _call(request, uuid))


def _show_call(
    request: HttpRequest,
    found: PairCall,
    problem: str = "",
    *,
    posted: Mapping[str, Any] | None = None,
    is_kept: bool = False,
) -> HttpResponse:
    """`posted`: what was chosen and not done, to be shown again."""
    user = signed_in(request)
    waiting = [] if found.closed_at else queries.waiting_in(found)
    version = found.simulation.current_version
    own = next((volunteer for volunteer in waiting if volunteer.user_id == user.pk), None)
    not_again = queries.turned_down_with(found, user) | {user.pk}
    context = {
        "call": found,
        "simulation": found.simulation,
        "case": case_of(version) if version else None,
        "volunteer": own,
        "others": [volunteer for volunteer in waiting if volunteer.user_id not in not_again] if own else [],
        "n_waiting": len(waiting),
        "pair": queries.pairs_of(user).filter(call=found).exclude(state=PairState.ENDED).first(),
        "past": queries.pairs_of(user).filter(call=found, state=PairState.ENDED),
        "is_member": user.pk in queries.in_cohort(found.cohort_id, [user.pk]),
        "problem": problem,
        "posted": posted or {},
        "is_kept": is_kept,
    }
    return render(request, "simulations/pair_call.html", context, status=REFUSED if problem else 200)


def _act_on_call(act: Callable[[HttpRequest, PairCall], HttpResponse | None]) -> Callable[..., HttpResponse]:
    """One act of somebody who looks for a partner, then the page again; refused, with the reason.

    A visit by address goes to the page: signing in again leads here.
    """

    @keeps_form
    def view(request: HttpRequest, uuid: UUID) -> HttpResponse:
        found = _call(request, uuid)
        if request.method != "POST":
            kept = take_kept(request)
            return _show_call(request, found, posted=kept.dict(), is_kept=True) if kept else redirect(found)
        try:
            answer = act(request, found)
        except PairRefused as error:
            return _show_call(request, found, str(error), posted=request.POST.dict())
        return answer or redirect(found)

    return view


def _join(request: HttpRequest, found: PairCall) -> None:
    services.join(call=found, user=signed_in(request))
    messages.success(request, _("You have said yes. You will hear by e-mail when there is a partner for you."))


def _withdraw(request: HttpRequest, found: PairCall) -> None:
    services.withdraw(call=found, user=signed_in(request))
    messages.success(request, _("You do not look for a partner any more. You can say yes again at any time."))


def _ask(request: HttpRequest, found: PairCall) -> HttpResponse:
    partner, shows = request.POST.get("partner", ""), request.POST.get("sheet", "")
    if shows not in (pair_forms.SHOW, pair_forms.KEEP):
        raise PairRefused(_("Say first whether your partner may see your sheet afterwards."))
    try:
        chosen = UUID(partner)
    except ValueError as error:
        raise PairRefused(_("Choose whom you ask.")) from error
    user = signed_in(request)
    pair = services.ask_partner(call=found, user=user, partner=chosen, shows_sheet=shows == pair_forms.SHOW)
    return redirect(pair)


call_join, call_withdraw, call_ask = _act_on_call(_join), _act_on_call(_withdraw), _act_on_call(_ask)


# One pair -----------------------------------------------------------------------------------------------------------------


def _pair(request: HttpRequest, uuid: UUID) -> Pair:
    return get_object_or_404(queries.pairs_of(signed_in(request)), uuid=uuid)


def _seats(pair: Pair, user_id: int) -> tuple[PairSeat, PairSeat]:
    """Their own and the other's, from what is prefetched."""
    seats = list(pair.seats.all())
    own = next(seat for seat in seats if seat.user_id == user_id)
    return own, next(seat for seat in seats if seat.pk != own.pk)


def _talk(pair: Pair, own: PairSeat) -> PairTalk:
    side: Side = "you" if own.side == "you" else "them"
    return pair_talk_of(pair, side)


@login_required
@require_safe
def pair(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """As it stands; whatever has to end because of time or people ends before it is shown."""
    found = _pair(request, uuid)
    if found.state != PairState.ENDED and services.settle(found):
        found = _pair(request, uuid)
    return _show(request, found)


def _show(
    request: HttpRequest, found: Pair, *, posted: Mapping[str, Any] | None = None, problem: str = "", is_kept: bool = False
) -> HttpResponse:
    own, other = _seats(found, signed_in(request).pk)
    talk = _talk(found, own)
    context: dict[str, Any] = {
        "pair": found,
        "call": found.call,
        "simulation": found.call.simulation,
        "case": talk.case,
        "own": own,
        "other": other,
        "other_name": other.user.display_name if other.user else _("your partner"),
        "talk": talk,
        "turns": pair_forms.said_turns(found, talk),
        "at": len(found.turns.all()),
        "problem": problem,
        "is_kept": is_kept,
        "posted": posted or {},
        "own_sheet": pair_forms.own_sheet(own, posted or {}),
    }
    status = REFUSED if problem else 200
    if found.state == PairState.PROPOSED:
        return render(request, "simulations/pair_proposed.html", context, status=status)
    if found.state == PairState.RUNNING:
        context["todo"] = pair_forms.todo(talk, posted or {})
        return render(request, "simulations/pair.html", context, status=status)
    context["is_closed"] = found.call.closed_at is not None
    if found.is_finished:
        context["shows_both"] = pair_forms.may_see_both({own.side: own, other.side: other})
        context["debrief"] = debrief.pair_debrief(talk)
    return render(request, "simulations/pair_over.html", context, status=status)


@keeps_form
def answer(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Yes or no to a partner, then the page again. A visit by address goes to the page: signing in again leads here."""
    found = _pair(request, uuid)
    if request.method != "POST":
        return _show_kept(request, found)
    says, shows = request.POST.get("answer", ""), request.POST.get("sheet", "")
    posted = request.POST.dict()
    if says not in ("yes", "no"):
        return _show(request, found, posted=posted, problem=_("Say yes or no with one of the buttons."))
    if says == "yes" and shows not in (pair_forms.SHOW, pair_forms.KEEP):
        problem = _("Say first whether your partner may see your sheet afterwards.")
        return _show(request, found, posted=posted, problem=problem)
    try:
        services.answer(user=signed_in(request), uuid=uuid, says_yes=says == "yes", shows_sheet=shows == pair_forms.SHOW)
    except PairRefused as error:
        return _show(request, _pair(request, uuid), problem=str(error))
    return redirect(found)


def _show_kept(request: HttpRequest, found: Pair) -> HttpResponse:
    """The page with what was sent while signed out; without anything of that, the page."""
    kept = take_kept(request)
    return _show(request, found, posted=kept.dict(), is_kept=True) if kept else redirect(found)


@keeps_form
def turn(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One turn, then the page again, with the notes of the same page kept first.

    A visit by address goes to the page: signing in again leads here.
    """
    found = _pair(request, uuid)
    if request.method != "POST":
        return _show_kept(request, found)
    own, _other = _seats(found, signed_in(request).pk)
    kind = request.POST.get("turn", "")
    deal = pair_forms.deal_sent(_talk(found, own), request.POST) if kind == "offer" else None
    message = request.POST.get("message", "") if kind in ("say", "offer") else ""
    try:
        _keep_sheet(request, uuid)
        services.take_turn(user=signed_in(request), uuid=uuid, at=_count(request), kind=kind, deal=deal, message=message)
    except NOT_DONE as error:
        return _show(request, _pair(request, uuid), posted=request.POST.dict(), problem=str(error))
    return redirect(f"{found.get_absolute_url()}#now")


def _count(request: HttpRequest) -> int:
    at = request.POST.get("at", "")
    return int(at) if at.isdecimal() and len(at) < 6 else -1


def _keep_sheet(request: HttpRequest, uuid: UUID) -> None:
    """Notes and the choice about the sheet, as far as the page that was sent changed them."""
    user, sent = signed_in(request), request.POST
    if "notes" in sent:
        services.save_notes(user=user, uuid=uuid, notes=sent["notes"], seen=sent.get(pair_forms.SHOWN_NOTES, ""))
    shows, shown = sent.get("sheet", ""), sent.get(pair_forms.SHOWN_SHEET, "")
    if {shows, shown} <= {pair_forms.SHOW, pair_forms.KEEP}:
        seen = shown == pair_forms.SHOW
        services.choose_sheet(user=user, uuid=uuid, shows_sheet=shows == pair_forms.SHOW, seen=seen)


@keeps_form
def notes(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One's own notes, and whether the other may see the sheet afterwards; while they are typed, the line below them."""
    found = _pair(request, uuid)
    if request.method != "POST":
        return _show_kept(request, found)
    problem = ""
    try:
        _keep_sheet(request, uuid)
    except NOT_DONE as error:
        problem = str(error)
    found = _pair(request, uuid)
    if request.headers.get("HX-Request"):
        return _notes_line(request, found, problem)
    if problem:
        return _show(request, found, posted=request.POST.dict(), problem=problem)
    messages.success(request, _("Saved. Only you can see your notes until it is over."))
    own, _other = _seats(found, signed_in(request).pk)
    if request.POST.get("sheet", "") == (pair_forms.KEEP if own.shows_sheet else pair_forms.SHOW):
        messages.warning(
            request,
            _("Whether your partner may see your sheet was changed in another tab. That choice stays; it is shown below."),
        )
    return redirect(found)


def _notes_line(request: HttpRequest, found: Pair, problem: str) -> HttpResponse:
    """What the page sends next time as what it showed: only what was saved from it."""
    own, _other = _seats(found, signed_in(request).pk)
    mark = request.POST.get(pair_forms.SHOWN_NOTES, "") if problem else mark_of(own.notes)
    context = {"mark": mark, "problem": problem, "saved_at": None if problem else timezone.now()}
    return render(request, "simulations/_pair_notes_saved.html", context)


@keeps_form
def stop(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Says what it means (GET), and stops or reports (POST)."""
    found, user = _pair(request, uuid), signed_in(request)
    if request.method != "POST":
        return _show_stop(request, found, (take_kept(request) or {}))
    if "look" in request.POST:  # Enter on a choice, which is no button
        return _show_stop(request, found, request.POST)
    number, is_reported = request.POST.get("message", ""), "report" in request.POST
    chosen = int(number) if number.isdecimal() and len(number) < 6 else None
    was_over = found.state == PairState.ENDED
    try:
        services.stop(user=user, uuid=uuid, words=request.POST.get("words", ""), turn=chosen, is_reported=is_reported)
    except UserError as error:
        return _show_stop(request, found, request.POST, str(error))
    if is_reported:
        messages.success(request, _("Whoever runs your cohort can read your report now, and nothing else of it."))
    elif not was_over:
        messages.success(request, _("You have stopped it. Your partner is told that it is over."))
    return redirect(found)


def _show_stop(request: HttpRequest, found: Pair, posted: Mapping[str, Any], problem: str = "") -> HttpResponse:
    own, other = _seats(found, signed_in(request).pk)
    theirs = [entry for entry in pair_forms.said_turns(found, _talk(found, own)) if not entry.is_own and entry.message]
    context = {
        "pair": found,
        "simulation": found.call.simulation,
        "call": found.call,
        "theirs": theirs,
        "other_name": other.user.display_name if other.user else _("your partner"),
        "is_reported": found.reports.filter(side=own.side).exists(),
        "posted": posted,
        "problem": problem,
        "now": timezone.now(),
    }
    return render(request, "simulations/pair_stop.html", context, status=REFUSED if problem else 200)
