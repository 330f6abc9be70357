"""When learners see which answers are best."""

from django.utils import timezone

from assessments.enums import ReviewRule
from assessments.models import Attempt
from assessments.windows import window_of


def may_review(attempt: Attempt, *, is_course_over: bool) -> bool:
    """Of a submitted attempt. `is_course_over`: whether the assessment after the course is submitted."""
    rule = attempt.instrument.review
    if rule == ReviewRule.AFTER_COURSE:
        return is_course_over
    if rule == ReviewRule.CLOSED:
        return window_of(attempt.terms, attempt.enrolment).is_over(timezone.now())
    return rule == ReviewRule.SUBMITTED
