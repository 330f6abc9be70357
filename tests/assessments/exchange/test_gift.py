"""The GIFT reader against the parse that the grammar's own tests expect, and each refusal with its line."""

import json
from decimal import Decimal

import pytest

from assessments.exchange import FileFormat, read_bytes, read_path
from assessments.exchange.markup import TextFormat, to_html
from assessments.exchange.questions import (
    Choice,
    Description,
    Essay,
    Match,
    Number,
    Numeric,
    Option,
    Pair,
    ShortText,
    TrueFalse,
    Wording,
)
from tests.assessments.exchange.samples import BANKS

TYPES = {
    "MC": Choice,
    "TF": TrueFalse,
    "Short": ShortText,
    "Numerical": Numeric,
    "Matching": Match,
    "Essay": Essay,
    "Description": Description,
}


def gift(text):
    return read_bytes(text.encode(), FileFormat.GIFT)


def one(text):
    reading = gift(text)
    assert reading.refused == ()
    [question] = reading.questions
    return question


def html(said):
    return to_html(said["text"], TextFormat(said["format"]), []) if said else ""


def fraction(choice, *, typed=False):
    if choice["weight"] is not None:
        return Decimal(choice["weight"])
    return Decimal(100) if choice["isCorrect"] or typed else Decimal(0)


def number(said):
    if said["type"] == "high-low":
        high, low = Decimal(str(said["numberHigh"])), Decimal(str(said["numberLow"]))
        return (high + low) / 2, (high - low) / 2
    return Decimal(str(said["number"])), Decimal(str(said.get("range", 0)))


def expected_body(entry):
    if entry["type"] == "MC":
        options = tuple(Option(html(one["text"]), fraction(one), html(one["feedback"])) for one in entry["choices"])
        return Choice(options, several=not any(one["isCorrect"] for one in entry["choices"]))
    if entry["type"] == "TF":
        return TrueFalse(entry["isTrue"], html(entry["trueFeedback"]), html(entry["falseFeedback"]))
    if entry["type"] == "Short":
        return ShortText(tuple(Wording(one["text"]["text"], fraction(one), html(one["feedback"])) for one in entry["choices"]))
    if entry["type"] == "Matching":
        return Match(tuple(Pair(html(pair["subquestion"]), pair["subanswer"]) for pair in entry["matchPairs"]))
    choices = entry["choices"]
    if isinstance(choices, dict):
        return Numeric((Number(*number(choices)),))
    return Numeric(tuple(Number(*number(one["text"]), fraction(one, typed=True), html(one["feedback"])) for one in choices))


@pytest.mark.parametrize(("name", "count"), [("mc5", 4), ("options1", 14), ("numerical1", 10), ("giftFormatPhpExamples", 10)])
def test_published_files_are_parsed_as_their_grammar_expects(name, count):
    path = BANKS / f"fuhrmanator__{name}.gift"
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    reading = read_path(path, FileFormat.GIFT)
    assert (len(reading.questions), len(expected), reading.refused) == (count, count, ())
    for question, entry in zip(reading.questions, expected, strict=True):
        assert question.title == (entry["title"] or "")
        assert question.text == html(entry["stem"])
        assert question.feedback == html(entry["globalFeedback"])
        assert isinstance(question.body, TYPES[entry["type"]])
        assert question.body == expected_body(entry)


def test_lines_are_those_of_the_file():
    reading = read_path(BANKS / "fuhrmanator__mc5.gift", FileFormat.GIFT)
    assert [question.line for question in reading.questions] == [7, 9, 11, 17]
    assert reading.counted() == {"single": 4}


def test_escapes_are_the_signs_themselves():
    question = one(r"::T\:\:::5 \{x\} \\ a\nb {=\=\~\#\{\}\: ~ \\sqrt}")
    assert (question.title, question.text) == ("T::", "5 {x} \\ a<br>b")
    assert [option.text for option in question.body.options] == ["=~#{}:", "\\sqrt"]


def test_backslashes_before_other_signs_stay():
    assert one(r"\(x\) is \alpha {T}").text == r"\(x\) is \alpha"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("html", "<strong>a</strong> _b_ &amp; c"),
        ("plain", "&lt;b&gt;a&lt;/b&gt; _b_ &amp;amp; c"),
        ("moodle", "<strong>a</strong> _b_ &amp; c"),
        ("markdown", "<strong>a</strong> <em>b</em> &amp; c"),
    ],
)
def test_text_formats(form, text):
    assert one(f"[{form}]<b>a</b> _b_ &amp; c{{}}").text == text


def test_categories_ids_and_tags():
    text = "$CATEGORY: Top/Ask\n\n// [id:q-1] [tag:first] [tag:two words]\nA?{T}\n\nB?{F}\n$CATEGORY: Other\nC?{T}"
    found = [(question.category, question.identifier, question.tags) for question in gift(text).questions]
    assert found == [("Top/Ask", "q-1", ("first", "two words")), ("Top/Ask", "", ()), ("Other", "", ())]


def test_comments_part_nothing_and_blank_lines_within_braces_neither():
    question = one("Who?{\n// a comment\n=Ana\n\n// another\n~Ben\n}")
    assert [option.text for option in question.body.options] == ["Ana", "Ben"]


def test_general_feedback_and_feedback_of_true_and_false():
    question = one("It is.{T#wrong#right####in general}")
    assert (question.body, question.feedback) == (
        TrueFalse(is_true=True, true_feedback="right", false_feedback="wrong"),
        "in general",
    )


def test_numbers_with_feedback_for_any_other():
    numbers = one("N?{#\n=3:0.5#near\n=%50%1..2\n~#no}").body.numbers
    assert numbers == (
        Number(Decimal(3), Decimal("0.5"), Decimal(100), "near"),
        Number(Decimal("1.5"), Decimal("0.5"), Decimal(50)),
        Number(None, Decimal(0), Decimal(0), "no"),
    )


def test_pairs_without_a_prompt_are_distractors():
    assert one("M{=a -> b =c -> d = -> e}").body == Match((Pair("a", "b"), Pair("c", "d")), ("e",))


def test_a_text_without_braces_is_a_description_and_empty_braces_an_essay():
    assert [type(question.body) for question in gift("Read this.\n\nWrite.{}").questions] == [Description, Essay]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("Q{=a\n\nX{T}", 1, "never closed"),
        ("Q}\n\nX{T}", 1, "without a {"),
        ("Q{=a}\nR{=b}\n\nX{T}", 2, "a second {"),
        ("Q{b}\n\nX{T}", 1, "begin with “b”"),
        ("Q{\n~a\n~b}\n\nX{T}", 1, "No answer is marked as right"),
        ("Q{=a ~}\n\nX{T}", 1, "has no text"),
        ("Q{\n=a -> b\n=c}\n\nX{T}", 3, "no ->"),
        ("Q{\n=a -> b#no\n=c -> d}\n\nX{T}", 2, "neither weight nor feedback"),
        ("Q{#\n=1\n=x}\n\nX{T}", 3, "“x” is not a number"),
        ("Q{#2..1}\n\nX{T}", 1, "ends before it begins"),
        ("Q{#1e99}\n\nX{T}", 1, "more than 20 digits"),
        ("Q{#nan}\n\nX{T}", 1, "“nan” is not a number"),
        ("Q{#inf}\n\nX{T}", 1, "“inf” is not a number"),
        ("Q{~%500%a =b}\n\nX{T}", 1, "not between -100 and 100"),
        ("Q{T#a#b#c}\n\nX{T}", 1, "more than two feedbacks"),
        ('Q{=<a href="x">y</a> ~b}\n\nX{T}', 1, "inside an HTML element"),
        ("{T}\n\nX{T}", 1, "no text"),
        ("[wiki_like]Q{=a ~b}\n\nX{Z}", 3, "begin with “Z”"),
        ("[html]<video src='x'>{T}\n\nX{T}", 1, "a video"),
        ("[html]<img src='http\\://x/y.png'>{T}\n\nX{T}", 1, "without a description"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line_and_the_rest_is_read(text, line, words):
    reading = gift(text)
    [refused] = reading.refused
    assert (refused.line, words in refused.message, len(reading.questions)) == (line, True, 1)
