"""The mean change of cohorts in the console: between the assessments before and after a course, of ten people or more."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.console import console_view
from accounts.models import Organisation
from accounts.rules import can_see_people
from assessments.scoring.releases import FEWEST
from assessments.services.changes import GroupRow, MeanChange, changes_of
from common.csv_files import csv_response
from courses.models import Course


@dataclass(frozen=True)
class Line:
    """A group as the page shows it."""

    row: GroupRow
    words: str
    change: str
    likely: str

    @property
    def name(self) -> str:
        return self.row.cohort.name if self.row.cohort else _("Everyone on the course")

    @property
    def began(self) -> str:
        """As it was when the change was told: both numbers are of one day."""
        count = self.row.change.began if self.row.change else self.row.began
        return _told(count)

    @property
    def finished(self) -> str:
        return _told(self.row.change.finished) if self.row.change else _told(0) if self.row.reason == "few" else ""

    @property
    def day(self) -> str:
        return date_format(timezone.localtime(self.row.change.told_at)) if self.row.change else ""


@dataclass(frozen=True)
class CourseChanges:
    course: Course
    lines: list[Line]

    @property
    def told(self) -> list[Line]:
        return [line for line in self.lines if line.row.change]


def _told(count: int) -> str:
    return f"{count:,}" if count >= FEWEST else _("fewer than 10")


@require_safe
@console_view(can_see_people)
def changes(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    rows, is_being_counted = changes_of(organisation)
    courses = list(_by_course(rows))
    context = {
        "organisation": organisation,
        "active": "cohorts",
        "courses": courses,
        "is_being_counted": is_being_counted,
        "is_provisional": any(row.change and row.change.is_provisional for row in rows),
        "has_any": any(row.change for row in rows),
    }
    return render(request, "console/changes.html", context)


def _by_course(rows: list[GroupRow]) -> Iterator[CourseChanges]:
    for _pk, group in groupby(rows, key=lambda row: row.course.pk):
        of_course = list(group)
        yield CourseChanges(of_course[0].course, [_line(row) for row in of_course])


def _line(row: GroupRow) -> Line:
    if row.change is None:
        return Line(row, _reason(row), "", "")
    change = row.change
    return Line(row, change_words(change), _points(change.mean), f"{_points(change.low)} … {_points(change.high)}")


def _reason(row: GroupRow) -> str:
    return {
        "few": _("Nothing is shown until ten people have taken the assessments before and after the course."),
        "elsewhere": _("Everybody counts in one cohort only; fewer than ten here do not count in another one yet."),
        "cohorts": _("Shown once a cohort is; people in cohorts of fewer than ten, or in none, count once they are ten."),
        "order": _("Nearly everyone met the same form of the assessment first, so the forms cannot be told from the change."),
        "close": _("Shown once it tells nothing about a few people that the other groups on this page do not tell."),
    }.get(row.reason, "")


def _points(share: float) -> str:
    """Whole points of a hundred, with their sign."""
    points = round(share * 100)
    return f"+{points}" if points > 0 else f"−{-points}" if points < 0 else "0"


def change_words(change: MeanChange) -> str:
    """The change and its interval as somebody would say them. It is a change, never an effect."""
    words = {
        "before": f"{change.before:.0%}",
        "after": f"{change.after:.0%}",
        "low": _points(change.low),
        "high": _points(change.high),
    }
    if change.low > 0:
        text = _(
            "Up from %(before)s to %(after)s of answers agreeing with the key; likely between %(low)s and %(high)s points."
        )
    elif change.high < 0:
        text = _(
            "Down from %(before)s to %(after)s of answers agreeing with the key; likely between %(low)s and %(high)s points."
        )
    else:
        text = _(
            "From %(before)s to %(after)s of answers agreeing with the key: likely between %(low)s and %(high)s points, so it "
            "could also be none."
        )
    return text % words


@require_safe
@console_view(can_see_people)
def changes_csv(request: HttpRequest, organisation: Organisation) -> StreamingHttpResponse:
    rows, _is_being_counted = changes_of(organisation)
    columns = [
        "course",
        "cohort",
        "took_first",
        "took_both",
        "before",
        "after",
        "change",
        "low",
        "high",
        "provisional",
        "as_of",
    ]
    return csv_response(f"{organisation.slug}-change.csv", columns, (_cells(row) for row in rows if row.change))


def _cells(row: GroupRow) -> list[str]:
    change = row.change
    if change is None:
        return []
    shares = (change.before, change.after, change.mean, change.low, change.high)
    return [
        row.course.title,
        row.cohort.name if row.cohort else "",
        str(change.began),
        str(change.finished),
        *(f"{share:.2f}" for share in shares),
        "yes" if change.is_provisional else "no",
        timezone.localdate(change.told_at).isoformat(),
    ]
