"""A column that knows who left is refused, and so is one with too many holes."""

import numpy as np
import pytest

from .rows import ask, from_rows, published, simulate


def codes(notices):
    return [notice.code for notice in notices]


def with_column(rows, name, value):
    return from_rows([row | {name: value(row, i)} for i, row in enumerate(rows)])


ROWS = simulate(600, seed=31)
NOISE = np.random.default_rng(1).normal(0, 0.1, len(ROWS))


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("status:category", lambda row, _i: "left" if row["exit"] else "active", "eventless_levels"),
        ("score", lambda row, i: float(bool(row["exit"])) + float(NOISE[i]), "covariate_knows_outcome"),
        (
            "rating:category",
            lambda row, i: "low" if bool(row["exit"]) is (i % 12 > 0) else "high",
            "covariate_knows_outcome",
        ),
    ],
)
def test_a_column_that_knows_the_outcome_is_refused_by_name(column, value, code):
    result = ask(with_column(ROWS, column.partition(":")[0], value), column)
    assert (codes(result.refusals), result.estimates, result.grade) == ([code], (), "refused")
    assert column.partition(":")[0] in result.refusals[0].message


def test_a_clear_column_that_is_known_at_the_start_passes_with_a_warning():
    result = ask(published("sim_workforce"), "grade:category")
    assert result.grade == "adjusted"
    assert [w.code for w in result.warnings if "'grade'" in w.message] == ["covariate_stands_out"]
    plain = ask(with_column(ROWS, "shoe", lambda _row, i: float(i % 9)), "shoe")
    assert "covariate_stands_out" not in codes(plain.warnings)


@pytest.mark.parametrize(
    ("every", "least", "expected"),
    [(25, None, None), (10, "at least 5% of the people", "warned"), (4, "20% of the people or more", "refused")],
)
def test_missing_values_are_said_from_5_percent_and_refused_from_20(every, least, expected):
    """How many exactly is not said: with the number of people it could be a handful."""
    result = ask(with_column(ROWS, "shoe", lambda _row, i: None if i % every == 0 else float(i % 9)), "shoe")
    said = {
        "warned": [w.message for w in result.warnings if w.code == "covariate_partly_missing"],
        "refused": [r.message for r in result.refusals if r.code == "covariate_mostly_missing"],
    }
    assert [kind for kind, messages in said.items() if messages] == ([expected] if expected else [])
    assert all("'shoe'" in message and least in message for messages in said.values() for message in messages)


def test_a_column_that_nobody_has_is_named_and_the_exits_are_not_denied():
    result = ask(with_column(ROWS, "shoe", lambda _row, i: 3.0 if i == 0 else None), "shoe")
    assert codes(result.refusals) == ["covariate_mostly_missing"]
    assert "'shoe'" in result.refusals[0].message
    assert result.counts.events == ask(from_rows(ROWS)).counts.events


def test_a_column_that_is_missing_among_leavers_is_refused():
    result = ask(with_column(ROWS, "shoe", lambda row, i: None if row["exit"] and i % 5 == 0 else float(i % 9)), "shoe")
    assert codes(result.refusals) == ["covariate_missing_among_leavers"]
    assert "more often for those who left" in result.refusals[0].message


def test_customers_are_spoken_of_as_customers():
    units = with_column(ROWS, "size", lambda _row, i: None if i % 3 == 0 else float(i % 9))
    (refusal,) = ask(units, "size", outcome="customer_exit").refusals
    assert "of the customers or more" in refusal.message


@pytest.mark.parametrize(("people", "is_said"), [(150, True), (600, False)])
def test_under_150_exits_figures_are_said_to_be_mostly_too_large(people, is_said):
    result = ask(from_rows(simulate(people, seed=33)))
    assert (result.counts.events < 150) is is_said
    assert ("few_events_exaggerate" in codes(result.warnings)) is is_said
