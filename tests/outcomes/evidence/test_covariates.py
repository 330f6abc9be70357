"""A column that knows who left is refused, and so is one with too many holes."""

from dataclasses import replace

import numpy as np
import pytest

from outcomes.evidence import estimates
from outcomes.evidence.summary import summarise

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


@pytest.mark.parametrize("first", [0, 12, 20, 60])
@pytest.mark.parametrize("label", ["a", "z"])
def test_a_column_that_knows_the_outcome_is_refused_whatever_its_levels_are_called(first, label):
    """A small level whose name comes first made every other one uncertain."""

    def status(row, i):
        return label if i < first else "m leaver" if bool(row["exit"]) is (i % 20 > 0) else "n stays"

    result = ask(with_column(ROWS, "status", status), "status:category")
    assert codes(result.refusals) == ["covariate_knows_outcome"]


COUNTED = np.random.default_rng(2).poisson(0.3, len(ROWS))
HOURS = np.random.default_rng(3).exponential(10, len(ROWS))


@pytest.mark.parametrize(
    ("value", "refused", "warned"),
    [
        (lambda row, i: float(bool(row["exposed_on"]) + COUNTED[i]), ["covariate_knows_completion"], []),  # courses completed
        (lambda row, i: 8.0 * bool(row["exposed_on"]) + float(HOURS[i]), [], ["covariate_may_know_completion"]),
        (lambda row, _i: float(bool(row["exposed_on"])), ["covariate_knows_completion"], []),
        (lambda row, _i: float(row["origin"].toordinal()), [], []),
        (lambda row, i: 50 * 1.03 ** (-row["origin"].toordinal() / 365) * (1 + float(NOISE[i])), [], []),
        (lambda row, _i: row["age"], [], []),
    ],
    ids=["courses", "hours", "flag", "hired", "pay", "age"],
)
def test_a_number_that_counts_the_completion_is_refused(monkeypatch, value, refused, warned):
    """With nothing going on the sentence said "more" in eight of ten, since the others had the number from elsewhere."""
    monkeypatch.setattr(estimates, "_other_sides", lambda _model: ([], {}))
    result = ask(with_column(ROWS, "courses", value), "courses")
    assert codes(result.refusals) == refused
    assert [code for code in codes(result.warnings) if code.startswith("covariate")] == warned


@pytest.mark.parametrize("levels", ["NYOZ", "ZONY"])
def test_two_groups_that_know_are_told_from_two_others(levels):
    """None of the four differs from the mean of the rest by a factor of 5."""
    left, other_left, stays, other_stays = levels

    def status(row, i):
        is_right = i % 12 < 10
        return ((left, other_left) if bool(row["exit"]) is is_right else (stays, other_stays))[i % 2]

    result = ask(with_column(simulate(1500, seed=31), "status", status), "status:category")
    assert codes(result.refusals) == ["covariate_knows_outcome"]


@pytest.mark.parametrize(("column", "as_said"), [("flag", float), ("flag:category", str)])
def test_with_few_exits_a_column_that_may_know_the_outcome_is_warned_of(column, as_said):
    """Right of 19 in 20, and 80 exits: too few for any column to be refused for."""
    rows = simulate(300, seed=37, yearly=0.12)
    result = ask(with_column(rows, "flag", lambda row, i: as_said(int(bool(row["exit"]) is (i % 20 > 0)))), column)
    assert result.counts.events < 100
    assert (codes(result.refusals), [w.code for w in result.warnings if "'flag'" in w.message]) == (
        [],
        ["covariate_may_know_outcome"],
    )


def test_a_column_that_leaves_no_stable_answer_is_named():
    """The day on which each left, or the last day, as a number: nobody else has any of them."""
    rows = with_column(ROWS, "tenure", lambda row, _i: float(((row["exit"] or row["observed_until"]) - row["origin"]).days))
    units = replace(
        rows, covariates={**rows.covariates, "shoe": np.array([float(i % 9) for i in range(len(ROWS))], dtype=object)}
    )
    (refusal,) = ask(units, "shoe,tenure").refusals
    assert refusal.code == "no_stable_answer"
    assert "Alone already 'tenure' tells those who left" in refusal.message


@pytest.mark.parametrize("seed", [0, 1, 2, 4])
def test_a_column_that_only_leavers_have_is_refused_where_the_fit_breaks_down(seed):
    """Half of the leavers were interviewed: in these draws the library meets a matrix that it cannot solve."""
    rows = simulate(300, seed=seed, yearly=0.08)
    units = with_column(rows, "talk", lambda row, i: "yes" if row["exit"] and i % 2 == 0 else "no")
    (refusal,) = ask(units, "talk:category").refusals
    assert refusal.code == "no_stable_answer"
    assert "Alone already 'talk' tells those who left" in refusal.message


def test_a_column_of_values_of_a_few_each_is_not_said_to_be_the_same_for_everyone():
    result = ask(with_column(ROWS, "name", lambda _row, i: f"v{i // 3}"), "name:category")
    assert codes(result.refusals) == ["levels_too_small"]
    assert "Each value of the column 'name' holds fewer than ten people" in result.refusals[0].message
    assert codes(ask(with_column(ROWS, "name", lambda _row, _i: "v"), "name:category").refusals) == ["no_variation"]


def test_which_level_is_compared_with_changes_no_figure():
    """The largest is the reference, wherever it stands among the names."""
    by_name = [
        ask(with_column(ROWS, "site", lambda row, i, n=n: n[i % 5 // 2]), "site:category") for n in ("abc", "bca", "cab")
    ]
    assert len({round(result.primary.value, 9) for result in by_name}) == 1
    assert len({round(result.calendar.value, 9) for result in by_name}) == 1


def engagement(row, i):
    """A figure of 5 before the exit of those who stay and of 3 of those who leave, known within 0.7."""
    return 5 - 2 * bool(row["exit"]) + 7 * float(NOISE[i])


def severance(row, i):
    """Paid to leavers alone, a few of whom get many times what most get."""
    return float(np.exp(9 + 10 * NOISE[i])) if row["exit"] else 0.0


@pytest.mark.parametrize("value", [engagement, severance])
@pytest.mark.parametrize("yearly", [0.045, 0.08, 0.35])
def test_a_number_that_tells_leavers_from_stayers_is_refused_whatever_its_scale(value, yearly):
    """By a standard deviation, which is large since there are leavers at all, neither makes a ratio of 5; from 60 exits on."""
    rows = simulate(len(ROWS), seed=31, yearly=yearly)
    (refusal,) = ask(with_column(rows, "level", value), "level").refusals
    assert refusal.code in ("covariate_knows_outcome", "no_stable_answer")
    assert "'level'" in refusal.message


@pytest.mark.parametrize("yearly", [0.08, 0.35])
def test_a_number_that_goes_by_the_calendar_knows_nothing(yearly):
    """Of those hired long ago most have left, and of those hired last year most have not: for want of time."""
    rows = simulate(600, seed=31, yearly=yearly)
    result = ask(with_column(rows, "year", lambda row, _i: float(row["origin"].year)), "year")
    assert (codes(result.refusals), [w.code for w in result.warnings if "'year'" in w.message]) == ([], [])


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


@pytest.mark.parametrize("seed", [4, 11, 17])
def test_nothing_is_said_because_of_a_column_that_may_know_who_left(monkeypatch, seed):
    """A flag wrong of one in ten is too noisy to be refused, and with nothing going on 7 of 24 draws said "more"."""
    monkeypatch.setattr(estimates, "_other_sides", lambda _model: ([], {}))
    rows, right = simulate(600, seed=seed), np.random.default_rng(seed).random(600) > 0.1
    flagged = with_column(rows, "flag", lambda row, i: float(bool(row["exit"]) is bool(right[i])))
    plain, result = ask(from_rows(rows)), ask(flagged, "flag")
    assert (plain.direction, result.direction) == ("open", "open")
    assert result.primary.ci_low > 0
    (notice,) = [w for w in result.warnings if w.code == "rests_on_columns"]
    assert "Without 'flag' the answer would be a different one" in notice.message
    summary = summarise(result)
    assert "but only because of columns that may have been changed when people left." in summary.answer
    assert "Columns as they were at the start, or the same question without them." in summary.what_would_change_our_mind


def test_an_answer_that_is_so_without_a_clear_column_too_is_said(monkeypatch):
    """The same column, and a difference that is there."""
    monkeypatch.setattr(estimates, "_other_sides", lambda _model: ([], {}))
    rows, right = simulate(900, seed=5, log_hazard_ratio=-0.9), np.random.default_rng(5).random(900) > 0.25
    result = ask(with_column(rows, "flag", lambda row, i: float(bool(row["exit"]) is bool(right[i]))), "flag")
    assert ("covariate_stands_out" in codes(result.warnings), result.direction) == (True, "lower")


def test_columns_that_hide_behind_each_other_are_left_out_together(monkeypatch):
    """Of two copies of one flag, each with errors of its own, either alone still makes the answer."""
    monkeypatch.setattr(estimates, "_other_sides", lambda _model: ([], {}))
    monkeypatch.setattr(estimates, "_says_the_same", lambda _model, names, _answer, _wider: len(names) == 1)
    rows, rng = simulate(600, seed=17), np.random.default_rng(17)
    right = rng.random((600, 2)) > 0.15
    for at, name in enumerate(("one", "two")):
        rows = [row | {name: float(bool(row["exit"]) is bool(right[i, at]))} for i, row in enumerate(rows)]
    result = ask(from_rows(rows), "one,two")
    (notice,) = [w for w in result.warnings if w.code == "rests_on_columns"]
    assert "Without 'one' / 'two' the answer" in notice.message
