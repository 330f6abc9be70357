"""Long work of this app: scoring attempts again."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from assessments.services import rescore
from courses.models import Course
from jobs.models import Job
from jobs.services import Progress, start_job

RESCORE_JOB = "assessments.rescore"


def start_rescoring(*, course: Course, requested_by: User | None = None) -> Job:
    """Have a worker score the attempts of a course again. Asking twice is safe."""
    title = _("Score “%(course)s” again") % {"course": course.title}
    return start_job(kind=RESCORE_JOB, title=title[:200], parameters={"course": course.pk}, requested_by=requested_by)


def rescore_course(progress: Progress) -> dict[str, Any]:
    """Repeating it goes on with the attempts that are left."""
    rescored = rescore(course=Course.objects.get(pk=progress.parameters["course"]), report=progress.report)
    return {"rescored": rescored, "message": rescored_in_words(rescored)}


def rescored_in_words(count: int) -> str:
    return ngettext("%(n)s attempt was scored again.", "%(n)s attempts were scored again.", count) % {"n": f"{count:,}"}
