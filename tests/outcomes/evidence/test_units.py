from datetime import date

import numpy as np
import pandas as pd
import pytest

from outcomes.evidence.units import Units, UnitsError

from .rows import ask, published


def test_dates_may_come_as_dates_text_pandas_or_blank():
    units = Units.from_columns(
        {"unit_id": ["a", "b"], "origin": [date(2022, 1, 5), date(2022, 2, 1)], "exit": ["2023-03-04", ""]}
        | {
            "exposed_on": pd.Series(pd.to_datetime(["2022-06-01", None])),
            "observed_until": [pd.NaT, pd.Timestamp("2024-01-01")],
        }
    )
    assert units.origin.tolist() == [date(2022, 1, 5), date(2022, 2, 1)]
    assert units.exit.tolist() == [date(2023, 3, 4), None]
    assert units.exposed_on.tolist() == [date(2022, 6, 1), None]
    assert units.observed_until.tolist() == [None, date(2024, 1, 1)]
    assert units.team.tolist() == ["", ""]


def test_masked_columns_are_read_with_their_blanks():
    """As DuckDB and Arrow give columns: dates of microseconds, numbers as integers, blanks under a mask."""
    columns = {
        "unit_id": np.ma.array(np.array(["a", "b"], dtype=object), mask=[False, False]),
        "origin": np.ma.array(np.array(["2022-01-01", "2022-02-01"], dtype="datetime64[us]"), mask=[False, False]),
        "exit": np.ma.array(np.array(["2023-01-01", "1970-01-01"], dtype="datetime64[us]"), mask=[False, True]),
        "team": np.ma.array(np.array(["x", "?"], dtype=object), mask=[False, True]),
        "n": np.ma.array(np.array([3, 0], dtype="int32"), mask=[False, True]),
    }
    units = Units.from_columns(columns, {"n": columns["n"]})
    assert units.origin.tolist() == [date(2022, 1, 1), date(2022, 2, 1)]
    assert units.exit.tolist() == [date(2023, 1, 1), None]
    assert units.team.tolist() == ["x", ""]
    assert units.covariates["n"].tolist() == [3, None]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"unit_id": ["a"]}, "'origin' is missing"),
        ({"unit_id": ["a"], "origin": ["2023-02-30"]}, "'origin' contains a value that is not a date"),
        ({"unit_id": ["a", "b"], "origin": ["2022-01-01"]}, "'origin' has 1 rows where 2 are needed"),
    ],
)
def test_columns_that_do_not_fit_are_named(columns, message):
    with pytest.raises(UnitsError, match=message):
        Units.from_columns(columns)


def test_digest_is_that_of_the_rows_whatever_their_order_and_type():
    columns = {"unit_id": ["a", "b"], "origin": ["2022-01-01", "2022-02-01"], "exit": [None, "2023-01-01"]}
    turned = {name: values[::-1] for name, values in columns.items()}
    as_dates = columns | {"exit": [None, date(2023, 1, 1)]}
    first = Units.from_columns(columns, {"n": [1, 2]}).digest()
    assert Units.from_columns(turned, {"n": [2, 1]}).digest() == first
    assert Units.from_columns(as_dates, {"n": [1.0, 2.0]}).digest() == first
    assert Units.from_columns(columns, {"n": [1, 3]}).digest() != first
    assert Units.from_columns(columns | {"exit": ["2023-01-01", None]}, {"n": [1, 2]}).digest() != first


def test_order_of_rows_changes_nothing():
    units = published("stanford_heart")
    order = np.random.default_rng(0).permutation(len(units))
    turned = {name: values[order] for name, values in vars(units).items() if name != "covariates"}
    other = Units(**turned, covariates={name: values[order] for name, values in units.covariates.items()})
    in_order, permuted = ask(units, "accept_year"), ask(other, "accept_year")
    assert in_order.primary.value == pytest.approx(permuted.primary.value, abs=1e-9)
    assert in_order.provenance.data_digest == permuted.provenance.data_digest
    assert in_order.curves == permuted.curves
