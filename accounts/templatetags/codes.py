"""What pages say of a code that somebody was sent, and of an address."""

import math
import time
from dataclasses import dataclass
from typing import Any

from allauth.account.internal.flows.manage_email import can_delete_email, can_mark_as_primary
from allauth.account.models import EmailAddress
from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def minutes_for_code(context: dict[str, Any]) -> int:
    """For how many minutes, the last one begun, the code goes on that allauth's page asks for."""
    process = context["view"]._process
    left = process.state["at"] + process.timeout - time.time()
    return max(1, math.ceil(left / 60))


@dataclass(frozen=True)
class EmailActs:
    """What can be done with one of somebody's addresses."""

    can_be_main: bool
    can_be_confirmed: bool
    can_be_removed: bool

    @property
    def any(self) -> bool:
        return self.can_be_main or self.can_be_confirmed or self.can_be_removed


@register.simple_tag
def email_acts(address: EmailAddress) -> EmailActs:
    return EmailActs(
        can_be_main=not address.primary and can_mark_as_primary(address),
        can_be_confirmed=not address.verified,
        can_be_removed=can_delete_email(address),
    )
