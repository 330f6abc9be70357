from common.errors import UserError


class NotReady(UserError):
    """Asked for something that the import's state does not allow."""


class Refused(UserError):
    """The file passed its check, but no longer does."""
