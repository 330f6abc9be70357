"""The activities of assessments: knowledge checks in lessons, and the assessments before and after a course."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from assessments.alone import LESSON_KIND, in_blocks
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


class AssessmentInLesson(ActivityType):
    """An assessment taken by itself, begun from a lesson. Finished with the first attempt that is submitted; what was answered
    is kept in `assessments`, not in the state.
    """

    name = LESSON_KIND
    label = _("Assessment")
    template = "courses/activities/assessment.html"

    def add_state(self, blocks: Sequence[dict[str, Any]], enrolment: EnrolmentRef | None) -> None:
        """The assessment, and what its learner has taken of it here. One that is not offered any more cannot be shown."""
        found = in_blocks({block["id"]: block["value"]["assessment"] for block in blocks}, enrolment)
        for block in blocks:
            block["row"] = found.get(block["id"])
            block["is_missing"] = block["row"] is None
