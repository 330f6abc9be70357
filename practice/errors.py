"""What can be refused, in words for the person who reads it."""

from datetime import date
from typing import Protocol

from common.errors import UserError


class SavedAgreement(Protocol):
    """The text of an agreement as it was saved last, to show beside what was typed."""

    title: str
    party_name: str
    party_email: str
    they_expect: str
    i_expect: str
    review_on: date | None

    @property
    def version_mark(self) -> str: ...


class AgreementIncomplete(UserError):
    """Something the other party needs is still missing."""


class AgreementNotEditable(UserError):
    """It is waiting for an answer, or has been confirmed."""


class AgreementChanged(UserError):
    """A newer text was saved in another tab; `agreement` holds it."""

    def __init__(self, agreement: SavedAgreement, message: str) -> None:
        self.agreement = agreement
        super().__init__(message)


class MayNotWrite(UserError):
    """The other party does not want to be written to, or has had enough mails for now."""


class ReviewClosed(UserError):
    """A review that nobody answers any more."""


class ReviewNotDue(UserError):
    """The review day is still to come."""


class AnswersFinal(UserError):
    """Both parties have answered."""


class ReviewDayRefused(UserError):
    """The next review day cannot be chosen yet, or is too soon or too far away."""


class MoveRefused(UserError):
    """A move that cannot be made in a simulation now."""


class TalkMoved(UserError):
    """The talk went on in another window."""


class NotesChanged(UserError):
    """Newer notes were saved in another tab: they stay."""


class PairRefused(UserError):
    """Something about a pair that cannot be done now; the message says what can."""


class MapChanged(UserError):
    """A newer map was saved in another tab: it stays."""


class MapNotUnderstood(UserError):
    """A map that cannot be shown to the other person yet."""


class CaseNotPublished(UserError):
    """A case that cannot be played as it is written; `findings` say what to do."""

    def __init__(self, message: str, findings: tuple[str, ...] = ()) -> None:
        self.findings = findings
        super().__init__(message)
