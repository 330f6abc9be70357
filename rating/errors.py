from common.errors import UserError


class InvalidRubric(UserError):
    """A rubric or its anchors that nobody could rate by."""


class NotRatable(UserError):
    """A rating that cannot be kept."""


class NoSuchRater(UserError):
    """Nobody can be made a rater who has no account, or who is one already."""
