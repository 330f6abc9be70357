"""On the review day both are asked whether it was kept, once more a week later, then never again."""

from datetime import date, datetime, timedelta

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from common import sweeps
from mail import services as mail
from mail.hours import is_waking_hour
from mail.models import MailDelivery
from practice.contacts import may_write_to, zone_of
from practice.models import Agreement, AgreementState, Party, Review, ReviewRequest
from practice.services.telling import question_for

WEEK = timedelta(weeks=1)


def turn_on(due_on: date, day: date) -> int | None:
    """Which question is asked where it is that `day`: the first in the week from the review day on, the second in the next."""
    if due_on <= day < due_on + WEEK:
        return 1
    return 2 if due_on + WEEK <= day < due_on + 2 * WEEK else None


@shared_task(name="practice.ask_about_reviews")
def ask_about_reviews() -> None:
    """Hourly: whoever's review day it is, and who is awake. Repeating it asks nobody twice."""
    now = timezone.now()
    # A day more on both sides: it is another day elsewhere.
    near = (now.date() - 2 * WEEK - timedelta(days=1), now.date() + timedelta(days=1))
    due = Review.objects.filter(closed_at=None, due_on__range=near, agreement__state=AgreementState.CONFIRMED)
    due = due.filter(agreement__user__is_active=True).prefetch_related("answers", "requests").order_by("pk")
    sweeps.each(
        [review for review in due if _may_be_due(review, now)],
        lambda review: ask_both(review, now),
        name="Reviews of agreements",
    )


def _may_be_due(review: Review, now: datetime) -> bool:
    """Whether somebody is still to be asked on a day that it is somewhere now; most reviews need no further look."""
    days = (now.date() + timedelta(days=days) for days in (-1, 0, 1))
    turns = {turn for day in days if (turn := turn_on(review.due_on, day))}
    answered = {answer.party for answer in review.answers.all()}
    asked = {(request.party, request.turn) for request in review.requests.all()}
    return any((party, turn) not in asked for party in Party if party not in answered for turn in turns)


@transaction.atomic
def ask_both(review: Review, now: datetime) -> int:
    """Those of both who are due to be asked, with the note that they were; how many mails that makes."""
    agreement = (
        Agreement.objects.select_for_update(of=("self",))
        .select_related("user", "contact")
        .filter(pk=review.agreement_id, state=AgreementState.CONFIRMED)
        .first()
    )
    # Read once the agreement is locked: the other worker's notes, and what was answered meanwhile.
    current = Review.objects.select_related("revision__contact").filter(pk=review.pk, closed_at=None).first()
    if agreement is None or current is None:
        return 0
    mails = [question for party in Party if (question := _ask(agreement, current, party, now))]
    mail.enqueue_in_bulk(mails)
    return len(mails)


def _ask(agreement: Agreement, review: Review, party: Party, now: datetime) -> MailDelivery | None:
    local = now.astimezone(zone_of(agreement, party))
    turn = turn_on(review.due_on, local.date())
    if turn is None or not is_waking_hour(local) or not may_write_to(agreement, party):
        return None
    if review.answers.filter(party=party).exists():
        return None
    _request, is_new = ReviewRequest.objects.get_or_create(review=review, party=party, turn=turn)
    return question_for(agreement, review, party, turn, now) if is_new else None
