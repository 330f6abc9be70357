from django.utils.translation import gettext as _

from common.errors import UserError


class NotReady(UserError):
    """Asked for something that the import's state does not allow."""


class ChangedSinceCheck(NotReady):
    """Applying would do something else than the check said: nothing is changed, and the file is kept to be checked again."""

    def __init__(self) -> None:
        super().__init__(
            _("The people, cohorts or courses in this file were changed after it was checked. Check the file again.")
        )


class Overtaken(NotReady):
    """Another start of the same work has gone on from where this one was."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This file was imported, discarded or checked again in the meantime, so this was not continued. Nothing was "
                "changed."
            )
        )
