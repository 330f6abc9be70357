"""Kinds of user with more rights than a learner, whose accounts are guarded better. Upper apps register theirs in `ready`."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from accounts.models import User
from common.registry import Registry


@dataclass(frozen=True)
class UserKind:
    """`applies` asks in one query at most whether somebody is of this kind. How long their sessions last stands in the
    setting `SESSION_LIFETIMES`, by `name`.

    `because` completes "You need two-step sign-in because …"; empty where no second factor is required.
    """

    name: str
    applies: Callable[[User], bool]
    because: str | Promise = ""

    @property
    def needs_second_factor(self) -> bool:
        return bool(self.because)


user_kinds: Registry[UserKind] = Registry("Kinds of user", owner="accounts.kinds")
