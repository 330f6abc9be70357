"""Errors whose message is written for the person who will read it."""


class UserError(Exception):
    """Something the reader can put right: what was wrong, where, what to do now."""
