"""Figures, recaps, two cases to compare and examples to complete: in files, in the editor, and as learners meet them."""

import json
import re
from functools import partial
from pathlib import Path

import pytest
from django.urls import reverse
from wagtail.blocks.struct_block import StructBlockValidationError

from cms.blocks import CompareBlock, CompleteBlock, FigureBlock, RecapBlock
from cms.blocks.interactive import CompletedPartBlock
from cms.content_files import ContentError, load
from cms.models import LessonPage
from courses.models import Course, CourseVersion
from learning.models import ActivityState
from learning.services import start_free
from tests.cms import files
from tests.cms.editing import lesson_form
from tests.cms.learners import shown
from tests.cms.loading import load_written
from tests.factories import UserFactory
from tests.kept import kept, makers

BLOCKS = """
::: figure
caption: What you know and what you assume
description: A small circle says “known”. A large one says “assumed”.
drawing: |
  <svg viewBox="0 0 400 160">
    <circle class="soft" cx="90" cy="80" r="40"/>
    <text class="words" x="90" y="85" text-anchor="middle">known</text>
  </svg>
:::

::: compare
id: cmp-late
cases:
  - title: The late delivery
    text: Nobody asked what happens on **Friday**.
  - title: The quiet team
    text: Nobody asked who reads it.
prompt: What do both have in common?
rule: Ask what it is *for*.
:::

::: complete
id: cpl-interview
title: An interview, half prepared
intro: Write what is missing.
parts:
  - id: known
    label: What you know
    given: The audit is on the 12th.
  - id: first
    label: What you ask first
    model: What would tell you that it went well?
  - id: then
    label: What you ask then
    model: Who else will look at it?
:::

::: recap
points:
  - Silence is weak evidence.
  - Ask who can say **no**.
  - Write it in their words.
this_week: Ask one customer what would make them call.
:::
"""


def write_course(root: Path) -> None:
    files.write_course(root)
    files.write(root, "01-hear/01-ask.md", files.lesson("ask", more=BLOCKS, sample="true"))


makers["course_with_examples"] = partial(load_written, write_course)


@pytest.fixture
def loaded(db) -> Course:
    kept.ensure("course_with_examples")
    return Course.objects.get(key="listen-first")


@pytest.fixture
def folder(tmp_path):
    write_course(tmp_path)
    return tmp_path


@pytest.fixture
def enrolment(loaded):
    return start_free(user=UserFactory(), course=loaded)


@pytest.fixture
def leila(enrolment, sign_in):
    return sign_in(enrolment.user)


LESSON = "/courses/listen-first/hear/ask/"


def words_of(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def block_of(enrolment, kind):
    return shown(enrolment, LessonPage.objects.get(slug="ask"))[kind]


def saved(client, block, **fields):
    """As the script of the page saves it."""
    address = f"{LESSON}entries/{block['id']}/"
    answer = client.post(address, {"revision": "0"} | fields, headers={"accept": "application/json"})
    assert answer.status_code == 200
    return json.loads(answer.content)


# Written and read --------------------------------------------------------------------------------------------------------


def test_a_learner_reads_figure_and_recap(loaded, leila):
    html = leila.get(LESSON).content.decode()
    figure = re.search(r'<figure class="figure".*?</figure>', html, re.S)[0]
    assert '<circle class="soft" cx="90" cy="80" r="40"></circle>' in figure
    names = re.search(r'<svg viewBox="0 0 400 160" role="img" aria-labelledby="([^"]+)" aria-describedby="([^"]+)">', figure)
    assert f'id="{names[1]}" dir="auto">What you know and what you assume<' in figure
    assert f'id="{names[2]}"' in figure
    assert "A small circle says “known”." in words_of(figure)
    recap = words_of(re.search(r'<section class="recap".*?</section>', html, re.S)[0])
    assert recap == (
        "What to keep Silence is weak evidence. Ask who can say no . Write it in their words. "
        "To try this week: Ask one customer what would make them call."
    )


def test_loading_again_and_saving_unchanged_make_no_new_version(loaded, folder, author, sign_in):
    before = CourseVersion.objects.count()
    page = LessonPage.objects.get(slug="ask")
    answer = sign_in(author).post(reverse("wagtailadmin_pages:edit", args=[page.pk]), lesson_form(page), follow=True)
    assert answer.status_code == 200
    load(folder)
    assert CourseVersion.objects.count() == before


# The learner writes first -------------------------------------------------------------------------------------------------


def test_the_rule_stands_there_once_a_learner_has_written_theirs(enrolment, leila):
    block = block_of(enrolment, "compare")
    assert "The author’s rule" not in leila.get(LESSON).content.decode()

    answer = saved(leila, block, text="Ask why.")

    assert "Ask what it is <em>for</em>." in answer["revealed"]
    page = leila.get(LESSON).content.decode()
    assert "Ask what it is <em>for</em>." in page
    assert ">Ask why.</textarea>" in page


def test_without_scripts_the_same(enrolment, leila):
    block = block_of(enrolment, "compare")
    answer = leila.post(f"{LESSON}entries/{block['id']}/", {"revision": "0", "text": "Ask why."}, follow=True)
    assert answer.redirect_chain[0][0].endswith(f"#b-{block['id']}")
    assert "The author’s rule" in answer.content.decode()


def test_words_that_are_taken_out_again_hide_it_again(enrolment, leila):
    block = block_of(enrolment, "compare")
    first = saved(leila, block, text="Ask why.")
    assert saved(leila, block, text=" ", revision=first["revision"])["revealed"].strip() == ""
    assert "The author’s rule" not in leila.get(LESSON).content.decode()


def test_each_part_of_an_example_has_its_version_once_it_is_written(enrolment, leila):
    block = block_of(enrolment, "complete")
    html = leila.get(LESSON).content.decode()
    assert "The audit is on the 12th." in html
    assert "went well?" not in html

    answer = saved(leila, block, **{"part-first": "Is it important?", "part-then": ""})

    assert "What would tell you that it went well?" in answer["revealed"]
    assert "Who else will look at it?" not in answer["revealed"]
    html = leila.get(LESSON).content.decode()
    assert ">Is it important?</textarea>" in html
    assert "How the author would go on" in html
    assert "Who else will look at it?" not in html


def test_nobody_fills_in_what_is_given_or_not_there(enrolment, leila):
    block = block_of(enrolment, "complete")
    saved(leila, block, **{"part-known": "another day", "part-nothing": "x", "part-first": "Why?"})
    assert ActivityState.objects.get(enrolment=enrolment, activity__block_id=block["id"]).data == {"first": "Why?"}


def test_words_in_a_part_that_was_removed_stay(enrolment, leila, folder):
    block = block_of(enrolment, "complete")
    saved(leila, block, **{"part-first": "Why?", "part-then": "Who else?"})
    without = BLOCKS.replace("  - id: then\n    label: What you ask then\n    model: Who else will look at it?\n", "")
    files.write(folder, "01-hear/01-ask.md", files.lesson("ask", more=without, sample="true"))
    load(folder)

    html = leila.get(LESSON).content.decode()
    assert "You wrote this in parts that the example no longer has:" in html
    assert "Who else?" in html
    state = ActivityState.objects.get(enrolment=enrolment, activity__block_id=block["id"])
    saved(leila, block, **{"part-first": "Why now?", "revision": state.revision})
    state.refresh_from_db()
    assert state.data == {"first": "Why now?", "then": "Who else?"}
    written = words_of(leila.get("/courses/listen-first/what-you-wrote/").content.decode())
    assert "Why now?" in written
    assert "What you ask then" in written


def test_a_visitor_reads_the_cases_and_neither_rule_nor_version(loaded, client):
    html = client.get(LESSON).content.decode()
    assert "Nobody asked what happens on <strong>Friday</strong>." in html
    assert "Ask what it is" not in html
    assert "went well?" not in html


def test_an_author_sees_all_of_it_in_a_preview(loaded):
    for block_type, words in ((CompareBlock, "ask what it is for"), (CompleteBlock, "went well?")):
        block = block_type()
        block.set_name({CompareBlock: "compare", CompleteBlock: "complete"}[block_type])
        (found,) = block.get_preview_context(block.get_preview_value())["blocks"]
        assert words in words_of(_preview(found))


def _preview(found):
    from django.template.loader import render_to_string

    from courses.activity_types import activity_types

    return render_to_string(activity_types[found["type"]].template, {"block": found})


# What is wrong is said beside the field ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "model", "words"),
    [
        ("", "", "This part is empty, and there is no version to compare with. Fill it in, or write your version."),
        ("A", "B", "This part is filled in, and has a version to compare with. Keep one of them."),
    ],
)
def test_the_editor_says_what_is_wrong_with_a_part(given, model, words):
    block = CompletedPartBlock()
    with pytest.raises(StructBlockValidationError) as caught:
        block.clean(block.to_python({"label": "A", "given": given, "model": model}))
    assert caught.value.block_errors["given"].messages == [words]


def test_an_example_with_nothing_left_to_do_is_refused_and_one_with_nothing_given_too():
    block = CompleteBlock()
    for given, model in (("A", ""), ("", "A")):
        parts = [{"label": str(n), "given": given, "model": model} for n in range(2)]
        with pytest.raises(StructBlockValidationError) as caught:
            block.clean(block.to_python({"title": "T", "intro": "", "parts": parts}))
        assert "Fill in at least one, and leave at least one." in str(caught.value.non_block_errors.as_text())


def test_the_editor_says_what_is_wrong_with_a_drawing_and_a_draft_keeps_it():
    block = FigureBlock()
    value = block.to_python({"drawing": "<svg/>", "caption": "C", "description": "D"})
    with pytest.raises(StructBlockValidationError) as caught:
        block.clean(value)
    assert caught.value.block_errors["drawing"].messages[0].startswith("The drawing needs a viewBox")
    assert block.as_content(value) == {"svg": "", "view_box": "", "caption": "C", "description": "D"}
    assert block.get_prep_value(value)["drawing"] == "<svg/>"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('class="soft"', 'style="x"', "<circle> has “style”."),
        ("drawing: |", "drawings: |", "The drawing is missing."),
        ("  - Write it in their words.\n", "", "“points” of the recap has 2 entries. Give it 3."),
        ("- Silence is", f"- {'x' * 201} Silence is", "has 227 characters. Shorten it to at most 200."),
        (
            "  - title: The quiet team\n    text: Nobody asked who reads it.\n",
            "",
            "“cases” of the compare has 1 entry. Give it 2.",
        ),
        ("rule: Ask", "role: Ask", "“rule” of the compare is missing."),
        ("    model: Who else will look at it?\n", "", "This part is empty, and there is no version to compare with."),
        ("id: then", "id: first", "Two parts have the same id."),
        ("given: The audit is on the 12th.", "model: The 12th.", "Fill in at least one, and leave at least one."),
    ],
)
def test_a_file_is_refused_with_its_line(folder, db, old, new, words):
    assert old in BLOCKS
    files.write(folder, "01-hear/01-ask.md", files.lesson("ask", more=BLOCKS.replace(old, new, 1)))
    with pytest.raises(ContentError) as caught:
        load(folder)
    problems = [f"{problem.what} {problem.remedy}" for problem in caught.value.problems]
    assert any(words in problem for problem in problems), problems


# Found by search ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", [FigureBlock(), RecapBlock(), CompareBlock(), CompleteBlock()])
def test_search_finds_what_is_shown_and_nothing_that_waits_for_an_answer(block):
    value = block.get_preview_value()
    content = block.as_content(value)
    words = " ".join(block.words_in(content))
    assert len(words.split()) > 8
    assert content.get("rule", "no rule") not in words
    assert not any(part["model"] and part["model"] in words for part in content.get("parts", []))


def test_each_activity_of_a_lesson_is_listed_by_its_name(enrolment, leila):
    html = leila.get(LESSON).content.decode()
    listed = re.search(r'<ul class="list small">(.*?)</ul>', html, re.S)[1]
    assert [words_of(entry) for entry in listed.split("</li>")[:-1]] == [
        "Compare two cases optional",
        "An interview, half prepared optional",
    ]
