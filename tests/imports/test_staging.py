"""The temporary table in which the rows of a file are worked on."""

from datetime import date

import pytest
from django.utils import timezone

from imports.kinds import Column, ImportKind, KindPages, import_kinds
from imports.models import StagedImport
from imports.staging import MAX_PARAMETERS, count_rows, later_imports, staged_rows, take_back_rows, write_rows
from stakeholders.models import StakeholderTeam

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


SQL_WORDS = ImportKind(
    name="sql_words",
    title="Columns called like words of SQL",
    pages=KindPages(active="outcomes", upload_address="org:outcomes_import"),
    model=StakeholderTeam,
    columns=(
        Column("select", "text", "", required=True, stored_as="team"),
        Column("from", "date", "", stored_as="offered_on"),
        Column("group by'", "text", "", stored_as="parent"),
    ),
    key=("select",),
    keeps_others=True,
)


def test_columns_may_be_called_like_words_of_sql(organisation):
    staged = StagedImport.objects.create(organisation=organisation, kind="sql_words", applied_at=timezone.now())
    later = StagedImport.objects.create(organisation=organisation, kind="sql_words", applied_at=timezone.now())

    def write(import_, *rows):
        with staged_rows(SQL_WORDS, SQL_WORDS.names, has_covariates=False) as staging:
            staging.index_for("from", "group by'")
            staging.add((number, *row) for number, row in enumerate(rows, start=2))
            staging.index()
            assert staging.conflicts(10) == []
            assert list(staging.find("group by'", ["x"])) == [(2, *rows[0])]
            assert (staging.per_month("from"), staging.latest(["from"], until="2030")) == ({"2020-01": 1}, "2020-01-01")
            assert staging.first_rows_of_values("from", 1) == [(2, "2020-01-01")]
            counted = count_rows(staging, organisation.pk)
            assert write_rows(staging, import_) == counted
        return counted.new, counted.changed, counted.unchanged

    def kept():
        return list(StakeholderTeam.objects.order_by("team").values_list("team", "offered_on", "parent"))

    assert write(staged, ("A", "2020-01-01", "x"), ("B", "", "y")) == (2, 0, 0)
    before = kept()
    assert before == [("A", date(2020, 1, 1), "x"), ("B", None, "y")]
    assert write(later, ("B", "2020-01-01", "x"), ("A", "", "")) == (0, 1, 1)
    assert kept()[1] == ("B", date(2020, 1, 1), "x")
    assert later_imports(SQL_WORDS, staged) == [later]
    take_back_rows(SQL_WORDS, later)
    assert kept() == before
