"""What follows when allauth says that somebody has changed how they get into their account, and when mails are resent."""

from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.http import HttpRequest
from django.utils.translation import ngettext

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import User
from accounts.services.addresses import drop_unproved_addresses, release_address
from accounts.services.sessions import begin, end_sessions
from mail.events import Resending


def on_signed_in(sender: type, request: HttpRequest, user: User, **kwargs: Any) -> None:
    begin(request.session, user)


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


def on_second_factor_changed(sender: type, request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    """Whoever signed in elsewhere before the change may be the reason for it. A new password ends sessions by itself."""
    end_sessions(user=user, keep=request)


def on_mails_resent(resending: Resending) -> None:
    """How many and by whom, not to whom: the log holds no addresses."""
    summary = ngettext("Resent %(n)s failed e-mail", "Resent %(n)s failed e-mails", resending.count) % {"n": resending.count}
    actor = cast(User, resending.actor)
    record(verb=AuditVerb.MAIL_RESENT, summary=summary, actor=actor, after={"count": resending.count})
