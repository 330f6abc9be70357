"""What the other party says. Final for the revision they were shown."""

import logging
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from learning.errors import ActivityGone
from learning.services import finish_activity
from mail import links
from mail import services as mail
from mail.errors import LinkNotOpen
from mail.models import MailLink
from practice.contacts import remember_decline
from practice.models import Agreement, AgreementRevision, AgreementState
from practice.services import telling
from practice.services.reviewing import begin_reviews
from skills import queries as skill_queries
from skills.models import Skill
from skills.services import record_evidence

logger = logging.getLogger(__name__)

SKILL = "make-expectations-explicit"
ANSWERS = (AgreementState.CONFIRMED, AgreementState.CORRECTED, AgreementState.DECLINED)


@transaction.atomic
def answer_revision(
    *,
    revision: AgreementRevision,
    link: MailLink,
    answer: str,
    they_expect: str = "",
    i_expect: str = "",
    comment: str = "",
    do_not_write: bool = False,
) -> AgreementRevision:
    """Keep the answer, use up the link, tell the learner; of what is confirmed both get a copy, and the review day begins.

    `they_expect`, `i_expect`: the wording as corrected.

    Raises LinkNotOpen when the link was used or closed meanwhile, ValueError for an answer that does not exist.
    """
    if answer not in ANSWERS:
        raise ValueError(f"{answer!r} is not a valid answer.")
    agreements = Agreement.objects.select_for_update(of=("self",)).select_related("user", "contact")
    agreement = agreements.get(pk=revision.agreement_id)
    current = AgreementRevision.objects.select_related("contact").get(pk=revision.pk)
    if current.answer or not links.use_link(link):
        raise LinkNotOpen(_("This has been answered, or the sender has withdrawn it. There is nothing left to do."))
    is_corrected = answer == AgreementState.CORRECTED
    now = timezone.now()
    current.answer, current.answered_at, current.comment = answer, now, comment
    current.corrected_they_expect = they_expect if is_corrected else ""
    current.corrected_i_expect = i_expect if is_corrected else ""
    current.save()
    agreement.state, agreement.answered_at = answer, now
    agreement.save(update_fields=["state", "answered_at", "updated_at"])
    if do_not_write:
        remember_decline(contact=current.contact)
    if answer == AgreementState.CONFIRMED:
        _count(agreement, now)
        begin_reviews(agreement, current)
        if telling.send_copies(agreement, current):
            return current
    _tell_learner(agreement, current)
    return current


def _count(agreement: Agreement, occurred_at: datetime) -> None:
    """A confirmed agreement is evidence at work, and finishes the activity it was written for."""
    try:
        record_evidence(
            user=agreement.user,
            skill=skill_queries.skill(SKILL),
            kind="workplace",
            source=f"agreement:{agreement.uuid}",
            label=_("Agreement confirmed by the other party"),
            occurred_at=occurred_at,
            is_provisional=True,
            may_be_shared=True,
        )
    except Skill.DoesNotExist:
        logger.warning("There is no skill %s, so agreement %s leaves no evidence", SKILL, agreement.uuid)
    if agreement.activity is not None and agreement.enrolment is not None:
        with suppress(ActivityGone):
            finish_activity(enrolment=agreement.enrolment, block_id=agreement.activity.block_id)


def _tell_learner(agreement: Agreement, revision: AgreementRevision) -> None:
    mail.enqueue_mail(
        template="agreement_answered",
        recipient=agreement.user.email,
        context={
            "party_name": revision.contact.name,
            "title": revision.title,
            "answer": str(revision.answer),
            "page": reverse("practice:agreement", args=[agreement.uuid]),
        },
    )
