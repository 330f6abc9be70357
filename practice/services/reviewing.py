"""Review days: both say whether it was kept, neither before they know what the other says, and agree on the next day."""

import logging
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from practice.contacts import today_of
from practice.errors import AnswersFinal, ReviewClosed, ReviewDayRefused, ReviewNotDue
from practice.models import Agreement, AgreementRevision, AgreementState, Party, Review, ReviewAnswer, Verdict
from practice.queries import ReviewSeen, as_seen, open_review_of
from practice.services import telling
from skills import queries as skill_queries
from skills.models import Skill
from skills.services import record_evidence

logger = logging.getLogger(__name__)

SKILL = "manage-expectations-over-time"
# A next day is at least so far away: the question that is repeated after a week is over by then.
SOONEST = timedelta(days=7)
LATEST = timedelta(days=2 * 366)
# Whoever has answered does not wait for the other for longer than this: they have been asked twice by then.
PATIENCE = timedelta(days=14)


def begin_reviews(agreement: Agreement, revision: AgreementRevision) -> Review | None:
    """The day that stands in a text which has just been confirmed. Called under the lock on the agreement."""
    if revision.review_on is None:
        return None
    close_review(agreement)
    review = _open(agreement, revision, revision.review_on)
    if review.number > 1:
        telling.raise_sequence(agreement)
    return review


def _open(agreement: Agreement, revision: AgreementRevision, due_on: date, set_by: str = "") -> Review:
    last = agreement.reviews.first()
    return Review.objects.create(
        agreement=agreement, revision=revision, number=last.number + 1 if last else 1, due_on=due_on, set_by=set_by
    )


def close_review(agreement: Agreement) -> Review | None:
    """Nobody is asked, or answers, any more; what was answered stays. Returns what was open."""
    review = open_review_of(agreement)
    if review is not None:
        review.closed_at = timezone.now()
        review.save(update_fields=["closed_at", "updated_at"])
    return review


def withdraw_review(agreement: Agreement) -> None:
    """Close what is open; both hear of it where its day was still to come."""
    review = close_review(agreement)
    if review is not None and review.due_on >= today_of(agreement, Party.LEARNER):
        telling.tell_of_withdrawal(agreement, review)


def _locked(review: Review) -> tuple[Agreement, Review]:
    """Both, once nobody else is at them. Raises ReviewClosed where there is nothing to answer any more."""
    agreements = Agreement.objects.select_for_update(of=("self",)).select_related("user", "contact")
    agreement = agreements.filter(pk=review.agreement_id).first()
    current = open_review_of(agreement) if agreement else None
    if agreement is None or current is None or current.pk != review.pk or agreement.state != AgreementState.CONFIRMED:
        raise ReviewClosed(_("This review is over: a later day was agreed, or the agreement was withdrawn. Nothing was saved."))
    return agreement, current


@transaction.atomic
def answer_review(*, review: Review, party: Party, verdict: str, what_changed: str = "") -> ReviewAnswer:
    """Keep what one party says; until the other has answered too it may be changed. Equal answers are never refused.

    Raises ReviewClosed, ReviewNotDue before the day, AnswersFinal once both have answered, ValueError for no verdict of ours.
    """
    if verdict not in Verdict.values:
        raise ValueError(f"{verdict!r} is not a verdict.")
    agreement, current = _locked(review)
    if today_of(agreement, party) < current.due_on:
        raise ReviewNotDue(_("The review day has not come yet. Answer on the day, or later."))
    answers = {answer.party: answer for answer in current.answers.all()}
    own = answers.get(party)
    if own and (own.verdict, own.what_changed) == (verdict, what_changed):
        return own
    if own and len(answers) == len(Party):
        raise AnswersFinal(_("Both of you have answered, and each has read what the other says, so answers stay as they are."))
    saved, is_new = ReviewAnswer.objects.update_or_create(
        review=current, party=party, defaults={"verdict": verdict, "what_changed": what_changed}
    )
    answers[party] = saved
    if is_new and len(answers) == len(Party):
        _note_evidence(agreement, current, answers)
        telling.tell_of_answers(agreement, current, to=party.counterpart)
    return saved


def _note_evidence(agreement: Agreement, review: Review, answers: dict[str, ReviewAnswer]) -> None:
    """Evidence at work for the learner alone: what both said, in one word each, without names and texts."""
    try:
        record_evidence(
            user=agreement.user,
            skill=skill_queries.skill(SKILL),
            kind="workplace",
            source=f"review:{review.uuid}",
            label=_label(answers),
            occurred_at=timezone.now(),
            is_provisional=True,
        )
    except Skill.DoesNotExist:
        logger.warning("There is no skill %s, so review %s leaves no evidence", SKILL, review.uuid)


def _label(answers: dict[str, ReviewAnswer]) -> str:
    own, other = answers[Party.LEARNER], answers[Party.OTHER]
    if own.verdict == other.verdict:
        words = {
            Verdict.KEPT: _("Agreement kept, as both of you say"),
            Verdict.PARTLY: _("Agreement partly kept, as both of you say"),
            Verdict.NOT_KEPT: _("Agreement reviewed together: not kept, as both of you say"),
        }
        return words[Verdict(own.verdict)]
    return _("Agreement reviewed together: “%(own)s” in your view, “%(other)s” in theirs") % {
        "own": own.get_verdict_display(),
        "other": other.get_verdict_display(),
    }


def can_agree_next(seen: ReviewSeen, today: date) -> bool:
    """Once both have answered; two weeks after the day for whoever has answered alone."""
    return seen.is_open and seen.own is not None and (seen.has_other_answered or today >= seen.review.due_on + PATIENCE)


@transaction.atomic
def agree_next_review(*, review: Review, party: Party, due_on: date) -> Review:
    """Close this review and open the next; both get its calendar file. Asking for the same day again changes nothing.

    Raises ReviewClosed, or ReviewDayRefused with the reason.
    """
    following = Review.objects.filter(agreement=review.agreement_id, number=review.number + 1, set_by=party).first()
    if following and following.due_on == due_on:
        return following
    agreement, current = _locked(review)
    today = today_of(agreement, party)
    if not can_agree_next(as_seen(current, party, today), today):
        raise ReviewDayRefused(_("Say first whether it was kept. A next day can be chosen once both of you have answered."))
    if not today + SOONEST <= due_on <= today + LATEST:
        raise ReviewDayRefused(_("Choose a day that is at least a week and at most two years away."))
    close_review(agreement)
    following = _open(agreement, current.revision, due_on, party)
    telling.tell_of_next_day(agreement, following)
    return following
