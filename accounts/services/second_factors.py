"""The secrets behind second factors, as they are kept."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from common.encryption import decrypt, encrypt

# Where allauth keeps what must not be read: the key of an app, the seed of recovery codes.
SECRET_FIELDS = ("secret", "seed")
# What it takes over from earlier versions of itself: codes, one by one.
SECRET_LISTS = ("migrated_codes",)


def renew_secrets() -> int:
    """Encrypt every secret anew under the current key; returns how many second factors were written.

    Afterwards earlier keys may go. Running it again does no harm. One short transaction each, so that people sign in meanwhile.
    """
    ids = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk").values_list("pk", flat=True)
    return sum(_renew(pk) for pk in list(ids))


@transaction.atomic
def _renew(pk: int) -> bool:
    authenticator = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if authenticator is None:
        return False
    authenticator.data = encrypted_anew(authenticator.data)
    authenticator.save(update_fields=["data"])
    return True


def encrypted_anew(data: dict[str, Any]) -> dict[str, Any]:
    fields = {name: encrypt(decrypt(data[name])) for name in SECRET_FIELDS if name in data}
    lists = {name: [encrypt(decrypt(code)) for code in data[name]] for name in SECRET_LISTS if data.get(name)}
    return data | fields | lists
