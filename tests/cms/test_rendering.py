"""HTML of lessons."""

from collections import OrderedDict

import pytest
from django.core.cache import caches

from cms import rendering
from cms.blocks import CalloutBlock, CaseBlock, DialogueBlock, QuotationBlock, StepsBlock, TableBlock, TextBlock
from cms.blocks.base import published_html
from cms.models import AccordImage
from cms.rendering import preview_blocks, static_blocks
from common.text import inline_html

BLOCK_ID = "00000000-0000-4000-8000-000000000001"


def html_of(kind: str, value: dict) -> str:
    return preview_blocks([{"type": kind, "id": BLOCK_ID, "value": value}], [None])[0]["html"]


def content_of(block) -> dict:
    return block.as_content(block.get_preview_value())


def test_blocks_of_a_lesson_are_rendered_and_interactive_ones_are_left_to_the_page(loaded):
    lesson = loaded.current_version.content["modules"][0]["lessons"][0]
    blocks = static_blocks(loaded.current_version, lesson["id"])
    assert [(block["type"], block["id"]) for block in blocks] == [(one["type"], one["id"]) for one in lesson["blocks"]]
    assert blocks[0]["html"].startswith('<div class="prose"><p>First <strong>ask</strong>')
    assert (blocks[1]["html"], blocks[1]["value"]) == (None, lesson["blocks"][1]["value"])


def test_a_second_reading_asks_the_database_nothing(loaded, django_assert_num_queries):
    version, lesson_id = loaded.current_version, loaded.current_version.content["modules"][0]["lessons"][0]["id"]
    first = static_blocks(version, lesson_id)
    with django_assert_num_queries(0):
        assert static_blocks(version, lesson_id) == first


@pytest.mark.parametrize("broken", [("get", "set"), ("set",)])
def test_a_lesson_is_read_while_the_cache_is_away(loaded, client, monkeypatch, broken):
    def fail(*_arguments):
        raise ConnectionError

    monkeypatch.setattr(rendering, "_kept", OrderedDict())
    for name in broken:
        monkeypatch.setattr(type(caches["default"]), name, fail)
    answer = client.get("/courses/listen-first/hear/ask/")
    assert (answer.status_code, "First <strong>ask</strong>" in answer.content.decode()) == (200, True)


@pytest.mark.parametrize("path", ["templates/cms/blocks/case.html", "common/text.py", "locale/de/LC_MESSAGES/django.mo"])
def test_what_blocks_are_made_of_is_part_of_what_they_are_kept_under(tmp_path, settings, path):
    settings.BASE_DIR = tmp_path
    source = tmp_path / path
    source.parent.mkdir(parents=True)
    digests = []
    for text in ("before", "after"):
        source.write_text(text)
        rendering.template_digest.cache_clear()
        digests.append(rendering.template_digest())
    rendering.template_digest.cache_clear()
    assert digests[0] != digests[1]


def test_a_lesson_that_the_version_does_not_have_has_no_blocks(loaded):
    assert static_blocks(loaded.current_version, BLOCK_ID) == []


@pytest.mark.parametrize(
    ("kind", "block", "words"),
    [
        ("text", TextBlock(), "<strong>know</strong>"),
        ("callout", CalloutBlock(), "Silence is weak evidence"),
        ("case", CaseBlock(), "A case with a partner"),
        ("dialogue", DialogueBlock(), "<dt>Joost</dt>"),
        ("quotation", QuotationBlock(), "<footer>Stephen R. Covey (1989)</footer>"),
        ("table", TableBlock(), '<th scope="row" dir="auto">Chairs in rows</th>'),
        ("steps", StepsBlock(), "<strong>Name the people</strong>"),
    ],
)
def test_each_static_block_says_what_its_author_wrote(kind, block, words):
    assert words in html_of(kind, content_of(block))


def test_headings_leave_no_gap_in_the_outline():
    case = {"type": "case", "id": BLOCK_ID, "value": content_of(CaseBlock())}
    text = {"type": "text", "id": BLOCK_ID, "value": {"html": "<h2>Then</h2>"}}
    before, _text, after = preview_blocks([case, text, case], [None, None, None])
    assert ('aria-level="2"' in before["html"], 'aria-level="3"' in after["html"]) == (True, True)


def test_what_an_author_types_is_escaped():
    html = html_of("dialogue", {"title": "<i>", "lines": [{"who": "<b>", "says": "<script> **now**", "note": ""}]})
    assert "&lt;script&gt; <strong>now</strong>" in html
    assert "<b>" not in html
    assert "<i>" not in html


def test_short_texts_know_bold_and_italic_and_nothing_else():
    assert inline_html("**a** and *b*, 2 * 3 * 4, <u>") == "<strong>a</strong> and <em>b</em>, 2 * 3 * 4, &lt;u&gt;"


def test_rich_text_has_one_spelling():
    stored = '<p data-block-key="x1"><b>a</b> <i>b</i> <a href="https://example.org/">c</a></p>\n<h2 data-block-key="y">d</h2>'
    assert published_html(stored) == ('<p><strong>a</strong> <em>b</em> <a href="https://example.org/">c</a></p><h2>d</h2>')


def test_an_image_that_was_deleted_leaves_nothing_behind(db):
    assert AccordImage.objects.count() == 0
    assert html_of("image", {"image": 1, "alt": "", "caption": "", "credit": ""}) == ""
