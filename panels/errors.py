"""What can be refused, in words for the person who reads it."""

from common.errors import UserError


class PanelNotOpened(UserError):
    """Questions or a day with which no panel can be opened."""


class NotInvited(UserError):
    """Addresses that are not written to; the message says which and why."""


class PanelClosed(UserError):
    """The panel takes no more ratings."""


class JudgementChanged(UserError):
    """Newer ratings were saved in another tab: they stay."""


class JudgementRefused(UserError):
    """Ratings that the question does not have, or that are not finished."""


class KeyRefused(UserError):
    """What the panel said is no key, or may not be read yet."""
