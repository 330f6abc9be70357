"""Pages of simulations, for the learner who plays. A talk belongs to one person; to anybody else it does not exist."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.console import signed_in
from common.errors import UserError
from common.kept_forms import back_to_button, keeps_form, take_kept
from common.page_links import page_links
from common.shown import SHOWN, mark_of
from courses import content
from practice import debrief, move_forms, queries, services
from practice.errors import MapChanged, MapNotUnderstood, MoveRefused, TalkMoved
from practice.models import SimulationRun
from practice.queries import pairs as pair_queries
from practice.scoring.interview_map import read_map
from practice.scoring.negotiation_case import NegotiationCase
from practice.talks import InterviewTalk, NegotiationTalk, case_of, talk_of
from skills.queries import framework_of, names_of

REFUSED = 422


@login_required
@require_safe
def simulations(request: HttpRequest) -> HttpResponse:
    """All that can be played, with where the learner stands in each."""
    user = signed_in(request)
    rows = queries.simulations_for(user)
    practised = [row.simulation.skill for row in rows if row.simulation.skill]
    names = names_of(framework_of(user), practised)
    context = {"rows": rows, "skill_names": names, "has_pairs": pair_queries.has_any(user)}
    return render(request, "simulations/simulations.html", context)


@login_required
@require_safe
def simulation(request: HttpRequest, key: str) -> HttpResponse:
    """Who it is, what is at stake, and the learner's own talks."""
    user = signed_in(request)
    found = get_object_or_404(queries.playable(user), key=key)
    version = found.current_version
    if version is None:
        raise Http404
    runs = queries.runs_of(user).filter(version__simulation=found)
    context = {
        "simulation": found,
        "case": case_of(version),
        "skill_names": names_of(framework_of(user), [found.skill]) if found.skill else {},
        "runs": runs[: queries.SHOWN_RUNS],
        "origin": {name: request.GET.get(name, "") for name in ("enrolment", "block")},
    }
    return render(request, "simulations/simulation.html", context)


@keeps_form
def start(request: HttpRequest, key: str) -> HttpResponse:
    """A new talk. A visit by address goes to the page of the case: signing in again leads here."""
    user, found = signed_in(request), get_object_or_404(queries.playable(signed_in(request)), key=key)
    if request.method != "POST":
        return back_to_button(request, found)
    origin = queries.origin_of_simulation(user, request.POST.get("enrolment", ""), request.POST.get("block", ""), key)
    try:
        begun = services.start_run(user=user, simulation=found, origin=origin)
    except UserError as error:
        messages.error(request, str(error))
        return redirect("simulations:list")
    return redirect(begun)


@keeps_form
def again(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Once more, with what one knows now. A visit by address goes to the talk: signing in again leads here."""
    earlier = _run(request, uuid)
    if request.method != "POST":
        return back_to_button(request, earlier)
    try:
        begun = services.start_run(user=signed_in(request), simulation=earlier.version.simulation, again=earlier)
    except UserError as error:
        messages.error(request, str(error))
        return redirect("simulations:list")
    return redirect(begun)


def _run(request: HttpRequest, uuid: UUID) -> SimulationRun:
    return get_object_or_404(queries.runs_of(signed_in(request)), uuid=uuid)


@login_required
@require_safe
def run(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The talk as it stands; after it the map, and then what came of it."""
    return _show(request, _run(request, uuid))


def _show(
    request: HttpRequest,
    run: SimulationRun,
    *,
    posted: Mapping[str, Any] | None = None,
    is_kept: bool = False,
    problem: str = "",
    noted: Sequence[Mapping[str, Any]] | None = None,
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    talk = talk_of(run)
    context: dict[str, Any] = {
        "run": run,
        "simulation": run.version.simulation,
        "case": talk.case,
        "talk": talk,
        "state": talk.state,
        "at": len(run.moves),
        "problem": problem,
        "is_kept": is_kept,
        "lesson_address": _lesson_address(run),
        "move_address": reverse("simulations:move", args=[run.uuid]),
        "map_address": reverse("simulations:map", args=[run.uuid]),
        "map_mark": mark_of(run.map),
        **(more or {}),
    }
    status = REFUSED if problem else 200
    if isinstance(talk, NegotiationTalk):
        if run.finished_at is not None:
            context["debrief"] = debrief.negotiation_debrief(talk)
            return render(request, "simulations/negotiated.html", context, status=status)
        context["todo"] = move_forms.bargaining(talk, posted or {})
        return render(request, "simulations/negotiation.html", context, status=status)
    if run.finished_at is not None:
        context["debrief"] = debrief.interview_debrief(talk, run.seed, read_map(talk.case, run.map))
        return render(request, "simulations/interviewed.html", context, status=status)
    if talk.is_over:
        context["lines"] = move_forms.map_lines(talk, run.seed, run.map if noted is None else noted)
        return render(request, "simulations/map.html", context, status=status)
    return render(request, "simulations/interview.html", context, status=status)


def _lesson_address(run: SimulationRun) -> str:
    """Where the lesson is read from which it was begun; empty where it was none, or is gone."""
    if run.enrolment is None or run.activity is None:
        return ""
    course = run.enrolment.course
    found = content.block(course.current_version or run.enrolment.version, run.activity.block_id)
    if found is None:
        return ""
    address = reverse(page_links["read a lesson"].url_name, args=[course.slug, found[0].module_slug, found[0].slug])
    return f"{address}#b-{run.activity.block_id}"


@keeps_form
def move(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One move, then the page again. A visit by address goes to the page: signing in again leads here."""
    found = _run(request, uuid)
    if request.method != "POST":
        kept = take_kept(request)
        return _show(request, found, posted=kept.dict(), is_kept=True) if kept else redirect(found)
    at = _count(request)
    try:
        services.play(user=signed_in(request), uuid=uuid, at=at, move=_made(found, at, request.POST))
    except (TalkMoved, MoveRefused) as error:
        return _show(request, _run(request, uuid), posted=request.POST.dict(), problem=str(error))
    return redirect(f"{found.get_absolute_url()}#now")


def _made(run: SimulationRun, at: int, sent: QueryDict) -> dict[str, Any]:
    """The move that was sent from the page that knew of `at` moves. Raises `MoveRefused`."""
    case = case_of(run.version)
    if isinstance(case, NegotiationCase):
        return move_forms.negotiation_move(case, sent)
    talk = talk_of(run, run.moves[: max(at, 0)])
    if not isinstance(talk, InterviewTalk):
        raise MoveRefused(_("This cannot be said now. Choose something from the list."))
    return move_forms.interview_move(talk, sent)


def _count(request: HttpRequest) -> int:
    """How many moves the page knew of; −1 for a form that does not say."""
    at = request.POST.get("at", "")
    return int(at) if at.isdecimal() and len(at) < 6 else -1


@keeps_form
def note(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Keep the map, or show it to the other person."""
    found = _run(request, uuid)
    talk = talk_of(found)
    if not isinstance(talk, InterviewTalk):
        raise Http404
    if request.method != "POST":
        kept = take_kept(request)
        return _show_map(request, found, kept, is_kept=True) if kept else redirect(found)
    noted = move_forms.noted_lines(talk.case, request.POST)
    is_final, seen = "show" in request.POST, request.POST.get(SHOWN, "")
    try:
        services.save_map(user=signed_in(request), uuid=uuid, entries=noted, is_final=is_final, seen=seen)
    except (TalkMoved, MapChanged, MapNotUnderstood) as error:
        return _show_map(request, _run(request, uuid), request.POST, problem=str(error))
    if not is_final:
        messages.success(request, _("Your map is saved. Come back to it whenever you like."))
    return redirect(found)


def _show_map(
    request: HttpRequest, run: SimulationRun, sent: QueryDict, *, is_kept: bool = False, problem: str = ""
) -> HttpResponse:
    """The map with the lines as they were sent; where another tab has saved others, or shown the map, both are there."""
    talk = talk_of(run)
    if not isinstance(talk, InterviewTalk):
        raise Http404
    noted = move_forms.noted_lines(talk.case, sent)
    is_older = noted != run.map and sent.get(SHOWN, "") != mark_of(run.map)
    both = {
        "unsaved": move_forms.said_lines(talk.case, noted) if is_older and run.finished_at else [],
        "elsewhere": move_forms.said_lines(talk.case, run.map) if is_older and not run.finished_at else [],
    }
    return _show(request, run, noted=noted, is_kept=is_kept, problem=problem, more=both)
