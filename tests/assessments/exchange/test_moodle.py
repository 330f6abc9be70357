from dataclasses import replace
from decimal import Decimal

import pytest

from assessments.exchange import FileFormat, read_bytes, write_moodle
from assessments.exchange.questions import Choice, Numeric, Option, Order, TrueFalse
from tests.assessments.exchange.samples import EVERY_TYPE, SCALE


def moodle(*questions):
    return read_bytes(f"<quiz>\n{''.join(questions)}</quiz>".encode(), FileFormat.MOODLE)


def question(kind, inner, text="Q?"):
    asked = f'<questiontext format="html"><text>{text}</text></questiontext>'
    return f'<question type="{kind}"><name><text>N</text></name>{asked}{inner}</question>\n'


GOOD = question(
    "truefalse", '<answer fraction="0"><text>true</text></answer><answer fraction="100"><text>false</text></answer>'
)


def test_every_type_is_read_as_it_was_written():
    written = write_moodle(EVERY_TYPE)
    reading = read_bytes(written.data, FileFormat.MOODLE)
    assert reading.questions == EVERY_TYPE
    assert (reading.refused, reading.notes, written.refused) == ((), (), ())
    assert write_moodle(reading.questions).data == written.data


def test_a_rating_scale_is_named_and_left_out_of_the_export():
    written = write_moodle([SCALE, EVERY_TYPE[2]])
    assert [remark.message[:28] for remark in written.refused] == ["Moodle has no rating scale a"]
    assert read_bytes(written.data, FileFormat.MOODLE).questions == (EVERY_TYPE[2],)


def test_a_question_as_moodle_exports_it():
    text = """<?xml version="1.0" encoding="UTF-8"?>
<quiz>
<!-- question: 0  -->
  <question type="category"><category><text>$course$/top/Asking</text></category></question>
  <question type="multichoice">
    <name><text>First step</text></name>
    <questiontext format="html">
      <text><![CDATA[<p dir="ltr" style="text-align:left">What now?</p><script>alert(1)</script>]]></text>
    </questiontext>
    <generalfeedback format="html"><text></text></generalfeedback>
    <defaultgrade>1.0000000</defaultgrade><penalty>0.3333333</penalty><hidden>0</hidden><idnumber>dx-1</idnumber>
    <single>true</single><shuffleanswers>true</shuffleanswers><answernumbering>abc</answernumbering>
    <correctfeedback format="html"><text>Your answer is correct.</text></correctfeedback>
    <answer fraction="100" format="html"><text><![CDATA[<p onclick="x()">Ask</p>]]></text>
      <feedback format="html"><text>Good</text></feedback></answer>
    <answer fraction="0" format="plain_text"><text>1 &lt; 2</text>
      <feedback format="html"><text></text></feedback></answer>
    <tags><tag><text>ask</text></tag></tags>
  </question>
</quiz>"""
    reading = read_bytes(text.encode(), FileFormat.MOODLE)
    [found] = reading.questions
    assert found.text == "What now?"
    assert found.body == Choice((Option("Ask", Decimal(100), "Good"), Option("1 &lt; 2")))
    assert (found.title, found.identifier, found.category, found.tags) == (
        "First step",
        "dx-1",
        "$course$/top/Asking",
        ("ask",),
    )
    assert found.line == 5
    assert [(note.line, note.message) for note in reading.notes] == [
        (5, "Left out: feedback for right answers, a script, an event handler (onclick).")
    ]


@pytest.mark.parametrize("kind", ["cloze", "calculated", "ddwtos", "ddimageortext", "gapselect", "random", "somethingelse"])
def test_types_that_are_not_supported_are_refused_by_name(kind):
    reading = moodle(GOOD, question(kind, ""), GOOD)
    [refused] = reading.refused
    assert refused.line == 3
    assert refused.message.startswith("“N” is of the type ")
    assert [type(found.body) for found in reading.questions] == [TrueFalse, TrueFalse]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (question("multichoice", '<answer fraction="abc"><text>a</text></answer>'), "“abc” is not a number"),
        (question("multichoice", '<answer fraction="100"><text>a</text></answer>'), "1 options"),
        (question("truefalse", '<answer fraction="100"><text>yes</text></answer>'), "“true” and “false”"),
        (question("numerical", '<answer fraction="100"><text>x</text></answer>'), "“x” is not a number"),
        (question("numerical", "<units><unit><multiplier>1</multiplier></unit></units>"), "units"),
        (question("shortanswer", '<answer fraction="0"><text>a</text></answer>'), "No answer is marked"),
        (
            question("matching", "<subquestion><text>a</text><answer><text>b</text></answer></subquestion>"),
            "1 answers to match",
        ),
        (question("essay", "", text=""), "no text"),
        (question("essay", "", text="&lt;iframe src='https://x'>&lt;/iframe>"), "iframe"),
        (question("essay", "", text="&lt;img src='@@PLUGINFILE@@/a.png'>"), "without a description"),
        ("<nonsense/>", "is no question"),
    ],
)
def test_what_is_wrong_is_refused_and_the_rest_is_read(bad, words):
    reading = moodle(bad, GOOD)
    [refused] = reading.refused
    assert (words in refused.message, refused.line, len(reading.questions)) == (True, 2, 1)


def test_steps_are_ordered_by_what_moodle_numbers():
    steps = "".join(f'<answer fraction="{n}" format="html"><text>{name}</text></answer>' for n, name in [(2, "b"), (1, "a")])
    assert moodle(question("ordering", steps)).questions[0].body == Order(("a", "b"))


def test_other_xml_is_no_moodle_xml():
    [refused] = read_bytes(b"<html/>", FileFormat.MOODLE).refused
    assert "first element is <html>, not <quiz>" in refused.message


def test_any_other_number_comes_last_whatever_the_file_says():
    numbers = EVERY_TYPE[6].body.numbers
    turned = replace(EVERY_TYPE[6], body=Numeric((numbers[-1], *numbers[:-1])))
    assert read_bytes(write_moodle([turned]).data, FileFormat.MOODLE).questions[0].body == Numeric(numbers)
