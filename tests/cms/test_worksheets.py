"""Columns of a worksheet as authors write them: words, longer text, or a choice; in the editor and in files alike."""

from functools import partial
from pathlib import Path

import pytest
from django.urls import reverse
from wagtail.blocks.struct_block import StructBlockValidationError

from cms.blocks.interactive import ColumnBlock, WorksheetBlock
from cms.content_files import load
from cms.models import LessonPage
from courses.models import Course, CourseVersion
from learning.services import start_free
from tests.cms import files
from tests.cms.editing import lesson_form
from tests.cms.learners import shown
from tests.cms.loading import load_written
from tests.factories import UserFactory
from tests.kept import kept, makers

OPTIONS = ["Known", "Assumed", "Not asked yet"]
SHEET = """
::: worksheet
id: wks-map
title: Map
columns:
  - {id: who, label: Who}
  - id: status
    label: Status
    kind: choice
    options: [Known, Assumed, Not asked yet]
    example: Known
  - {id: notes, label: Notes, hint: In their words, kind: long}
rows: 2
:::
"""
COLUMNS = [
    {"id": "who", "label": "Who", "hint": ""},
    {"id": "status", "label": "Status", "hint": "", "kind": "choice", "options": OPTIONS, "example": "Known"},
    {"id": "notes", "label": "Notes", "hint": "In their words", "kind": "long"},
]


def write_course(root: Path) -> None:
    files.write_course(root)
    files.write(root, "01-hear/01-ask.md", files.lesson("ask", more=SHEET, sample="true"))


makers["course_with_a_sheet"] = partial(load_written, write_course)


@pytest.fixture
def course_with_a_sheet(db):
    kept.ensure("course_with_a_sheet")


@pytest.fixture
def folder(tmp_path):
    write_course(tmp_path)
    return tmp_path


@pytest.fixture
def loaded(course_with_a_sheet) -> Course:
    return Course.objects.get(key="listen-first")


def sheet_of(page: LessonPage):
    return next(child for child in page.body if child.block_type == "worksheet")


def column(**fields) -> dict:
    values = {"label": "Status", "hint": "", "kind": "text", "options": "", "example": ""} | fields
    return ColumnBlock().to_python(values)


def test_columns_of_a_file_are_published_as_they_are_written(loaded):
    page = LessonPage.objects.get(slug="ask")
    child = sheet_of(page)
    assert child.block.as_content(child.value)["columns"] == COLUMNS
    enrolment = start_free(user=UserFactory(), course=loaded)
    cells = shown(enrolment, page)["worksheet"]["sheet"].rows[0].cells
    assert [(cell.label, [option for option, _chosen in cell.options], cell.is_long) for cell in cells] == [
        ("Who", [], False),
        ("Status", OPTIONS, False),
        ("Notes", [], True),
    ]


def test_loading_again_and_saving_unchanged_make_no_new_version(loaded, folder, author, sign_in):
    before = CourseVersion.objects.count()
    load(folder)
    page = LessonPage.objects.get(slug="ask")
    saved = sign_in(author).post(reverse("wagtailadmin_pages:edit", args=[page.pk]), lesson_form(page), follow=True)
    assert saved.status_code == 200
    load(folder)
    assert CourseVersion.objects.count() == before
    assert Course.objects.get(pk=loaded.pk).current_version_id == loaded.current_version_id


def test_a_worksheet_of_before_columns_had_kinds_says_what_it_said():
    block = WorksheetBlock()
    block.set_name("worksheet")
    stored = {
        "title": "Map",
        "intro": "",
        "columns": [{"type": "item", "id": "who", "value": {"label": "Who", "hint": ""}}],
        "rows": 2,
    }
    assert block.as_content(block.to_python(stored)) == {
        "title": "Map",
        "intro": "",
        "columns": [{"id": "who", "label": "Who", "hint": ""}],
        "rows": 2,
    }


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "choice"}, "A choice has 2 to 12 options, and this one has 0. Add or remove some."),
        (
            {"kind": "choice", "options": "Known\n\n  \n"},
            "A choice has 2 to 12 options, and this one has 1. Add or remove some.",
        ),
        (
            {"kind": "choice", "options": "\n".join(str(n) for n in range(13))},
            "A choice has 2 to 12 options, and this one has 13. Add or remove some.",
        ),
        ({"kind": "choice", "options": "Known\nknown"}, "Two options are the same. Remove one of them."),
        ({"kind": "choice", "options": f"{'x' * 61}\nB"}, f"“{'x' * 61}” has 61 characters. Shorten it to at most 60."),
        ({"options": "Known\nAssumed"}, "Only a choice has options. Remove them, or make the column a choice."),
    ],
)
def test_the_editor_says_what_is_wrong_with_options(fields, message):
    with pytest.raises(StructBlockValidationError) as caught:
        ColumnBlock().clean(column(**fields))
    assert caught.value.block_errors["options"].messages == [message]


def test_the_editor_takes_options_one_a_line():
    value = ColumnBlock().clean(column(kind="choice", options="Known\r\n\r\n  Not   asked yet \r\n"))
    assert WorksheetBlock._column("status", value)["options"] == ["Known", "Not asked yet"]


def test_search_finds_what_a_worksheet_shows_and_not_what_it_offers():
    columns = [
        {"id": "who", "label": "Who", "hint": ""},
        {"id": "what", "label": "What", "hint": "Briefly", "example": "Parking"},
    ]
    columns += [{"id": "sure", "label": "Sure", "hint": "", "kind": "choice", "options": ["Yes", "No"], "example": "Yes"}]
    shown = WorksheetBlock.words_in({"title": "Map", "intro": "", "columns": columns})
    assert list(filter(None, shown)) == ["Map", "Who", "What: Briefly", "Sure", "Parking · Yes"]
