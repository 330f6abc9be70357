"""Asking the other party."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.names import validate_name
from mail import links
from mail import services as mail
from mail.models import Contact, MailLink
from practice.contacts import LINK_KIND, contact_for, refuse_unless_allowed
from practice.errors import AgreementIncomplete, AgreementNotEditable, MayNotWrite
from practice.models import Agreement, AgreementRevision, AgreementState
from practice.queries import is_undelivered
from practice.services.drafting import close_links

LINK_DAYS = 30
REMIND_AFTER = timedelta(days=3)


def missing_parts(agreement: Agreement) -> list[str]:
    """What still has to be written before it can be sent, in the learner's words."""
    parts = [
        (agreement.title, _("what it is about")),
        (agreement.party_name, _("the other party’s name")),
        (agreement.party_email, _("the other party’s e-mail address")),
        (agreement.they_expect, _("what they expect")),
        (agreement.i_expect, _("what you expect")),
        (agreement.review_on, _("the review date")),
    ]
    return [words for value, words in parts if not value]


def _refuse_incomplete(agreement: Agreement) -> None:
    missing = missing_parts(agreement)
    if missing:
        raise AgreementIncomplete(_("Before you can send this, please add: %(parts)s.") % {"parts": ", ".join(missing)})
    try:
        validate_email(agreement.party_email)
    except ValidationError:
        raise AgreementIncomplete(
            _("“%(email)s” is not a complete e-mail address. Correct it, then send.") % {"email": agreement.party_email}
        ) from None
    if agreement.party_email.strip().lower() == agreement.user.email:
        raise AgreementIncomplete(_("This is your own e-mail address. An agreement needs the other party."))
    if agreement.review_on is not None and agreement.review_on < timezone.localdate():
        raise AgreementIncomplete(_("The review date is in the past. Choose a later one."))
    try:
        for text in (agreement.title, agreement.party_name):
            validate_name(text)
    except ValidationError:
        raise AgreementIncomplete(
            _("Leave web and e-mail addresses out of the title and the name: both appear in the e-mail.")
        ) from None


@transaction.atomic
def send_agreement(*, agreement: Agreement) -> AgreementRevision:
    """Freeze what the other party will see, and mail them a link to answer it. Sending what is already sent changes nothing.

    Raises AgreementIncomplete, AgreementNotEditable or MayNotWrite; then nothing has been sent.
    """
    locked = Agreement.objects.select_for_update(of=("self",)).select_related("user").get(pk=agreement.pk)
    latest = locked.revisions.first()
    if locked.state == AgreementState.SENT and latest is not None:
        return latest
    if not locked.is_editable:
        raise AgreementNotEditable(_("This agreement has been confirmed. Revise it first if something has changed."))
    _refuse_incomplete(locked)
    contact = contact_for(user=locked.user, email=locked.party_email, name=locked.party_name)
    refuse_unless_allowed(user=locked.user, contact=contact)
    revision = AgreementRevision.objects.create(
        agreement=locked,
        number=latest.number + 1 if latest else 1,
        contact=contact,
        title=locked.title,
        they_expect=locked.they_expect,
        i_expect=locked.i_expect,
        review_on=locked.review_on,
    )
    if locked.contact_id != contact.pk:
        locked.party_stopped_at = None  # said by somebody else
    locked.contact, locked.state, locked.sent_at, locked.answered_at = contact, AgreementState.SENT, timezone.now(), None
    locked.save(update_fields=["contact", "state", "sent_at", "answered_at", "party_stopped_at", "updated_at"])
    _mail(revision, locked.user, is_reminder=False)
    return revision


@transaction.atomic
def remind(*, agreement: Agreement) -> AgreementRevision:
    """Mail a fresh link to what is waiting for an answer; the earlier one closes.

    Raises MayNotWrite within three days of the last mail, or when the other party has had enough of them.
    """
    locked = Agreement.objects.select_for_update(of=("self",)).select_related("user").get(pk=agreement.pk)
    revision = locked.revisions.select_related("contact").first()
    if locked.state != AgreementState.SENT or revision is None:
        raise AgreementNotEditable(_("This agreement is not waiting for an answer."))
    may_from = remind_from(locked)
    if may_from is not None and timezone.now() < may_from:
        raise MayNotWrite(
            _("Your last e-mail has only just gone out. You can send a reminder from %(date)s.")
            % {"date": formats.date_format(timezone.localtime(may_from), "DATE_FORMAT")}
        )
    refuse_unless_allowed(user=locked.user, contact=revision.contact)
    close_links(locked)
    _mail(revision, locked.user, is_reminder=True)
    return revision


@transaction.atomic
def resend(*, agreement: Agreement) -> AgreementRevision:
    """Mail a fresh link where the last mail could not be delivered; nobody has to wait three days for that.

    Raises AgreementNotEditable where there is nothing to send again, MayNotWrite when the other party has had enough mails.
    """
    locked = Agreement.objects.select_for_update(of=("self",)).select_related("user").get(pk=agreement.pk)
    revision = locked.revisions.select_related("contact").first()
    if locked.state != AgreementState.SENT or revision is None or not is_undelivered(revision):
        raise AgreementNotEditable(_("The e-mail has been delivered or is on its way, so it was not sent again."))
    refuse_unless_allowed(user=locked.user, contact=revision.contact)
    close_links(locked)
    _mail(revision, locked.user, is_reminder=False)
    return revision


def remind_from(agreement: Agreement) -> datetime | None:
    """When the next reminder may go out; None when nothing has been sent."""
    revision = agreement.revisions.first()
    last = (
        MailLink.objects.filter(kind=LINK_KIND, target_id=str(revision.pk)).order_by("-created_at").first()
        if revision
        else None
    )
    return last.created_at + REMIND_AFTER if last else None


def _mail(revision: AgreementRevision, sender: User, *, is_reminder: bool) -> None:
    contact: Contact = revision.contact
    link = links.make_link(kind=LINK_KIND, target_id=revision.pk, recipient=contact.email, days=LINK_DAYS, contact=contact)
    # The text of the agreement stays on the page behind the link; a mail is forwarded too easily.
    mail.enqueue_mail(
        template="agreement",
        recipient=contact.email,
        link=link,
        context={
            "sender_name": sender.display_name,
            "sender_email": sender.email,
            "party_name": contact.name,
            "title": revision.title,
            "is_reminder": is_reminder,
            "is_changed": revision.number > 1,
            "days": LINK_DAYS,
        },
    )
