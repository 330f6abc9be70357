"""Secrets that have to be read again, encrypted where they are kept.

The key comes from `SECRET_KEY`. What was written under an earlier one is read as long as `SECRET_KEY_FALLBACKS` names it.
"""

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PREFIX = "encrypted:"


class SecretUnreadable(Exception):
    """The key under which a secret was written is not configured any more."""


def encrypt(text: str) -> str:
    return PREFIX + _keys().encrypt(text.encode()).decode()


def decrypt(kept: str) -> str:
    """What `encrypt` was given. `SecretUnreadable` where no key fits; text that was kept in the clear comes back as it is."""
    if not kept.startswith(PREFIX):
        return kept
    try:
        return _keys().decrypt(kept.removeprefix(PREFIX).encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable(
            "A secret was encrypted under another SECRET_KEY. Name that key in SECRET_KEY_FALLBACKS."
        ) from error


def _keys() -> MultiFernet:
    return _keys_of(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@cache
def _keys_of(*secrets: str) -> MultiFernet:
    """The first encrypts; all of them decrypt."""
    return MultiFernet([Fernet(_derive(secret)) for secret in secrets])


def _derive(secret: str) -> bytes:
    """A key of its own for this use, so that nothing signed elsewhere with the same secret says anything about it."""
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"accord.common.encryption")
    return base64.urlsafe_b64encode(derivation.derive(secret.encode()))
