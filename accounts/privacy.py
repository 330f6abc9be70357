"""What the apps hold of a person: given to them on request, and erased with their account. Each app declares its part."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import User
from common.registry import Registry


@dataclass(frozen=True)
class PrivacyPart:
    """`export` gives what is held as plain values that JSON can hold; `erase` removes it, says of how many things, and may be
    repeated.
    """

    name: str
    export: Callable[[User], Iterable[dict[str, Any]]]
    erase: Callable[[User], int]


privacy_parts: Registry[PrivacyPart] = Registry("Personal data", owner="accounts.privacy")


def export_of(user: User) -> dict[str, list[dict[str, Any]]]:
    """Everything that is declared to be held of somebody, by part. No page and no command calls it yet."""
    return {part.name: list(part.export(user)) for part in privacy_parts}


@transaction.atomic
def erase(user: User) -> dict[str, int]:
    """Erase every declared part; how many things of each. No page and no command calls it yet."""
    return {part.name: part.erase(user) for part in privacy_parts}
