"""What can be wrong with what somebody says of a file; every message is for the reader."""

from common.errors import UserError


class ObjectionNotUnderstood(UserError):
    """An objection that names nobody, or is there already."""


class WindowNotUnderstood(UserError):
    """Days, or what a file lists, that cannot be so."""
