"""What can be refused, in words for the person who reads it."""

from common.errors import UserError


class RoundNotReady(UserError):
    """Something is missing before it can be sent, or another round is too near."""


class RoundNotOpen(UserError):
    """It was closed or called off meanwhile, or has not been sent yet."""


class PersonRefused(UserError):
    """Somebody who cannot be asked in this round."""
