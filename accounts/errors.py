"""What the services of accounts refuse, said to the person who asked."""

from django.utils.translation import gettext as _

from common.errors import UserError


class LastOwner(UserError):
    """An organisation without an owner could not be managed by anybody."""


class LastOperator(UserError):
    """An installation without an operator could not be managed by anybody."""


class NotAllowed(UserError):
    """The actor may manage people, but not this."""


class PersonConflict(UserError):
    """Two people cannot share an address or a personnel number in one organisation."""


class InvitationNotYours(UserError):
    """The invitation is for an address that the signed-in person has not proved to be theirs."""


class PeopleHeld(UserError):
    """A file is being imported that changes an organisation's people; what it has written so far may still be taken back."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "An import is changing people of your organisation at this moment, so nothing else was changed. Please try "
                "again in a few minutes."
            )
        )
