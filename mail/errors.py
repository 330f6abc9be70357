from common.errors import UserError


class LinkNotOpen(UserError):
    """A mail link that is unknown, used, revoked or past its date."""
