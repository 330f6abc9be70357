"""Turns of two learners who negotiate with one another. Each is taken once, however often and wherever it was sent."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.shown import mark_of
from common.written import unprintable
from practice.errors import MoveRefused, NotesChanged, PairRefused, TalkMoved
from practice.models import Pair, PairEnding, PairReport, PairState, PairTurn, SeatSide
from practice.models.pairs import MAX_MESSAGE, MAX_NOTES, MAX_REPORT
from practice.scoring.bargaining import after
from practice.scoring.negotiation_moves import InvalidMove
from practice.services import pair_mails
from practice.services.pair_ending import deadline_of, end_pair, seats_of, settle_locked
from practice.services.pairing import locked_pair_of
from practice.talks import pair_talk_of, turn_of

ENDINGS = {"deal": PairEnding.DEAL, "walked": PairEnding.WALKED}


def take_turn(*, user: User, uuid: UUID, at: int, kind: str, deal: Mapping[str, str] | None = None, message: str = "") -> Pair:
    """Say something, make an offer, accept or walk away; `at` is how many turns there were on the page where it was chosen.

    The same turn sent twice counts once. Raises `MoveRefused` for one that cannot be taken, `TalkMoved` where the other, or
    another window, was faster: nothing was done, and what was written is still with the caller.
    """
    # What ended meanwhile is kept, and only then refused: an error would take it back.
    with transaction.atomic():
        pair, seat, _other = locked_pair_of(user, uuid)
        settle_locked(pair, timezone.now())
        if pair.state == PairState.RUNNING:
            _take(pair, seat.side, at, kind, deal, message)
            return pair
        if _is_repeated(pair, seat.side, at, kind, deal, message):
            return pair
    raise TalkMoved(_("This negotiation is over: see below. What you sent was not done.") if pair.ended_at else _not_begun())


def _not_begun() -> str:
    return _("It begins once you have both said yes.")


def _take(pair: Pair, side: str, at: int, kind: str, deal: Mapping[str, str] | None, message: str) -> None:
    turns = list(pair.turns.all())
    if _is_repeated(pair, side, at, kind, deal, message):
        return
    if at != len(turns):
        raise TalkMoved(_("It has gone on since you opened this page. Below is where it stands; what you wrote is still here."))
    message = _readable(message, MAX_MESSAGE)
    if kind == "say" and not message:
        raise MoveRefused(_("Write something, or make an offer."))
    if kind not in ("say", "offer", "accept", "walk"):
        raise MoveRefused(_("Choose whether you say something, make an offer, accept or walk away."))
    turn = PairTurn(pair=pair, number=at, side=side, kind=kind, deal=dict(deal or {}) if kind == "offer" else None)
    turn.message = message
    talk = pair_talk_of(pair, "you")
    try:
        bargain = after(talk.bargain, turn_of(talk.case, turn))
    except InvalidMove as error:
        raise MoveRefused(str(error)) from error
    turn.save()
    if bargain.ended:
        end_pair(pair, ENDINGS[bargain.ended], side)
    elif bargain.on_move is not None:
        _pass_on(pair, bargain.on_move, len(turns) + 1)


def _is_repeated(pair: Pair, side: str, at: int, kind: str, deal: Mapping[str, str] | None, message: str) -> bool:
    taken = pair.turns.filter(number=at, side=side, kind=kind).first() if at >= 0 else None
    offered = dict(deal or {}) if kind == "offer" else None
    return taken is not None and taken.message == _plain(message) and taken.deal == offered


def _pass_on(pair: Pair, on_move: str, number: int) -> None:
    """The other has a turn from now on, and hears of it: once, because a turn is taken once."""
    seats = seats_of(pair)
    pair.due_at = deadline_of(seats[on_move].user, pair.days_per_turn, timezone.now())
    pair.save(update_fields=["due_at", "updated_at"])
    pair_mails.tell_turn(pair, seats[on_move], seats[SeatSide(on_move).opposite], number)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _readable(text: str, limit: int) -> str:
    """As it was written, with one kind of line end. Raises `MoveRefused` for what is too long or cannot be shown."""
    text = _plain(text)
    if len(text) > limit:
        raise MoveRefused(
            _("Your text has %(length)s characters; the limit is %(limit)s. Shorten it: all of it is still here.")
            % {"length": f"{len(text):,}", "limit": f"{limit:,}"}
        )
    if hidden := unprintable(text):
        raise MoveRefused(_("Your text holds the character %(code)s, which cannot be shown. Remove it.") % {"code": hidden[1]})
    return text


@transaction.atomic
def save_notes(*, user: User, uuid: UUID, notes: str, seen: str | None = None) -> None:
    """Somebody's own notes, as long as it is not over: then both may have read them.

    `seen`: the mark of the notes on the page where these were written; what such a page did not change stays as it is.
    Raises `MoveRefused`, `TalkMoved`; `NotesChanged` where other notes have been saved meanwhile: those stay.
    """
    pair, seat, _other = locked_pair_of(user, uuid)
    if _plain(notes) == seat.notes or (seen is not None and mark_of(_plain(notes)) == seen):
        return
    if pair.state == PairState.ENDED:
        raise TalkMoved(_("This negotiation is over, and notes stay as they were at its end."))
    if seen is not None and seen != mark_of(seat.notes):
        raise NotesChanged(
            _("Your notes were changed in another tab or on another device. Those are shown beside what you typed here.")
        )
    seat.notes = _readable(notes, MAX_NOTES)
    seat.save(update_fields=["notes", "updated_at"])


@transaction.atomic
def choose_sheet(*, user: User, uuid: UUID, shows_sheet: bool, seen: bool | None = None) -> None:
    """Whether the other may see one's sheet afterwards; until it is over. Raises `TalkMoved`.

    `seen`: the choice on the page where this one was made. A page that showed another one than is saved changes nothing.
    """
    pair, seat, _other = locked_pair_of(user, uuid)
    if seat.shows_sheet == shows_sheet or (seen is not None and seen != bool(seat.shows_sheet)):
        return
    if pair.state == PairState.ENDED:
        raise TalkMoved(_("This negotiation is over. What both had chosen by then holds."))
    seat.shows_sheet = shows_sheet
    seat.save(update_fields=["shows_sheet", "updated_at"])


@transaction.atomic
def stop(*, user: User, uuid: UUID, words: str = "", turn: int | None = None, is_reported: bool = False) -> Pair:
    """End it at once, for whatever reason, and say so to those who run the cohort where something was not right.

    A message can be reported after the end too. Safe to repeat. Raises `PairRefused` for words that cannot be kept.
    """
    pair, seat, _other = locked_pair_of(user, uuid)
    if is_reported:
        try:
            said = _readable(words, MAX_REPORT)
        except MoveRefused as error:
            raise PairRefused(str(error)) from error
        reported = pair.turns.filter(number=turn).exclude(side=seat.side).first() if turn is not None else None
        if not said and reported is None:
            raise PairRefused(_("Choose the message that was not right, or say in your own words what happened."))
        details: dict[str, Any] = {"organisation_id": pair.organisation_id, "turn": reported, "words": said}
        PairReport.objects.get_or_create(pair=pair, side=seat.side, defaults=details)
    if pair.state != PairState.ENDED:
        end_pair(pair, PairEnding.STOPPED if pair.state == PairState.RUNNING else PairEnding.DECLINED, seat.side)
    return pair
