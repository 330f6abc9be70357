from common.errors import UserError


class FrameworkProblem(UserError):
    """What cannot be done with a framework, in words."""
