"""The secrets behind second factors, as they are kept."""

from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from common.encryption import SecretUnreadable, decrypt, encrypt

# Where allauth keeps what must not be read: the key of an app, the seed of recovery codes.
SECRET_FIELDS = ("secret", "seed")
# What it takes over from earlier versions of itself: codes, one by one.
SECRET_LISTS = ("migrated_codes",)


@dataclass
class Renewal:
    """How many second factors were written, and the ids of those that no key fits."""

    written: int = 0
    unreadable: list[int] = field(default_factory=list)


def renew_secrets() -> Renewal:
    """Encrypt every secret anew under the current key; one that cannot be read stays as it is and does not stop the others.

    Where none is unreadable, earlier keys may go. Running it again does no harm. One short transaction each, so that people
    sign in meanwhile.
    """
    ids = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk").values_list("pk", flat=True)
    renewal = Renewal()
    for pk in list(ids):
        try:
            renewal.written += _renew(pk)
        except SecretUnreadable:
            renewal.unreadable.append(pk)
    return renewal


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
