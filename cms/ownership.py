"""Under which id each block of a course is published: the lesson in which learners wrote keeps the id they wrote under.

A block is known by (course, id) and belongs to one lesson, which `courses.Activity` remembers. Copies have ids of their own
(`cms.block_ids`). The same id still comes to stand in two lessons of a course where it was copied by an earlier version of
Accord, or pasted by a script or a file. Then

- the lesson it belongs to keeps it, live or taken back, as long as that lesson still has the block;
- any other lesson publishes it under an id of its own, and keeps to that one once somebody has written under it;
- a block that has left its lesson takes id and words along to the lesson that has it now.

A block that has become one of another kind is another block. Reasons are in docs/decisions/0030-words-stay-with-their-block.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from wagtail.models import Page

from cms.models import LessonPage
from courses.activity_types import activity_types
from courses.models import Activity, Course
from learning.queries import is_used


@dataclass(frozen=True)
class _Known:
    lesson: UUID | None
    kind: str


@dataclass
class PublishedIds:
    """Ids for one publication. `lesson_ids`: identity of each lesson page of the course, live or not, by its key."""

    course: Course
    lesson_ids: Mapping[int, UUID]
    _known: dict[str, _Known] = field(init=False)
    _taken: set[str] = field(init=False, default_factory=set)
    _ids: dict[tuple[int, int], str] = field(init=False, default_factory=dict)
    _kept: dict[UUID, frozenset[str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        rows = Activity.objects.filter(course=self.course).values_list("block_id", "lesson__uuid", "kind")
        self._known = {str(block_id): _Known(lesson, kind) for block_id, lesson, kind in rows}

    def assign(self, pages: Iterable[LessonPage]) -> None:
        """To every block of the live lessons; those that keep the id they have come first."""
        for page in sorted(pages, key=lambda page: page.pk):
            for position, child in enumerate(page.body):
                self._ids[page.pk, position] = self._claim(page, child)

    def of(self, page: LessonPage, position: int) -> str:
        """Of the block at this position in the lesson."""
        return self._ids[page.pk, position]

    def _claim(self, page: LessonPage, child: Any) -> str:
        lesson, wanted = self.lesson_ids[page.pk], self._of_its_kind(child)
        claimed = self._choose(lesson, wanted)
        number = 1
        while claimed in self._taken:  # twice in one lesson
            number += 1
            claimed = str(uuid5(lesson, f"{wanted}/{number}"))
        self._taken.add(claimed)
        return claimed

    def _choose(self, lesson: UUID, wanted: str) -> str:
        known, derived = self._known.get(wanted), str(uuid5(lesson, wanted))
        if known is not None and known.lesson == lesson:
            return wanted
        if wanted in self._taken or (known is not None and known.lesson is not None and self._has(known.lesson, wanted)):
            return derived
        is_settled = derived in self._known and is_used(self.course, derived)
        return derived if is_settled else wanted

    def _of_its_kind(self, child: Any) -> str:
        known = self._known.get(child.id)
        if known is None or known.kind == child.block_type or child.block_type not in activity_types:
            return str(child.id)
        return str(uuid5(UUID(child.id), child.block_type))

    def _has(self, lesson: UUID, block_id: str) -> bool:
        """Whether that lesson's page has the block: in its live text, or where it was taken back in its draft."""
        if lesson not in self._kept:
            self._kept[lesson] = frozenset(
                self._of_its_kind(child) for page in self._pages_of(lesson) for child in _text_of(page).body
            )
        return block_id in self._kept[lesson]

    def _pages_of(self, lesson: UUID) -> list[LessonPage]:
        """Its page in this course, or the one that went to another course. None where the file of a page is gone: its
        blocks are where the files now have them."""
        here = [pk for pk, lesson_id in self.lesson_ids.items() if lesson_id == lesson]
        found = LessonPage.objects.filter(pk__in=here or self._elsewhere(lesson))
        return list(found.exclude(live=False, loaded_file__digest=""))

    def _elsewhere(self, lesson: UUID) -> list[int]:
        keys = LessonPage.objects.values_list("pk", "translation_key")
        return [pk for pk, key in keys if lesson in (key, uuid5(self.course.uuid, str(key)))]


def _text_of(page: LessonPage) -> LessonPage:
    return page if page.live else page.get_latest_revision_as_object()


@dataclass(frozen=True)
class Shared:
    """Lessons of one course in which something that learners do has the same id."""

    block_id: str
    pages: list[LessonPage]


def shared_blocks(course_page: Page) -> list[Shared]:
    """What has one id in several lessons of a course, as their authors now have them."""
    found: dict[str, list[LessonPage]] = {}
    for page in LessonPage.objects.descendant_of(course_page).order_by("path"):
        for block_id in {child.id for child in _text_of(page).body if child.block_type in activity_types}:
            found.setdefault(block_id, []).append(page)
    return [Shared(block_id, pages) for block_id, pages in found.items() if len(pages) > 1]


def shared_with(page: LessonPage) -> list[LessonPage]:
    """Other lessons of its course that share something with this one."""
    course_page = page.get_parent().get_parent()
    sharing = [shared.pages for shared in shared_blocks(course_page) if page in shared.pages]
    return list(dict.fromkeys(other for pages in sharing for other in pages if other != page))
