"""My learning: the next thing to do first, then what is due, in progress and done."""

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from access import queries as access_queries
from accounts.console import signed_in
from accounts.models import User
from assessments.sheets import minutes_for
from courses import queries as course_queries
from courses.content import text_of
from courses.models import Course
from learning import queries
from learning.models import Certificate, Enrolment
from learning.queries import Progress
from skills.proficiency import proficiency
from skills.queries import records_with_evidence
from web.links import resume_address

ASSUMED_QUESTIONS = 12


@dataclass(frozen=True)
class LearningRow:
    enrolment: Enrolment
    progress: Progress
    is_open: bool

    @property
    def course(self) -> Course:
        return self.enrolment.course

    @property
    def resume(self) -> str:
        return resume_address(self.enrolment, self.progress) if self.is_open else ""

    @property
    def is_done(self) -> bool:
        return self.enrolment.completed_at is not None

    @property
    def due_on(self) -> date | None:
        return self.enrolment.cohort.due_on if self.enrolment.cohort and not self.is_done else None

    @property
    def starts_on(self) -> date | None:
        """A start day to come, of a course that they have not begun before it."""
        starts_on = self.enrolment.cohort.starts_on if self.enrolment.cohort and not self.enrolment.started_at else None
        return starts_on if starts_on and starts_on > timezone.localdate() else None

    @property
    def is_late(self) -> bool:
        return self.due_on is not None and self.due_on < timezone.localdate()

    @property
    def certificate(self) -> Certificate | None:
        return getattr(self.enrolment, "certificate", None)

    @property
    def has_assessment(self) -> bool:
        return text_of(self.course.current_version or self.enrolment.version).has_assessment

    @property
    def has_begun(self) -> bool:
        return self.enrolment.percentage > 0 or bool(self.progress.finished)


@dataclass(frozen=True)
class NextStep:
    """The one thing to do next: what, where, how long."""

    title: str
    course: Course
    address: str
    minutes: int
    due_on: date | None = None


def rows_of(user: User) -> list[LearningRow]:
    """Three queries, however many courses."""
    enrolments = list(queries.enrolments_of(user))
    progress = queries.progress_of_many(enrolments)
    may_open = access_queries.openable(user)
    return [LearningRow(enrolment, progress[enrolment.pk], enrolment.course in may_open) for enrolment in enrolments]


def next_step(rows: list[LearningRow]) -> NextStep | None:
    """Of the courses under way the one that is due first, else the one used last."""
    under_way = [row for row in rows if row.is_open and not row.is_done]
    for row in sorted(under_way, key=lambda row: row.due_on or date.max):
        step = _step_of(row)
        if step is not None:
            return step
    return None


def _step_of(row: LearningRow) -> NextStep | None:
    lesson = row.progress.next_lesson
    if lesson is not None:
        return NextStep(lesson.title, row.course, row.resume, lesson.minutes, row.due_on)
    if row.progress.needs_after_assessment:
        address = reverse("assessments:start", args=[row.enrolment.uuid, "after"])
        return NextStep(_("The assessment after the course"), row.course, address, minutes_for(ASSUMED_QUESTIONS), row.due_on)
    return None


@require_safe
@login_required
def learn(request: HttpRequest) -> HttpResponse:
    rows = rows_of(signed_in(request))
    open_rows = [row for row in rows if not row.is_done]
    enrolled = [row.course.pk for row in rows]
    not_started = list(access_queries.courses_given_to(signed_in(request)).exclude(pk__in=enrolled))
    context = {
        "next": next_step(rows),
        "due": sorted((row for row in open_rows if row.due_on), key=lambda row: row.due_on or date.max),
        "in_progress": [row for row in open_rows if not row.due_on],
        "not_started": not_started,
        "done": [row for row in rows if row.is_done],
        "proficiencies": [proficiency(record) for record in records_with_evidence(signed_in(request))],
        "suggestion": None if open_rows else next(iter(not_started), None) or _suggestion(rows),
    }
    return render(request, "web/learning.html", context)


def _suggestion(rows: list[LearningRow]) -> Course | None:
    """Something to begin with, free before paid."""
    taken = [row.course.pk for row in rows]
    return course_queries.catalogue().exclude(pk__in=taken).first()
