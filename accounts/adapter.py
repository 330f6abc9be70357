"""Where allauth asks us."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.urls import reverse

from common import encryption


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is open: free courses are for everybody."""

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


class MFAAdapter(DefaultMFAAdapter):
    """Whoever reads the database, or a copy of it, does not read the second factors."""

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text)
