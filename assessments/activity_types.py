"""The activities of assessments: knowledge checks in lessons, and the assessments before and after a course."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from assessments.queries import checks_for
from courses.activity_types import ActivityType, EnrolmentRef


class Check(ActivityType):
    """A question with feedback. A block's value names its item; the answers are rows of `assessments`, not words of a state."""

    name = "check"
    label = _("Knowledge check")
    template = "courses/activities/check.html"
    is_required = True

    def add_state(self, blocks: Sequence[dict[str, Any]], enrolment: EnrolmentRef | None) -> None:
        """The question and the latest answer. A question that is not in the item bank cannot be shown."""
        checks = checks_for([block["value"]["item"] for block in blocks], enrolment)
        for block in blocks:
            block["version"], block["answer"] = checks.get(block["value"]["item"], (None, None))
            block["is_missing"] = block["version"] is None


class AssessmentBefore(ActivityType):
    name = "assessment_before"
    label = _("Assessment before the course")


class AssessmentAfter(ActivityType):
    name = "assessment_after"
    label = _("Assessment after the course")
    is_required = True
