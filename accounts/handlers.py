"""What follows when allauth says that somebody has added, proved or removed an address or set a new password."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress

from accounts.models import User
from accounts.services.addresses import drop_unproved_addresses, release_address


def on_address_proved(sender: type, email_address: EmailAddress, **kwargs: Any) -> None:
    release_address(email=email_address.email, owner=email_address.user)


def on_password_reset(sender: type, user: User, **kwargs: Any) -> None:
    drop_unproved_addresses(user=user)


def on_address_added(sender: type, user: User, email_address: EmailAddress, **kwargs: Any) -> None:
    """allauth tells of changed and removed addresses, and of added ones it does not."""
    get_adapter().send_notification_mail("account/email/email_added", user, {"added_email": email_address.email})


def on_address_removed(sender: type, user: User, email_address: EmailAddress, **kwargs: Any) -> None:
    """allauth tells the primary address. Whoever has lost this one reads it there, if anywhere."""
    if email_address.verified:
        about = {"deleted_email": email_address.email}
        get_adapter().send_notification_mail("account/email/email_deleted", user, about, email=email_address.email)
