"""Words that are searched: what is taken from a query, and how misspellings are put right."""

import itertools
from difflib import get_close_matches

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.queries.words import LIKENESS, MAX_TERMS, Vocabulary, corrected, fold, terms_of, vocabulary_of

COUNTS = {"negotiation": 9, "negotiator": 2, "expectation": 7, "stakeholder": 3, "interview": 4, "gespräch": 5, "demand": 8}
WORDS = Vocabulary(COUNTS)


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("Interest", ["interest"]),
        ("what a demand is for", ["demand"]),
        ("twenty-minute  interview", ["twenty", "minute", "interview"]),
        ("Café CAFÉ cafe\u0301", ["cafe"]),
        ('"active listening" customer', ["active listening", "customer"]),
        ("„what they want“", ["what they want"]),
        ('"listening', ["listening"]),
        ("title:a* OR NEAR(b, 2) -c ^d", ["title", "near", "b", "2", "c", "d"]),
        ("100% _under_score_", ["100", "score"]),
        ("the of and", []),
        ('🙂 *** "" \'', []),
        ("שלום عالم", ["שלום", "عالم"]),
        ("", []),
    ],
)
def test_terms_are_words_and_quoted_phrases(query, terms):
    assert terms_of(query) == terms


def test_only_so_many_words_are_looked_for():
    assert len(terms_of(" ".join(f"word{number}" for number in range(5000)))) == MAX_TERMS


@given(st.text(max_size=300))
def test_a_term_holds_nothing_but_letters_digits_and_spaces(query):
    assert all(part.isalnum() for term in terms_of(query) for part in term.split(" "))


@given(st.text(max_size=100))
def test_folding_again_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("query", "right"),
    [
        ("negotation", "negotiation"),
        ("Negotation skills", "negotiation skills"),
        ("expectaton, pls", "expectation, pls"),
        ("stakholder", "stakeholder"),
        ("stake", "stakeholder"),
        ("demnad", "demand"),
        ("gesprech", "gespräch"),
        ("zzzzzz", ""),
        ("dem", ""),
        ("n" * 200, ""),
    ],
)
def test_misspelt_words_are_put_right_from_the_words_of_the_courses(query, right):
    assert corrected(query, {terms_of(query)[0]}, WORDS) == right


def test_nothing_is_put_right_where_one_word_is_like_none_or_a_phrase_was_quoted():
    assert corrected("negotation zzzzzz", {"negotation", "zzzzzz"}, WORDS) == ""
    assert corrected('"active negotation"', {"active negotation"}, WORDS) == ""
    assert corrected("negotiation", set(), WORDS) == ""


LETTERS = st.text("abcdez", min_size=3, max_size=9)


@given(LETTERS, st.sets(LETTERS, max_size=30))
def test_no_word_is_passed_over_that_is_like_enough(word, others):
    about_as_long = [other for other in others if abs(len(other) - len(word)) <= 2 and other != word]
    alike = get_close_matches(word, about_as_long, n=30, cutoff=LIKENESS)
    assert set(alike) <= Vocabulary(dict.fromkeys(others, 1)).like(word).keys()


def test_few_words_are_compared_letter_by_letter():
    words = {"".join(letters): 1 for letters in itertools.product("aeio", "ntrs", "aeio", "lmdg", "uy", "bfkp", "hw")}
    assert len(words) == 4096
    assert len(Vocabulary(words).like("negudiw")) < 400


def test_a_vocabulary_counts_words_without_numbers_and_short_ones():
    assert vocabulary_of(["Ask Ask, ask 2026", "go ask Zoë a1b2"]) == {"ask": 4, "zoë": 1}
