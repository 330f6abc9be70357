"""What follows when allauth says that somebody has changed how they get into their account, and when mails are resent."""

from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import User
from accounts.services.addresses import drop_unproved_addresses, release_address
from accounts.services.first_proof import forget_beginning, is_first_proof, is_unproved
from accounts.services.pending import knows_password
from accounts.services.sessions import begin, end_sessions
from mail.events import Resending

NAME_REMOVED = _(
    "Someone had started an account with your address before you confirmed it. To be safe, we removed the name they had "
    "entered. Please add yours to your profile once you have signed in."
)
NAME_AND_PASSWORD_REMOVED = _(
    "Someone had started an account with your address before you confirmed it. To be safe, we removed the name and the "
    "password they had entered. Please add your name to your profile and choose a password of your own."
)


def on_signed_in(sender: type, request: HttpRequest, user: User, **kwargs: Any) -> None:
    begin(request.session, user)


def on_address_proved(sender: type, request: HttpRequest, email_address: EmailAddress, **kwargs: Any) -> None:
    user = email_address.user
    if is_first_proof(email_address) and not knows_password(request, user):
        _forget_beginning(request, user, keep_password=False)
    release_address(email=email_address.email, owner=user)
    drop_unproved_addresses(user=user)


def on_password_reset(sender: type, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """The link shows that somebody reads the mail of the account, as a code does. allauth proves no address with it."""
    if is_unproved(user) and not knows_password(request, user):
        _forget_beginning(request, user, keep_password=True)
    drop_unproved_addresses(user=user)


def _forget_beginning(request: HttpRequest, user: User, *, keep_password: bool) -> None:
    if forget_beginning(user=user, keep_password=keep_password):
        messages.info(request, NAME_REMOVED if keep_password else NAME_AND_PASSWORD_REMOVED)


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
    summary = ngettext("Resent %(n)s failed e-mail", "Resent %(n)s failed e-mails", resending.count)
    actor = cast(User, resending.actor)
    summary %= {"n": f"{resending.count:,}"}
    record(verb=AuditVerb.MAIL_RESENT, summary=summary, actor=actor, after={"count": resending.count})
