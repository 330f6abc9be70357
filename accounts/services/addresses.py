"""Whose an address is: of whoever has proved it. What somebody else wrote down without proof gives way.

Addresses are kept in lower case, here as in `User.email`; whoever asks may write them as they like.
"""

import logging
import uuid
from collections.abc import Iterable

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import ForeignObjectRel

from accounts.models import NO_ADDRESS, User

log = logging.getLogger(__name__)


def owner_of(email: str) -> User | None:
    """The account that has proved an address."""
    address = EmailAddress.objects.select_related("user").filter(email=email.lower(), verified=True).first()
    return address.user if address else None


def is_reserved(email: str) -> bool:
    """Whether an account with a history or rights goes by this address and has proved none: whoever opens a link to the
    address does not get it, they sign in and prove the address there.
    """
    user = User.objects.filter(email=email).first()
    return user is not None and not _is_unused(user) and not _proved_by(user)


def may_prove(user: User, email: str) -> bool:
    """Whether somebody who has the code for an address may have it: nobody else has proved it, and it is not reserved."""
    owner = owner_of(email)
    if owner is not None:
        return owner == user
    return user.email == email.lower() or not is_reserved(email)


def may_enter_by(user: User, email: str) -> bool:
    """Whether a code or a link sent to an address may open an account: not one whose owner has proved other addresses only."""
    proved = [address.email for address in _proved_by(user)]
    return not proved or email.lower() in proved


@transaction.atomic
def release_address(*, email: str, owner: User | None = None) -> None:
    """Take an address from everybody who has not proved it, but for `owner`, who has.

    An account returns to an address that it proved; one that was begun with this address and never used falls altogether; one
    with a history that has proved nothing stays without an address.
    """
    addresses = EmailAddress.objects.filter(email=email.lower(), verified=False)
    if owner:
        addresses = addresses.exclude(user=owner)
    holder = User.objects.filter(email=email).first()
    if holder and holder not in (owner, owner_of(email)):
        _settle(_displaced(holder))
    addresses.delete()


@transaction.atomic
def drop_unproved_addresses(*, user: User) -> None:
    """Somebody who has proved an address keeps those that are proved: nobody else can come in by what was only written down."""
    proved = [address.email for address in _proved_by(user)]
    if not proved:
        return
    if user.email not in proved:
        _settle(_displaced(user))
        user.refresh_from_db(fields=["email"])
    EmailAddress.objects.filter(user=user, verified=False).delete()


def _proved_by(user: User) -> list[EmailAddress]:
    """What an account has proved, first what it should go by."""
    return list(EmailAddress.objects.filter(user=user, verified=True).order_by("-primary", "pk"))


def _displaced(user: User) -> list[User]:
    """An account that goes by an address it has not proved, whoever goes by the address that it returns to, and so on."""
    displaced = [user]
    while proved := _proved_by(displaced[-1]):
        holder = User.objects.filter(email=proved[0].email).exclude(pk__in=[user.pk for user in displaced]).first()
        if holder is None:
            break
        displaced.append(holder)
    return displaced


def _settle(displaced: Iterable[User]) -> None:
    """Let accounts go by what they have proved: all leave their address before any takes one, for one may have another's."""
    numbers = [user.pk for user in displaced]
    unused = []
    for user in User.objects.select_for_update(no_key=True).filter(pk__in=numbers).order_by("pk"):
        if not _proved_by(user) and _is_unused(user):
            unused.append(user)
            continue
        User.objects.filter(pk=user.pk).update(email=no_address())
    for user in unused:
        user.delete()
    for user in User.objects.filter(pk__in=numbers).order_by("pk"):
        _return_to_proved_address(user)


def _return_to_proved_address(user: User) -> None:
    proved = _proved_by(user)
    if not proved:
        log.warning("An account with a history is without an address now: somebody else has proved the one it went by.")
        return
    EmailAddress.objects.filter(user=user, primary=True).exclude(pk=proved[0].pk).update(primary=False)
    EmailAddress.objects.filter(pk=proved[0].pk).update(primary=True)
    User.objects.filter(pk=user.pk).update(email=proved[0].email)


def no_address() -> str:
    """What an account goes by that has none. Nobody can guess it, and no mail goes there: the domain exists nowhere."""
    return f"{uuid.uuid4().hex}{NO_ADDRESS}"


# What every account has from its first moment, whoever made it.
_FROM_THE_START = {"account.EmailAddress"}


def _is_unused(user: User) -> bool:
    """Begun at sign-up and left: nobody ever signed in, nobody gave it rights, and nothing anywhere is about it."""
    return not (user.last_login or user.is_staff or user.is_superuser or _has_rows(user))


def _has_rows(user: User) -> bool:
    """Whether any table of any app names an account: groups, memberships, orders, records of what somebody did."""
    fields = [
        relation.field for relation in User._meta.get_fields(include_hidden=True) if isinstance(relation, ForeignObjectRel)
    ]
    return any(
        field.model._base_manager.filter(**{field.name: user}).exists()
        for field in fields
        if field.model._meta.label not in _FROM_THE_START
    )
