"""Invitations: queued in bulk when people are added, opened from the mail, accepted once."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.audit import record
from accounts.context_words import refuse_names
from accounts.enums import AuditVerb, MembershipState
from accounts.errors import InvitationNotYours, NotAllowed
from accounts.events import membership_accepted
from accounts.models import Membership, Organisation, User, refuse_if_held
from accounts.queries import invitations_within_a_day, people_not_reached
from accounts.services.addresses import is_reserved, owner_of, release_address
from accounts.types import Actor
from mail import services as mail
from mail.enums import Priority
from mail.errors import LinkNotOpen
from mail.links import use_link
from mail.models import MailDelivery, MailLink

KIND = "invitation"
OPEN_DAYS = 30
BATCH = 1000
MAX_A_DAY = 3


@transaction.atomic
def invite(
    *,
    organisation: Organisation,
    memberships: Iterable[Membership],
    actor: Actor = None,
    course_title: str = "",
    batch: UUID | None = None,
) -> list[int]:
    """Queue an invitation for each; returns the deliveries, to be handed to `mail.send_after_commit` by the caller.

    Those of a `batch` are bulk mail, for `mail.send_bulk_after_commit`. A handful of statements for thousands of people.
    """
    people = list(memberships)
    links = _make_links(organisation, people)
    said = {"course_title": course_title, "inviter": getattr(actor, "display_name", ""), "days": OPEN_DAYS}
    mails = [
        MailDelivery(
            template=KIND,
            recipient=link.recipient,
            organisation=organisation,
            link=link,
            context=said | {"first_name": membership.first_name},
            priority=Priority.BULK if batch else Priority.DEFAULT,
            batch=batch,
        )
        for membership, link in zip(people, links, strict=True)
    ]
    return [delivery.pk for delivery in MailDelivery.objects.bulk_create(mails, batch_size=BATCH)]


def _make_links(organisation: Organisation, people: list[Membership]) -> list[MailLink]:
    """One for each, in the same order."""
    expires_at = timezone.now() + timedelta(days=OPEN_DAYS)
    links = [
        MailLink(
            kind=KIND,
            target_id=membership.uuid.hex,
            recipient=membership.email,
            organisation=organisation,
            expires_at=expires_at,
        )
        for membership in people
    ]
    return MailLink.objects.bulk_create(links, batch_size=BATCH)


def refuse_too_many(organisation: Organisation, email: str) -> None:
    """Wherever one person is invited by hand: again, under another address, after they had left. Raises `NotAllowed`."""
    if invitations_within_a_day(organisation, email) >= MAX_A_DAY:
        raise NotAllowed(
            _("%(email)s has been sent %(n)s invitations within a day. Check the address, or try again tomorrow.")
            % {"email": email, "n": MAX_A_DAY}
        )


@transaction.atomic
def resend_invitation(*, membership: Membership, actor: Actor) -> None:
    """A new link by mail; the earlier ones stop working."""
    Membership.objects.lock([membership])
    if membership.state != MembershipState.INVITED:
        raise NotAllowed(_("%(person)s is not waiting for an invitation.") % {"person": membership})
    refuse_too_many(membership.organisation, membership.email)
    close_invitations(membership)
    Membership.objects.filter(pk=membership.pk).update(invited_at=timezone.now(), updated_at=timezone.now())
    mail.send_after_commit(invite(organisation=membership.organisation, memberships=[membership], actor=actor))
    record(
        verb=AuditVerb.PERSON_INVITED_AGAIN,
        summary=_("Resent an invitation"),
        organisation=membership.organisation,
        actor=actor,
        target=membership,
    )


def waiting_to_hear_again(organisation: Organisation, *, asked_at: datetime | None = None) -> QuerySet[Membership]:
    """Who has not answered and was not written to within a day before somebody asked, which is now."""
    return Membership.objects.filter(
        organisation=organisation,
        state=MembershipState.INVITED,
        invited_at__lt=(asked_at or timezone.now()) - timedelta(days=1),
    )


def never_reached(organisation: Organisation, *, asked_at: datetime | None = None) -> QuerySet[Membership]:
    """Whose invitation never arrived; not one that was sent after somebody asked, and failed once more."""
    invited = Membership.objects.filter(organisation=organisation, state=MembershipState.INVITED)
    return invited.filter(uuid__in=people_not_reached(organisation)).exclude(invited_at__gte=asked_at or timezone.now())


class Whom(Protocol):
    """Whom to invite again: `waiting_to_hear_again` or `never_reached`. Whoever has been is not among them any more."""

    def __call__(self, organisation: Organisation, *, asked_at: datetime | None = None) -> QuerySet[Membership]: ...


@transaction.atomic
def resend_invitations(*, organisation: Organisation, actor: Actor, whom: Whom) -> int:
    """Invite all of these again; returns how many. Up to a few hundred: more is work for `resend_in_batches`."""
    count = _resend(organisation, actor, whom(organisation), uuid4())
    if count:
        _record_resending(organisation, actor, count)
    return count


def resend_in_batches(
    *,
    organisation: Organisation,
    actor: Actor,
    whom: Callable[[], QuerySet[Membership]],
    mails: UUID,
    counted: int,
    count: Callable[[int, int], None],
) -> int:
    """The same for any number, `BATCH` at a time and each batch whole: a run that was killed goes on where it stopped.

    `counted` is how far earlier runs came, and `count` is told in the transaction of each batch; the first of all is on record.
    """
    total = counted + whom().count()
    while True:
        with transaction.atomic():
            resent = _resend(organisation, actor, whom(), mails, limit=BATCH)
            if not resent:
                return counted
            if not counted:
                _record_resending(organisation, actor, total)
            counted += resent
            count(counted, max(counted, total))


def _record_resending(organisation: Organisation, actor: Actor, count: int) -> None:
    record(
        verb=AuditVerb.PEOPLE_INVITED_AGAIN,
        summary=ngettext("Resent %(n)s invitation", "Resent %(n)s invitations", count) % {"n": f"{count:,}"},
        organisation=organisation,
        actor=actor,
        after={"count": count},
    )


@transaction.atomic
def _resend(
    organisation: Organisation, actor: Actor, whom: QuerySet[Membership], mails: UUID, *, limit: int | None = None
) -> int:
    """That they were written to now is in the same transaction as the mail: nobody is written to twice, or passed over."""
    now = timezone.now()
    waiting = list(whom.select_for_update(no_key=True).order_by("pk")[:limit])
    for start in range(0, len(waiting), BATCH):
        batch = waiting[start : start + BATCH]
        withdraw_invitations(organisation, batch)
        Membership.objects.filter(pk__in=[membership.pk for membership in batch]).update(invited_at=now, updated_at=now)
    if waiting:
        invite(organisation=organisation, memberships=waiting, actor=actor, batch=mails)
        mail.send_bulk_after_commit(organisation.pk)
    return len(waiting)


def close_invitations(membership: Membership) -> None:
    """Links that are still open, and mails that have not gone out, are withdrawn."""
    _close_links([membership.uuid.hex], membership.organisation_id)


def withdraw_invitations(organisation: Organisation, memberships: Iterable[Membership]) -> None:
    """`close_invitations` for many of one organisation."""
    _close_links([membership.uuid.hex for membership in memberships], organisation.pk)


def _close_links(targets: list[str], organisation_id: int) -> None:
    now = timezone.now()
    open_links = MailLink.objects.filter(
        kind=KIND, target_id__in=targets, organisation=organisation_id, used_at=None, revoked_at=None
    )
    mail.cancel(MailDelivery.objects.filter(link__in=open_links))
    open_links.update(revoked_at=now, updated_at=now)


def membership_of(link: MailLink, *, lock: bool = False) -> Membership | None:
    """Who a link invites; None when they were removed or have left since. With `lock` raises `PeopleHeld`."""
    memberships = Membership.objects.select_for_update(of=("self",), no_key=True) if lock else Membership.objects.all()
    membership = (
        memberships.select_related("organisation", "user")
        .filter(uuid=link.target_id, organisation=link.organisation_id, email=link.recipient)
        .exclude(state=MembershipState.LEFT)
        .first()
    )
    if membership and lock:
        refuse_if_held(membership.organisation_id, membership.organisation.people_held_at)
    return membership


def must_sign_in(email: str) -> bool:
    """Whether an invitation to this address leads to an account that is there already, and not to a new one."""
    return owner_of(email) is not None or is_reserved(email)


def owns_address(user: User, email: str) -> bool:
    return owner_of(email) == user


def join_as_newcomer(*, link: MailLink, first_name: str, last_name: str, password: str) -> User:
    """An account for the invited address, and the organisation joined with it: both or neither.

    Raises what `make_account` and `accept_invitation` raise, and `ValidationError` for a password that is the organisation's
    name; a button pressed twice makes one account.
    """
    given = {"first_name": first_name, "last_name": last_name, "password": password}
    try:
        return _join(link, **given)
    except IntegrityError:
        # Somebody signed up with the address in this moment, and gives way now that their account is there to be seen; or this
        # person accepted another invitation, and is asked to sign in.
        return _join(link, **given)


@transaction.atomic
def _join(link: MailLink, *, first_name: str, last_name: str, password: str) -> User:
    membership = membership_of(link, lock=True)
    if membership is None:
        raise LinkNotOpen(_("This invitation is no longer valid. Ask the person who invited you for a new one."))
    if not MailLink.objects.filter(pk=link.pk, used_at=None, revoked_at=None).exists():
        raise LinkNotOpen(_("This invitation has already been used."))
    refuse_names(password, [membership.organisation.name])
    user = make_account(email=membership.email, first_name=first_name, last_name=last_name, password=password)
    accept_invitation(link=link, user=user)
    return user


@transaction.atomic
def make_account(*, email: str, first_name: str, last_name: str, password: str) -> User:
    """An account whose address is proved by the link that was opened. `ValidationError` for a weak password."""
    if must_sign_in(email):
        raise InvitationNotYours(_("There is already an account for %(email)s. Sign in with it to accept.") % {"email": email})
    release_address(email=email)
    user = User(email=email, first_name=first_name, last_name=last_name)
    validate_password(password, user)
    user.set_password(password)
    user.save()
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


@transaction.atomic
def accept_invitation(*, link: MailLink, user: User) -> Membership:
    """Join the organisation. `InvitationNotYours` unless the invited address is proved to be the user's, `LinkNotOpen` when
    somebody was quicker.
    """
    membership = membership_of(link, lock=True)
    if membership is None:
        raise LinkNotOpen(_("This invitation is no longer valid. Ask the person who invited you for a new one."))
    if not owns_address(user, membership.email):
        raise InvitationNotYours(
            _("This invitation is for %(invited)s, but you are signed in as %(email)s.")
            % {"invited": membership.email, "email": user.email}
        )
    _refuse_second_membership(membership, user)
    if not use_link(link):
        raise LinkNotOpen(_("This invitation has already been used."))
    membership.user, membership.state = user, MembershipState.ACTIVE
    membership.joined_at = membership.joined_at or timezone.now()
    membership.first_name = membership.first_name or user.first_name
    membership.last_name = membership.last_name or user.last_name
    membership.save(update_fields=["user", "state", "joined_at", "first_name", "last_name", "updated_at"])
    close_invitations(membership)
    membership_accepted.send(membership)
    record(
        verb=AuditVerb.PERSON_JOINED,
        summary=_("Accepted the invitation"),
        organisation=membership.organisation,
        actor=user,
        target=membership,
    )
    return membership


def _refuse_second_membership(membership: Membership, user: User) -> None:
    other = Membership.objects.filter(organisation=membership.organisation_id, user=user).exclude(pk=membership.pk).first()
    if other is None:
        return
    about = {"organisation": membership.organisation, "email": other.email}
    if other.state == MembershipState.LEFT:
        raise InvitationNotYours(
            _("You belonged to %(organisation)s before, as %(email)s. Ask an administrator to reinstate that entry.") % about
        )
    raise InvitationNotYours(
        _("You already belong to %(organisation)s, as %(email)s. You do not need this invitation and can ignore it.") % about
    )
