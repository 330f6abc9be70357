"""What live pairs hold of a person: that they said yes, their seats with their notes, and what they wrote to their partners."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.personal_data import PrivacyPart, Row, erased, made_anonymous, moment, rows_of
from mail.models import MailDelivery
from mail.services import cancel
from practice.models import Pair, PairCall, PairEnding, PairReport, PairSeat, PairState, PairTurn, PairVolunteer
from practice.scoring.negotiation import phrase
from practice.services.pair_ending import end_pair, lock_pair
from practice.services.pair_mails import ABOUT, OVER
from practice.talks import pair_talk_of, turn_of


def _seats(user: User) -> QuerySet[PairSeat]:
    seats = PairSeat.objects.filter(user=user).select_related("pair__version", "pair__call__simulation")
    return seats.prefetch_related("pair__turns", "pair__reports").order_by("pk")


def _said_yes(user: User) -> QuerySet[PairVolunteer]:
    return PairVolunteer.objects.filter(user=user).select_related("call__simulation").order_by("pk")


def _seat(seat: PairSeat) -> Row:
    """The talk as its page shows it. Of the other person there are the words that they wrote to this one, and no name."""
    pair = seat.pair
    return {
        "simulation": pair.call.simulation.title,
        "side": seat.side,
        "proposed": moment(pair.created_at),
        "you_said_yes": moment(seat.agreed_at),
        "begun": moment(pair.started_at),
        "ended": moment(pair.ended_at),
        "how": pair.ending,
        "shows_sheet": seat.shows_sheet,
        "notes": seat.notes,
        "talk": [_line(pair, turn, seat) for turn in pair.turns.all()],
        "reported": [report.words for report in pair.reports.all() if report.side == seat.side],
    }


def _line(pair: Pair, turn: PairTurn, seat: PairSeat) -> str:
    who = "you" if turn.side == seat.side else "them"
    case = pair_talk_of(pair, "you").case
    deal = turn_of(case, turn).deal
    offered = f" [{phrase(case, deal)}]" if deal is not None else ""
    return f"{who}, {turn.kind}: {turn.message}{offered}"


def _yes(volunteer: PairVolunteer) -> Row:
    return {
        "simulation": volunteer.call.simulation.title,
        "said_yes": moment(volunteer.created_at),
        "taken_back": moment(volunteer.withdrawn_at),
        "told_that_nobody_is_left": moment(volunteer.told_alone_at),
    }


def _export(user: User) -> Iterator[Row]:
    yield from rows_of(_said_yes(user), _yes)
    yield from rows_of(_seats(user), _seat)


def _count(user: User) -> int:
    return _said_yes(user).count() + _seats(user).count()


def _erase(user: User) -> int:
    """What is under way ends, and the partner is told. Offers stay, which name nobody; words, notes and the name go."""
    seats = list(PairSeat.objects.filter(user=user).order_by("pair"))
    for seat in seats:
        pair = lock_pair(seat.pair_id)
        if pair.state != PairState.ENDED:
            end_pair(pair, PairEnding.LEFT, seat.side)
        pair.turns.filter(side=seat.side).exclude(message="").update(message="", is_erased=True)
        pair.reports.filter(side=seat.side).update(words="")
        PairSeat.objects.filter(pk=seat.pk).update(user=None, notes="")
        if not pair.seats.filter(user__isnull=False).exists():
            pair.delete()
        _empty_mails(pair, user)
    PairCall.objects.filter(opened_by=user).update(opened_by=None)
    PairReport.objects.filter(settled_by=user).update(settled_by=None)
    return len(seats) + PairVolunteer.objects.filter(user=user).delete()[0]


def _empty_mails(pair: Pair, user: User) -> None:
    """Mails to their partner name them: those that wait say that it is over, and name nobody any more."""
    about = MailDelivery.objects.filter(about=f"{ABOUT}{pair.uuid}")
    cancel(about.filter(~Q(template=OVER) | Q(recipient=user.email)))
    for delivery in about.exclude(context={}):
        delivery.context = {**delivery.context, "other": str(_("Your partner"))}
        delivery.save(update_fields=["context", "updated_at"])


PAIRS = PrivacyPart(
    "pairs",
    _("Negotiations with colleagues, with your notes and what both of you wrote"),
    export=_export,
    erase=_erase,
    count=_count,
    verdicts=erased("practice.PairVolunteer")
    + made_anonymous(
        "practice.Pair",
        "practice.PairSeat",
        "practice.PairTurn",
        "practice.PairReport",
        "practice.PairCall",
        because=_(
            "What you negotiated with a colleague is theirs too: the offers stay with them, without your name, your notes and "
            "your words. Once both of you have closed your accounts, all of it is gone."
        ),
    ),
    headings=("simulation",),
    loses_words=True,
)
