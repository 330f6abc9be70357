"""What may be drawn in a lesson: shapes and words in the colours of the site, and nothing that acts."""

import pytest

from cms.drawings import DEEPEST, MOST_SHAPES, DrawingRefused, read_drawing

START = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 240">'


def drawn(inner, start=START):
    return read_drawing(f"{start}{inner}</svg>")


def test_shapes_and_words_are_written_in_one_spelling():
    found = drawn("""
        <title>Left out: the caption says it</title>
        <!-- a remark -->
        <g transform="translate(10, 20)" class="line dashed">
          <path d="M0 0 L10,10"/> <circle r="4" cy="6" cx="5"  class="soft" />
        </g>
        <text text-anchor="end" x="1.5" y="-2">Ask <tspan font-size="16" class="words-strong">twice</tspan> &amp; wait</text>
    """)
    assert (found.width, found.height, found.view_box) == (400, 240, "0 0 400 240")
    assert found.svg == (
        '<g class="line dashed" transform="translate(10, 20)"><path d="M0 0 L10,10"></path>'
        '<circle class="soft" cx="5" cy="6" r="4"></circle></g>'
        '<text text-anchor="end" x="1.5" y="-2">Ask <tspan class="words-strong" font-size="16">twice</tspan> &amp; wait</text>'
    )


def test_without_the_namespace_it_is_the_same():
    assert drawn('<rect width="4" height="5"/>', '<svg viewBox="0,0,400,240">') == drawn('<rect height="5" width="4"/>')


@pytest.mark.parametrize(
    ("inner", "words"),
    [
        ("<script>alert(1)</script>", "The drawing has <script>."),
        ("<foreignObject/>", "The drawing has <foreignObject>."),
        ('<image href="https://example.org/a.png"/>', "The drawing has <image>."),
        ('<use href="#a"/>', "The drawing has <use>."),
        ('<a href="javascript:alert(1)"><text>x</text></a>', "The drawing has <a>."),
        ("<style>*{}</style>", "The drawing has <style>."),
        ("<animate/>", "The drawing has <animate>."),
        ('<rect onclick="alert(1)"/>', "<rect> has “onclick”."),
        ('<rect style="fill:red"/>', "<rect> has “style”."),
        ('<rect fill="red"/>', "<rect> has “fill”. It can have: class, cx"),
        ('<rect xmlns:x="http://www.w3.org/1999/xlink" x:href="y"/>', "<rect> has “href”."),
        ('<h:div xmlns:h="http://www.w3.org/1999/xhtml"/>', "The drawing has <{http://www.w3.org/1999/xhtml}div>."),
        ('<rect class="site-header"/>', "“class” of <rect> is “site-header”. Choose among: line"),
        ('<rect width="10%"/>', "“width” of <rect> is “10%”. Write numbers without units."),
        ('<rect width="."/>', "“width” of <rect> is “.”. Write numbers without units."),
        ('<rect width=""/>', "“width” of <rect> is “”. Write numbers without units."),
        ('<path d="M0 0 url(x)"/>', "“d” of <path> is “M0 0 url(x)”."),
        ('<g transform="matrix(1 0 0 1 0 0)"/>', "Write translate, rotate or scale, with numbers."),
        ('<text text-anchor="left">x</text>', "Write start, middle or end."),
        ('<text font-size="9">x</text>', "Letters of 9 are too small for a phone. Make them 15 or larger."),
        ("<g>loose words</g>", "The drawing has words outside of <text>: “loose words”."),
        ("loose words", "The drawing has words outside of <text>: “loose words”."),
        ("<g/>loose words", "The drawing has words outside of <text>: “loose words”."),
        ("", "The drawing is empty."),
        ("<title>only a title</title>", "The drawing is empty."),
        ("<g/>" * (MOST_SHAPES + 1), f"The drawing has more than {MOST_SHAPES} shapes."),
        ("<g>" * 400 + "</g>" * 400, f"groups within groups, more than {DEEPEST} deep"),
    ],
)
def test_what_is_not_drawn_is_refused_with_what_to_do(inner, words):
    with pytest.raises(DrawingRefused) as error:
        drawn(inner)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "cannot be read as XML at line 1"),
        ("<svg>\n<g></svg>", "cannot be read as XML at line 2, character 6. Close what is open there."),
        ("<div/>", "The drawing is no SVG: it begins with <div>."),
        ("<svg/>", 'The drawing needs a viewBox of four numbers, such as viewBox="0 0 400 240".'),
        ('<svg viewBox="0 0 400"/>', "The drawing needs a viewBox"),
        ('<svg viewBox="5 0 400 240"/>', "begins at 0 0. Move what is drawn."),
        (
            '<svg viewBox="0 0 800 240"/>',
            "is 800 wide and 240 high. Its letters can be read on a phone",
        ),
        ('<svg viewBox="0 0 400 0"/>', "is 400 wide and 0 high"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]><svg viewBox="0 0 400 240"><text>&a;</text></svg>', "a document type or entities"),
        (f"{START}{' ' * 30_000}</svg>", "characters. Simplify it to 30000."),
    ],
)
def test_what_is_no_drawing_is_refused_with_what_to_do(source, words):
    with pytest.raises(DrawingRefused) as error:
        read_drawing(source)
    assert words in str(error.value)


def test_words_that_look_like_code_stay_words():
    assert "&lt;script&gt;" in drawn("<text>&lt;script&gt;</text>").svg
