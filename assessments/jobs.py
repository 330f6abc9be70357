"""Long work of this app: scoring attempts again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from assessments.errors import StudyNotPossible
from assessments.models import AttemptItem, Instrument, ItemVersion, ScoringRecord, SkillCheck
from assessments.services import plan_rescoring, plan_rescoring_of_checks, rescore, rescore_checks
from assessments.services.studying import study_fit
from common.queues import Queue
from courses.models import Course
from jobs.enums import JobState
from jobs.models import Job
from jobs.services import Progress, start_job

RESCORE_JOB = "assessments.rescore"
PLAN_JOB = "assessments.plan_rescoring"
STUDY_JOB = "assessments.study_fit"
NEWEST = "newest"
SKILL_CHECKS = 0
"""In place of the id of a course: skill checks that were kept, which belong to none."""


def start_rescoring(
    *, course: Course | None, requested_by: User | None = None, result_url: str = "", looked: Job | None = None
) -> Job:
    """Have a worker score the attempts of a course again, without one the skill checks that were kept. Asking twice is safe.

    `looked`: the look at who would move that it rests on; where a question has been changed since, nothing is scored.
    """
    title = _("Score “%(course)s” again") % {"course": title_of(course)}
    told = {NEWEST: looked.result.get(NEWEST)} if looked else {}
    return _start(RESCORE_JOB, title, course, requested_by, result_url, **told)


def start_planning(*, course: Course | None, requested_by: User, result_url: str) -> Job:
    """Have a worker see who would move, without changing anything."""
    title = _("Who would move in “%(course)s”") % {"course": title_of(course)}
    return _start(PLAN_JOB, title, course, requested_by, result_url)


def title_of(course: Course | None) -> str:
    return course.title if course else _("Kept skill checks")


def _id_of(course: Course | None) -> int:
    return course.pk if course else SKILL_CHECKS


def _course_of(progress: Progress) -> Course | None:
    course_id = progress.parameters["course"]
    return None if course_id == SKILL_CHECKS else Course.objects.get(pk=course_id)


def _start(kind: str, title: str, course: Course | None, requested_by: User | None, result_url: str, **more: int | None) -> Job:
    parameters = {"course": _id_of(course), **more}
    return start_job(kind=kind, title=title[:200], parameters=parameters, requested_by=requested_by, result_url=result_url)


def newest_version(course: Course | None) -> int:
    """The newest version of the questions that were asked in a course, without one of those of the bank: a new key is a newer
    one.
    """
    asked = AttemptItem.objects.filter(item=OuterRef("item"), attempt__enrolment__course=course)
    versions = ItemVersion.objects.filter(Exists(asked)) if course else ItemVersion.objects.filter(item__course=None)
    return versions.aggregate(newest=Max("pk"))["newest"] or 0


def plan(progress: Progress) -> dict[str, Any]:
    """Counts only: see `Plan.as_json`; and of which versions."""
    course = _course_of(progress)
    newest = newest_version(course)
    if course is None:
        planned = plan_rescoring_of_checks(report=progress.report)
    else:
        planned = plan_rescoring(course=course, report=progress.report)
    return {"plan": planned.as_json(), NEWEST: newest, "message": _("Looked only; nothing was changed.")}


def newest_plan(course: Course | None) -> Job | None:
    """The newest look at a course that was finished, whoever asked for it."""
    return Job.objects.filter(kind=PLAN_JOB, parameters__course=_id_of(course), state=JobState.DONE).order_by("-pk").first()


def is_rekeyed_since(course: Course | None, looked: Job) -> bool:
    """Whether a question has been changed since somebody looked who would move: the look is not of its key."""
    return bool(looked.result.get(NEWEST) != newest_version(course))


@dataclass(frozen=True)
class ScoredAgain:
    """When the last of so many attempts was scored again; of none where the work found nothing to do."""

    at: datetime
    attempts: int


def scored_again_since(course: Course | None, looked: Job) -> ScoredAgain | None:
    """What has been scored again since a look at who would move, wherever it was started: that look is over then."""
    since = looked.started_at or looked.created_at
    if course is None:
        checks = SkillCheck.objects.filter(scored_again_at__gte=since)
        found = checks.aggregate(at=Max("scored_again_at"), attempts=Count("pk"))
    else:
        records = ScoringRecord.objects.filter(attempt__enrolment__course=course, created_at__gte=since).exclude(rekeyed={})
        found = records.aggregate(at=Max("created_at"), attempts=Count("attempt", distinct=True))
    done = Job.objects.filter(
        kind=RESCORE_JOB, parameters__course=_id_of(course), state=JobState.DONE, finished_at__gte=looked.finished_at
    )
    ended = done.aggregate(at=Max("finished_at"))["at"]
    moments = [at for at in (found["at"], ended) if at is not None]
    return ScoredAgain(max(moments), found["attempts"]) if moments else None


def open_rescoring(course: Course | None) -> Job | None:
    """Work that scores a course again and has not ended."""
    return _open(RESCORE_JOB, course)


def open_planning(course: Course | None) -> Job | None:
    """A look at who would move that has not ended."""
    return _open(PLAN_JOB, course)


def _open(kind: str, course: Course | None) -> Job | None:
    return Job.objects.filter(kind=kind, parameters__course=_id_of(course), finished_at=None).order_by("-pk").first()


def rescore_course(progress: Progress) -> dict[str, Any]:
    """Repeating it goes on with the attempts that are left."""
    course = _course_of(progress)
    if NEWEST in progress.parameters and progress.parameters[NEWEST] != newest_version(course):
        words = _("Nothing was scored again: a question has been changed since somebody looked who would move. Look again.")
        return {"rescored": 0, "message": words}
    if course is None:
        rescored = rescore_checks(report=progress.report)
        return {"rescored": rescored, "message": checks_in_words(rescored)}
    rescored = rescore(course=course, report=progress.report)
    return {"rescored": rescored, "message": rescored_in_words(rescored)}


def checks_in_words(count: int) -> str:
    words = ngettext("%(n)s kept skill check was scored again.", "%(n)s kept skill checks were scored again.", count)
    return words % {"n": f"{count:,}"}


def rescored_in_words(count: int) -> str:
    return ngettext("%(n)s attempt was scored again.", "%(n)s attempts were scored again.", count) % {"n": f"{count:,}"}


def start_study(*, form: Instrument, requested_by: User, result_url: str) -> Job:
    """Have a worker look at item fit and differences between groups; the job that is at it already, where there is one."""
    own = Job.objects.filter(kind=STUDY_JOB, requested_by=requested_by, finished_at=None, parameters__form=form.pk)
    under_way = own.first()
    if under_way is not None:
        return under_way
    title = _("Fit and groups: %(form)s") % {"form": form.title}
    if form.course is not None:
        title = _("Fit and groups: %(form)s of “%(course)s”") % {"form": form.title, "course": form.course.title}
    return start_job(
        kind=STUDY_JOB,
        title=title[:200],
        parameters={"form": form.pk},
        requested_by=requested_by,
        result_url=result_url,
        queue=Queue.BULK,
    )


def study(progress: Progress) -> dict[str, Any]:
    """For whoever may still see the question bank."""
    person = User.objects.filter(pk=progress.parameters["actor"], is_active=True).first()
    if person is None or not may_see_bank(person):
        raise StudyNotPossible(_("Whoever asked for this may no longer see the question bank, so nothing was done."))
    made = study_fit(Instrument.objects.get(pk=progress.parameters["form"]), progress)
    return {"message": _("%(n)s sittings were looked at.") % {"n": f"{made.content['persons']:,}"}}


def may_see_bank(person: User) -> bool:
    return any(person.has_perm(f"assessments.{verb}_item") for verb in ("view", "change"))
