"""Files as other programs export them go in: dates, blanks, words, columns; what is protected stays out."""

import io
from datetime import date
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from openpyxl import Workbook

from imports import services
from imports.enums import ImportState
from imports.forms import MatchForm
from imports.kinds import import_kinds
from imports.matching import columns_to_match
from imports.models import KeptMapping
from stakeholders.models import CustomerStint, EmploymentStint, PersonMetric

NO_EXITS = "No column was taken as the day of leaving: nobody counts as having left by this file."
EXPORTS = Path(__file__).parents[1] / "data" / "exports"
pytestmark = pytest.mark.django_db


@pytest.fixture
def receive(organisation):
    """Keep a file and check it: `receive("people", "person_id,hire_date\\n1,2020-01-01\\n")`."""

    def run(kind, text, name="people.csv", **options):
        data = text if isinstance(text, bytes) else text.encode()
        staged = services.receive_upload(
            organisation=organisation, kind=kind, file=io.BytesIO(data), file_name=name, options=options
        )
        return services.check_import(staged)

    return run


def form_of(staged, data=None):
    return MatchForm(data, staged=staged, kind=import_kinds[staged.kind], columns=columns_to_match(staged))


def suggested(staged):
    """What is chosen beforehand, by their name of the column."""
    return {column.name: field.initial for column, field, _reason in form_of(staged).column_rows()}


def match(staged, **changed):
    """Press the button with what is chosen beforehand, but for what is changed."""
    data = {name: field.initial or "" for name, field in form_of(staged).fields.items()} | changed
    form = form_of(staged, data)
    if form.is_valid():
        staged.keep_mapping(staged.look["header"], form.chosen_columns(), form.chosen_words(), form.chosen_reasons())
        services.check_import(staged)
    return form


def complaints(staged):
    return [(problem.row_number, problem.column, problem.message) for problem in staged.problems.all()]


def hired():
    return list(EmploymentStint.objects.order_by("person_id").values_list("hire_date", flat=True))


def lines(header, *rows):
    return "\n".join([header, *rows]) + "\n"


# Dates ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "days"),
    [
        ("2015/03/30", "2015/04/01", (date(2015, 3, 30), date(2015, 4, 1))),
        ("30.03.15", "01.04.15", (date(2015, 3, 30), date(2015, 4, 1))),
        ("1/5/2015 12:00:00 AM", "3/30/2015 12:00:00 AM", (date(2015, 1, 5), date(2015, 3, 30))),
        ("05/01/15", "30/03/15", (date(2015, 1, 5), date(2015, 3, 30))),
        ("5-Jan-2015", '"Mar 30, 2015"', (date(2015, 1, 5), date(2015, 3, 30))),
        ("2015-01-05T23:30:00.000-05:00", "2015-03-30", (date(2015, 1, 5), date(2015, 3, 30))),
    ],
)
def test_dates_are_detected(receive, first, second, days):
    staged = receive("people", lines("person_id,hire_date", f"1,{first}", f"2,{second}"))
    services.apply_import(staged)
    assert tuple(hired()) == days


@time_machine.travel("2026-11-29")
def test_what_was_read_as_what_is_said(receive):
    staged = receive("people", lines("person_id,hire_date,exit_date", "1,07/05/11,", "2,07/25/11,3-Mar-2015"))
    assert staged.notes == [
        "“07/05/11” in hire_date is read as 5 July 2011 (MM/DD/YY).",
        "Years of two digits in hire_date are read as 1928 to 2027.",
        "“3-Mar-2015” in exit_date is read as 3 March 2015 (name of the month).",
    ]


def test_the_whole_file_is_asked_before_any_date_is_read(receive):
    rows = [f"{n},03/04/2020" for n in range(700)]
    staged = receive("people", lines("person_id,hire_date", *rows, "900,05/25/2020"))
    assert (staged.state, staged.rows_new) == (ImportState.READY, 701)
    services.apply_import(staged)
    assert set(hired()) == {date(2020, 3, 4), date(2020, 5, 25)}


def test_a_column_of_the_organisations_own_settles_it_too(receive):
    staged = receive("people", lines("person_id,hire_date,reviewed", "1,03/04/2020,12/31/2020"))
    assert staged.state == ImportState.READY
    assert "Dates in hire_date could be read two ways; the other dates of this file say which is meant." in staged.notes


def test_a_row_that_is_skipped_still_says_how_the_others_are_written(receive):
    staged = receive("people", lines("person_id,hire_date,email", "1,03/04/2020,", "2,05/25/2020,nobody"))
    services.skip_rows(staged)
    services.apply_import(staged)
    assert (staged.state, hired()) == (ImportState.APPLIED, [date(2020, 3, 4)])


AMBIGUOUS = lines("person_id,hire_date,exit_date", "1,03/04/2020,", "2,05/06/2020,soon")

ASKED = "“03/04/2020” can be 3 April 2020 or 4 March 2020, and nothing in this file says which is meant. {}"


def test_dates_that_can_be_read_two_ways_are_asked_about_once(receive):
    staged = receive("people", AMBIGUOUS)
    assert staged.findings["dates"] == {"hire_date": "03/04/2020"}
    assert complaints(staged) == [
        (0, "hire_date", ASKED.format("Say below which comes first.")),
        (3, "exit_date", "The exit_date “soon” cannot be read. Write it as YYYY-MM-DD."),
    ]
    assert receive("people", AMBIGUOUS.replace("soon", ""), date_format="MM/DD/YYYY").state == ImportState.READY


def test_two_ways_of_writing_in_one_column_are_refused(receive):
    staged = receive("people", lines("person_id,hire_date", "1,31/12/2020", "2,12/30/2020", "3,01/02/2020"))
    ((row, column, message),) = complaints(staged)
    assert (row, column, "“31/12/2020” has the day first, “12/30/2020” the month" in message) == (0, "hire_date", True)


def test_the_command_line_names_the_remedy(organisation, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(AMBIGUOUS.replace("soon", ""))
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("outcomes_import", organisation.slug, "people", str(path), stdout=out, stderr=io.StringIO())
    assert "Run the command again with --date-format DD/MM/YYYY or --date-format MM/DD/YYYY." in out.getvalue()
    call_command("outcomes_import", organisation.slug, "people", str(path), "--date-format", "MM/DD/YYYY", stdout=out)
    assert hired() == [date(2020, 3, 4), date(2020, 5, 6)]


def test_serial_numbers_of_a_workbook_are_dates(receive):
    book, data = Workbook(), io.BytesIO()
    for row in (["person_id", "hire_date"], ["1", 42093], ["2", date(2015, 4, 1)]):
        book.active.append(row)
    book.save(data)
    services.apply_import(receive("people", data.getvalue(), "people.xlsx"))
    assert hired() == [date(2015, 3, 30), date(2015, 4, 1)]


# Blanks ---------------------------------------------------------------------------------------------------------------------

BLANKS = ["NULL", "NA", "n/a", "NaN", "nan", "NaT", "None", "-", "#N/A", "00.00.0000"]


@pytest.mark.parametrize("blank", BLANKS)
def test_blanks_of_other_programs_are_blank_where_a_date_or_a_number_is_expected(receive, blank):
    amount = "" if blank.startswith("00") else blank
    staged = receive("people", lines("person_id,hire_date,exit_date,annual_cost,team", f"1,2020-01-01,{blank},{amount},NA"))
    assert f"“{blank}” in exit_date is read as blank, in 1 cell." in staged.notes
    services.apply_import(staged)
    person = EmploymentStint.objects.get()
    assert (person.exit_date, person.annual_cost, person.team) == (None, None, "NA")


def test_blanks_are_counted(receive):
    rows = [f"{n},2020-01-01,{'NA' if n % 2 else ' null '},{n or 'NaN'}" for n in range(250)]
    staged = receive("people", lines("person_id,hire_date,exit_date,grade", *rows))
    assert staged.notes == [
        "“NA”, “null” in exit_date is read as blank, in 250 cells.",
        "“NaN” in grade is read as blank, in 1 cell.",
    ]
    services.apply_import(staged)
    assert EmploymentStint.objects.get(person_id="0").covariates == {}


def test_a_text_of_the_organisations_own_keeps_its_na(receive):
    services.apply_import(receive("people", lines("person_id,hire_date,region", "1,2020-01-01,NA", "2,2020-01-01,EU")))
    assert list(EmploymentStint.objects.order_by("pk").values_list("covariates", flat=True)) == [
        {"region": "NA"},
        {"region": "EU"},
    ]


def test_a_blank_of_another_program_is_no_hire_date_and_no_value(receive):
    staged = receive("people", lines("person_id,hire_date", "1,NULL"))
    assert complaints(staged) == [(2, "hire_date", "“NULL” means that nothing is known here. Every row needs a value.")]
    assert receive("person_metrics", lines("person_id,month,metric,value", "1,2024-01,days,NA")).state == ImportState.REFUSED
    assert PersonMetric.objects.count() == 0


# Words ----------------------------------------------------------------------------------------------------------------------

STATUS = lines(
    "person_id,hire_date,exit_date,EmploymentStatus",
    "1,2020-01-01,,Active",
    "2,2020-01-01,2021-01-01,Voluntarily Terminated",
    "3,2020-01-01,2021-01-01,Terminated for Cause",
)


def test_a_word_of_a_status_may_mean_that_somebody_has_not_left(receive):
    staged = receive("people", STATUS)
    assert suggested(staged)["EmploymentStatus"] == "exit_kind"
    match(staged)
    assert staged.findings["words"] == {"exit_kind": ["Active", "Terminated for Cause", "Voluntarily Terminated"]}
    assert match(staged).errors == {}
    assert "“Active” in exit_kind is read as blank (has not left)." in staged.notes
    services.apply_import(staged)
    assert list(EmploymentStint.objects.order_by("person_id").values_list("exit_kind", flat=True)) == [
        "",
        "voluntary",
        "involuntary",
    ]
    assert KeptMapping.objects.get().words["exit_kind"]["active"] == ""
    assert receive("people", STATUS.replace("1,2020", "9,2020")).state == ImportState.READY


def test_words_of_a_column_that_is_not_used_any_more_need_no_meaning(receive):
    staged = receive("people", STATUS.replace("Active", "Zzz"))
    match(staged)
    assert list(match(staged).errors) == ["word_exit_kind_2"]
    assert match(staged, column_3="-").errors == {}
    assert staged.state == ImportState.READY


# Problems -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["---", "tomorrow", "31.13.2020"])
def test_nothing_else_is_said_of_a_cell_that_could_not_be_read(receive, text):
    staged = receive("people", lines("person_id,hire_date,exit_date", f"1,2020-01-01,{text}", f"2,{text},2019-01-01"))
    assert [(row, column) for row, column, _message in complaints(staged)] == [(2, "exit_date"), (3, "hire_date")]


def test_an_amount_is_in_no_wrong_currency_where_its_currency_could_not_be_read(receive):
    staged = receive(
        "customers", lines("customer_id,start_date,annual_value,currency", "1,2020-01-01,$ 5,Gold", "2,2020-01-01,x,Gold")
    )
    assert [(row, column) for row, column, _message in complaints(staged)] == [
        (2, "currency"),
        (3, "currency"),
        (3, "annual_value"),
    ]


def test_all_that_is_wrong_is_in_one_report(receive):
    staged = receive(
        "people",
        lines("person_id,hire_date,team,exit_date", "1,2020-01-01,A,", "1,2020-01-01,B,", "2,soon,,", "3,2020-01-01,A,later",
              "3,2020-01-01,A,", "4,2020-01-01,A,later", "4,2020-01-01,B,"),
    )  # fmt: skip
    assert [(row, column) for row, column, _message in complaints(staged)] == [
        (3, "person_id"),
        (4, "hire_date"),
        (5, "exit_date"),
        (7, "exit_date"),
        (8, "person_id"),
    ]
    assert (staged.rows_refused, staged.skippable_rows) == (5, 6)


@pytest.mark.parametrize(("code", "state"), [("XXX", "refused"), ("XTS", "refused"), ("ZZZ", "refused"), ("xof", "ready")])
def test_only_currencies_that_exist_are_currencies(receive, code, state):
    assert receive("customers", lines("customer_id,start_date,currency", f"1,2020-01-01,{code}")).state == state


def test_a_first_column_of_row_numbers_is_left_out(receive):
    staged = receive("people", lines(",person_id,hire_date", "0,a,2020-01-01", "1,b,2020-01-01"))
    assert (staged.state, staged.notes) == (ImportState.READY, ["The first column has no name and was left out.", NO_EXITS])


# Suggestions ----------------------------------------------------------------------------------------------------------------


def test_columns_of_a_personnel_export_are_suggested_by_name_and_values(receive):
    given = suggested(receive("people", (EXPORTS / "hr_like.csv").read_bytes()))
    assert {theirs: ours for theirs, ours in given.items() if ours not in ("*", "-")} == {
        "EmpID": "person_id",
        "Salary": "annual_cost",
        "DateofHire": "hire_date",
        "DateofTermination": "exit_date",
        "EmploymentStatus": "exit_kind",
        "Department": "team",
        "ManagerID": "manager_id",
    }
    assert [theirs for theirs, ours in given.items() if ours == "-"] == [
        "Employee_Name",
        "MarriedID",
        "MaritalStatusID",
        "GenderID",
        "DOB",
        "Sex",
        "MaritalDesc",
        "CitizenDesc",
        "HispanicLatino",
        "RaceDesc",
        "ManagerName",
    ]


def test_a_personnel_export_goes_in_with_what_is_suggested(receive):
    staged = receive("people", (EXPORTS / "hr_like.csv").read_bytes())
    match(staged)
    match(staged)
    assert (staged.state, staged.rows_new) == (ImportState.READY, 40)
    services.apply_import(staged)
    person = EmploymentStint.objects.get(person_id="10015")
    assert (person.hire_date, person.exit_kind, person.annual_cost) == (date(2006, 7, 14), "", 4_682_200)
    kept = {name for person in EmploymentStint.objects.all() for name in person.covariates}
    assert not kept & {"dob", "sex", "racedesc", "employee_name", "managername", "maritaldesc"}


def test_columns_that_only_sound_like_ours_are_not_suggested(receive):
    given = suggested(receive("customers", (EXPORTS / "telco_like.csv").read_bytes()))
    assert {theirs: ours for theirs, ours in given.items() if ours != "*"} == {"CustomerID": "customer_id", "Gender": "-"}


@pytest.mark.parametrize(
    ("name", "values", "ours"),
    [
        ("Hiredate", ["2020-01-01", "2020-01-02"], "hire_date"),
        ("Hiredate", ["1", "2"], "*"),
        ("Salary", ["0", "1"], "*"),
        ("Emails", ["a@b.org", "c@b.org"], "email"),
        ("Emails", ["many", "few"], "*"),
        ("Mgr ID", ["Ida Winter", "Jon Sommer"], "*"),
        ("Mgr ID", ["0017", "0018"], "manager_id"),
    ],
)
def test_a_column_is_suggested_only_where_its_values_can_be_read(receive, name, values, ours):
    staged = receive("people", lines(f"key,{name}", *[f"k{n},{value}" for n, value in enumerate(values)]))
    assert suggested(staged)[name] == ours


# What is protected ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "values", "what"),
    [
        ("Diagnosis", ["a", "b"], "health"),
        ("Schwerbehinderung", ["ja", "nein"], "health"),
        ("Geburtsdatum", ["01.02.1970", "03.04.1980"], "dates of birth"),
        ("Konfession", ["a", "b"], "belief"),
        ("code7", ["rk", "ev", "ev"], "belief"),
        ("Union member", ["yes", "no"], "union membership"),
        ("g", ["m", "w", "d"], "sex or gender"),
        ("status2", ["ledig", "verheiratet"], "marital status"),
        ("who", ["Doe, Jane", "Roe, Al", "Poe, Ed", "Low, Sue", "Kay, Di"], "people's names"),
        ("group", ["White", "Asian", "Black or African American"], "origin"),
        ("zustand", ["schwanger", "krebs"], "health"),
    ],
)
def test_what_is_protected_is_left_out_unless_somebody_says_why(receive, name, values, what):
    rows = [f'{n},2020-01-01,"{value}",x' for n, value in enumerate(values)]
    staged = receive("people", lines(f"person_id,hire_date,{name},site", *rows))
    note = f"Left out because of what they seem to hold: “{name}” ({what}). To keep one, say why under “Map columns”."
    assert (staged.state, staged.notes) == (ImportState.READY, [note, NO_EXITS])
    assert suggested(staged)[name] == "-"
    assert match(staged, column_2="*").errors == {"reason_2": ["Say why you keep this column, or leave it out."]}
    assert match(staged, column_2="*", reason_2="Agreed with the works council").errors == {}
    kept = f"“{name}” seems to hold {what} and is kept. The reason given: Agreed with the works council"
    assert staged.notes == [kept, NO_EXITS]
    services.apply_import(staged)
    assert staged.options["reasons"] == {name: "Agreed with the works council"}
    assert set(EmploymentStint.objects.first().covariates) == {name.lower(), "site"}
    again = receive("people", lines(f"person_id,hire_date,{name},site", *rows))
    assert (again.notes, again.rows_new, again.rows_unchanged) == ([kept, NO_EXITS], 0, len(values))


def test_what_was_kept_without_a_reason_is_left_out(receive, organisation):
    """Earlier versions asked for none."""
    text = lines("person_id,hire_date,Gender", "1,2020-01-01,f", "2,2020-01-01,m")
    header = receive("people", text).look["header"]
    KeptMapping.objects.create(organisation=organisation, kind="people", header=header, columns={"Gender": "*"})
    staged = receive("people", text)
    assert (staged.options["mapping"], suggested(staged)["Gender"]) == ({"Gender": "*"}, "-")
    services.apply_import(staged)
    assert EmploymentStint.objects.first().covariates == {}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("team name", ["A", "B"]),
        ("health score", ["1", "2"]),
        ("Senior Citizen", ["Yes", "No"]),
        ("size", ["m", "x"]),
        ("colour", ["red", "white"]),
        ("place", ["Bonn, DE", "Bonn, DE", "Bonn, DE", "Ulm, DE", "Ulm, DE"]),
        ("prior_surgery", ["0", "1"]),
    ],
)
def test_what_only_looks_so_is_kept(receive, name, values):
    rows = [f'{n},2020-01-01,"{value}"' for n, value in enumerate(values)]
    staged = receive("people", lines(f"person_id,hire_date,{name}", *rows))
    assert staged.notes == [NO_EXITS]


def test_the_command_line_keeps_a_column_with_a_reason(organisation, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(lines("person_id,hire_date,Gender", "1,2020-01-01,f"))

    def run(*more):
        out = io.StringIO()
        call_command("outcomes_import", organisation.slug, "people", str(path), *more, stdout=out, stderr=io.StringIO())
        return out.getvalue()

    assert "Left out because of what they seem to hold: “Gender”" in run()
    assert "The reason given: Pay equity" in run("--keep", "gender=Pay equity")
    assert EmploymentStint.objects.get().covariates == {"gender": "f"}


def test_customers_of_a_file_that_was_matched_are_stored(receive):
    staged = receive("customers", lines("Kundennummer,Customer since,ARR,Currency", "C1,5 January 2015,1200,€"))
    match(staged)
    services.apply_import(staged)
    customer = CustomerStint.objects.get()
    assert (customer.customer_id, customer.start_date, customer.annual_value, customer.currency) == (
        "C1",
        date(2015, 1, 5),
        120_000,
        "EUR",
    )
