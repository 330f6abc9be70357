from decimal import Decimal

import pytest

from assessments.exchange import FileFormat, read_bytes
from assessments.exchange.questions import Choice, Option


def aiken(text):
    return read_bytes(text.encode(), FileFormat.AIKEN)


def test_questions_of_one_and_of_several_lines():
    reading = aiken("What is <b>this</b>\nabout?\nA. One\nB) Two\nANSWER: B\n\nA. Lincoln was?\nA) x\nB) y\nanswer: a\n")
    assert [question.text for question in reading.questions] == ["What is &lt;b&gt;this&lt;/b&gt; about?", "A. Lincoln was?"]
    assert reading.questions[0].body == Choice((Option("One"), Option("Two", Decimal(100))))
    assert [question.line for question in reading.questions] == [1, 7]
    assert reading.refused == ()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("Q\nA. x\nB. y\n", 1, "right answer is missing"),
        ("Q\nA. x\nB. y\nANSWER: C\n", 4, "no option C"),
        ("Q\nA. x\nB. y\nANSWER: A, B\n", 4, "not one letter"),
        ("Q\nA. x\nC. y\nANSWER: A\n", 3, "out of order"),
        ("Q\nA. x\nANSWER: A\n", 1, "1 options"),
        ("ANSWER: A\n", 1, "no question before"),
    ],
)
def test_what_is_wrong_is_refused_and_the_rest_is_read(text, line, words):
    reading = aiken(f"{text}\nNext?\nA. 1\nB. 2\nANSWER: A")
    [refused] = reading.refused
    assert (refused.line, words in refused.message, [question.text for question in reading.questions]) == (
        line,
        True,
        ["Next?"],
    )
