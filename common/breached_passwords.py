"""Passwords that are known from breaches, looked up in a file on this machine: nothing about a password leaves it.

The file is the list of Have I Been Pwned (https://haveibeenpwned.com/Passwords), or any part of it, ordered by hash: one line
each with the SHA-1 of a password in capitals and, after a colon, how often it was seen. An operator downloads it and names it
in `ACCORD_BREACHED_PASSWORDS`. Without one only Django's own list of 20,000 common passwords is looked at.
"""

import hashlib
import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import Error, register
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

HASH_LENGTH = 40


class BreachedPasswordValidator:
    """Refuses a password that is in the operator's list."""

    def validate(self, password: str, user: Any = None) -> None:
        if settings.ACCORD_BREACHED_PASSWORDS and is_listed(password, Path(settings.ACCORD_BREACHED_PASSWORDS)):
            raise ValidationError(
                _("This password is known from a data breach elsewhere, so attackers try it. Choose another one."),
                code="password_breached",
            )

    def get_help_text(self) -> str:
        return _("Your password must not be known from a data breach.")


def is_listed(password: str, file: Path) -> bool:
    """Look for a password by its hash; as many steps as the file's size has bits. Raises OSError where there is no file."""
    # The list is one of SHA-1 hashes; nothing is kept under this one.
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with file.open("rb") as opened:
        if not file.stat().st_size:
            return False
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as lines:
            return _has_line(lines, wanted)


def _has_line(lines: mmap.mmap, wanted: bytes) -> bool:
    """Halve the stretch of the file in which the line that begins with `wanted` can begin."""
    low, high = 0, len(lines)
    while low < high:
        begin = lines.rfind(b"\n", 0, (low + high) // 2) + 1
        found = lines[begin : begin + HASH_LENGTH]
        if found == wanted:
            return True
        if found < wanted:
            following = lines.find(b"\n", begin) + 1
            low = following or high
        else:
            high = begin
    return False


@register()
def check_list(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[Error]:
    """A list that is named and cannot be read would refuse every password, so nothing starts with it."""
    name = settings.ACCORD_BREACHED_PASSWORDS
    if not name:
        return []
    try:
        with Path(name).open("rb") as opened:
            first, second = opened.readline()[:HASH_LENGTH], opened.readline()[:HASH_LENGTH]
    except OSError as error:
        return [Error(f"ACCORD_BREACHED_PASSWORDS: {error}", id="accord.E001")]
    hashes = [each for each in (first, second) if each]
    if any(len(each) != HASH_LENGTH or each.strip(b"0123456789ABCDEF") for each in hashes) or sorted(hashes) != hashes:
        hint = "Use the list of SHA-1 hashes of Have I Been Pwned, ordered by hash."
        return [Error(f"ACCORD_BREACHED_PASSWORDS: {name} is not a list of hashes.", hint=hint, id="accord.E002")]
    return []
