import numpy as np
import pytest

from outcomes.evidence.design import build_design
from outcomes.evidence.question import parse_covariates


def design_of(text, **columns):
    n = len(next(iter(columns.values())))
    return build_design(parse_covariates(text), {name: np.array(v, dtype=object) for name, v in columns.items()}, n)


def test_numbers_are_linear_and_categories_dummies_against_the_largest_level():
    design, problems = design_of("age,grade:category", age=["30", "40.5", "50", "1"], grade=["b", "a", "c", "b"])
    assert problems == []
    assert design.matrix(np.arange(4)).tolist() == [[30, 0, 0], [40.5, 1, 0], [50, 0, 1], [1, 0, 0]]
    assert design.coefficient_names(np.arange(4)) == [("age", ""), ("grade", "a"), ("grade", "c")]


def test_the_largest_level_is_the_largest_among_the_rows_in_use_and_of_equal_ones_the_first():
    design, _ = design_of("grade:category", grade=["a", "b", "c", "b", "a", "a"])
    assert design.matrix(np.array([1, 2, 3])).tolist() == [[0], [1], [0]]
    assert design.coefficient_names(np.array([1, 2])) == [("grade", "c")]


@pytest.mark.parametrize("values", [[1, 2, None], [1.0, 2.0, np.nan], ["1", "2", ""], ["1", " 2 ", None]])
def test_levels_read_the_same_whatever_type_they_came_in(values):
    design, _ = design_of("grade:category", grade=values)
    assert design.columns["grade"].labels == ["1", "2"]
    assert design.complete.tolist() == [True, True, False]


def test_a_missing_number_makes_the_row_incomplete():
    design, problems = design_of("age", age=["30", None, ""])
    assert problems == []
    assert design.complete.tolist() == [True, False, False]


def test_a_column_with_a_value_that_is_no_number_is_named_and_the_value_is_not():
    _, (problem,) = design_of("grade", grade=["1", "senior", "2"])
    assert problem.code == "covariate_not_numeric"
    assert "'grade' contains values that are not numbers" in problem.message
    assert "senior" not in problem.message
    assert "'grade:category'" in problem.message


def test_an_unknown_covariate_is_named_with_those_there_are():
    _, (problem,) = design_of("salary", grade=["1"], age=[3])
    assert problem.code == "unknown_covariate"
    assert problem.message == "There is no column 'salary' in the data. Choose one of: age, grade."


def test_where_nobody_is_there_no_column_is_missed():
    design, problems = build_design(parse_covariates("salary"), {}, 0)
    assert (problems, len(design.columns)) == ([], 0)


def test_covariates_with_one_value_are_found():
    design, _ = design_of("age,grade:category,site:category", age=[3, 3, 3], grade=["a", "a", "b"], site=["x", "x", "x"])
    assert design.constant_columns(np.arange(3)) == ["age", "site"]
    assert design.constant_columns(np.array([0, 1])) == ["age", "grade", "site"]
