"""What the catalogue shows of the lessons in which something was found: their titles, and words of those that are open."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from access import queries as access_queries
from accounts.types import Visitor
from courses.models import Course, SearchEntry
from courses.queries.search import FoundCourse, Part, snippets
from web.links import lesson_address

MAX_LESSONS = 3


@dataclass(frozen=True)
class FoundLesson:
    """`address` is empty where this reader may not open the lesson, and then there is no snippet."""

    title: str
    module: str
    address: str = ""
    snippet: list[Part] = field(default_factory=list)


def opened_by(user: Visitor, courses: Iterable[Course]) -> frozenset[int]:
    """Keys of those of the `courses` that something lets this person into. One query; none for visitors."""
    if not user.is_authenticated:
        return frozenset()
    openable = access_queries.openable(user)
    return frozenset(course.pk for course in courses if course in openable)


def lessons_found(
    opened: Collection[int], courses: Mapping[int, Course], found: Iterable[FoundCourse], terms: list[str]
) -> dict[int, list[FoundLesson]]:
    """The best lessons of each of the `courses`, which are listed, by the course. Two queries, however many there are.

    `opened`: keys of the courses that this reader may open.
    """
    best = {entry: course.course for course in found for entry in course.entries[:MAX_LESSONS]}
    entries = SearchEntry.objects.defer("text", "points", "vocabulary").in_bulk(best)
    is_open = {key: entry.is_sample or entry.course_id in opened for key, entry in entries.items()}
    shown = snippets([key for key in entries if is_open[key]], terms)
    lessons: dict[int, list[FoundLesson]] = {course: [] for course in courses}
    for key, course in best.items():
        if entry := entries.get(key):
            address = lesson_address(courses[course].slug, entry.module_slug, entry.slug) if is_open[key] else ""
            lessons[course].append(FoundLesson(entry.title, entry.heading, address, shown.get(key, [])))
    return lessons
