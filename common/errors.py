"""Errors whose message is written for the person who will read it."""


class UserError(Exception):
    """Something the reader can put right: what was wrong, where, what to do now."""


class TryLater(UserError):
    """Cannot be done at this moment and will be possible soon, without anybody putting anything right."""
