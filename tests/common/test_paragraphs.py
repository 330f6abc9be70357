from common.text import paragraphs_html


def test_blank_line_begins_a_paragraph_and_a_line_end_does_not():
    assert (
        paragraphs_html("One\ntwo.\n\nThree.\r\n \r\nFour.")
        == '<p dir="auto">One\ntwo.</p><p dir="auto">Three.</p><p dir="auto">Four.</p>'
    )


def test_paragraphs_are_escaped_and_may_be_bold():
    assert paragraphs_html("<b> **so**") == '<p dir="auto">&lt;b&gt; <strong>so</strong></p>'


def test_nothing_is_no_paragraph():
    assert paragraphs_html(None) == ""
