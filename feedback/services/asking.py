"""Asking people by e-mail: each once, and those who have not answered once more."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts.queries import mailbox_of, own_mailboxes
from feedback.contacts import (
    LINK_KIND,
    MOST_RATERS,
    asked_mailboxes,
    links_of,
    moment_words,
    zone_of_rater,
)
from feedback.enums import RaterGroup, RoundState
from feedback.errors import PersonRefused, RoundNotOpen, RoundNotReady
from feedback.models import Rater, Round
from feedback.queries import can_show_a_group, rater_of
from feedback.services.locking import lock_round
from mail import services as mail
from mail.links import make_link
from mail.models import MailDelivery, MailLink
from practice.contacts import contact_for, has_declined, refuse_unless_allowed

REMIND_AFTER = timedelta(days=3)
TEMPLATE = "feedback"


@transaction.atomic
def add_person(*, feedback_round: Round, name: str, email: str, group: str) -> Rater:
    """Somebody to ask; in a round that is running they are asked at once.

    Raises PersonRefused, RoundNotOpen, or MayNotWrite where they are not to be written to.
    """
    locked = lock_round(feedback_round, RoundState.DRAFT, RoundState.OPEN)
    mailbox = mailbox_of(email)
    if mailbox in own_mailboxes(locked.user):
        raise PersonRefused(_("This is your own e-mail address. You answer for yourself on a page of your own."))
    if mailbox in asked_mailboxes(locked):
        raise PersonRefused(_("%(email)s is on the list already. Nobody answers twice.") % {"email": email.strip().lower()})
    if locked.raters.count() >= MOST_RATERS:
        raise PersonRefused(_("A round has room for %(most)s people.") % {"most": MOST_RATERS})
    if has_declined(user=locked.user, email=email):
        raise PersonRefused(
            _("%(email)s has asked not to be written to, and was not added.") % {"email": email.strip().lower()}
        )
    contact = contact_for(user=locked.user, email=email, name=name)
    rater = Rater.objects.create(feedback_round=locked, contact=contact, group=RaterGroup(group))
    if locked.state == RoundState.OPEN:
        _ask(rater)
    return rater


@transaction.atomic
def remove_person(*, feedback_round: Round, rater: Rater) -> None:
    """Before anybody is asked. Afterwards nobody is taken out: who is left would tell what the others said."""
    locked = lock_round(feedback_round, RoundState.DRAFT)
    locked.raters.filter(pk=rater.pk).delete()


@transaction.atomic
def send_round(*, feedback_round: Round) -> Round:
    """Ask everybody on the list. Sending what is running changes nothing.

    Raises RoundNotReady where no group could be shown, or its day has passed; MayNotWrite where somebody is not to be written
    to. Then nothing has been sent.
    """
    locked = lock_round(feedback_round, RoundState.DRAFT, RoundState.OPEN)
    if locked.state == RoundState.OPEN:
        return locked
    raters = list(locked.raters.select_related("contact", "feedback_round__user"))
    if not can_show_a_group([rater.group for rater in raters]):
        raise RoundNotReady(
            _("Nothing could be shown yet: name at least three people of one group. Four or five are better: not all answer.")
        )
    if locked.closes_at <= timezone.now() + timedelta(days=1):
        raise RoundNotReady(_("The closing day is too near. Discard this draft and choose a later one."))
    for rater in raters:
        _ask(rater)
    locked.state, locked.sent_at = RoundState.OPEN, timezone.now()
    locked.save(update_fields=["state", "sent_at", "updated_at"])
    return locked


def _ask(rater: Rater) -> None:
    feedback_round = rater.feedback_round
    refuse_unless_allowed(user=feedback_round.user, contact=rater.contact)
    days = max(1, (feedback_round.closes_at - timezone.now()).days + 1)
    link = make_link(kind=LINK_KIND, target_id=rater.uuid.hex, recipient=rater.contact.email, days=days, contact=rater.contact)
    _write(rater, link, is_reminder=False)


def _write(rater: Rater, link: MailLink, *, is_reminder: bool) -> None:
    user = rater.feedback_round.user
    mail.enqueue_mail(
        template=TEMPLATE,
        recipient=rater.contact.email,
        link=link,
        context={
            "sender_name": user.display_name,
            "sender_email": user.email,
            "party_name": rater.contact.name,
            "closes": moment_words(rater.feedback_round.closes_at, zone_of_rater(rater)),
            "is_reminder": is_reminder,
        },
    )


def remind_from(feedback_round: Round) -> datetime | None:
    """When the one reminder may go out; None where it has, or nothing was sent."""
    if feedback_round.sent_at is None or feedback_round.reminded_at is not None:
        return None
    return feedback_round.sent_at + REMIND_AFTER


@transaction.atomic
def remind(*, feedback_round: Round) -> None:
    """Once in a round, by the link they have: those who have not answered. Who that is, or how many, nobody is told.

    Raises RoundNotOpen where it has been sent, or it is too soon.
    """
    locked = lock_round(feedback_round, RoundState.OPEN)
    may_from = remind_from(locked)
    if may_from is None:
        raise RoundNotOpen(_("The reminder has gone out. There is one in a round, so that nobody is pressed."))
    if timezone.now() < may_from:
        raise RoundNotOpen(
            _("People were asked not long ago. You can send the reminder from %(day)s.")
            % {"day": formats.date_format(timezone.localtime(may_from), "DATE_FORMAT")}
        )
    locked.reminded_at = timezone.now()
    locked.save(update_fields=["reminded_at", "updated_at"])
    links = {link.target_id: link for link in links_of(locked)}
    for rater in locked.raters.filter(is_submitted=False).select_related("contact", "feedback_round__user"):
        if not has_declined(user=locked.user, email=rater.contact.email):
            _write(rater, links[rater.uuid.hex], is_reminder=True)


def is_wanted(delivery: MailDelivery) -> bool:
    """Before each attempt to send: whether the round still runs, and they want to hear of it."""
    link = delivery.link
    rater = rater_of(link) if link is not None else None
    if rater is None or rater.feedback_round.state != RoundState.OPEN:
        return False
    if delivery.context.get("is_reminder") and rater.is_submitted:
        return False
    return not has_declined(user=rater.feedback_round.user, email=rater.contact.email)
