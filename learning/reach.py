"""How many people an edit of a course touches: numbers for its authors, no names."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from courses.models import Course
from learning.models import ActivityState, Enrolment


@dataclass(frozen=True)
class Reach:
    """People on a course, by how far they are."""

    not_started: int = 0
    under_way: int = 0
    finished: int = 0

    @property
    def everybody(self) -> int:
        return self.not_started + self.under_way + self.finished


def reach_of(courses: Collection[Course]) -> dict[int, Reach]:
    """By course id. People who are on a course for two organisations count for each. One query."""
    is_finished, is_started = Q(completed_at__isnull=False), Q(started_at__isnull=False)
    rows = (
        Enrolment.objects.filter(course__in=courses)
        .values("course")
        .annotate(
            not_started=Count("pk", filter=~is_finished & ~is_started),
            under_way=Count("pk", filter=~is_finished & is_started),
            finished=Count("pk", filter=is_finished),
        )
    )
    return {row["course"]: Reach(row["not_started"], row["under_way"], row["finished"]) for row in rows}


def count_waived(course: Course, gone: Collection[str]) -> int:
    """Half-way learners who have not done something that would no longer be required. `gone`: ids of activities."""
    waived = 0
    under_way = Enrolment.objects.filter(course=course, completed_at=None, started_at__isnull=False)
    for version in course.versions.filter(pk__in=under_way.values("version")).only("requirements"):
        lost = {item["activity"] for item in version.requirements} & set(gone)
        if lost:
            waived += _without_all(under_way.filter(version=version), lost)
    return waived


def _without_all(enrolments: QuerySet[Enrolment], activities: set[str]) -> int:
    """How many have not done all of these."""
    done = (
        ActivityState.objects.filter(enrolment__in=enrolments, finished_at__isnull=False, activity__block_id__in=activities)
        .values("enrolment")
        .annotate(done=Count("pk"))
        .filter(done__gte=len(activities))
    )
    return enrolments.count() - done.count()
