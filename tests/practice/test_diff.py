from hypothesis import given
from hypothesis import strategies as st

from practice.diff import TextChange, compare, is_same


def test_changed_words_stand_out():
    assert compare("A list by four.", "A list by five.") == [
        TextChange("same", "A list by "),
        TextChange("removed", "four"),
        TextChange("added", "five"),
        TextChange("same", "."),
    ]


def test_equal_texts_are_one_piece():
    assert compare("Same.", "Same.") == [TextChange("same", "Same.")]


@given(st.text(), st.text())
def test_pieces_give_back_both_texts(before, after):
    pieces = compare(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == after


def test_line_ends_make_no_difference():
    assert is_same("one\r\ntwo ", "one\ntwo")
