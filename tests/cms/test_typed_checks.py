"""Checks that are answered by typing, or on a scale: written in a lesson, in files and in the CMS, previewed and published."""

import pytest
from django.core.management import call_command
from wagtail.blocks.struct_block import StructBlockValidationError

from assessments.models import Item
from cms.answer_keys import problem_of_key, value_of
from cms.blocks.interactive import CheckBlock
from cms.previews import preview_blocks
from tests.cms import files
from tests.cms.test_content_files import problems_of

pytestmark = pytest.mark.django_db

OPTIONS = [
    {"text": "It names the day", "correct": False, "feedback": "So that both know."},
    {"text": "It says who decides", "correct": False, "feedback": "So that nobody waits."},
]


def value(kind, options=OPTIONS, **more):
    block = CheckBlock()
    given = {"skill": "", "kind": kind, "prompt": "What do you write?", "options": options} | more
    return block, block.to_python(given)


def test_what_was_written_before_is_stored_as_it_was():
    block, given = value("single", [option | {"correct": number == 0} for number, option in enumerate(OPTIONS)])
    prepared = block.get_prep_value(given)
    assert set(prepared) == {"skill", "kind", "prompt", "options"}
    assert set(prepared["options"][0]["value"]) == {"text", "correct", "feedback"}


def test_the_authors_version_is_the_key_of_a_composed_answer():
    block, given = value("composed", model="Dear Joy,\r\n\r\nby  Friday.\n")
    assert block.get_prep_value(given)["model"] == "Dear Joy,\r\n\r\nby  Friday.\n"
    item = block.as_item(block.clean(given))
    assert (item["kind"], item["correct"]) == ("composed", ["Dear Joy,\n\nby Friday."])
    assert [option["text"] for option in item["options"]] == ["It names the day", "It says who decides"]


@pytest.mark.parametrize(
    ("kind", "more", "field"),
    [
        ("composed", {"model": " "}, "model"),
        ("single", {"model": "Dear Joy", "options": [OPTIONS[0] | {"correct": True}, OPTIONS[1]]}, "model"),
        ("composed", {"model": "Dear Joy", "options": [OPTIONS[0] | {"correct": True}]}, None),
        ("text", {}, None),
        ("scale", {"options": [OPTIONS[0] | {"correct": True}, OPTIONS[1]]}, None),
    ],
)
def test_what_does_not_fit_its_kind_is_refused(kind, more, field):
    block, given = value(kind, **more)
    with pytest.raises(StructBlockValidationError) as refused:
        block.clean(given)
    assert list(refused.value.block_errors) == ([field] if field else [])
    assert bool(refused.value.non_block_errors) == (field is None)


@pytest.mark.parametrize(
    ("kind", "right", "problem"),
    [
        ("single", [True, False], ""),
        ("scale", [True, True, False], ""),
        ("scale", [True, False, True], "The points that are right must follow each other."),
        ("scale", [True, True, True], "All points are right. Take the mark away from some."),
        ("scale", [False, False, False], "Mark at least one answer as right."),
        ("text", [False], "Mark at least one answer as right."),
        ("text", [True], ""),
        ("composed", [False], ""),
        ("single", [True] + [False] * 8, "There are more than 8 answers. Take some away."),
        ("text", [True] * 9, ""),
    ],
)
def test_marks_fit_the_kind(kind, right, problem):
    given = [value_of({"text": f"Wording {number}", "correct": one}) for number, one in enumerate(right)]
    assert problem_of_key(kind, given, marked="right") == problem


def test_files_say_the_authors_version(folder):
    text = files.lesson("ask", sample="true").replace("correct: true", "correct: false")
    without = text.replace("kind: single", "kind: composed")
    files.write(folder, "01-hear/01-ask.md", without)
    [problem] = problems_of(folder)
    assert problem.endswith(
        "The author’s version does not fit the kind “composed”. Write your own version: learners compare theirs with it."
    )
    files.write(
        folder, "01-hear/01-ask.md", without.replace("kind: composed", "kind: composed\nmodel: |\n  Dear Joy,\n\n  by Friday.")
    )
    call_command("load_content", str(folder), verbosity=0)
    version = Item.objects.get(kind="composed").current_version
    assert version.correct == ["Dear Joy,\n\nby Friday."]


def test_a_preview_shows_the_field_and_not_the_authors_version():
    block, given = value("composed", model="Dear Joy, by Friday.")
    content = {"id": "0c9f0a4e-6a83-4c0e-9d7c-2f6f3d3f5b11", "type": "check", "value": block.as_content(given), "level": 2}
    [shown] = preview_blocks([content], [block.preview_check(given)])
    assert shown["version"].is_typed
    assert shown["version"].correct == ["Dear Joy, by Friday."]
    assert Item.objects.count() == 0
