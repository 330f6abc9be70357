"""What can be refused, in words for the person who reads it."""

from typing import Any

from common.errors import UserError


class AgreementIncomplete(UserError):
    """Something the other party needs is still missing."""


class AgreementNotEditable(UserError):
    """It is waiting for an answer, or has been confirmed."""


class AgreementChanged(UserError):
    """A newer text was saved in another tab; `agreement` holds it."""

    def __init__(self, agreement: Any, message: str) -> None:
        self.agreement = agreement
        super().__init__(message)


class MayNotWrite(UserError):
    """The other party does not want to be written to, or has had enough mails for now."""
