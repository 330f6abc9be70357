from common.errors import UserError


class NotReady(UserError):
    """Asked for something that the import's state does not allow."""
