"""When learners see which answers are best."""

from collections.abc import Sequence

from django.utils import timezone

from accounts.models import Organisation
from accounts.rules import can_see_people
from accounts.types import Visitor
from assessments.enums import ReviewRule
from assessments.models import Attempt
from assessments.windows import window_of


def can_assign_assessments(user: Visitor, organisation: Organisation) -> bool:
    """Whoever sees the people of all cohorts: owners, administrators, learning and development."""
    return can_see_people(user, organisation)


def may_review_alone(attempt: Attempt, attempts: Sequence[Attempt]) -> bool:
    """Of an assessment taken by itself: once no attempt is left that keys would prepare for; of questions chosen one by one
    never, since they measure others. `attempts`: all that its learner has taken.
    """
    submitted = sum(other.submitted_at is not None for other in attempts)
    is_shown = attempt.instrument.review == ReviewRule.SUBMITTED and not attempt.is_adaptive
    return is_shown and submitted >= attempt.instrument.attempts_allowed


def may_review(attempt: Attempt, *, is_course_over: bool) -> bool:
    """Of a submitted attempt. `is_course_over`: whether the assessment after the course is submitted."""
    rule = attempt.instrument.review
    if rule == ReviewRule.AFTER_COURSE:
        return is_course_over
    if rule == ReviewRule.CLOSED:
        return window_of(attempt.terms, attempt.enrolment).is_over(timezone.now())
    return rule == ReviewRule.SUBMITTED
