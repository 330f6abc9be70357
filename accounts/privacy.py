"""What accounts holds of a person: the account itself, how they sign in, where they belong, e-mails to them, what they did.

E-mails and background work are tables of lower apps, which know no person; what is said of them here is theirs too.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from accounts.enums import MembershipState
from accounts.models import AuditEvent, DataExport, Membership, Organisation, RoleAssignment, User
from accounts.personal_data import (
    READ_TOGETHER,
    Obstacle,
    ObstacleKind,
    PrivacyPart,
    Row,
    about_erasure_of,
    addresses_of,
    erased,
    kept,
    made_anonymous,
    moment,
    part_of_rows,
    part_that_goes,
    rows_of,
)
from accounts.queries import owned_by
from accounts.rules import is_operator
from accounts.services.addresses import no_address
from accounts.services.invitations import KIND as INVITATION
from accounts.services.people import mark_as_left
from accounts.storage import private_storage
from common.kept_forms import owner_of_kept
from jobs.models import Job
from mail.enums import WAITING, DeliveryState
from mail.models import MailDelivery, MailLink, StoppedMails
from mail.services.choices import KIND as CHOICE_LINK

SESSIONS_READ_TOGETHER = 500
BEFORE_ADDRESSES, BEFORE_THE_ACCOUNT, LAST = 80, 90, 100
OF_THE_EMPLOYER = _(
    "Your organisation is responsible for its own list of people. It keeps your name and address there, and that you were a "
    "member; ask it to remove them. Your account is no longer linked to the list, and your roles end."
)


# The account ----------------------------------------------------------------------------------------------------------


def export_account(user: User) -> Iterator[Row]:
    yield {
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "time_zone": user.time_zone,
        "created_at": moment(user.date_joined),
        "last_signed_in_at": moment(user.last_login),
        "groups": list(user.groups.order_by("name").values_list("name", flat=True)),
        "addresses": [
            {"email": address.email, "is_proved": address.verified, "is_main": address.primary}
            for address in EmailAddress.objects.filter(user=user).order_by("pk")
        ],
        "exports_made_at": [moment(export.created_at) for export in user.data_exports.order_by("pk")],
        "closes_at": moment(user.closes_at),
    }


def erase_account(user: User) -> int:
    """The row stays, so that receipts and the record of acts have somebody to belong to: nobody of whom anything is known."""
    for export in user.data_exports.exclude(file=""):
        private_storage().delete(str(export.file.name))
    DataExport.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).delete()
    user.groups.clear()
    user.user_permissions.clear()
    user.refresh_from_db()
    if not user.has_address and not user.get_full_name():
        return 0
    user.email, user.first_name, user.last_name, user.time_zone = no_address(), "", "", ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login = user.closes_at = None
    user.session_epoch += 1
    user.set_unusable_password()
    user.save()
    return 1


ACCOUNT = PrivacyPart(
    "account",
    _("Your account: name, addresses, password"),
    export_account,
    erase_account,
    lambda user: 1,
    (
        *made_anonymous(
            "accounts.User",
            because=_(
                "An empty account without name, address or password is kept, so that receipts and the record of changes have "
                "something to point to. It says when the account was made, and nothing else about you."
            ),
        ),
        *erased("account.EmailAddress", "accounts.DataExport", "accounts.User_groups"),
        *erased("account.EmailConfirmation", "accounts.User_user_permissions", is_exported=False),
        *kept(
            "accounts.AccountClosure",
            because=_("We keep proof that an account was closed, and when. It names no one."),
        ),
    ),
    order=LAST,
)


# How they sign in -----------------------------------------------------------------------------------------------------


def _factors(user: User) -> QuerySet[Any]:
    return cast(QuerySet[Any], Authenticator.objects.filter(user=user).order_by("pk"))


def _factor(factor: Any) -> Row:
    """That it exists. Its secret opens the account: it is given to nobody."""
    return {"kind": factor.get_type_display(), "added_at": moment(factor.created_at), "used_at": moment(factor.last_used_at)}


def _places(user: User) -> QuerySet[Any]:
    return cast(QuerySet[Any], UserSession.objects.filter(user=user).order_by("pk"))


def _place(place: Any) -> Row:
    return {
        "browser": place.user_agent,
        "network_address": place.ip,
        "signed_in_at": moment(place.created_at),
        "last_seen_at": moment(place.last_seen_at),
    }


def erase_places(user: User) -> int:
    """Whatever a session holds of them, also one without a sign-in: a form that waits for one, or the beginning of one."""
    count, addresses = 0, addresses_of(user)
    for session in Session.objects.iterator(chunk_size=SESSIONS_READ_TOGETHER):
        if _is_theirs(session.get_decoded(), user, addresses):
            Session.objects.filter(pk=session.pk).delete()
            count += 1
    UserSession.objects.filter(user=user).delete()
    return count


def _is_theirs(held: dict[str, Any], user: User, addresses: list[str]) -> bool:
    if SESSION_KEY in held:
        return bool(held[SESSION_KEY] == str(user.pk))
    words = json.dumps(held, ensure_ascii=False).lower()
    return owner_of_kept(held) == str(user.pk) or any(json.dumps(email, ensure_ascii=False) in words for email in addresses)


# Organisations --------------------------------------------------------------------------------------------------------


def _memberships(user: User) -> QuerySet[Membership]:
    return Membership.objects.filter(user=user).select_related("organisation", "team").order_by("pk")


def _membership(membership: Membership) -> Row:
    return {
        "organisation": membership.organisation.name,
        "name": f"{membership.first_name} {membership.last_name}".strip(),
        "email": membership.email,
        "employee_number": membership.person_id,
        "team": membership.team.name if membership.team else "",
        "state": membership.state,
        "roles": [str(role) for role in membership.roles.order_by("pk")],
        "joined_at": moment(membership.joined_at),
        "left_at": moment(membership.left_at),
    }


def erase_memberships(user: User) -> int:
    """They leave, with their roles, and the organisation's list no longer leads to the account."""
    count = 0
    for membership in _memberships(user):
        if membership.state != MembershipState.LEFT:
            mark_as_left(membership=membership, actor=None)
        RoleAssignment.objects.filter(membership=membership).delete()
        count += Membership.objects.filter(pk=membership.pk).update(user=None, updated_at=timezone.now())
    return count


# E-mails --------------------------------------------------------------------------------------------------------------


def _mails(user: User) -> QuerySet[MailDelivery]:
    return MailDelivery.objects.filter(recipient__in=addresses_of(user)).order_by("pk")


def _mail(delivery: MailDelivery) -> Row:
    return {
        "kind": delivery.template,
        "to": delivery.recipient,
        "state": delivery.state,
        "written_at": moment(delivery.created_at),
        "sent_at": moment(delivery.sent_at),
    }


def erase_mails(user: User) -> int:
    """What they said and to whom; that a mail was sent stays. What others ask of an address still goes out to it."""
    deliveries = _mails(user).exclude(template__in=ASKED_BY_OTHERS, state__in=WAITING).exclude(about=about_erasure_of(user))
    deliveries.filter(state__in=WAITING).update(state=DeliveryState.CANCELLED, not_before=None)
    deliveries.exclude(message=None).update(message="")
    links = MailLink.objects.filter(contact=None, recipient__in=addresses_of(user)) | MailLink.objects.filter(
        kind=CHOICE_LINK, target_id__startswith=f"{user.pk}:"
    )
    now = timezone.now()
    is_open = Q(used_at=None, revoked_at=None, expires_at__gt=now)
    closed = MailLink.objects.filter(pk__in=links.values("pk")).exclude(is_open, kind=INVITATION)
    closed.filter(revoked_at=None).update(revoked_at=now)
    closed.exclude(recipient="").update(recipient="", updated_at=now)
    StoppedMails.objects.filter(user=user).delete()
    return deliveries.update(context={}, recipient="", error="", updated_at=now)


# By others, to whom the address would be asked about all the same if there were no account.
ASKED_BY_OTHERS = (INVITATION, "agreement")


def export_choices(user: User) -> Iterator[Row]:
    for stopped in StoppedMails.objects.filter(user=user).order_by("pk"):
        yield {"stopped": stopped.choice, "since": moment(stopped.created_at)}


def export_mails(user: User) -> Iterator[Row]:
    yield from rows_of(_mails(user), _mail)
    yield from export_choices(user)


# What they did --------------------------------------------------------------------------------------------------------


def _acts(user: User) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(actor=user).select_related("organisation").order_by("pk")


def _act(event: AuditEvent) -> Row:
    return {
        "organisation": event.organisation.name if event.organisation else "",
        "what": event.summary,
        "verb": event.verb,
        "at": moment(event.occurred_at),
    }


def _admin_act(entry: LogEntry) -> Row:
    return {"what": entry.get_change_message(), "object": entry.object_repr, "at": moment(entry.action_time)}


def export_acts(user: User) -> Iterator[Row]:
    yield from rows_of(_acts(user), _act)
    yield from rows_of(LogEntry.objects.filter(user=user).order_by("pk"), _admin_act)


def erase_names_in_acts(user: User) -> int:
    """Who acted is an account without a name by then. The log of `/admin/` also quotes the names of what was changed."""
    found = Q(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk)) | Q(pk__in=_quoting(user))
    return LogEntry.objects.filter(found).exclude(object_repr="", change_message="").update(object_repr="", change_message="")


def _quoting(user: User) -> list[int]:
    """Entries with an address of theirs, whole: “bea@example.org” also stands within another's “rebea@example.org”.

    What was changed is JSON there, in which letters such as ü are written otherwise.
    """
    quoting = []
    addresses = addresses_of(user)
    for email in {*addresses, *(json.dumps(address)[1:-1] for address in addresses)}:
        whole = re.compile(rf"(?<![\w.+-]){re.escape(email)}(?![\w-]|\.\w)", re.IGNORECASE)
        entries = LogEntry.objects.filter(Q(object_repr__icontains=email) | Q(change_message__icontains=email))
        texts = entries.values_list("pk", "object_repr", "change_message").iterator(chunk_size=READ_TOGETHER)
        quoting += [pk for pk, name, message in texts if whole.search(name) or whole.search(message)]
    return quoting


def _jobs(user: User) -> QuerySet[Job]:
    return Job.objects.filter(requested_by=user.pk).select_related("organisation").order_by("pk")


def _job(job: Job) -> Row:
    return {
        "organisation": job.organisation.name if job.organisation else "",
        "what": job.title,
        "state": job.state,
        "asked_at": moment(job.created_at),
        "finished_at": moment(job.finished_at),
    }


def erase_jobs(user: User) -> int:
    own = _jobs(user).filter(organisation=None).delete()[0]
    return own + _jobs(user).update(requested_by=None, updated_at=F("updated_at"))


PARTS = (
    part_that_goes(
        "two-step sign-in",
        _("Two-step sign-in and passkeys: that you have them, never their secrets"),
        _factors,
        _factor,
        "mfa.Authenticator",
    ),
    part_of_rows(
        "sessions",
        _("Where you are signed in"),
        _places,
        _place,
        erase_places,
        erased("usersessions.UserSession") + erased("sessions.Session", is_exported=False),
    ),
    part_of_rows(
        "organisations",
        _("Organisations, and your roles there"),
        _memberships,
        _membership,
        erase_memberships,
        kept("accounts.Membership", because=OF_THE_EMPLOYER, is_exported=True) + erased("accounts.RoleAssignment"),
        order=BEFORE_ADDRESSES,
    ),
    PrivacyPart(
        "e-mails",
        _("E-mails that were sent to you, and those you have turned off"),
        export_mails,
        erase_mails,
        lambda user: _mails(user).count() + StoppedMails.objects.filter(user=user).count(),
        made_anonymous(
            "mail.MailDelivery",
            because=_(
                "For a year we count the e-mails we sent, without their text or your address. The one that says your account "
                "has been erased keeps the address for a day at most after it is sent."
            ),
        )
        + made_anonymous(
            "mail.MailLink",
            is_exported=False,
            because=_("Links in e-mails to you stop working and no longer hold your address. They are deleted after a year."),
        )
        + erased("mail.StoppedMails"),
        order=BEFORE_THE_ACCOUNT,
    ),
    PrivacyPart(
        "acts on record",
        _("What you changed for an organisation or as an operator"),
        export_acts,
        erase_names_in_acts,
        lambda user: _acts(user).count() + LogEntry.objects.filter(user=user).count(),
        made_anonymous(
            "accounts.AuditEvent",
            "admin.LogEntry",
            because=_(
                "The record of changes in consoles and payments is not edited: it still says what was done, by an account "
                "without a name."
            ),
        ),
        order=BEFORE_THE_ACCOUNT,
    ),
    part_of_rows(
        "background work",
        _("Work you started that ran in the background"),
        _jobs,
        _job,
        erase_jobs,
        made_anonymous(
            "jobs.Job", because=_("What you started for an organisation stays in its list for 90 days, without your name.")
        ),
        order=BEFORE_ADDRESSES,
    ),
    ACCOUNT,
)


# What keeps an account open -------------------------------------------------------------------------------------------


def organisations_without_another_owner(user: User) -> Iterator[Obstacle]:
    for membership in owned_by(user):
        others = RoleAssignment.objects.filter(
            membership__organisation=membership.organisation_id,
            membership__state=MembershipState.ACTIVE,
            membership__user__is_active=True,
            membership__user__closes_at=None,
            role="owner",
        ).exclude(membership=membership)
        if not others.exists():
            yield _only_owner(membership.organisation)


def _only_owner(organisation: Organisation) -> Obstacle:
    words = __("You are the only owner of %(organisation)s. Make someone else an owner first.")
    return Obstacle(
        words % {"organisation": organisation.name},
        reverse("org:people", args=[organisation.slug]),
        __("Choose a new owner"),
    )


def the_last_operator(user: User) -> Iterable[Obstacle]:
    others = User.objects.filter(is_active=True, is_staff=True, is_superuser=True, closes_at=None).exclude(pk=user.pk)
    if is_operator(user) and not others.exists():
        yield Obstacle(__("You are the only operator of this site. Make someone else an operator first."))


OBSTACLES = (
    ObstacleKind("only owner", organisations_without_another_owner),
    ObstacleKind("last operator", the_last_operator),
)
