"""Counting words, syllables and names; sums; ISBN."""

import csv
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.item_rules.common_words import is_common
from assessments.item_rules.rules.evidence import is_isbn
from assessments.item_rules.sums import BadSum, holds
from assessments.item_rules.syllables import count_syllables
from assessments.item_rules.text import (
    content_words,
    count_sentences,
    count_words,
    flesch_reading_ease,
    jaccard,
    longest_run,
    names,
    numbers,
    runs_of_words,
)

DICTIONARY = Path(__file__).parents[2] / "data" / "items" / "syllables.csv"


def test_syllables_agree_with_the_dictionary_in_96_of_100_words_and_lean_to_neither_side():
    with DICTIONARY.open(encoding="utf-8") as lines:
        given_ = {row["word"]: int(row["syllables"]) for row in csv.DictReader(lines)}
    differences = [count_syllables(word) - syllables for word, syllables in given_.items()]
    assert len(differences) == 1000
    assert sum(difference == 0 for difference in differences) >= 960
    assert abs(sum(differences)) <= 5


@pytest.mark.parametrize(
    ("text", "ease"),
    [
        # Both are the worked examples of the article "Flesch–Kincaid readability tests" in the English Wikipedia.
        ("The cat sat on the mat.", 116.0),
        ("The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.", 37.5),
    ],
)
def test_reading_ease_of_published_examples(text, ease):
    assert flesch_reading_ease(text) == pytest.approx(ease, abs=0.2)


def test_a_text_without_words_has_no_reading_ease():
    with pytest.raises(ValueError, match="without words"):
        flesch_reading_ease("12 + 7")


def test_sentences_and_words_as_a_person_counts():
    text = 'Mr Okoro pays €1,250.50 a month. "Is it late?" He doesn\'t ask twenty-one people!'
    assert count_words(text) == 14
    assert count_sentences(text) == 3


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("On Monday Mr Osei met Ana Kovač of Vestra. Vestra had called in May.", ["Osei", "Ana Kovač", "Vestra"]),
        ("Farah joined. You asked Farah's boss, and then Farah.", ["Farah"]),
        ("The office is in Lagos. “Ask Ama,” she said.", ["Lagos", "Ama"]),
        ("Dr Haddad rang. I said no. HR and the CEO agreed.", ["Haddad"]),
        ("Nobody came. Everyone left.", []),
        ("Amal Haddad bakes. Vestra buys.", ["Amal Haddad", "Vestra"]),
    ],
)
def test_names(text, found):
    assert names(text) == found


def test_numbers_are_numerals_and_words_from_two_on_and_neighbours_are_one():
    assert numbers("In 2024 one of twenty two vans did 1,250 km at 7:30, half empty.") == [
        "2024",
        "twenty two",
        "1,250",
        "7:30",
        "half",
    ]


def test_likeness_of_texts():
    assert content_words("The bakers were baking breads for the hotel") == {"baker", "baking", "bread", "hotel"}
    assert jaccard(frozenset("abc"), frozenset("bcd")) == 0.5
    assert jaccard(frozenset(), frozenset()) == 0
    assert runs_of_words("One, two. Three four", 3) == {("one", "two", "three"), ("two", "three", "four")}
    assert [longest_run(values) for values in ([], [1], [1, 1, 2, 2, 2, 1])] == [0, 1, 3]


@pytest.mark.parametrize("word", ["bakery", "invoices", "unpaid", "doesn't", "supplier's", "carefully", "laptop", "tried"])
def test_common_words_and_what_is_built_from_them(word):
    assert is_common(word) == (word not in ("bakery", "invoices"))


def test_sums_are_exact():
    assert holds("36*130 == 4680")
    assert holds("0.1 + 0.2 == 0.3")
    assert holds("2 < 3 <= 3 != 4")
    assert holds("round(2.5) == 3")
    assert holds("round(-7/3, 2) == -2.33")
    assert holds("max(2, 7//2, 7%4) == 3 > min(1, 2) >= abs(-1)")
    assert holds("2**10 == 1_024")
    assert not holds("64000*0.12 == 7_681")


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true') == 0",
        "(1).__class__ == 1",
        "[1] == [1]",
        "x == 1",
        "'a' == 'a'",
        "1 is 1",
        "1",
        "2**65 == 1",
        "9**9**9 == 1",
        "1/0 == 1",
        "0**-1 == 1",
        "round(1, 13) == 1",
        "True == 1",
        "1 == (lambda: 1)()",
        "1 ==",
        "1 == 1 or 1",
        "max() == 1",
        "3 & 1 == 1",
        "1" * 300 + " == 1",
        "(" * 90 + "1" + ")" * 90 + " == [",
    ],
)
def test_everything_else_is_no_sum(text):
    with pytest.raises(BadSum):
        holds(text)


@given(st.integers(-999, 999), st.integers(-999, 999), st.integers(1, 99))
def test_sums_agree_with_fractions(a, b, c):
    value = Fraction(a * b, c) + Fraction(b, c) - a
    assert holds(f"{a}*{b}/{c} + {b}/{c} - ({a}) == {value.numerator}/{value.denominator}")
    assert not holds(f"{a}*{b}/{c} + {b}/{c} - ({a}) == {value.numerator + 1}/{value.denominator}")


def test_isbn_by_its_check_digit():
    """978-0-306-40615-7 and 0-306-40615-2 are the examples of the ISBN Users' Manual."""
    assert is_isbn("978-0-306-40615-7")
    assert is_isbn("0-306-40615-2")
    assert is_isbn("0-8044-2957-X")
    assert not any(is_isbn(text) for text in ("978-0-306-40615-6", "0-306-40615-3", "123", "978-0-306-4061X-7"))
