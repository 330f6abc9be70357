"""Agreements, and the links that were mailed for them."""

import uuid
from datetime import date

from mail.models import MailLink
from practice.models import AgreementRevision
from practice.services import answer_revision, save_draft, send_agreement
from tests.factories import UserFactory

FIELDS = {
    "title": "Handover on Fridays",
    "party_name": "Bea Lindt",
    "party_email": "bea@example.org",
    "they_expect": "A list by four o'clock.",
    "i_expect": "Questions before five.",
    "review_on": date(2030, 6, 1),
}


def draft(user=None, **fields):
    more = {name: fields.pop(name) for name in ("enrolment", "activity") if name in fields}
    return save_draft(user=user or UserFactory(), uuid=uuid.uuid4(), fields=FIELDS | fields, **more)


def sent(user=None, **fields):
    agreement = draft(user, **fields)
    send_agreement(agreement=agreement)
    agreement.refresh_from_db()
    return agreement


def link_of(agreement):
    """The newest link for this agreement."""
    ids = [str(pk) for pk in agreement.revisions.values_list("pk", flat=True)]
    return MailLink.objects.filter(kind="agreement", target_id__in=ids).order_by("pk").last()


def confirmed(user=None, **fields):
    """An agreement that the other party has confirmed; its first review is open."""
    agreement = sent(user, **fields)
    answer_newest(agreement, "confirmed")
    agreement.refresh_from_db()
    return agreement


def answer_newest(agreement, said):
    """The other party answers what was sent last."""
    link = link_of(agreement)
    return answer_revision(revision=AgreementRevision.objects.get(pk=link.target_id), link=link, answer=said)


def copy_link_of(agreement):
    """The other party's link that stays, to the newest text."""
    revision = agreement.revisions.first()
    return MailLink.objects.filter(kind="agreement_copy", target_id=str(revision.pk)).order_by("pk").last()
