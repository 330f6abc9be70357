"""Whose an address is: of whoever has proved it. What somebody else wrote down without proof gives way."""

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User


def owner_of(email: str) -> User | None:
    """The account that has proved an address."""
    address = EmailAddress.objects.select_related("user").filter(email=email, verified=True).first()
    return address.user if address else None


def is_reserved(email: str) -> bool:
    """Whether an account with a history or rights goes by this address and has proved none: whoever opens a link to the
    address does not get it, they sign in and prove the address there.
    """
    user = User.objects.filter(email=email).first()
    return user is not None and not _is_unused(user) and not EmailAddress.objects.filter(user=user, verified=True).exists()


def may_enter_by(user: User, email: str) -> bool:
    """Whether a code or a link sent to an address may open an account: not one whose owner has proved other addresses only."""
    proved = list(EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True))
    return not proved or email.lower() in proved


@transaction.atomic
def release_address(*, email: str, owner: User | None = None) -> None:
    """Take an address from everybody who has not proved it, but for `owner`, who has.

    An account keeps the address that it proved; one that was begun with this address and never used falls altogether.
    """
    others = User.objects.select_for_update(no_key=True).filter(email=email).order_by("pk")
    addresses = EmailAddress.objects.filter(email=email, verified=False)
    if owner is not None:
        others, addresses = others.exclude(pk=owner.pk), addresses.exclude(user=owner)
    for user in others:
        if not return_to_proved_address(user) and _is_unused(user):
            user.delete()
    addresses.delete()


@transaction.atomic
def drop_unproved_addresses(*, user: User) -> None:
    """Somebody who has proved an address keeps those that are proved: nobody else can come in by what was only written down."""
    if return_to_proved_address(user):
        EmailAddress.objects.filter(user=user, verified=False).delete()


def return_to_proved_address(user: User) -> bool:
    """Let an account go by an address that it has proved, the primary one if it may choose. False where it has proved none."""
    proved = list(EmailAddress.objects.filter(user=user, verified=True).order_by("-primary", "pk"))
    if not proved:
        return False
    if user.email not in {address.email for address in proved}:
        EmailAddress.objects.filter(user=user, primary=True).exclude(pk=proved[0].pk).update(primary=False)
        EmailAddress.objects.filter(pk=proved[0].pk).update(primary=True)
        user.email = proved[0].email
        user.save(update_fields=["email"])
    return True


def _is_unused(user: User) -> bool:
    """Begun at sign-up and left: nobody ever signed in, and nobody gave it rights."""
    return not (user.last_login or user.is_staff or user.is_superuser or user.groups.exists())
