import json

import numpy as np
import pytest

from outcomes.evidence.result import Counts, CurvePoint, Diagnostics, Estimate, Result, direction, widest

from .rows import ask, from_rows, published, simulate

# the JSON of docs/csv-formats.md, key by key
TOP = ["question", "grade", "refusals", "warnings", "counts", "estimates", "event_study", "curves", "diagnostics"]
TOP += ["suppressed", "provenance"]
QUESTION = ["organisation", "outcome", "exposure", "courses", "event_kinds", "teams", "as_of", "covariates", "clock"]
QUESTION += ["estimand", "population", "event", "horizon_months"]
PROVENANCE = ["data_digest", "code", "libraries", "seed", "ran_at", "as_of", "leavers_from", "leavers_until", "imports"]
COUNTS = ["units", "events", "exposed_units", "events_exposed", "unit_months", "teams", "excluded_rows"]
ESTIMATE = ["name", "value", "se", "ci_low", "ci_high", "p", "p_adjusted", "clusters", "df", "method", "library", "primary"]
ESTIMATE += ["prespecified"]
DIAGNOSTICS = ["pretrend_p", "pretrend_detectable", "smoothness_bounds", "e_value", "e_value_ci"]
DIAGNOSTICS += ["minimum_detectable_effect", "forbidden_comparison_weight"]


def test_json_has_the_keys_of_the_formats_page_in_order():
    printed = ask(published("stanford_heart")).to_json()
    assert list(printed) == TOP
    assert list(printed["question"]) == QUESTION
    assert list(printed["counts"]) == COUNTS
    assert list(printed["estimates"][0]) == ESTIMATE
    assert list(printed["curves"][0]) == ["group", "month", "retained", "ci_low", "ci_high", "at_risk"]
    assert list(printed["diagnostics"]) == DIAGNOSTICS
    assert list(printed["warnings"][0]) == ["code", "message"]
    assert list(printed["provenance"]) == PROVENANCE


def test_json_is_plain_and_finite():
    printed = ask(from_rows(simulate(300, seed=1)), "site:category,age").to_json()
    assert json.loads(json.dumps(printed, allow_nan=False)) == printed


def test_what_is_not_finite_prints_as_null():
    estimate = Estimate("log_hazard_ratio", np.float64("nan"), np.inf, -np.inf, 1.0, np.float64(0.5), df=np.int64(3))
    printed = _result(estimates=(estimate,)).to_json()["estimates"][0]
    assert [printed[key] for key in ("value", "se", "ci_low", "ci_high", "p", "df")] == [None, None, None, 1.0, 0.5, 3]
    assert type(printed["df"]) is int


def test_suppressed_values_are_null_and_their_paths_listed():
    shown = CurvePoint("everyone", 0, 1.0, 1.0, 1.0, 40)
    hidden = CurvePoint("exposed", 3, None, None, None, None, suppressed=("retained", "at_risk"))
    printed = _result(curves=(shown, hidden)).to_json()
    assert printed["suppressed"] == ["curves.1.retained", "curves.1.at_risk"]
    assert printed["curves"][1] == dict.fromkeys(["retained", "ci_low", "ci_high", "at_risk"]) | {
        "group": "exposed",
        "month": 3,
    }


def test_a_stored_result_comes_back_equal():
    result = ask(from_rows(simulate(300, seed=2)), "site:category,age", horizon_months=24)
    assert Result.from_json(json.loads(json.dumps(result.to_json()))) == result
    assert result.suppressed


def _result(**changes):
    base = vars(ask(from_rows([])))
    return Result(**(base | {"counts": Counts(), "diagnostics": Diagnostics()} | changes))


def figure(method, low, high):
    return Estimate("log_hazard_ratio", (low + high) / 2, 0.1, low, high, 0.5, method=method)


@pytest.mark.parametrize(
    ("intervals", "calendar", "expected"),
    [
        ([(-0.5, -0.1)], (-0.6, -0.2), "lower"),
        ([(0.1, 0.5)], (0.2, 0.6), "higher"),
        ([(-0.5, -0.1), (-0.61, 0.01)], (-0.6, -0.2), "open"),  # by teams it holds 1
        ([(-0.5, -0.1)], (-0.4, 0.2), "open"),
        ([(-0.5, -0.1)], (0.1, 0.4), "open"),
        ([(-0.5, 0.1)], (-0.6, -0.2), "open"),
        ([(-0.5, -0.1)], None, "open"),
        ([], None, "open"),
    ],
)
def test_less_or_more_is_said_only_where_the_widest_interval_and_the_calendar_agree(intervals, calendar, expected):
    methods = ("cox_time_varying", "cox_time_varying_clustered")
    estimates = [figure(method, *interval) for method, interval in zip(methods, intervals, strict=False)]
    estimates += [figure("poisson_cells", *calendar)] if calendar else []
    assert direction(estimates) == expected


def test_the_widest_interval_is_one_of_the_primary_figure():
    estimates = [figure("cox_time_varying", -0.5, -0.1), figure("cox_time_varying_jackknife", -0.7, 0.1)]
    assert widest([*estimates, figure("cox_lag_1_month", -3, 3)]) is estimates[1]
    assert widest([]) is None
