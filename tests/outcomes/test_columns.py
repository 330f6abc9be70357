"""Columns to adjust for are offered with what they seem to hold and for how many they are known, and never with a value."""

import re

import pytest

from outcomes import columns as module
from outcomes.columns import columns_for
from outcomes.forms import QuestionForm
from outcomes.models import EvidenceRun
from tests.stakeholders.conftest import address

pytestmark = pytest.mark.django_db

COLUMN_LISTS = re.compile(r'<details class="disclosure" name="covariates" data-columns-of="\w+"( open)?><summary>(\w+)')


def rows_of(n, cells, header, leavers=0):
    """A file of people, of whom the first `leavers` have left; `cells(i)` are those of the columns after the dates."""
    rows = [f"P{i:04d},2020-01-01,{'2022-01-01' if i < leavers else ''},{cells(i)}" for i in range(n)]
    return "\n".join([f"person_id,hire_date,exit_date,{header}", *rows]) + "\n"


@pytest.fixture
def many(bring):
    """200 people, 50 of whom left, with a column of each sort."""

    def cells(i):
        return ",".join(
            [
                "A" if i % 2 else "B",  # site
                str(1 + i % 4),  # grade
                str(20 + i % 41),  # age
                f"{i / 7:.3f}",  # score
                f"own{i}",  # badge
                "x" if i < 9 else "",  # rare
                "" if i < 40 else str(i % 3),  # filled
                "" if i < 4 else str(i % 3),  # nearly
                "7",  # fixed
            ]
        )

    bring("people", rows_of(200, cells, "site,grade,age,score,badge,rare,filled,nearly,fixed", leavers=50))


def described(organisation, outcome="employee_exit"):
    return {column.name: (column.kinds, column.known, column.problem) for column in columns_for(organisation)[outcome].columns}


def test_each_column_is_told_by_what_it_holds(organisation, many):
    assert described(organisation) == {
        "site": (("category",), "all rows, or all but fewer than ten", ""),
        "grade": (("category", "number"), "all rows, or all but fewer than ten", ""),
        "age": (("number",), "all rows, or all but fewer than ten", ""),
        "score": (("number",), "all rows, or all but fewer than ten", ""),
        "badge": ((), "all rows, or all but fewer than ten", "No value is shared by 10 or more."),
        "filled": (("category", "number"), "about 80% of rows, about 20% of those who left", ""),
        "nearly": (("category", "number"), "all rows, or all but fewer than ten", ""),
        "fixed": ((), "all rows, or all but fewer than ten", "The same for everyone."),
    }


def test_numbers_of_many_levels_may_be_categories_but_are_guessed_to_be_numbers(organisation, bring):
    bring("people", rows_of(300, lambda i: str(20 + i % 20), "age"))
    assert described(organisation)["age"][0] == ("number", "category")


def test_our_own_columns_are_offered_where_they_are_filled_in(organisation, bring):
    bring("people", rows_of(40, lambda i: f"T{i % 2},{i}000", "team,annual_cost"))
    bring("partners", "partner_id,start_date,team\n" + "".join(f"{i},2020-01-01,A{i % 2}\n" for i in range(20)))
    assert {name: kinds for name, (kinds, *_rest) in described(organisation).items()} == {
        "team": ("category",),
        "annual_cost": ("number",),
    }
    assert list(described(organisation, "partner_exit")) == ["team"]
    assert list(columns_for(organisation)) == ["employee_exit", "partner_exit"]


def test_a_name_that_could_not_be_asked_for_is_said(organisation, bring):
    bring("people", rows_of(20, lambda i: str(i % 2), '"pay, yearly"'))
    assert described(organisation)["pay, yearly"][2] == "Its name has a comma or a colon. Import it under another name."


@pytest.mark.parametrize(("missing", "said"), [(3, "about 90%"), (47, "fewer than ten")])
def test_few_leavers_are_told_as_coarsely_as_on_the_page_on_the_data(organisation, bring, missing, said):
    bring("people", rows_of(200, lambda i: "" if i < missing or i >= 150 else "A", "site", leavers=50))
    rows = "about 70%" if missing == 3 else "about 50%"
    assert described(organisation)["site"][1] == f"{rows} of rows, {said} of those who left"


@pytest.mark.parametrize("missing", [0, 1, 9])
def test_none_that_lacks_a_cell_is_not_told_apart_from_nine(organisation, bring, missing):
    bring("people", rows_of(60, lambda i: "" if i < missing else f"{i % 2}", "site", leavers=20))
    assert described(organisation)["site"][1] == "all rows, or all but fewer than ten"


def test_two_looks_tell_neither_one_cell_nor_one_exit(organisation, bring):
    told = set()
    for missing, leavers in ((41, 60), (40, 60), (40, 61), (42, 61)):
        bring("people", rows_of(220, lambda i, n=missing: "" if i < n or i > 205 else str(i % 3), "talk", leavers=leavers))
        told.add(described(organisation)["talk"])
    assert told == {(("category", "number"), "about 80% of rows, about 30% of those who left", "")}


def test_no_more_than_the_first_rows_are_counted_and_that_is_said(partner, organisation, bring, monkeypatch):
    monkeypatch.setattr(module, "MAX_ROWS", 100)
    bring("people", rows_of(150, lambda i: "" if i < 50 else "A" if i % 2 else "B", "site"))
    listed = columns_for(organisation)["employee_exit"]
    assert (listed.rows, listed.is_cut, described(organisation)["site"][1]) == (100, True, "about 50% of rows")
    assert "Counted in the first 100 rows." in partner.get(address("outcomes", organisation)).content.decode()


def test_counts_are_kept_until_a_file_changes_them(organisation, many, bring, django_assert_num_queries):
    columns_for(organisation)
    # The files, and each of the two outcomes without rows.
    with django_assert_num_queries(1):
        columns_for(organisation)
    bring("people", "person_id,hire_date,site\nP0001,2020-01-01,C\nP9999,2020-01-01,\n")
    assert described(organisation)["site"][1] == "all rows, or all but fewer than ten"


def form(organisation, **posted):
    return QuestionForm(
        {"outcome": "employee_exit", "clock": "day"} | posted, organisation=organisation, initial={"specification": ""}
    )


def asked_for(question):
    assert question.is_valid(), question.errors
    return question.analysis.covariates


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        ({}, ""),
        ({"covariates": ["employee_exit.grade", "employee_exit.age"]}, "age,grade:category"),
        ({"covariates": ["employee_exit.grade"], "covariates.employee_exit.grade": "number"}, "grade"),
        ({"covariates": ["employee_exit.site"], "covariates.employee_exit.grade": "number"}, "site:category"),
    ],
)
def test_what_is_chosen_becomes_what_the_command_line_takes(organisation, many, posted, expected):
    assert asked_for(form(organisation, **posted)) == expected


def test_only_columns_of_the_outcome_that_is_asked_about_count(organisation, many, bring):
    bring("customers", "customer_id,start_date,segment\n" + "".join(f"{i},2020-01-01,S{i % 2}\n" for i in range(40)))
    both = ["employee_exit.site", "customer_churn.segment"]
    assert asked_for(form(organisation, covariates=both)) == "site:category"
    assert asked_for(form(organisation, covariates=both, outcome="customer_churn")) == "segment:category"


@pytest.mark.parametrize("name", ["badge", "rare", "fixed"])
def test_a_column_that_cannot_be_used_is_refused_by_hand_as_well(organisation, many, name):
    assert "covariates" in form(organisation, covariates=[f"employee_exit.{name}"]).errors


def test_without_columns_that_is_said_and_a_name_posted_by_hand_is_refused(partner, organisation, bring):
    bring("people", "person_id,hire_date\n1,2020-01-01\n")
    page = partner.get(address("outcomes", organisation)).content.decode()
    assert "The files hold no further columns." in page
    assert "covariates" in form(organisation, covariates=["employee_exit.grade"]).errors


def test_the_page_offers_columns_and_shows_no_value(partner, organisation, many):
    page = partner.get(address("outcomes", organisation)).content.decode()
    offered = re.findall(r'name="covariates" value="employee_exit\.(\w+)"', page)
    assert offered == ["age", "filled", "grade", "nearly", "score", "site"]
    assert re.search(r'<select name="covariates\.employee_exit\.grade".*?<option value="category" selected', page)
    assert 'name="covariates.employee_exit.site"' not in page
    assert "known for about 80% of rows, about 20% of those who left" in page
    assert "Cannot be used. No value is shared by 10 or more." in page
    assert "rare" not in page
    assert "1 column is not listed: it is known for fewer than half of the rows" in page
    assert "own1" not in page
    assert "<details" not in page[page.index("Adjust for") : page.index("Run analysis")]


def test_of_several_lists_that_of_the_outcome_is_open_and_what_was_chosen_is_kept(partner, organisation, many, bring):
    bring("customers", "customer_id,start_date,size\n" + "".join(f"{i},2020-01-01,{i % 3}\n" for i in range(60)))
    page = partner.get(address("outcomes", organisation)).content.decode()
    assert COLUMN_LISTS.findall(page) == [(" open", "Employees"), ("", "Customers")]
    posted = {
        "outcome": "customer_churn",
        "clock": "day",
        "as_of": "2999-01-01",
        "covariates": ["customer_churn.size"],
        "covariates.customer_churn.size": "number",
    }
    answer = partner.post(address("outcomes", organisation), posted)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert [name for is_open, name in COLUMN_LISTS.findall(page) if is_open] == ["Customers"]
    assert 'value="customer_churn.size" checked' in page
    assert re.search(r'<select name="covariates\.customer_churn\.size".*?<option value="number" selected', page)


def test_the_question_is_asked_with_what_was_ticked(partner, organisation, colleagues, django_capture_on_commit_callbacks):
    data = {"outcome": "employee_exit", "clock": "day", "covariates": ["employee_exit.grade"]}
    with django_capture_on_commit_callbacks(execute=True):
        partner.post(address("outcomes", organisation), data)
    assert EvidenceRun.objects.get().result["question"]["covariates"] == ["grade:category"]


@pytest.mark.parametrize("n", [10, 60])
def test_the_page_takes_the_same_queries_for_any_number_of_columns(
    partner, organisation, bring, django_assert_max_num_queries, n
):
    bring("people", rows_of(30, lambda i: ",".join(str(i % 2) for _column in range(n)), ",".join(f"c{k}" for k in range(n))))
    partner.get(address("outcomes", organisation))
    with django_assert_max_num_queries(23):
        partner.get(address("outcomes", organisation))


@pytest.mark.parametrize(("n_known", "is_offered"), [(4, False), (99, False), (100, True)])
def test_what_is_missing_for_most_is_not_offered(organisation, bring, n_known, is_offered):
    bring("people", rows_of(200, lambda i: f"{i % 3},{i % 4 if i < n_known else ''}", "grade,shift"))
    found = columns_for(organisation)["employee_exit"]
    names = [column.name for column in found.columns]
    assert (names, found.n_sparse) == (["grade", "shift"] if is_offered else ["grade"], 0 if is_offered else 1)


def test_columns_beyond_those_that_are_looked_at_are_told_apart_from_those_known_for_few(
    partner, organisation, bring, monkeypatch
):
    monkeypatch.setattr("outcomes.columns.MAX_COLUMNS", 2)
    bring("people", rows_of(60, lambda i: f"{i % 3},{'x' if i < 2 else ''},{i % 2}", "grade,seldom,site"))
    found = columns_for(organisation)["employee_exit"]
    assert (found.more, found.n_counted) == (True, len(found.columns) + found.n_sparse)
    page = partner.get(address("outcomes", organisation)).content.decode()
    assert f"The files hold more columns than the {found.n_counted} that were looked at" in page
    assert "Only the first" not in page


@pytest.mark.parametrize(("n", "is_folded"), [(12, False), (13, True)])
def test_a_long_list_of_columns_is_folded(partner, organisation, bring, n, is_folded):
    header = ",".join(f"extra{i:02d}" for i in range(n))
    bring("people", rows_of(60, lambda row: ",".join(str(row % 3) for _i in range(n)), header))
    page = partner.get(address("outcomes", organisation)).content.decode()
    assert ("data-long-list" in page, f"Show {n} columns" in page) == (is_folded, is_folded)
