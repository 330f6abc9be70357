"""allauth's forms for passkeys in our words. It imports them when its pages are first asked for."""

from typing import Any

from allauth.mfa.webauthn import forms as webauthn
from django.utils.translation import gettext_lazy as _

LONGEST_NAME = 60


class NamedPasskey:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["name"]  # type: ignore[attr-defined]  # mixed into forms only
        name.label = _("Name of this passkey")
        name.help_text = _("For example “My phone” or “Blue security key”.")
        name.max_length = name.widget.attrs["maxlength"] = LONGEST_NAME


class AddPasskeyForm(NamedPasskey, webauthn.AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        alone = self.fields["passwordless"]
        alone.label = _("Sign in with this passkey alone, without a password")
        alone.help_text = _("Your device then asks for its PIN, fingerprint or face. Some older security keys cannot do this.")
        alone.initial = True


class RenamePasskeyForm(NamedPasskey, webauthn.EditWebAuthnForm):
    pass
