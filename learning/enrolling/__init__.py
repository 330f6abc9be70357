"""Enrolling people from a table."""

from learning.enrolling.kind import ENROLMENTS, KIND

__all__ = ["ENROLMENTS", "KIND"]
