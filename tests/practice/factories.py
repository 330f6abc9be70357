"""Agreements, and the links that were mailed for them."""

import uuid
from datetime import date

from mail.models import MailLink
from practice.services import save_draft, send_agreement
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
