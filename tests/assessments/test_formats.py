"""Formats of questions, without a database: what is an answer, when it agrees, what a part of it is worth."""

from itertools import permutations, product

import pytest

from assessments.formats import FORMATS, Fault, NotAccepted, Question, Refusal, step_of
from assessments.formats.base import MOST_STEPS
from assessments.formats.texts import normalised
from assessments.scoring.credit import estimate_credit
from assessments.scoring.intervals import wilson_interval
from practice.scoring.kendall import kendall_tau_b

pytestmark = pytest.mark.once

RATED = Question(("a", "b", "c"), ("a:5", "b:1", "c:3"))
PANEL = Question(("a", "b", "c"), ("a:4.25", "b:1.5", "c:3"))
STEPS = Question(("a", "b", "c", "d"), ("a:3", "b:1", "c:4", "d:2"))  # b, d, a, c
LINES = Question(("a", "b", "c", "d"), ("b", "d"))
POINTS = Question(("a", "b", "c", "d", "e"), ("b",))
WORDS = Question(("a", "b", "c"), ("a", "b"), texts=("By Friday", "friday evening", "soon"))
LETTER = Question(("a", "b"), ("Dear Joy, …",), texts=("It names the day", "It asks"))
PAIRS = Question(("a", "b", "c"), ("a:x", "b:y", "c:x"), ("x", "y", "z"))


@pytest.mark.parametrize(
    ("name", "question", "given", "kept"),
    [
        ("single", RATED, ["b"], ["b"]),
        ("multiple", RATED, ["c", "a"], ["a", "c"]),
        ("lines", LINES, ["d", "a"], ["a", "d"]),
        ("rate", RATED, ["c:1", "a:2"], ["a:2", "c:1"]),
        ("best-worst", RATED, ["worst:a"], ["worst:a"]),
        ("best-worst", RATED, ["worst:a", "best:c"], ["best:c", "worst:a"]),
        ("order", STEPS, ["b:1", "a:1"], ["a:1", "b:1"]),
        ("rank", RATED, ["b:1", "a:1"], ["a:1", "b:1"]),
        ("match", PAIRS, ["b:z"], ["b:z"]),
        ("rate", RATED, [], []),
        ("scale", POINTS, ["d"], ["d"]),
        ("text", WORDS, ["text:  by   friday "], ["text:by friday"]),
        ("text", WORDS, ["text: at 10:30, or so"], ["text:at 10:30, or so"]),
        ("text", WORDS, ["text:  "], []),
        (
            "composed",
            LETTER,
            ["tick:b", "text:Dear  Joy\r\n\r\nby Friday. ", "tick:a"],
            ["text:Dear Joy\n\nby Friday.", "tick:a", "tick:b"],
        ),
        ("composed", LETTER, ["tick:a"], []),
    ],
)
def test_an_answer_is_kept_in_the_order_of_the_options_finished_or_not(name, question, given, kept):
    assert FORMATS[name].accept(question, given) == kept


@pytest.mark.parametrize(
    ("name", "question", "given", "refusal"),
    [
        ("single", RATED, ["a", "b"], Refusal.SEVERAL),
        ("multiple", RATED, ["x"], Refusal.UNKNOWN),
        ("lines", Question(("a", "b"), ("b",)), ["a", "b"], Refusal.SEVERAL),
        ("rate", RATED, ["a"], Refusal.UNKNOWN),
        ("rate", RATED, ["a:6"], Refusal.UNKNOWN),
        ("rate", RATED, ["a:0"], Refusal.UNKNOWN),
        ("rate", RATED, ["a:2.5"], Refusal.UNKNOWN),
        ("rate", RATED, ["x:2"], Refusal.UNKNOWN),
        ("rate", RATED, ["a:2", "a:3"], Refusal.SEVERAL),
        ("best-worst", RATED, ["best:a", "worst:a"], Refusal.SAME),
        ("best-worst", RATED, ["best:x"], Refusal.UNKNOWN),
        ("best-worst", RATED, ["middle:a"], Refusal.UNKNOWN),
        ("order", STEPS, ["a:5"], Refusal.UNKNOWN),
        ("rank", RATED, ["a:4"], Refusal.UNKNOWN),
        ("match", PAIRS, ["a:b"], Refusal.UNKNOWN),
        ("scale", POINTS, ["a", "b"], Refusal.SEVERAL),
        ("scale", POINTS, ["x"], Refusal.UNKNOWN),
        ("text", WORDS, ["a"], Refusal.UNKNOWN),
        ("text", WORDS, ["text:one", "text:two"], Refusal.SEVERAL),
        ("text", WORDS, ["text:" + "a" * 201], Refusal.LONG),
        ("composed", LETTER, ["text:Dear Joy", "tick:x"], Refusal.UNKNOWN),
        ("composed", LETTER, ["text:" + "a" * 5001], Refusal.LONG),
    ],
)
def test_what_cannot_be_an_answer_is_refused(name, question, given, refusal):
    with pytest.raises(NotAccepted) as refused:
        FORMATS[name].accept(question, given)
    assert refused.value.refusal == refusal


def test_ratings_earn_by_their_distance_from_the_key():
    rate = FORMATS["rate"]
    assert rate.credit(RATED, ["a:5", "b:1", "c:3"]) == 1
    assert rate.credit(RATED, ["a:1", "b:5", "c:1"]) == 0
    assert rate.credit(RATED, ["a:4", "b:2", "c:4"]) == pytest.approx((0.75 + 0.75 + 0.5) / 3)
    assert rate.credit(PANEL, ["a:4", "b:2", "c:3"]) == pytest.approx((1 - 0.25 / 3.25 + 1 - 0.5 / 3.5 + 1) / 3)


def test_ratings_agree_within_half_a_point_of_the_key():
    rate = FORMATS["rate"]
    assert rate.agrees(RATED, ["a:5", "b:1", "c:3"])
    assert not rate.agrees(RATED, ["a:4", "b:1", "c:3"])
    assert rate.agrees(PANEL, ["a:4", "b:1", "c:3"])
    assert rate.agrees(PANEL, ["a:4", "b:2", "c:3"])
    assert not rate.agrees(PANEL, ["a:5", "b:2", "c:3"])


def test_whoever_rates_everything_in_the_middle_earns_about_half():
    assert FORMATS["rate"].credit(RATED, ["a:3", "b:3", "c:3"]) == pytest.approx((0.5 + 0.5 + 1) / 3)


def test_best_and_worst_earn_by_how_far_apart_they_are():
    both = FORMATS["best-worst"]
    question = Question(("a", "b", "c", "d"), ("a:5", "b:1", "c:4", "d:2"))
    earned = {
        (best, worst): both.credit(question, [f"best:{best}", f"worst:{worst}"]) for best, worst in permutations("abcd", 2)
    }
    assert earned["a", "b"] == 1
    assert earned["b", "a"] == 0
    assert earned["c", "b"] == pytest.approx(7 / 8)
    assert earned["a", "c"] == pytest.approx(5 / 8)
    assert sum(earned.values()) / len(earned) == pytest.approx(0.5)
    assert [pair for pair in earned if both.agrees(question, [f"best:{pair[0]}", f"worst:{pair[1]}"])] == [("a", "b")]


def test_with_equal_options_between_best_and_worst_answers_are_in_the_order_of_plus_and_minus_one():
    """Motowidlo, Dunnette and Carter (1990): +1 for each of both that is named rightly, −1 where it is named as the other."""
    question = Question(("a", "b", "c", "d"), ("a:5", "b:1", "c:3", "d:3"))

    def published(best, worst):
        return (best == "a") - (best == "b") + (worst == "b") - (worst == "a")

    for best, worst in permutations("abcd", 2):
        assert FORMATS["best-worst"].credit(question, [f"best:{best}", f"worst:{worst}"]) == pytest.approx(
            (published(best, worst) + 2) / 4
        )


def test_a_ranking_earns_the_pairs_that_the_ratings_tell_apart():
    rank = FORMATS["rank"]
    question = Question(("a", "b", "c", "d"), ("a:4.5", "b:1.25", "c:3", "d:3"))
    earned = {
        "".join(ranked): rank.credit(question, [f"{option}:{place}" for place, option in enumerate(ranked, start=1)])
        for ranked in permutations("abcd")
    }
    assert (earned["acdb"], earned["adcb"], earned["bcda"]) == (1, 1, 0), "of two that are equal neither comes first"
    assert (earned["cadb"], earned["abcd"]) == (pytest.approx(4 / 5), pytest.approx(3 / 5))
    assert sum(earned.values()) / len(earned) == pytest.approx(0.5)
    right = [ranked for ranked in earned if rank.agrees(question, [f"{option}:{n}" for n, option in enumerate(ranked, 1)])]
    assert right == ["acdb", "adcb"]
    assert rank.steps(question) == MOST_STEPS
    assert rank.steps(RATED) == 3


def test_an_order_earns_the_pairs_that_are_in_order():
    order = FORMATS["order"]
    assert order.credit(STEPS, ["b:1", "d:2", "a:3", "c:4"]) == 1
    assert order.agrees(STEPS, ["a:3", "b:1", "c:4", "d:2"])
    assert order.credit(STEPS, ["c:1", "a:2", "d:3", "b:4"]) == 0
    assert order.credit(STEPS, ["d:1", "b:2", "a:3", "c:4"]) == pytest.approx(5 / 6)
    assert not order.agrees(STEPS, ["d:1", "b:2", "a:3", "c:4"])
    every = [order.credit(STEPS, [f"{step}:{place}" for place, step in enumerate(steps, 1)]) for steps in permutations("abcd")]
    assert sum(every) / len(every) == pytest.approx(0.5)


def test_an_order_earns_what_kendalls_coefficient_says():
    """The coefficient by which simulations score an order, brought to 0 to 1."""
    options = tuple("abcdefghij")
    question = Question(options, tuple(f"{step}:{place}" for place, step in enumerate(options, 1)))
    for given in ([2, 1, 5, 3, 4, 8, 10, 6, 7, 9], [10, 3, 1, 2, 9, 4, 8, 5, 7, 6]):
        credit = FORMATS["order"].credit(question, [f"{step}:{place}" for step, place in zip(options, given, strict=True)])
        assert credit == pytest.approx((kendall_tau_b(range(1, 11), given) + 1) / 2)


def test_lines_earn_hits_less_false_alarms():
    lines = FORMATS["lines"]
    assert lines.credit(LINES, ["b", "d"]) == 1
    assert lines.credit(LINES, ["b"]) == 0.5
    assert lines.credit(LINES, ["a", "b", "d"]) == 0.5
    assert lines.credit(LINES, ["a", "b", "c", "d"]) == 0
    assert lines.agrees(LINES, ["d", "b"])
    assert not lines.agrees(LINES, ["b"])


def test_matches_earn_one_by_one():
    match = FORMATS["match"]
    assert match.credit(PAIRS, ["a:x", "b:y", "c:x"]) == 1
    assert match.credit(PAIRS, ["a:x", "b:x", "c:x"]) == pytest.approx(2 / 3)
    assert match.agrees(PAIRS, ["c:x", "a:x", "b:y"])


@pytest.mark.parametrize(
    ("name", "question", "chosen"),
    [
        ("rate", RATED, ["a:5", "b:1"]),
        ("best-worst", RATED, ["best:a"]),
        ("rank", RATED, ["a:1", "b:2"]),
        ("rank", RATED, ["a:1", "b:2", "c:2"]),
        ("order", STEPS, ["b:1", "d:2", "a:3"]),
        ("order", STEPS, ["b:1", "d:2", "a:3", "c:3"]),
        ("match", PAIRS, ["a:x", "b:y"]),
        ("lines", LINES, []),
        ("scale", POINTS, []),
        ("text", WORDS, []),
        ("composed", LETTER, []),
    ],
)
def test_an_unfinished_answer_agrees_with_nothing_and_earns_nothing(name, question, chosen):
    one = FORMATS[name]
    assert set(one.accept(question, chosen)) == set(chosen)
    assert not one.is_complete(question, chosen)
    assert not one.agrees(question, chosen)
    assert one.credit(question, chosen) == 0


@pytest.mark.parametrize("name", [*FORMATS])
def test_credit_lies_between_nothing_and_all_and_only_agreement_without_a_mean_earns_all(name):
    question = {
        "order": STEPS,
        "lines": LINES,
        "match": PAIRS,
        "single": Question(("a", "b"), ("a",)),
        "multiple": LINES,
        "scale": POINTS,
        "text": WORDS,
        "composed": LETTER,
    }.get(name, RATED)
    one = FORMATS[name]
    slots = [f"{slot}:" for slot in (["best", "worst"] if name == "best-worst" else question.options)]
    values = {"rate": "12345", "best-worst": "abc", "rank": "123", "order": "1234", "match": "xyz"}.get(name, "")
    answers = (
        [[slot + value for slot, value in zip(slots, chosen, strict=True)] for chosen in product(values, repeat=len(slots))]
        if values
        else [[option] for option in question.options] + [[f"text:{text}"] for text in question.texts]
    )
    for chosen in answers:
        try:
            kept = one.accept(question, chosen)
        except NotAccepted:
            continue
        credit = one.credit(question, kept)
        assert 0 <= credit <= 1
        assert (credit == 1) == one.agrees(question, kept)


@pytest.mark.parametrize(
    ("name", "question", "fault"),
    [
        ("single", Question(("a", "b"), ()), Fault.NO_KEY),
        ("single", Question(("a", "b"), ("a", "b")), Fault.SEVERAL_KEYS),
        ("lines", Question(("a", "b"), ("c",)), Fault.NO_KEY),
        ("rate", Question(("a", "b"), ("a:4",)), Fault.NO_RATING),
        ("rate", Question(("a", "b"), ("a:4", "b:6")), Fault.NO_RATING),
        ("rate", Question(("a", "b"), ("a:4", "b:high")), Fault.NO_RATING),
        ("rate", Question(("a", "b"), ("a:4", "b:nan")), Fault.NO_RATING),
        ("rate", Question(("a", "b"), ("a:4", "b:4")), Fault.EQUAL_RATINGS),
        ("best-worst", Question(("a", "b", "c"), ("a:4", "b:4", "c:1")), Fault.NO_SINGLE_BEST),
        ("rank", Question(("a", "b"), ("a:4", "b:4")), Fault.EQUAL_RATINGS),
        ("rank", Question(("a", "b"), ("a:1", "b:6")), Fault.NO_RATING),
        ("rank", PANEL, None),
        ("order", Question(("a", "b"), ("a:1", "b:1")), Fault.NO_PLACES),
        ("order", Question(("a", "b"), ("a:1",)), Fault.NO_PLACES),
        ("match", Question(("a", "b"), ("a:x", "b:x"), ("x", "y")), Fault.NO_PARTNER),
        ("match", Question(("a", "b"), ("a:x", "b:q"), ("x", "y")), Fault.NO_PARTNER),
        ("scale", Question(("a", "b"), ("a",)), Fault.FEW_POINTS),
        ("scale", Question(("a", "b", "c"), ("a", "b", "c")), Fault.NO_KEY),
        ("scale", Question(("a", "b", "c"), ("a", "c")), Fault.APART),
        ("scale", Question(("a", "b", "c"), ("b", "c")), None),
        ("text", Question(("a",), (), texts=("Friday",)), Fault.NO_KEY),
        ("text", Question(("a",), ("a",), texts=("a" * 201,)), Fault.NO_WORDING),
        ("text", Question(("a", "b"), ("a",), texts=("Friday", " friday. ")), Fault.ALIKE_WORDINGS),
        ("text", WORDS, None),
        ("composed", Question(("a",), ()), Fault.NO_MODEL),
        ("composed", Question(("a",), (" ",)), Fault.NO_MODEL),
        ("composed", LETTER, None),
        ("rate", RATED, None),
        ("best-worst", PANEL, None),
        ("order", STEPS, None),
        ("match", PAIRS, None),
        ("lines", LINES, None),
    ],
)
def test_a_key_that_cannot_be_used_has_a_fault(name, question, fault):
    assert FORMATS[name].fault(question) == fault


def test_credit_has_the_interval_of_a_proportion_with_its_mean():
    """8.5 of 12, by the formula of Wilson (1927) with p = 8.5 / 12 and n = 12."""
    found = estimate_credit([1.0] * 7 + [0.5] * 3 + [0.0] * 2)
    assert (found.total, found.items) == (8.5, 12)
    p, n, z2 = 8.5 / 12, 12, 1.959964**2
    centre, half = (p + z2 / (2 * n)) / (1 + z2 / n), (z2 * (p * (1 - p) / n + z2 / (4 * n * n))) ** 0.5 / (1 + z2 / n)
    assert (found.low, found.high) == (
        pytest.approx(12 * (centre - half), abs=1e-4),
        pytest.approx(12 * (centre + half), abs=1e-4),
    )


def test_credit_of_whole_answers_is_their_number():
    whole, counted = estimate_credit([1.0] * 8 + [0.0] * 4), wilson_interval(8, 12)
    assert (whole.low, whole.high) == (12 * counted.low, 12 * counted.high)
    assert estimate_credit([1.0] * 12).high == 12
    with pytest.raises(ValueError, match="between 0 and 1"):
        estimate_credit([1.2])


@pytest.mark.parametrize(
    ("typed", "is_right"),
    [
        ("by friday", True),
        ("By Friday.", True),
        ("“BY\u00a0FRIDAY!”", True),
        ("ｂｙ ｆｒｉｄａｙ", True),
        ("Friday  evening", True),
        ("soon", False),
        ("friday", False),
        ("by fríday", False),
        ("by friday 5", False),
    ],
)
def test_a_short_text_agrees_whatever_its_capitals_spaces_and_punctuation_around(typed, is_right):
    one = FORMATS["text"]
    assert one.agrees(WORDS, one.accept(WORDS, [f"text:{typed}"])) == is_right


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("-5", "5", False),
        ("20%", "20 %", False),
        ("20%", "20", False),
        ("U.S.", "u.s", True),
        ("it's", "it’s", True),
        ("its", "it's", False),
        ("10–12", "10-12", True),
        ("?", "!", False),
        ("$5", "5", False),
        ("Straße", "strasse", True),
    ],
)
def test_what_makes_no_difference_between_two_wordings(one, other, are_same):
    assert (normalised(one) == normalised(other)) == are_same


def test_normalising_twice_is_normalising_once():
    for text in ("“By\u00a0Friday!”", "…", "¿Quién?", "  -5 %. ", "(a) b)"):
        assert normalised(normalised(text)) == normalised(text)


@pytest.mark.parametrize(
    ("key", "earned"),
    [
        (("a",), [1, 0.75, 0.5, 0.25, 0]),
        (("b",), [2 / 3, 1, 2 / 3, 1 / 3, 0]),
        (("c",), [0, 0.5, 1, 0.5, 0]),
        (("b", "c"), [0.5, 1, 1, 0.5, 0]),
    ],
)
def test_a_point_of_a_scale_earns_by_its_distance_from_the_nearest_that_is_right(key, earned):
    question = Question(("a", "b", "c", "d", "e"), key)
    assert [FORMATS["scale"].credit(question, [point]) for point in question.options] == pytest.approx(earned)
    assert [FORMATS["scale"].agrees(question, [point]) for point in question.options] == [credit == 1 for credit in earned]


def test_a_composed_answer_is_never_scored():
    one = FORMATS["composed"]
    whole = one.accept(LETTER, ["text:Dear Joy, …", "tick:a", "tick:b"])
    assert (one.is_scored, one.is_complete(LETTER, whole), one.agrees(LETTER, whole), one.credit(LETTER, whole)) == (
        False,
        True,
        False,
        0,
    )


@pytest.mark.parametrize(
    ("name", "question", "answers"),
    [
        ("scale", POINTS, [["e"], ["d"], ["c"], ["b"]]),
        ("text", WORDS, [["text:soon"], ["text:by friday"]]),
        ("match", PAIRS, [["a:z", "b:z", "c:z"], ["a:x", "b:z", "c:z"], ["a:x", "b:y", "c:z"], ["a:x", "b:y", "c:x"]]),
        ("lines", LINES, [["a"], ["b"], ["b", "d"]]),
        ("single", Question(("a", "b"), ("a",)), [["b"], ["a"]]),
    ],
)
def test_steps_go_from_nothing_to_agreement(name, question, answers):
    one = FORMATS[name]
    assert [step_of(one, question, answer) for answer in answers] == list(range(one.steps(question) + 1))


def test_an_answer_that_does_not_agree_is_never_on_the_highest_step():
    """A mean of a panel can be met within half a point, so credit and agreement are not the same."""
    near = ["a:4", "b:2", "c:3"]
    far = ["a:4", "b:4", "c:3"]
    assert FORMATS["rate"].agrees(PANEL, near)
    assert [step_of(FORMATS["rate"], PANEL, answer) for answer in (near, far, [])] == [4, 2, 0]
    assert [
        step_of(FORMATS["order"], STEPS, [*answer]) for answer in (["b:1", "d:2", "c:3", "a:4"], ["b:4", "d:3", "a:2", "c:1"])
    ] == [3, 0]
