"""What the services of accounts refuse, said to the person who asked."""

from django.utils.translation import gettext as _

from common.errors import TryLater, UserError


class LastOwner(UserError):
    """An organisation without an owner could not be managed by anybody."""


class LastOperator(UserError):
    """An installation without an operator could not be managed by anybody."""


class NotAllowed(UserError):
    """The actor may manage people, but not this."""


class AskAgain(UserError):
    """What somebody agreed to has changed since they were asked."""


class PersonConflict(UserError):
    """Two people cannot share an address or a personnel number in one organisation."""


class InvitationNotYours(UserError):
    """The invitation is for an address that the signed-in person has not proved to be theirs."""


class CannotClose(UserError):
    """Something has to be settled before an account can be closed."""


class ClosingBegan(UserError):
    """An account is being erased, and can no longer be kept."""

    def __init__(self) -> None:
        super().__init__(_("This account is being erased, so it can no longer be kept."))


class PeopleHeld(TryLater):
    """A file is being imported that changes an organisation's people; what it has written so far may still be taken back."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "An import is changing people of your organisation at this moment, so nothing else was changed. Please try "
                "again in a few minutes."
            )
        )
