from common.errors import UserError


class ImportNotReady(UserError):
    """Asked to withdraw an import that is not in the state for it."""
