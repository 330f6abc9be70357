"""What the catalogue shows of the lessons in which something was found: their titles, and words of those that are open."""

from collections.abc import Iterable, Mapping
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


def lessons_found(
    user: Visitor, courses: Mapping[int, Course], found: Iterable[FoundCourse], terms: list[str]
) -> dict[int, list[FoundLesson]]:
    """The best lessons of each of the `courses`, which are listed, by the course. Three queries, however many there are."""
    best = {entry: course.course for course in found for entry in course.entries[:MAX_LESSONS]}
    entries = SearchEntry.objects.defer("text", "points", "vocabulary").in_bulk(best)
    openable = access_queries.openable(user) if user.is_authenticated and entries else None
    is_open = {
        key: entry.is_sample or (openable is not None and courses[entry.course_id] in openable)
        for key, entry in entries.items()
    }
    shown = snippets([key for key in entries if is_open[key]], terms)
    lessons: dict[int, list[FoundLesson]] = {course: [] for course in courses}
    for key, course in best.items():
        if entry := entries.get(key):
            address = lesson_address(courses[course].slug, entry.module_slug, entry.slug) if is_open[key] else ""
            lessons[course].append(FoundLesson(entry.title, entry.heading, address, shown.get(key, [])))
    return lessons
