"""The temporary table in which the rows of a file are worked on."""

import pytest

from imports.kinds import import_kinds
from imports.staging import MAX_PARAMETERS, staged_rows

pytestmark = pytest.mark.django_db
COUNT = 2 * MAX_PARAMETERS + 1


@pytest.fixture
def staging(db):
    kind = import_kinds["teams"]
    with staged_rows(kind, ["team"], has_covariates=False) as staging:
        staging.index_for("team")
        staging.add((number + 1, f"Team {number}") for number in range(1, COUNT + 1))
        yield staging


def test_rows_are_found_by_more_values_than_one_statement_takes(staging):
    names = [f"Team {number}" for number in range(1, COUNT + 1)]
    assert list(staging.find("team", names)) == [(number + 1, name) for number, name in enumerate(names, start=1)]
    assert list(staging.find("team", ["Team 10", "Team 2", "Team 0"])) == [(3, "Team 2"), (11, "Team 10")]


def test_batches_give_every_row_once_in_the_order_of_the_file(staging):
    batches = list(staging.batches(500))
    assert [len(rows) for rows in batches] == [500, 500, 1]
    assert [row[0] for rows in batches for row in rows] == list(range(2, COUNT + 2))
