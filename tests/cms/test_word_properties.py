"""Any sequence of edits, copies, moves and withdrawals: no word is lost, its writer finds it, and it stays under its block.

`WORD_EXAMPLES` says how many sequences to try; more than by default are tried before a release.
"""

import os
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms.models import CoursePage, LessonPage, ModulePage
from cms.publishing import publish_course_page
from courses.models import Course
from learning.models import ActivityState, Enrolment
from learning.services import save_entry, start_free
from tests.cms.learners import answer, answer_of, shown, text_of_page, write_course
from tests.factories import UserFactory
from web.words import Words

EXAMPLES = int(os.environ.get("WORD_EXAMPLES", "12"))
LEARNING = ("write", "write", "fill in", "fill in", "answer", "newcomer")
AUTHORING = (
    *("copy lesson", "copy as earlier versions did", "copy module", "copy course"),
    *("move lesson", "move module", "rename", "delete lesson"),
    *("withdraw lesson", "return lesson", "withdraw module", "return module", "withdraw course", "return course"),
    *("drop column", "add column", "restore lesson", "drop exercise"),
)
# What stands under what: (enrolment, identity of the page, id of the block in it, column) → text.
Place = tuple[int, Any, str, str]


@pytest.fixture
def folder(tmp_path):
    write_course(tmp_path)
    return tmp_path


@pytest.fixture
def loaded(course_to_write_in) -> Course:
    return Course.objects.get(key="listen-first")


@dataclass
class World:
    """The author's tree, those who learn, and what they wrote where."""

    enrolments: list[Enrolment] = field(default_factory=list)
    written: dict[Place, str] = field(default_factory=dict)
    answers: dict[Place, list[str]] = field(default_factory=dict)
    first: dict[int, list[dict]] = field(default_factory=dict)
    # Pages that share ids, as copies of earlier versions do: cutting a block out of one gives its words to another.
    sharing: set[int] = field(default_factory=set)
    numbers: Any = field(default_factory=count)

    def act(self, name: str, number: int) -> None:
        getattr(self, f"do_{name.replace(' ', '_')}")(number)

    def publish(self) -> None:
        for page in CoursePage.objects.order_by("pk"):
            publish_course_page(page)

    # Learners

    def do_newcomer(self, number: int) -> None:
        # A copy waits for its author to open it; whoever is let into it otherwise finds the same.
        Course.objects.filter(current_version__isnull=False).update(is_listed=True)
        courses = list(Course.objects.filter(current_version__isnull=False, is_free=True).order_by("pk"))
        self.enrolments.append(start_free(user=UserFactory(), course=courses[number % len(courses)]))

    def _reading(self, number: int, kind: str) -> tuple[Enrolment, LessonPage, str] | None:
        """Somebody in a lesson that has an exercise of this kind, with the id it has in the page."""
        enrolment = self.enrolments[number % len(self.enrolments)]
        pages = [page for page in readable(enrolment) if own_ids(page).get(kind)]
        page = pages[number % len(pages)] if pages else None
        return (enrolment, page, own_ids(page)[kind]) if page else None

    def do_write(self, number: int) -> None:
        if place := self._reading(number, "reflection"):
            enrolment, page, block_id = place
            text = f"text {next(self.numbers)}"
            save_entry(enrolment=enrolment, block_id=shown(enrolment, page)["reflection"]["id"], data={"text": text})
            self.written[enrolment.pk, page.translation_key, block_id, ""] = text

    def do_fill_in(self, number: int) -> None:
        if place := self._reading(number, "worksheet"):
            enrolment, page, block_id = place
            block = shown(enrolment, page)["worksheet"]
            row = {column["id"]: f"cell {next(self.numbers)}" for column in block["value"]["columns"]}
            save_entry(enrolment=enrolment, block_id=block["id"], data={"rows": [row]})
            for column, text in row.items():
                self.written[enrolment.pk, page.translation_key, block_id, column] = text

    def do_answer(self, number: int) -> None:
        if place := self._reading(number, "check"):
            enrolment, page, block_id = place
            chosen = "ab"[number % 2]
            answer(enrolment, page, chosen)
            self.answers[enrolment.pk, page.translation_key, block_id, ""] = [chosen]

    # Authors

    def _lesson(self, number: int) -> LessonPage:
        pages = list(LessonPage.objects.order_by("pk"))
        return pages[number % len(pages)]

    def _module(self, number: int) -> ModulePage:
        pages = list(ModulePage.objects.order_by("pk"))
        return pages[number % len(pages)]

    def _course(self, number: int) -> CoursePage:
        pages = list(CoursePage.objects.order_by("pk"))
        return pages[number % len(pages)]

    def _names(self) -> dict[str, str]:
        number = next(self.numbers)
        return {"slug": f"page-{number}", "title": f"Page {number}"}

    def do_copy_lesson(self, number: int) -> None:
        self._lesson(number).copy(update_attrs=self._names(), keep_live=number % 2 == 0)

    def do_copy_as_earlier_versions_did(self, number: int) -> None:
        page = self._lesson(number)
        made = LessonPage.objects.get(pk=page.copy(update_attrs=self._names()).pk)
        save(made, page.body.get_prep_value())
        self.sharing |= {page.pk, made.pk}

    def do_copy_module(self, number: int) -> None:
        if ModulePage.objects.count() < 8:
            self._module(number).copy(update_attrs=self._names(), recursive=True)

    def do_copy_course(self, number: int) -> None:
        if CoursePage.objects.count() < 3:
            self._course(number).copy(update_attrs=self._names(), recursive=True)

    def do_move_lesson(self, number: int) -> None:
        page, module = self._lesson(number), self._module(number // 3)
        if not module.get_children().filter(slug=page.slug).exists():
            page.move(module, pos="last-child")

    def do_move_module(self, number: int) -> None:
        page, course = self._module(number), self._course(number // 3)
        if not course.get_children().filter(slug=page.slug).exists():
            page.move(course, pos="first-child")

    def do_rename(self, number: int) -> None:
        page = self._lesson(number)
        for name, value in self._names().items():
            setattr(page, name, value)
        save(page)

    def do_delete_lesson(self, number: int) -> None:
        page = self._lesson(number)
        if page.pk not in self.sharing and LessonPage.objects.count() > 2:
            page.delete()

    def do_withdraw_lesson(self, number: int) -> None:
        self._lesson(number).unpublish()

    def do_return_lesson(self, number: int) -> None:
        save(self._lesson(number))

    def do_withdraw_module(self, number: int) -> None:
        self._module(number).unpublish()

    def do_return_module(self, number: int) -> None:
        self._module(number).save_revision().publish()

    def do_withdraw_course(self, number: int) -> None:
        self._course(number).unpublish()

    def do_return_course(self, number: int) -> None:
        self._course(number).save_revision().publish()

    def do_drop_column(self, number: int) -> None:
        self._change_columns(number, lambda columns: columns[1:] if len(columns) > 1 else columns)

    def do_add_column(self, number: int) -> None:
        name = f"column-{next(self.numbers)}"
        added = {"type": "item", "id": name, "value": {"label": name, "hint": ""}}
        self._change_columns(number, lambda columns: [*columns, added])

    def _change_columns(self, number: int, change: Any) -> None:
        page = self._lesson(number)
        blocks = self._remember(page)
        for block in blocks:
            if block["type"] == "worksheet":
                block["value"]["columns"] = change(block["value"]["columns"])
        save(page, blocks)

    def do_drop_exercise(self, number: int) -> None:
        page = self._lesson(number)
        kind = ("reflection", "worksheet", "check")[number % 3]
        if page.pk not in self.sharing:
            save(page, [block for block in self._remember(page) if block["type"] != kind])

    def do_restore_lesson(self, number: int) -> None:
        page = self._lesson(number)
        save(page, self._remember(page) if page.pk not in self.first else self.first[page.pk])

    def _remember(self, page: LessonPage) -> list[dict]:
        self.first.setdefault(page.pk, page.body.get_prep_value())
        return page.body.get_prep_value()

    # What must hold

    def check(self) -> None:
        for enrolment in self.enrolments:
            self._check_kept(enrolment)
            for page in readable(enrolment):
                self._check_under_its_block(enrolment, page)

    def _check_kept(self, enrolment: Enrolment) -> None:
        mine = {text for (owner, *_rest), text in self.written.items() if owner == enrolment.pk}
        stored = {text for state in ActivityState.objects.filter(enrolment=enrolment) for text in texts_in(state.data)}
        assert mine <= stored
        words = Words(enrolment.user, Course.objects.get(pk=enrolment.course_id), may_open=True)
        entries = [written for lesson in words.lessons for written in lesson.written]
        found = {text for written in entries if written.block for text in texts_shown(written.block)}
        assert mine == found
        answered = [answer for (owner, *_rest), answer in self.answers.items() if owner == enrolment.pk]
        assert sorted(answered) == sorted(written.answer.chosen for written in entries if written.answer)

    def _check_under_its_block(self, enrolment: Enrolment, page: LessonPage) -> None:
        blocks, ids = shown(enrolment, page), own_ids(page)
        for kind, block_id in ids.items():
            here = (enrolment.pk, page.translation_key, block_id)
            expected = {place[3]: text for place, text in self.written.items() if place[:3] == here}
            if kind == "reflection":
                assert blocks[kind]["data"].get("text", "") == expected.get("", "")
            elif kind == "worksheet":
                assert set(texts_shown(blocks[kind])) == set(expected.values())
                cells = {cell.column["id"]: cell.text for cell in blocks[kind]["sheet"].rows[0].cells}
                columns = [column["id"] for column in blocks[kind]["value"]["columns"]]
                assert {column: cells[column] for column in columns} == {column: expected.get(column, "") for column in columns}
            elif kind == "check":
                assert answer_of(enrolment, page) == self.answers.get((*here, ""), [])


def save(page: LessonPage, blocks: list[dict] | None = None) -> None:
    if blocks is not None:
        page.body = page.body.stream_block.to_python(blocks)
    page.save_revision().publish()


def own_ids(page: LessonPage) -> dict[str, str]:
    """The id that each exercise has in the page, by its kind."""
    return {child.block_type: child.id for child in page.body if child.block_type != "text"}


def readable(enrolment: Enrolment) -> list[LessonPage]:
    """Pages of the lessons of a course as it is published; of one that was withdrawn as a whole, none."""
    course = Course.objects.get(pk=enrolment.course_id)
    course_page = CoursePage.objects.filter(translation_key=course.uuid, live=True).first()
    if course_page is None:
        return []
    enrolment.course = course
    pages = LessonPage.objects.descendant_of(course_page).live().order_by("pk")
    return [page for page in pages if page.get_parent().live and text_of_page(course, page)]


def texts_in(data: dict) -> list[str]:
    return [data["text"]] if "text" in data else [text for row in data.get("rows", []) for text in row.values()]


def texts_shown(block: dict) -> list[str]:
    if block["type"] == "reflection":
        return [block["data"]["text"]]
    cells = [cell.text for row in block["sheet"].rows for cell in row.cells if cell.text]
    return cells + [entry["text"] for entry in block["earlier"]]


STEPS = st.lists(st.tuples(st.sampled_from(LEARNING + AUTHORING), st.integers(0, 23)), min_size=3, max_size=14)


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=STEPS)
def test_no_sequence_of_acts_loses_a_word_or_takes_it_to_another_block(loaded, steps):
    with transaction.atomic():
        world = World(enrolments=[start_free(user=UserFactory(), course=loaded)])
        for name, number in steps:
            world.act(name, number)
            if name in AUTHORING:
                world.publish()
            world.check()
        transaction.set_rollback(True)
