"""allauth's forms in our words. Apart from `accounts.forms`, which allauth itself imports for the fields of signing up."""

from typing import Any, ClassVar

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.manage_email import sync_user_email_address
from allauth.account.internal.userkit import filter_users_by_email
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.context_words import refuse_names
from accounts.forms import PASSWORD_HINT
from accounts.models import User
from accounts.services.addresses import may_enter_by, may_prove


class InOurWords:
    """Label fields as the rest of the site does, without a placeholder that says the label once more."""

    words: ClassVar[dict[str, Promise]] = {
        "login": _("E-mail address"),
        "email": _("E-mail address"),
        "remember": _("Stay signed in on this device"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]  # mixed into forms only
            field.label = self.words.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if name == "password1":
                field.help_text = PASSWORD_HINT


class NewPasswordWords(InOurWords):
    words: ClassVar[dict[str, Promise]] = {
        "oldpassword": _("Current password"),
        "password1": _("New password"),
        "password2": _("Confirm new password"),
    }


class LoginForm(InOurWords, allauth_forms.LoginForm):
    pass


class SignupForm(InOurWords, allauth_forms.SignupForm):
    account_already_exists: bool

    def clean(self) -> dict[str, Any]:
        """The account that allauth shows to validators of passwords has no names yet."""
        cleaned: dict[str, Any] = super().clean()
        try:
            refuse_names(cleaned.get("password1", ""), [cleaned.get("first_name", ""), cleaned.get("last_name", "")])
        except ValidationError as error:
            self.add_error("password1", error)
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """An account, or, where the address has one, the answer that looks the same and takes as long."""
        if self.account_already_exists:
            User().set_password(self.cleaned_data["password1"])
            return self._saved(request)
        try:
            with transaction.atomic():
                return self._saved(request)
        except IntegrityError:
            # Somebody accepted an invitation, or signed up, since the form looked.
            if not filter_users_by_email(self.cleaned_data["email"]):
                raise
            self.account_already_exists = True
            return self._saved(request)

    def _saved(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return saved


class RequestLoginCodeForm(InOurWords, allauth_forms.RequestLoginCodeForm):
    _user: User | None

    def clean_email(self) -> str:
        try:
            email: str = super().clean_email()
        except ValidationError as error:
            raise get_adapter().validation_error("too_many_codes") if error.code == "too_many_attempts" else error from None
        self._user = self._whose(email)
        if self._user:
            # An account that was made without this row would be asked for a second code.
            sync_user_email_address(self._user)
        return email

    def _whose(self, email: str) -> User | None:
        """Of several accounts that wrote an address down and proved none, the one that goes by it."""
        found = filter_users_by_email(email, is_active=True, prefer_verified=True, for_login=True)
        users = sorted(
            (user for user in found if may_enter_by(user, email)), key=lambda user: (user.email != email.lower(), user.pk)
        )
        return users[0] if users else None


class ConfirmEmailVerificationCodeForm(allauth_forms.ConfirmEmailVerificationCodeForm):
    user: User | None

    def clean_code(self) -> str:
        """Whoever has the code has the address: nobody who only wrote it down stands in the way. They give way afterwards, in
        `AccountAdapter.confirm_email`: a wrong code, or one for an address that is somebody else's, changes nothing.
        """
        code: str = allauth_forms.BaseConfirmCodeForm.clean_code(self)
        if self.user is None or not may_prove(self.user, self.email):
            raise get_adapter().validation_error("email_taken")
        return code


class AddEmailForm(InOurWords, allauth_forms.AddEmailForm):
    pass


class ChangeEmailForm(InOurWords, allauth_forms.ChangeEmailForm):
    pass


class ResetPasswordForm(InOurWords, allauth_forms.ResetPasswordForm):
    users: list[User]

    def clean_email(self) -> str:
        email: str = super().clean_email()
        self.users = [user for user in self.users if may_enter_by(user, email)]
        return email


class ResetPasswordKeyForm(NewPasswordWords, allauth_forms.ResetPasswordKeyForm):
    pass


class ChangePasswordForm(NewPasswordWords, allauth_forms.ChangePasswordForm):
    pass


class SetPasswordForm(NewPasswordWords, allauth_forms.SetPasswordForm):
    pass
