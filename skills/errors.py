from common.errors import UserError


class FrameworkProblem(UserError):
    """What cannot be done with a framework, in words."""


class WordsChanged(FrameworkProblem):
    """Somebody else has reworded the skill since the page was opened."""


class NotShared(UserError):
    """Why a piece of evidence cannot be shared, in words."""
