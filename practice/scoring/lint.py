"""The lint of any case, by its kind."""

from __future__ import annotations

from practice.scoring.finding import Finding, Report
from practice.scoring.interview_case import InterviewCase
from practice.scoring.interview_lint import lint_interview
from practice.scoring.negotiation_case import NegotiationCase
from practice.scoring.negotiation_lint import lint_negotiation


def lint(case: InterviewCase | NegotiationCase) -> Report:
    """What is wrong with the case, and what was measured. Takes up to 30 seconds for an interview."""
    return lint_interview(case) if isinstance(case, InterviewCase) else lint_negotiation(case)


__all__ = ["Finding", "Report", "lint"]
