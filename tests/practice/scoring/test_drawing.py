import hashlib
from collections import Counter

import pytest

from practice.scoring.drawing import draw, fill, listed, pick, shuffled


def test_a_draw_can_be_made_again_by_anybody():
    # The first eight bytes of SHA-256, as a number.
    assert draw("7", "opening", 3) == int(hashlib.sha256(b"7:opening").hexdigest()[:16], 16) % 3


def test_draws_are_even_over_seeds():
    counts = Counter(draw(str(seed), "x", 4) for seed in range(4000))
    # Three standard deviations of a binomial with n = 4000, p = 1/4.
    assert all(abs(counts[n] - 1000) < 83 for n in range(4))


def test_nothing_is_drawn_from_nothing():
    with pytest.raises(ValueError, match="0 entries"):
        draw("1", "x", 0)
    with pytest.raises(ValueError, match="0 entries"):
        pick("1", "x", ())


def test_shuffling_keeps_everything_and_reaches_every_order():
    orders = Counter("".join(shuffled(str(seed), "h", "abc")) for seed in range(1200))
    assert set(orders) == {"abc", "acb", "bac", "bca", "cab", "cba"}
    assert min(orders.values()) > 150
    assert shuffled("1", "h", "abc") == shuffled("1", "h", "abc")


def test_words_in_braces_are_replaced_and_nothing_else_is_done():
    assert (
        fill("{deal}, then {issue}: {issue.__class__} {0}", {"deal": "x", "issue": "{deal}"})
        == "x, then {deal}: {issue.__class__} {0}"
    )


def test_phrases_are_listed_as_one_says_them():
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
