"""What can be wrong with what somebody asks of outcomes; every message is for the reader."""

from common.errors import UserError


class QuestionNotUnderstood(UserError):
    """A question to the data that makes no sense as asked."""
