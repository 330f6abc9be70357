"""What those who are asked say, and take back, until the round closes."""

from django.db import transaction

from feedback.answers import Answers
from feedback.contacts import LINK_KIND
from feedback.enums import RoundState
from feedback.models import Rater, Round
from feedback.services.locking import lock_round
from mail import services as mail
from mail.models import MailDelivery, MailLink
from practice.contacts import remember_decline


@transaction.atomic
def answer(*, rater: Rater, answers: Answers, is_final: bool) -> None:
    """Keep what was said so far, or send it; what is sent later takes its place. A draft does not replace what was sent.

    Raises RoundNotOpen once the round is closed.
    """
    lock_round(rater.feedback_round, RoundState.OPEN)
    current = Rater.objects.filter(pk=rater.pk)
    if not is_final:
        current = current.filter(is_submitted=False)
    values: dict[str, str | bool] = {"answers": answers.seal()}
    current.update(**values, **({"is_submitted": True} if is_final else {}))


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
def save_own_answers(*, feedback_round: Round, answers: Answers) -> None:
    """What the learner says of themselves; the last word counts. Raises RoundNotOpen once the round is closed."""
    locked = lock_round(feedback_round, RoundState.DRAFT, RoundState.OPEN)
    locked.own_answers = answers.seal()
    locked.save(update_fields=["own_answers", "updated_at"])
