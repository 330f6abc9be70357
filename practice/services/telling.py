"""Mails about an agreement once it is confirmed: a copy for both, the question on the review day, what came of it.

The learner reads on the site; the other party behind a link that stays. Both stop these mails with one click.
"""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mail import links
from mail import services as mail
from mail.hours import next_waking_hour
from mail.kinds import Attachment
from mail.models import MailDelivery, MailLink
from mail.services.choices import link_to_stop
from practice.calendar_files import MIMETYPES, ReviewDay, as_file
from practice.contacts import CHOICE, COPY_KIND, may_write_to, zone_of
from practice.models import Agreement, AgreementRevision, AgreementState, Party, Review
from practice.queries import open_review_of

ABOUT = "agreement:"
COPY, WITHDRAWN, REVIEW, ANSWERS, NEXT_DAY = (
    "agreement_copy",
    "agreement_withdrawn",
    "agreement_review",
    "agreement_answers",
    "agreement_next_day",
)
# The link that stays is open for a year after the day that comes next.
COPY_DAYS = 365


def copy_link(agreement: Agreement, revision: AgreementRevision) -> MailLink:
    """The other party's link to what they confirmed: one, which lasts a year beyond the next review day.

    Call it under the lock on the agreement.
    """
    review = open_review_of(agreement)
    until = timezone.now() + timedelta(days=COPY_DAYS)
    if review is not None:
        until = max(until, until + (review.due_on - timezone.localdate()))
    open_ones = MailLink.objects.filter(kind=COPY_KIND, target_id=str(revision.pk), revoked_at=None, used_at=None)
    link = open_ones.filter(expires_at__gt=timezone.now()).order_by("pk").last()
    if link is None:
        days = (until - timezone.now()).days + 1
        contact = revision.contact
        return links.make_link(kind=COPY_KIND, target_id=revision.pk, recipient=contact.email, days=days, contact=contact)
    if until - link.expires_at > timedelta(days=1):
        link.expires_at = until
        link.save(update_fields=["expires_at", "updated_at"])
    return link


# What is written ------------------------------------------------------------------------------------------------------


def send_copies(agreement: Agreement, revision: AgreementRevision) -> bool:
    """To both, with the day for their calendars; whether the learner gets one."""
    copy_link(agreement, revision)  # is there even for whoever wants no e-mails
    context = {"review_day": _day(revision.review_on), "revision": revision.number}
    _write(COPY, agreement, revision, Party.OTHER, context | _calendar(agreement, Party.OTHER))
    return _write(COPY, agreement, revision, Party.LEARNER, context | _calendar(agreement, Party.LEARNER))


def tell_of_withdrawal(agreement: Agreement, review: Review) -> None:
    """That a day which was to come does not, to both; their calendars take it out."""
    raise_sequence(agreement)
    for party in Party:
        context = {"review_day": _day(review.due_on)} | _calendar(agreement, party, withdrawn=review)
        _write(WITHDRAWN, agreement, review.revision, party, context)


def tell_of_next_day(agreement: Agreement, review: Review) -> None:
    raise_sequence(agreement)
    for party in Party:
        context = {"review_day": _day(review.due_on), "review": review.pk, "is_own": review.set_by == party}
        _write(NEXT_DAY, agreement, review.revision, party, context | _calendar(agreement, party))


def tell_of_answers(agreement: Agreement, review: Review, *, to: Party) -> None:
    """Whoever answered first hears that the other has, too."""
    _write(ANSWERS, agreement, review.revision, to, {"review": review.pk})


def question_for(agreement: Agreement, review: Review, party: Party, turn: int, now: datetime) -> MailDelivery:
    """The mail that asks one party, not yet stored: it goes with the others in bulk."""
    context = _context(agreement, party) | {"review_day": _day(review.due_on), "review": review.pk, "turn": turn}
    return MailDelivery(template=REVIEW, context=context, **_parts(agreement, review.revision, party, now))


def _write(template: str, agreement: Agreement, revision: AgreementRevision, party: Party, context: dict[str, Any]) -> bool:
    """A copy goes out at once, as an answer to what somebody has just done; all else by day, where its reader is."""
    if not may_write_to(agreement, party):
        return False
    now = timezone.now()
    parts = _parts(agreement, revision, party, now) | {"context": _context(agreement, party) | context}
    if template == COPY:
        if parts["link"].pk is None:
            parts["link"].save()
        mail.enqueue_mail(template=template, **parts)
        return True
    if template == WITHDRAWN and party is Party.OTHER:
        parts["link"] = None  # it may be closed with the agreement, and the mail must go out all the same
    read_at = next_waking_hour(now.astimezone(zone_of(agreement, party)))
    mail.enqueue_in_bulk([MailDelivery(template=template, not_before=read_at if read_at > now else None, **parts)])
    return True


def _parts(agreement: Agreement, revision: AgreementRevision, party: Party, now: datetime) -> dict[str, Any]:
    about = f"{ABOUT}{agreement.uuid}"
    if party is Party.OTHER:
        link = copy_link(agreement, revision)
        return {"recipient": revision.contact.email, "link": link, "about": about}
    user = agreement.user
    link = link_to_stop(user_id=user.pk, recipient=user.email, choice=CHOICE, now=now)
    return {"recipient": user.email, "link": link, "about": about}


def _context(agreement: Agreement, party: Party) -> dict[str, Any]:
    return {
        "party": str(party),
        "is_learner": party is Party.LEARNER,
        "title": agreement.title,
        "sender_name": agreement.user.display_name,
        "sender_email": agreement.user.email,
        "party_name": agreement.party_name,
        "page": reverse("practice:agreement", args=[agreement.uuid]),
    }


def _day(day: Any) -> str:
    return date_format(day, "j F Y") if day else ""


# Calendars ------------------------------------------------------------------------------------------------------------


def raise_sequence(agreement: Agreement) -> None:
    """Before each file that replaces one which went out."""
    agreement.calendar_sequence += 1
    agreement.save(update_fields=["calendar_sequence"])


def review_day_of(agreement: Agreement, review: Review, party: Party, *, is_cancelled: bool = False) -> ReviewDay:
    """The entry of a party's calendar. The address of a link stands in no calendar: others look into it."""
    is_learner = party is Party.LEARNER
    page = settings.ACCORD_BASE_URL.rstrip("/") + reverse("practice:agreement", args=[agreement.uuid])
    name = agreement.party_name if is_learner else agreement.user.display_name
    return ReviewDay(
        uid=f"{agreement.uuid}@{urlsplit(settings.ACCORD_BASE_URL).hostname or 'localhost'}",
        sequence=agreement.calendar_sequence,
        day=review.due_on,
        summary=_("Review day with %(name)s") % {"name": name},
        description=page if is_learner else _("On this day you will be asked by e-mail whether it was kept."),
        organizer_name=agreement.user.display_name,
        organizer_email=agreement.user.email,
        is_cancelled=is_cancelled,
    )


def _calendar(agreement: Agreement, party: Party, *, withdrawn: Review | None = None) -> dict[str, Any]:
    review = withdrawn or open_review_of(agreement)
    if review is None:
        return {}
    return {"calendar": review_day_of(agreement, review, party, is_cancelled=withdrawn is not None).as_plain()}


def attach_calendar(delivery: MailDelivery) -> list[Attachment]:
    """The file of the state that the mail speaks of, however late it goes out."""
    if "calendar" not in delivery.context:
        return []
    return [_as_attachment(ReviewDay.from_plain(delivery.context["calendar"]), delivery.created_at)]


def calendar_file(agreement: Agreement, review: Review, party: Party) -> Attachment:
    """The same file, for a page."""
    return _as_attachment(review_day_of(agreement, review, party), timezone.now())


def _as_attachment(day: ReviewDay, written_at: datetime) -> Attachment:
    return Attachment("review.ics", as_file(day, written_at=written_at), MIMETYPES[day.method])


# When it goes out -----------------------------------------------------------------------------------------------------


def read_text(delivery: MailDelivery) -> dict[str, Any]:
    """The confirmed text stands in the mail alone, and not in the table of mails."""
    if not delivery.about.startswith(ABOUT):
        return {"text": None}
    revisions = AgreementRevision.objects.filter(agreement__uuid=delivery.about.removeprefix(ABOUT))
    return {"text": revisions.filter(number=delivery.context["revision"]).first()}


def is_wanted(delivery: MailDelivery) -> bool:
    """Whether what a mail speaks of still holds, and whoever gets it still wants it."""
    agreements = Agreement.objects.select_related("user", "contact").filter(uuid=delivery.about.removeprefix(ABOUT))
    agreement, party = agreements.first(), Party(delivery.context["party"])
    if agreement is None:
        return delivery.template == WITHDRAWN
    if not may_write_to(agreement, party):
        return False
    if delivery.template == COPY:
        newest = agreement.revisions.first()
        return _is_confirmed(agreement) and newest is not None and newest.number == delivery.context["revision"]
    if delivery.template in (REVIEW, NEXT_DAY):
        return _is_confirmed(agreement) and _is_open(agreement, party, delivery)
    return True


def _is_confirmed(agreement: Agreement) -> bool:
    return agreement.state == AgreementState.CONFIRMED


def _is_open(agreement: Agreement, party: Party, delivery: MailDelivery) -> bool:
    review = open_review_of(agreement)
    if review is None or review.pk != delivery.context["review"]:
        return False
    return delivery.template != REVIEW or not review.answers.filter(party=party).exists()
