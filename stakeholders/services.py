"""Objections: whoever does not want their data in outcomes is left out, whatever the files of their organisation hold."""

from datetime import UTC, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import Membership, Organisation, User
from accounts.personal_data import addresses_of
from accounts.types import Actor
from stakeholders.circles import circle_of_member
from stakeholders.errors import ObjectionNotUnderstood
from stakeholders.models import Objection
from stakeholders.queries import digest_of

# Recorded for somebody ----------------------------------------------------------------------------------------------------


def record_objection(*, organisation: Organisation, person_id: str, email: str, actor: Actor) -> Objection:
    """Leave the person of this ID or address out of outcomes. Raises `ObjectionNotUnderstood`."""
    person_id, email = person_id.strip(), email.strip().lower()
    if not person_id and not email:
        raise ObjectionNotUnderstood(_("Enter a person_id or an e-mail address."))
    try:
        with transaction.atomic():
            objection = Objection.objects.create(organisation=organisation, person_id=person_id, email=email, recorded_by=actor)
            record(
                verb=AuditVerb.OBJECTION_RECORDED,
                summary=_("Recorded an objection: one person is left out of outcomes"),
                organisation=organisation,
                actor=actor,
                target=objection,
            )
    except IntegrityError:
        raise ObjectionNotUnderstood(_("This person is left out already. See the list below.")) from None
    return objection


@transaction.atomic
def withdraw_objection(objection: Objection, *, actor: Actor) -> None:
    """Count somebody again who was left out on record. Withdrawn before, it stays so."""
    standing = Objection.objects.filter(pk=objection.pk, is_own=False, withdrawn_at=None)
    if standing.update(withdrawn_at=timezone.now(), updated_at=timezone.now()):
        record(
            verb=AuditVerb.OBJECTION_WITHDRAWN,
            summary=_("Withdrew an objection: one person counts in outcomes again"),
            organisation=objection.organisation,
            actor=actor,
            target=objection,
        )


# By oneself ---------------------------------------------------------------------------------------------------------------


def next_midnight() -> datetime:
    """The moment from which what somebody decides for themselves counts: the same for every organisation, whatever time zone it
    has today. By its own zone, moved on each hour, the hour was read.
    """
    return datetime.combine(datetime.now(UTC).date() + timedelta(days=1), time.min, tzinfo=UTC)


def leave_out(*, user: User, organisation: Organisation) -> None:
    """Leave somebody's own data out.

    The objection is the record of it. The log of the organisation has none: its minute, beside who was at work then, would
    name the person (decision 0046).
    """
    moment = {"is_own": True, "counts_from": next_midnight()}
    Objection.objects.get_or_create(organisation=organisation, user=user, withdrawn_at=None, defaults=moment)


def take_part(*, user: User, organisation: Organisation) -> None:
    """Count somebody again who had left their data out by themselves; as little in the log as `leave_out`."""
    standing = Objection.objects.filter(organisation=organisation, user=user, withdrawn_at=None)
    now = timezone.now()
    standing.update(withdrawn_at=now, counts_until=next_midnight(), updated_at=now)


@transaction.atomic
def forget_account(user: User) -> int:
    """Take the account out of objections. What stands goes on standing, by what is needed to honour it and nothing more."""
    over = Q(withdrawn_at__isnull=False) & (Q(counts_until=None) | Q(counts_until__lte=timezone.now()))
    count, _models = Objection.objects.filter(over, user=user).delete()
    for objection in Objection.objects.filter(user=user).select_related("organisation"):
        membership = Membership.objects.filter(organisation=objection.organisation, user=user).first()
        objection.person_id = membership.person_id if membership else objection.person_id
        emails = {*addresses_of(user), *([membership.email] if membership else [])}
        objection.digests = sorted({*objection.digests, *(digest_of(objection.organisation, email) for email in emails)})
        if objection.is_own and membership:
            # None where they wait: then all who wait stay out with it, and their circle once it is drawn.
            objection.circle = circle_of_member(objection.organisation, membership.pk)
        objection.user = None
        objection.save(update_fields=["person_id", "digests", "circle", "user", "updated_at"])
        count += 1
    return count + Objection.objects.filter(recorded_by=user).update(recorded_by=None)
