"""What those who are asked say, and take back, until the round closes."""

from collections.abc import Mapping

from django.db import transaction

from common.encryption import SecretUnreadable
from feedback.answers import Answers, Merged, merge, unseal
from feedback.contacts import LINK_KIND
from feedback.enums import RoundState
from feedback.models import Rater, Round
from feedback.services.locking import lock_round
from mail import services as mail
from mail.models import MailDelivery, MailLink
from practice.contacts import remember_decline


@transaction.atomic
def answer(*, rater: Rater, answers: Answers, is_final: bool, seen: Mapping[str, str] | None = None) -> Merged:
    """Keep what was said so far, or send it; what is sent later takes its place. A draft does not replace what was sent.

    `seen`: the marks of what the page showed, field by field. Of fields that another page changed since, the newer answers
    stay, and nothing is sent that the page did not show. Raises RoundNotOpen once the round is closed.
    """
    lock_round(rater.feedback_round, RoundState.OPEN)
    current = Rater.objects.get(pk=rater.pk)
    merged = Merged(answers)
    if seen is not None and not current.is_submitted:
        merged = merge(_read(current.answers), answers, seen)
    is_sent = is_final and not merged.is_older
    if is_sent or not current.is_submitted:
        current.answers, current.is_submitted = merged.answers.seal(), is_sent
        current.save(update_fields=["answers", "is_submitted"])
    return merged


def _read(sealed: str) -> Answers:
    try:
        return unseal(sealed)
    except SecretUnreadable:
        return Answers()


@transaction.atomic
def take_back(*, rater: Rater) -> None:
    """Nothing that they said is kept. They can answer again. Raises RoundNotOpen once the round is closed."""
    lock_round(rater.feedback_round, RoundState.OPEN)
    Rater.objects.filter(pk=rater.pk).update(answers="", is_submitted=False)


@transaction.atomic
def decline(*, rater: Rater) -> None:
    """They are not written to again, by nobody of the sender's organisations. What they have sent can be taken back."""
    remember_decline(contact=rater.contact)
    mail.cancel(MailDelivery.objects.filter(link__kind=LINK_KIND, link__target_id=rater.uuid.hex))


def decline_by_link(link: MailLink) -> None:
    """Also where the round is over: what is said of an address holds for all that comes."""
    if link.contact is not None:
        remember_decline(contact=link.contact)
        mail.cancel(MailDelivery.objects.filter(link=link))


@transaction.atomic
def save_own_answers(*, feedback_round: Round, answers: Answers, seen: Mapping[str, str] | None = None) -> Merged:
    """What the learner says of themselves; of fields that another page changed since, the newer answers stay.

    `seen`: see `answer`. Raises RoundNotOpen once the round is closed.
    """
    locked = lock_round(feedback_round, RoundState.DRAFT, RoundState.OPEN)
    merged = Merged(answers) if seen is None else merge(_read(locked.own_answers), answers, seen)
    locked.own_answers = merged.answers.seal()
    locked.save(update_fields=["own_answers", "updated_at"])
    return merged
