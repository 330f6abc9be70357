"""One lock for all that happens to a round: who answers while it closes is counted, or told that it is too late."""

from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.enums import RoundState
from feedback.errors import RoundNotOpen
from feedback.models import Round


def lock_round(feedback_round: Round, *states: str) -> Round:
    """The round as it is now, locked, with its learner. Raises RoundNotOpen in any other state, or once its time is over."""
    locked = Round.objects.select_for_update(of=("self",)).select_related("user").filter(pk=feedback_round.pk).first()
    if locked is None or locked.state not in states:
        raise RoundNotOpen(_("This round of feedback has been closed or called off, or has not been sent yet."))
    if locked.state == RoundState.OPEN and locked.closes_at <= timezone.now():
        raise RoundNotOpen(_("The time for answers is over. The round is being closed."))
    return locked
