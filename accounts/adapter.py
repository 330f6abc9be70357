"""Where allauth asks us."""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.ratelimit import clear, consume
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.rules import reasons_for_second_factor
from accounts.services.addresses import release_address
from common import encryption
from common.names import as_words
from mail.enums import Priority
from mail.outbox_backend import Outbox


def terms_of_delivery(template_prefix: str) -> dict[str, Any]:
    """Somebody waits at a page for codes, links and what is said instead of them; they end when allauth ends them."""
    verification = account_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT
    expires_in = {
        "account/email/login_code": account_settings.LOGIN_BY_CODE_TIMEOUT,
        "account/email/email_confirmation": verification,
        "account/email/email_confirmation_signup": verification,
        "account/email/password_reset_code": account_settings.PASSWORD_RESET_BY_CODE_TIMEOUT,
        "account/email/password_reset_key": settings.PASSWORD_RESET_TIMEOUT,
        "account/email/unknown_account": None,
        "account/email/account_already_exists": None,
    }
    if template_prefix not in expires_in:
        return {}
    return {"priority": Priority.URGENT, "expires_in": expires_in[template_prefix]}


# What allauth's mails link to, by the names in their templates.
ADDRESSES = ("activate_url", "password_reset_url", "signup_url")


def _hours_for_link(template_prefix: str) -> dict[str, int]:
    """How long the link of a mail for a new password goes on."""
    is_link = template_prefix == "account/email/password_reset_key"
    return {"hours": settings.PASSWORD_RESET_TIMEOUT // 3600} if is_link else {}


def _at_home(context: dict[str, Any]) -> dict[str, Any]:
    """Addresses and name of this installation, whatever the request called it: whoever has somebody else written to would
    choose where the links lead.
    """
    links = {name: f"{settings.ACCORD_BASE_URL}{urlsplit(context[name]).path}" for name in ADDRESSES if context.get(name)}
    host = urlsplit(settings.ACCORD_BASE_URL).netloc
    return links | {"current_site": {"domain": host, "name": host}}


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is open: free courses are for everybody.

    Wrong passwords count by account and network address together, so that nobody keeps the owner of an account out by guessing;
    a wider limit by account alone is for those who guess from many addresses at once.
    """

    error_messages: ClassVar[dict[str, Promise]] = DefaultAccountAdapter.error_messages | {
        # allauth's key where a code that somebody typed was wrong for the last time; what its forms refuse by it has ours.
        "too_many_login_attempts": _("The code was wrong too often, so it no longer works. Sign in again to get a new one."),
        "too_many_attempts": _("There were too many attempts. Wait five minutes, then try again."),
        "too_many_codes": _(
            "Too many codes were sent to this address. Wait a minute, then ask again. After a dozen in an hour it takes an "
            "hour, and after forty a day."
        ),
        "too_many_wrong_passwords": _(
            "Too many wrong passwords. Wait five minutes, then try again, or sign in with a code sent by e-mail."
        ),
        "too_many_wrong_passwords_anywhere": _(
            "Too many wrong passwords for this account. Wait an hour, then try again, or sign in with a code sent by e-mail."
        ),
        "rate_limited": _(
            "You asked for a code a moment ago. Wait half a minute, then ask again. After a dozen in an hour it takes an "
            "hour, and after forty a day."
        ),
    }

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key}:{self.get_client_ip(request)}"

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        ours = "too_many_attempts" if code == "too_many_login_attempts" else code
        error: ValidationError = super().validation_error(ours, *args)
        return error

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        account = super()._get_login_attempts_cache_key(request, **credentials)
        if not consume(request, action="login_failed_anywhere", key=account, dry_run=True):
            raise self.validation_error("too_many_wrong_passwords_anywhere")
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            raise self.validation_error("too_many_wrong_passwords") from error

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """Somebody who is signed in has added an address: back to the others."""
        if self.request.user.is_authenticated:
            return reverse("account_email")
        return str(super().get_email_verification_redirect_url(email_address))

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        super()._delete_login_attempts_cached_email(request, **credentials)
        account = super()._get_login_attempts_cache_key(request, **credentials)
        clear(request, action="login_failed_anywhere", key=account)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        account = super()._get_login_attempts_cache_key(request, **credentials)
        consume(request, action="login_failed_anywhere", key=account)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Whoever has proved an address gets it, and who only wrote it down gives way: both or neither."""
        try:
            with transaction.atomic():
                release_address(email=email_address.email, owner=email_address.user)
                confirmed = super().confirm_email(request, email_address)
                if not confirmed:
                    transaction.set_rollback(True)
        except IntegrityError:  # somebody else proved it in this moment
            failed = "account/messages/email_confirmation_failed.txt"
            self.add_message(request, messages.ERROR, failed, {"email": email_address.email})
            return False
        return bool(confirmed)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        """Whoever needs a second factor and has none is led to set one up, and from there to where they wanted to go."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if isinstance(user, User) and isinstance(response, HttpResponseRedirectBase) and reasons_for_second_factor(user):
            query = urlencode({REDIRECT_FIELD_NAME: response.url})
            return redirect(f"{reverse('second_factor_needed')}?{query}")
        return response

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """A notice of a change says where to go when it was somebody else."""
        own = {"password_reset_url": settings.ACCORD_BASE_URL + reverse("account_reset_password")}
        super().send_notification_mail(template_prefix, user, own | (context or {}), email)

    def render_mail(
        self, template_prefix: str, email: str, context: dict[str, Any], headers: dict[str, str] | None = None
    ) -> EmailMessage:
        """What a browser says of itself is what somebody typed. The message goes to the outbox."""
        said = {"user_agent": as_words(context["user_agent"])} if context.get("user_agent") else {}
        context |= said | _hours_for_link(template_prefix) | _at_home(context)
        message: EmailMessage = super().render_mail(template_prefix, email, context, headers=headers)
        message.connection = Outbox(source=template_prefix, **terms_of_delivery(template_prefix))
        return message


class MFAAdapter(DefaultMFAAdapter):
    """Whoever reads the database, or a copy of it, does not read the second factors."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The name is what a phone shows beside the passkey."""
        return super().get_public_key_credential_rp_entity() | {"name": settings.WAGTAIL_SITE_NAME}

    def generate_authenticator_name(
        self,
        user: AbstractBaseUser,
        type: Authenticator.Type,  # noqa: A002  # allauth names it so
    ) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey") if number == 1 else gettext("Passkey %(number)s") % {"number": number}

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text)
