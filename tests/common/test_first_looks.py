"""Most text has nothing to mend, which is seen of many cells at once: that look must not pass over one that has."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.characters import as_meant, is_suspect, without_shapeless
from common.csv_files import is_guarded, restore
from common.csv_rows import BLOCK, Rows, TextRows

ODD = st.text(alphabet="aÄß ÂÃÅâ€‚„…’“\u00a0\u00ad\u200b\u200d\u202f\ufeff\u0080\u00bfŠ", max_size=8)
GUARDED = st.text(alphabet="a1'=+-@＝;,|\t \"\u200b", max_size=8)


@given(ODD)
@example("JÃ¼rgen")
@example("â€™")
@example("Ann\u00a0Lee")
def test_no_text_that_means_something_else_is_passed_over(text):
    if as_meant(text) != text or without_shapeless(text) != text:
        assert is_suspect(text)
        assert is_suspect(f"plain\n{text}\nplain")


@given(GUARDED)
@example("'=1+1")
@example(";'=1+1")
def test_no_guarded_cell_is_passed_over(text):
    if restore(text) != text:
        assert is_guarded(text)
        assert is_guarded(f"plain\n{text}\nplain")


@pytest.mark.parametrize("odd", ["'=1+1", "Jo\u200bhn", "JÃ¼rgen", 'a""b', "two\nlines"])
@pytest.mark.parametrize("before", range(BLOCK - 12, BLOCK + 3))
def test_a_cell_at_the_end_of_a_block_is_read_like_any_other(odd, before):
    filler = "x" * 99 + "\n"
    text = filler * (before // 100) + "y" * (before % 100) + f',"{odd}",z\n' + filler * 3
    (one,) = [row for row in TextRows(io.StringIO(text, newline=""), ",") if len(row) == 3]
    (other,) = [row for row in Rows(csv.reader(io.StringIO(text, newline=""))) if len(row) == 3]
    assert one == other
