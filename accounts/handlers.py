"""What follows when allauth says that somebody has proved an address or set a new password."""

from typing import Any

from allauth.account.models import EmailAddress

from accounts.models import User
from accounts.services.addresses import drop_unproved_addresses, release_address


def on_address_proved(sender: type, email_address: EmailAddress, **kwargs: Any) -> None:
    release_address(email=email_address.email, owner=email_address.user)


def on_password_reset(sender: type, user: User, **kwargs: Any) -> None:
    drop_unproved_addresses(user=user)
