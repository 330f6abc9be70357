"""Files that hold lengths of time and no dates: what public files of that kind look like is read as it is."""

from datetime import date
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError

from imports import services as imports
from stakeholders.models import TenureRow
from stakeholders.queries import imports_of
from tests.stakeholders.conftest import address, counts, run_command

EXPORTS = Path(__file__).parents[1] / "data/exports"
pytestmark = pytest.mark.django_db

# The shape of the IBM attrition sample: whole years, Yes and No, more columns. The values are made up.
IBM = "Age,Attrition,Department,EmployeeNumber,Gender,YearsAtCompany\n41,Yes,Sales,1,Female,6\n49,No,Research,2,Male,10\n"
# The shape of Babushkin's file on turnover: months with a decimal point, 1 and 0, no id.
BABUSHKIN = "stag,event,age,traffic\n7.03,1,35,rabrecNErab\n22.97,0,33,empjs\n15.93,1,28,empjs\n"


def test_a_file_in_years_with_words_for_who_left_is_read_as_it_is(bring):
    staged = bring("tenure", IBM, as_of="2024-06-30")
    assert counts(staged) == ("applied", 2, 0, 0)
    assert list(TenureRow.objects.order_by("unit_id").values_list("unit_id", "months", "has_left", "team", "covariates")) == [
        ("1", 72, True, "Sales", {"age": 41}),
        ("2", 120, False, "Research", {"age": 49}),
    ]
    assert "“YearsAtCompany” is read as months." in staged.notes
    assert any(note.startswith("“YearsAtCompany” is read as years, each 12 months.") for note in staged.notes)
    assert "as_of is 2024-06-30 for all rows." in staged.notes
    assert any("“Gender”" in note for note in staged.notes)


def test_a_file_without_ids_goes_by_the_numbers_of_its_rows(bring):
    staged = bring("tenure", BABUSHKIN, as_of="2024-06-30")
    assert counts(staged) == ("applied", 3, 0, 0)
    assert list(TenureRow.objects.values_list("unit_id", "months", "has_left")) == [
        ("2", 7.03, True),
        ("3", 22.97, False),
        ("4", 15.93, True),
    ]
    assert any(note.startswith("The file has no unit_id, so each row is known by its number.") for note in staged.notes)


def test_a_churn_sample_with_scores_beside_is_read_as_it_is(bring):
    text = (EXPORTS / "telco_like.csv").read_bytes()
    staged = bring("tenure", text, as_of="2024-06-30")
    assert counts(staged)[0] == "applied"
    row = TenureRow.objects.get(unit_id="1000-HLFLB")
    assert (row.months, row.has_left, row.covariates["churn value"]) == (1, True, 1)


@pytest.mark.parametrize(
    ("word", "left"),
    [
        *((word, True) for word in ("yes", "Y", "TRUE", "1", "1.0", "Left", "ja", "Oui", "sí", "Attrited Customer", "Tak")),
        *((word, False) for word in ("No", "false", "0", "Stayed", "Nein", "não", "Existing Customer", "nej")),
    ],
)
def test_words_that_certainly_mean_yes_or_no_are_understood(bring, word, left):
    bring("tenure", f"unit_id,months,left\nA,3,{word}\n")
    assert TenureRow.objects.get().has_left is left


def test_an_odd_word_is_asked_for_and_then_mapped(bring, complaints):
    text = "unit_id,months,left\nA,3,Active\nB,4,gone fishing\n"
    staged = bring("tenure", text)
    assert complaints(staged) == [
        (2, "left", "Active", "“Active” is neither yes nor no. Write one of them."),
        (3, "left", "gone fishing", "“gone fishing” is neither yes nor no. Write one of them."),
    ]
    assert staged.findings["words"] == {"left": ["Active", "gone fishing"]}
    bring("tenure", text, words={"left": {"active": "no", "gone fishing": "yes"}})
    assert list(TenureRow.objects.order_by("unit_id").values_list("has_left", flat=True)) == [False, True]


def test_decimal_commas_weeks_and_days_become_months(bring):
    bring("tenure", "unit_id;months;left\nA;7,5;no\n")
    assert TenureRow.objects.get().months == 7.5
    bring("tenure", "unit_id,duration_days,left\nB,365.25,no\n", mapping={"duration_days": "months"})
    assert TenureRow.objects.get(unit_id="B").months == 12
    bring("tenure", "unit_id,Wochen im Dienst,left\nC,52.17857,no\n", mapping={"Wochen im Dienst": "months"})
    assert TenureRow.objects.get(unit_id="C").months == pytest.approx(12, abs=1e-3)


def test_what_cannot_be_is_refused_with_its_row(bring, complaints):
    staged = bring(
        "tenure",
        "unit_id,months,left,completed_months_before\nA,-1,no,\nB,3,yes,4\nC,,no,\n,1,no,\nE,5,,\nF,x,no,\nG,9,no,10\n",
    )
    assert [(row, column) for row, column, *_rest in complaints(staged)] == [
        (2, "months"),
        (3, "months"),
        (4, "months"),
        (5, "unit_id"),
        (6, "left"),
        (7, "months"),
        (8, "months"),
    ]
    messages = [message for *_rest, message in complaints(staged)]
    assert messages[0] == "The months is -1, but cannot be negative. Correct the value, or leave the row out."
    assert messages[1] == "Nobody can have completed 4 months ago who has been there for less. Correct one of the two."


def test_one_file_is_of_one_day(bring, complaints):
    staged = bring("tenure", "unit_id,months,left,as_of\nA,3,no,2024-01-31\nB,3,no,2024-02-29\n")
    (problem,) = complaints(staged)
    assert problem == (
        0,
        "as_of",
        "",
        "as_of is 2024-01-31 in row 2 and 2024-02-29 in row 3. Bring one file for each.",
    )


@time_machine.travel("2024-06-30 12:00")
def test_a_file_of_which_no_day_is_said_is_of_today_and_says_so(bring):
    staged = bring("tenure", "unit_id,months,left\nA,3,no\n")
    assert TenureRow.objects.get().as_of == date(2024, 6, 30)
    assert "as_of is 2024-06-30 for all rows." in staged.notes


def test_a_later_file_of_the_same_day_changes_its_rows_and_one_of_another_day_stands_beside(bring):
    first = bring("tenure", "unit_id,months,left,completed_months_before\nA,3,no,1\nB,4,no,\n", as_of="2024-06-30")
    again = bring("tenure", "unit_id,months,left\nA,3,yes\nB,4,no\n", as_of="2024-06-30")
    assert counts(again) == ("applied", 0, 1, 1)
    assert TenureRow.objects.get(unit_id="A").has_left is True
    assert counts(bring("tenure", "unit_id,months,left\nA,4,no\n", as_of="2024-07-31")) == ("applied", 1, 0, 0)
    imports.withdraw(staged=again)
    row = TenureRow.objects.get(unit_id="A", as_of=date(2024, 6, 30))
    assert (row.has_left, row.completed_months_before) == (False, 1)
    imports.withdraw(staged=first)
    assert TenureRow.objects.count() == 1


def test_the_command_takes_the_day_of_the_figures_and_of_no_other_file(organisation, tmp_path):
    path = tmp_path / "tenure.csv"
    path.write_text(BABUSHKIN)
    out = run_command("outcomes_import", organisation.slug, "tenure", str(path), "--as-of", "2024-06-30")
    assert "Imported: 3 rows" in out
    assert {row.as_of for row in TenureRow.objects.all()} == {date(2024, 6, 30)}
    with pytest.raises(CommandError, match="Only tenure files are of one day"):
        run_command("outcomes_import", organisation.slug, "people", str(path), "--as-of", "2024-06-30")
    with pytest.raises(CommandError, match="has not come yet"):
        run_command("outcomes_import", organisation.slug, "tenure", str(path), "--as-of", "2999-06-30")


def test_the_upload_page_keeps_the_day_with_the_file(organisation, partner):
    def upload(kind, day):
        file = SimpleUploadedFile("tenure.csv", BABUSHKIN.encode())
        return partner.post(address("outcomes_import", organisation), {"kind": kind, "file": file, "as_of": day})

    assert upload("people", "2024-06-30").status_code == 422
    assert upload("tenure", "2999-01-01").status_code == 422
    assert upload("tenure", "2024-06-30").status_code == 302
    (staged,) = imports_of(organisation)
    assert staged.options["as_of"] == "2024-06-30"
