"""What commands about one person share."""

from django.core.management.base import CommandError
from django.db.models import Q

from accounts.models import User


def account_of(who: str) -> User:
    """By the address that the account goes by, another that is proved, or its number, by which the record names it."""
    address = who.strip().lower()
    if address.isascii() and address.isdigit():
        user = User.objects.filter(pk=address[:18]).first()
        if user is None:
            raise CommandError("There is no account with this number.")
        return user
    proved = Q(emailaddress__email__iexact=address, emailaddress__verified=True)
    user = User.objects.filter(email=address).first() or User.objects.filter(proved).first()
    if user is None:
        raise CommandError("There is no account with this address.")
    return user
