"""Simulations: publishing a case, and playing it. A run is its moves; the talk is replayed from them, so nothing is lost."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.shown import mark_of
from learning.errors import ActivityGone
from learning.services import finish_activity
from practice.cases import case_to_data
from practice.cases.reading import Case
from practice.errors import CaseNotPublished, MapChanged, MapNotUnderstood, MoveRefused, TalkMoved
from practice.models import Simulation, SimulationRun, SimulationVersion
from practice.queries import Origin
from practice.scoring.interview_case import InterviewCase
from practice.scoring.interview_map import MAX_LIMIT_LENGTH, InvalidMap, read_map
from practice.talks import InterviewTalk, NegotiationTalk, talk_of
from skills import queries as skill_queries
from skills import services as skill_services
from skills.enums import EvidenceKind
from skills.models import Skill

Move = Mapping[str, Any]


def is_published(case: Case, *, position: int = 0) -> bool:
    """Whether this is what is played already, and shown in that place."""
    found = Simulation.objects.filter(key=case.id, position=position, is_listed=True, skill=_skill_of(case))
    return found.filter(current_version__digest=_digest(case_to_data(case))).exists()


def of_another_kind(case: Case) -> Simulation | None:
    """What is played under the id of this case, where it is of another kind."""
    return Simulation.objects.filter(key=case.id).exclude(kind=case.kind).first()


@transaction.atomic
def publish_case(case: Case, *, position: int = 0) -> Simulation:
    """Make what is played from now on of a case that has passed its lint. A new version only where it has changed.

    Raises `CaseNotPublished` where its id is that of a case of another kind: talks, lessons and evidence hang on that.
    """
    if other := of_another_kind(case):
        words = _("“%(key)s” is the id of “%(title)s” (%(kind)s) already. Choose another id.")
        raise CaseNotPublished(words % {"key": case.id, "title": other, "kind": other.get_kind_display()})
    data = case_to_data(case)
    described = {
        "kind": case.kind,
        "title": case.title,
        "summary": case.summary,
        "skill": _skill_of(case),
        "position": position,
        "is_listed": True,
    }
    simulation, _is_new = Simulation.objects.select_for_update().update_or_create(key=case.id, defaults=described)
    digest, latest = _digest(data), simulation.versions.first()
    if latest is None or latest.digest != digest:
        number = latest.number + 1 if latest else 1
        latest = SimulationVersion.objects.create(
            simulation=simulation, number=number, case=json.dumps(data, ensure_ascii=False), digest=digest
        )
    if simulation.current_version_id != latest.pk:
        simulation.current_version = latest
        simulation.save(update_fields=["current_version", "updated_at"])
    return simulation


@transaction.atomic
def withdraw_case(key: str) -> None:
    """Nobody begins it any more; talks under way go on. Safe to repeat."""
    Simulation.objects.filter(key=key, is_listed=True).update(is_listed=False, updated_at=timezone.now())


def digest_of(case: Case) -> str:
    """The same for the same case, whatever it was written in."""
    return _digest(case_to_data(case))


def _digest(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _skill_of(case: Case) -> Skill | None:
    return skill_queries.skills_of().filter(slug=case.skill).first() if case.skill else None


@transaction.atomic
def start_run(
    *, user: User, simulation: Simulation, again: SimulationRun | None = None, origin: Origin | None = None
) -> SimulationRun:
    """A new talk. `again` is one of theirs, to be tried with what they know now: the same person in the same mood.

    `origin`: the activity of a lesson that it finishes. One in which nothing has been said is gone on with.

    Raises `MoveRefused` where the simulation was taken away.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # sent twice it begins once
    version = again.version if again else simulation.current_version
    if version is None or not simulation.is_listed:
        raise MoveRefused(_("This simulation cannot be started any more. Choose another one."))
    seed = again.seed if again else secrets.token_hex(8)
    enrolment, activity = (origin.enrolment, origin.activity) if origin else (None, None)
    if again:
        enrolment, activity = again.enrolment, again.activity
    untouched = SimulationRun.objects.filter(user=user, version=version, enrolment=enrolment, moves=[], finished_at=None)
    begun = untouched.filter(seed=seed).first() if again else untouched.first()
    return begun or SimulationRun.objects.create(user=user, version=version, seed=seed, enrolment=enrolment, activity=activity)


@transaction.atomic
def play(*, user: User, uuid: UUID, at: int, move: Move) -> SimulationRun:
    """Make the next move; `at` is how many there were on the page where it was chosen.

    The same move sent twice counts once. Raises `MoveRefused` for one that cannot be made, `TalkMoved` where the talk has
    gone on elsewhere.
    """
    run = _locked(user, uuid)
    if at != len(run.moves):
        if 0 <= at < len(run.moves) and run.moves[at] == move:
            return run
        raise TalkMoved(_("This talk has gone on in another window. Below is where it stands now."))
    if run.finished_at is not None:
        raise MoveRefused(_("This talk is over. Start a new one to try again."))
    talk = talk_of(run, [*run.moves, dict(move)])
    run.moves = [*run.moves, dict(move)]
    run.save(update_fields=["moves", "updated_at"])
    if isinstance(talk, NegotiationTalk) and talk.is_over:
        _finish(run, talk.figures)
    return run


@transaction.atomic
def save_map(
    *, user: User, uuid: UUID, entries: Sequence[Mapping[str, Any]], is_final: bool, seen: str | None = None
) -> SimulationRun:
    """Keep the map of an interview; the final one is shown to the stakeholder, and marked.

    `seen`: the mark of the map on the page where these lines were noted. Raises `MapNotUnderstood`; `TalkMoved` where it has
    been shown already; `MapChanged` where other lines have been saved meanwhile: those stay.
    """
    run = _locked(user, uuid)
    if run.finished_at is not None:
        if is_final and run.map == list(entries):
            return run
        raise TalkMoved(_("This map has been shown already. Below is what came of it."))
    talk = talk_of(run)
    if not isinstance(talk, InterviewTalk) or not talk.is_over:
        raise MapNotUnderstood(_("The map comes after the talk. End the talk first."))
    if seen is not None and seen != mark_of(run.map) and run.map != list(entries):
        raise MapChanged(
            _(
                "Your map was changed in another tab or on another device. Nothing was sent: below is what you noted here, and "
                "what is saved."
            )
        )
    _require_readable(talk.case, entries)
    try:
        noted = read_map(talk.case, list(entries))
    except InvalidMap as error:
        raise MapNotUnderstood(str(error)) from error
    if is_final and not noted:
        raise MapNotUnderstood(_("The map is still empty. Note at least one thing that you have heard or assume."))
    run.map = list(entries)
    run.save(update_fields=["map", "updated_at"])
    if is_final:
        _finish(run, talk.figures(noted))
    return run


def _require_readable(case: InterviewCase, entries: Sequence[Mapping[str, Any]]) -> None:
    """Raise `MapNotUnderstood` for what a learner can get wrong, in the words of the line that it is about."""
    says = {entry.id: entry.says for entry in case.expectations} | {lead.id: lead.says for lead in case.false_leads}
    for entry in entries:
        line, rank = says.get(str(entry.get("line")), ""), entry.get("rank")
        if not line:
            continue
        if not entry.get("status"):
            raise MapNotUnderstood(
                _("You wrote something beside “%(line)s”. Say whether you heard it or assume it.") % {"line": line}
            )
        if len(limit := str(entry.get("limit", ""))) > MAX_LIMIT_LENGTH:
            raise MapNotUnderstood(
                _("The limit of “%(line)s” has %(length)s characters, of at most %(limit)s. Shorten it: all of it is here.")
                % {"line": line, "length": f"{len(limit):,}", "limit": MAX_LIMIT_LENGTH}
            )
        if rank is not None and (not isinstance(rank, int) or not 1 <= rank <= len(says)):
            raise MapNotUnderstood(_("The place of “%(line)s” is a number: 1 for what matters most, then 2.") % {"line": line})


def _locked(user: User, uuid: UUID) -> SimulationRun:
    """One of theirs. Raises `SimulationRun.DoesNotExist` for anybody else's."""
    runs = SimulationRun.objects.select_for_update(of=("self",)).select_related(
        "version__simulation__skill", "activity", "enrolment"
    )
    return runs.get(user=user, uuid=uuid)


def _finish(run: SimulationRun, figures: Mapping[str, Any]) -> None:
    """Note how it ended, and that the skill was practised: dated, beside the level and never in it."""
    run.result, run.finished_at = dict(figures), timezone.now()
    run.save(update_fields=["result", "finished_at", "updated_at"])
    simulation = run.version.simulation
    if simulation.skill is not None:
        skill_services.record_evidence(
            user=run.user,
            skill=simulation.skill,
            kind=EvidenceKind.PRACTICE,
            source=f"simulation:{run.uuid}",
            label=simulation.title,
            occurred_at=run.finished_at,
            may_be_shared=True,
        )
    if run.activity is not None and run.enrolment is not None:
        with suppress(ActivityGone):
            finish_activity(enrolment=run.enrolment, block_id=run.activity.block_id)
