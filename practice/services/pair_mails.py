"""Mails about live pairs: asked, your turn, over, nobody left. By day where the reader is, and none to whoever stopped them.

A mail says that something waits, and never what was said or offered.
"""

from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from accounts.queries import zone_of
from mail import services as mail
from mail.hours import next_waking_hour
from mail.models import MailDelivery
from mail.queries import stopped_choices
from mail.services.choices import link_to_stop
from practice.models import Pair, PairCall, PairSeat, PairState, PairVolunteer

CHOICE = "pairs"
ABOUT, ABOUT_CALL = "pair:", "pair_call:"
ASKED, TURN, OVER, ALONE = "pair_asked", "pair_turn", "pair_over", "pair_alone"


def ask_to_agree(pair: Pair, seat: PairSeat, other: PairSeat) -> None:
    """The other, or whoever runs the cohort, would like them to negotiate with one another."""
    _write(ASKED, seat.user, pair, other, until=_until(pair, seat.user))


def tell_turn(pair: Pair, seat: PairSeat, other: PairSeat, number: int) -> None:
    """Once for each turn: it passes once."""
    _write(TURN, seat.user, pair, other, turn=number, until=_until(pair, seat.user))


def tell_over(pair: Pair, seat: PairSeat, other: PairSeat) -> None:
    _write(OVER, seat.user, pair, other, ending=str(pair.ending), is_own=pair.ended_by == seat.side)


def tell_alone(call: PairCall, volunteer: PairVolunteer) -> bool:
    """That nobody is left for them; once, until they have had a partner."""
    if volunteer.told_alone_at is not None:
        return False
    volunteer.told_alone_at = timezone.now()
    volunteer.save(update_fields=["told_alone_at", "updated_at"])
    context = {"title": call.simulation.title, "page": call.get_absolute_url()}
    _enqueue(ALONE, volunteer.user, f"{ABOUT_CALL}{call.uuid}", context | {"is_closed": call.closed_at is not None})
    return True


def _until(pair: Pair, user: User | None) -> str:
    """The deadline on the reader's own clock, with the place that it is told by."""
    if user is None:
        return ""
    zone = zone_of(user)
    return f"{date_format(pair.due_at.astimezone(zone), 'l j F, H:i')} ({zone.key.replace('_', ' ')})"


def _write(template: str, user: User | None, pair: Pair, other: PairSeat, **more: object) -> None:
    if user is None:
        return
    name = other.user.display_name if other.user else ""
    context = {"title": pair.call.simulation.title, "page": pair.get_absolute_url(), "other": name}
    _enqueue(template, user, f"{ABOUT}{pair.uuid}", context | more)


def _enqueue(template: str, user: User, about: str, context: dict[str, object]) -> None:
    if not user.is_active or CHOICE in stopped_choices(user.pk):
        return
    now = timezone.now()
    read_at = next_waking_hour(now.astimezone(zone_of(user)))
    link = link_to_stop(user_id=user.pk, recipient=user.email, choice=CHOICE, now=now)
    delivery = MailDelivery(
        template=template,
        recipient=user.email,
        link=link,
        about=about,
        context=context,
        not_before=read_at if read_at > now else None,
    )
    mail.enqueue_in_bulk([delivery])


def is_wanted(delivery: MailDelivery) -> bool:
    """Whether what a mail speaks of still holds: nobody is told of a turn that they have taken."""
    if delivery.template == ALONE:
        return PairCall.objects.filter(uuid=delivery.about.removeprefix(ABOUT_CALL)).exists()
    pair = Pair.objects.filter(uuid=delivery.about.removeprefix(ABOUT)).first()
    if pair is None:
        return False
    if delivery.template == TURN:
        return pair.state == PairState.RUNNING and pair.turns.count() == delivery.context["turn"]
    return delivery.template == OVER or pair.state == PairState.PROPOSED
