"""Whoever proves an address first gets the account that goes by it, and nobody who began it before stays in."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.models import User
from accounts.services.sessions import end_sessions


def is_never_used(user: User) -> bool:
    """Begun at sign-up, or by somebody who made it for others: nobody ever signed in."""
    return user.last_login is None


def is_first_proof(address: EmailAddress) -> bool:
    """Whether an address that was proved just now is the first of an account that nobody has used."""
    others = EmailAddress.objects.filter(user=address.user, verified=True).exclude(pk=address.pk)
    return is_never_used(address.user) and not others.exists()


def is_unproved(user: User) -> bool:
    """Whether nobody can have used an account and nobody has shown whose it is."""
    return is_never_used(user) and not EmailAddress.objects.filter(user=user, verified=True).exists()


@transaction.atomic
def forget_beginning(*, user: User, keep_password: bool) -> bool:
    """Take from an account what somebody else may have put there: the name, second factors, sign-ins under way, the password.

    `keep_password` where whoever has proved the address chose it a moment ago. True where there was a name or a password.
    """
    had_something = bool(user.get_full_name()) or (user.has_usable_password() and not keep_password)
    if not keep_password:
        user.set_unusable_password()
    user.first_name = user.last_name = ""
    user.save(update_fields=["password", "first_name", "last_name"])
    Authenticator.objects.filter(user=user).delete()
    end_sessions(user=user)
    return had_something
