"""Who can be asked in a round, and where they are."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import formats, timezone

from accounts.queries import mailbox_of
from common.time_zones import time_of
from feedback.models import Rater, Round
from mail.models import Contact, MailLink
from practice.contacts import declined_among, zone_of_address

LINK_KIND = "feedback"
MOST_RATERS = 24
KNOWN_SHOWN = 12


def asked_mailboxes(feedback_round: Round) -> set[str]:
    return {mailbox_of(email) for email in feedback_round.raters.values_list("contact__email", flat=True)}


def known_contacts(feedback_round: Round) -> list[Contact]:
    """People of the learner's agreements and earlier rounds who can be asked: not those who are, or asked not to be."""
    asked = asked_mailboxes(feedback_round)
    contacts = Contact.objects.filter(added_by=feedback_round.user, declined_at=None).exclude(name="")
    newest = list(contacts.order_by("-updated_at", "pk")[: 3 * KNOWN_SHOWN])
    out = declined_among(user=feedback_round.user, emails=[contact.email for contact in newest])
    near = [contact for contact in newest if contact.email not in out and mailbox_of(contact.email) not in asked]
    return near[:KNOWN_SHOWN]


def zone_of_rater(rater: Rater) -> ZoneInfo:
    return zone_of_address(rater.contact.email, asked_by=rater.feedback_round.user)


def moment_words(moment: datetime, zone: ZoneInfo) -> str:
    """A day and time where its reader is, with the name of the place: they may be somewhere else."""
    local = timezone.localtime(moment, zone)
    return f"{formats.date_format(local, 'DATETIME_FORMAT')} ({time_of(zone.key)})"


def links_of(feedback_round: Round) -> list[MailLink]:
    raters = [rater.uuid.hex for rater in feedback_round.raters.all()]
    return list(MailLink.objects.filter(kind=LINK_KIND, target_id__in=raters))
