"""Whom we may write to, and how often. The other party has no account and did not ask for our mail."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from accounts.queries import zone_of as zone_of_person
from mail.kinds import link_kinds
from mail.models import Contact, MailLink
from mail.queries import stopped_choices
from practice.errors import MayNotWrite
from practice.models import Agreement, Party

LINK_KIND = "agreement"
# The link that stays once it is confirmed, to read it and to answer on review days.
COPY_KIND = "agreement_copy"
# What learners may stop of these mails: `mail.kinds.MailChoice`.
CHOICE = "agreements"
WINDOW = timedelta(days=14)
# Mails in a window: from one person to one address, to one address from everybody, from one person to everybody.
MAILS_PER_CONTACT = 3
MAILS_PER_ADDRESS = 12
MAILS_PER_SENDER = 40


def contact_for(*, user: User, email: str, name: str) -> Contact:
    """The other party as this learner knows them.

    It names no organisation, so that no page of an organisation can ever list with whom its people make agreements.
    """
    contact, _created = Contact.objects.get_or_create(
        organisation=None, added_by=user, email=email.strip().lower(), defaults={"name": name}
    )
    if contact.name != name:
        contact.name = name
        contact.save(update_fields=["name", "updated_at"])
    return contact


def organisations_of(user: User) -> list[int]:
    return list(Membership.objects.active().filter(user=user).values_list("organisation_id", flat=True))


def has_declined(*, user: User, email: str) -> bool:
    """Whether this address asked not to be written to: by this learner, or by anybody of an organisation they belong to.

    Learners without an organisation count as one group.
    """
    return bool(declined_among(user=user, emails=[email.strip().lower()]))


def declined_among(*, user: User, emails: Collection[str]) -> set[str]:
    """The same for several addresses, in lower case. Two queries."""
    organisations = organisations_of(user)
    scope = Q(organisation__in=organisations) if organisations else Q(organisation=None, added_by=None)
    declined = Contact.objects.filter(Q(added_by=user) | scope, email__in=emails, declined_at__isnull=False)
    return set(declined.values_list("email", flat=True))


@transaction.atomic
def remember_decline(*, contact: Contact) -> None:
    """Nobody of the sender's organisations writes to this address again. Repeating it keeps the first date.

    The rows for the organisations say that the address declined, and not whose agreement it was.
    """
    now = timezone.now()
    Contact.objects.filter(pk=contact.pk, declined_at=None).update(declined_at=now, updated_at=now)
    organisations = organisations_of(contact.added_by) if contact.added_by else []
    scopes: list[Any] = [*organisations] or [None]
    for organisation_id in scopes:
        row, _created = Contact.objects.get_or_create(organisation_id=organisation_id, added_by=None, email=contact.email)
        Contact.objects.filter(pk=row.pk, declined_at=None).update(declined_at=now, updated_at=now)


def zone_of_address(email: str, *, asked_by: User) -> ZoneInfo:
    """Where the day is of somebody who has no account as a rule: then it is that of whoever asks them."""
    account = User.objects.filter(email=email, is_active=True).exclude(time_zone="").first()
    return zone_of_person(account if account is not None else asked_by)


def zone_of(agreement: Agreement, party: Party) -> ZoneInfo:
    """Where a party's day is."""
    if party is Party.OTHER and agreement.contact is not None:
        return zone_of_address(agreement.contact.email, asked_by=agreement.user)
    return zone_of_person(agreement.user)


def today_of(agreement: Agreement, party: Party) -> date:
    return timezone.localdate(timezone=zone_of(agreement, party))


def may_write_to(agreement: Agreement, party: Party) -> bool:
    """Whether a party still has e-mails about a confirmed agreement: they can stop them at any time."""
    if party is Party.LEARNER:
        return agreement.user.is_active and CHOICE not in stopped_choices(agreement.user_id)
    contact = agreement.contact
    if contact is None or agreement.party_stopped_at is not None or not agreement.user.is_active:
        return False
    return not has_declined(user=agreement.user, email=contact.email)


def refuse_unless_allowed(*, user: User, contact: Contact) -> None:
    """Raises MayNotWrite with the reason. Call it in the transaction that sends: it locks the contact while counting."""
    Contact.objects.select_for_update().get(pk=contact.pk)
    if has_declined(user=user, email=contact.email):
        raise MayNotWrite(
            _("%(email)s has asked not to be contacted again, so this was not sent. Talk to them directly; your draft is kept.")
            % {"email": contact.email}
        )
    asking = [kind.name for kind in link_kinds if kind.asks]
    recent = MailLink.objects.filter(kind__in=asking, created_at__gt=timezone.now() - WINDOW)
    for mails, limit in (
        (recent.filter(contact=contact), MAILS_PER_CONTACT),
        (recent.filter(recipient=contact.email), MAILS_PER_ADDRESS),
        (recent.filter(contact__added_by=user), MAILS_PER_SENDER),
    ):
        _refuse_above(mails, limit, contact.email)


def _refuse_above(mails: Any, limit: int, email: str) -> None:
    times = list(mails.order_by("-created_at").values_list("created_at", flat=True)[:limit])
    if len(times) < limit:
        return
    free_on = timezone.localtime(times[-1] + WINDOW)
    raise MayNotWrite(
        _(
            "%(email)s has already received as many e-mails as we send in 14 days. You can send this from "
            "%(date)s, or talk to them directly; your draft is kept."
        )
        % {"email": email, "date": formats.date_format(free_on, "DATE_FORMAT")}
    )
