"""Errors written for the person who plans the training."""

from common.errors import UserError


class NotReadyToApprove(UserError):
    """A specification that lacks what approval needs; the message names it."""


class AlreadyApproved(UserError):
    """What was agreed beforehand is not rewritten afterwards."""


class TrainingIsNotTheAnswer(UserError):
    """Nobody found a lack of knowledge or skill, and nobody gave a reason to train all the same."""
