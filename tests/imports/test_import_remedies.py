"""A file that calls things otherwise is read as somebody says; good rows are applied without those that are refused."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from imports import services
from imports.enums import ImportState
from imports.forms import MatchForm
from imports.kinds import import_kinds
from imports.matching import columns_to_match
from imports.models import DAYS_FILES_ARE_KEPT, KeptMapping, StagedImport
from imports.reports import report_of
from imports.tables.errors import TableError
from imports.tables.layout import OWN
from imports.tasks import forget_waiting_files
from stakeholders.models import CustomerStint, EmploymentStint
from tests.factories import OrganisationFactory

from .test_exports import NO_EXITS

pytestmark = pytest.mark.django_db


@pytest.fixture
def receive(organisation):
    """Keep a file and check it: `receive("people", "person_id,hire_date\\n1,2020-01-01\\n")`."""

    def run(kind, text, *, to=organisation, **options):
        data = text if isinstance(text, bytes) else text.encode()
        staged = services.receive_upload(
            organisation=to, kind=kind, file=io.BytesIO(data), file_name=f"{kind}.csv", options=options
        )
        return services.check_import(staged)

    return run


def match(staged, data):
    kind = import_kinds[staged.kind]
    form = MatchForm(data, staged=staged, kind=kind, columns=columns_to_match(staged))
    if form.is_valid():
        staged.keep_mapping(staged.look["header"], form.chosen_columns(), form.chosen_words())
        services.check_import(staged)
    return form


def suggested(staged):
    kind = import_kinds[staged.kind]
    form = MatchForm(None, staged=staged, kind=kind, columns=columns_to_match(staged))
    return {name: field.initial for name, field in form.fields.items()}


def workbook(*rows):
    from openpyxl import Workbook

    book, data = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(data)
    return data


def lines_aside(staged):
    with staged.skipped_file.open("rb") as file:
        return file.read().decode("utf-8-sig").replace('"', "").splitlines()


GERMAN = "Kennziffer;Beginn;Bemerkung;Standort\n0017;2020-01-01;x;S1\n0018;2020-02-01;;S2\n"
AS_MEANT = {"column_0": "person_id", "column_1": "hire_date", "column_2": "-", "column_3": OWN}


# Columns --------------------------------------------------------------------------------------------------------------


def test_columns_with_other_names_are_matched_and_the_next_file_is_read_so(receive):
    staged = receive("people", GERMAN)
    assert (staged.state, staged.findings["columns"]) == (ImportState.REFUSED, True)
    assert match(staged, AS_MEANT).errors == {}
    assert (staged.state, staged.rows_new) == (ImportState.READY, 2)
    assert staged.notes[-4:] == [
        "“Kennziffer” is read as person_id.",
        "“Beginn” is read as hire_date.",
        "Left out: “Bemerkung”.",
        NO_EXITS,
    ]
    services.apply_import(staged)
    assert EmploymentStint.objects.get(person_id="0017").covariates == {"standort": "S1"}
    again = receive("people", "Standort;Beginn;Kennziffer;Bemerkung\nS1;2020-01-01;0017;\nS3;2021-01-01;0019;\n")
    assert (again.state, again.rows_new, again.rows_unchanged) == (ImportState.READY, 1, 1)
    assert "“Kennziffer” is read as person_id." in again.notes


def test_a_mapping_is_kept_for_one_organisation_one_kind_and_one_header(receive):
    match(receive("people", GERMAN), AS_MEANT)
    assert receive("people", GERMAN, to=OrganisationFactory()).state == ImportState.REFUSED
    assert receive("people", GERMAN.replace("Standort", "Ort")).state == ImportState.REFUSED
    assert receive("teams", GERMAN).state == ImportState.REFUSED
    assert KeptMapping.objects.count() == 1


def test_matching_again_replaces_what_was_said(receive):
    staged = receive("people", GERMAN)
    match(staged, AS_MEANT)
    match(staged, AS_MEANT | {"column_2": "team"})
    assert [kept.columns["Bemerkung"] for kept in KeptMapping.objects.all()] == ["team"]
    services.apply_import(staged)
    assert list(EmploymentStint.objects.order_by("person_id").values_list("team", flat=True)) == ["x", ""]


def test_needed_columns_have_to_be_chosen(receive):
    form = match(receive("people", GERMAN), AS_MEANT | {"column_1": "-"})
    assert form.non_field_errors() == ["Map one of your columns to “hire_date”; the file cannot be read without it."]
    assert KeptMapping.objects.count() == 0


def test_one_of_several_is_enough_where_the_kind_says_so(receive):
    staged = receive("completions", "Nr,Kurs,Am\n1,Listening,2024-01-01\n")
    form = match(staged, {"column_0": "-", "column_1": "course", "column_2": "completed_on"})
    assert form.non_field_errors() == ["Map one of your columns to “person_id” or “email”; the file cannot be read without it."]
    match(staged, {"column_0": "person_id", "column_1": "course", "column_2": "completed_on"})
    assert staged.state == ImportState.READY


def test_no_column_is_chosen_twice(receive):
    form = match(receive("people", GERMAN), AS_MEANT | {"column_3": "person_id"})
    assert form.errors["column_3"] == ["“Kennziffer” is already mapped to person_id. Choose another column for one of the two."]


def test_what_is_likely_is_suggested(receive):
    staged = receive("people", "Employee Number,hire-dates,Department,grade\n1,2020-01-01,A,3\n")
    assert suggested(staged) == {"column_0": "person_id", "column_1": "hire_date", "column_2": "team", "column_3": OWN}


def test_what_was_said_of_another_file_is_suggested(receive):
    match(receive("people", GERMAN), AS_MEANT)
    other = receive("people", "Beginn,Neu,Kennziffer\n2020-01-01,1,1\n")
    assert suggested(other) == {"column_0": "hire_date", "column_1": OWN, "column_2": "person_id"}


def test_a_kind_without_covariates_leaves_out_what_it_does_not_know(receive):
    staged = receive("completions", "person_id,course,completed_on,colour\n1,Listening,2024-01-01,red\n")
    assert staged.findings["columns"] is True
    given = suggested(staged)
    assert given["column_3"] == "-"
    match(staged, given)
    assert (staged.state, staged.notes[-1]) == (ImportState.READY, "Left out: “colour”.")


def test_the_first_values_of_each_column_are_shown(receive):
    staged = receive("people", GERMAN)
    columns = columns_to_match(staged)
    assert [(column.name, column.values) for column in columns] == [
        ("Kennziffer", ("0017", "0018")),
        ("Beginn", ("2020-01-01", "2020-02-01")),
        ("Bemerkung", ("x",)),
        ("Standort", ("S1", "S2")),
    ]


def test_a_name_that_comes_twice_cannot_be_matched(receive):
    staged = receive("people", "Nr,Nr,hire_date\n1,2,2020-01-01\n")
    with pytest.raises(TableError, match="Several columns are called “nr”"):
        columns_to_match(staged)


def test_a_workbook_is_matched_too(organisation):
    data = workbook(["Nummer", "Beginn"], ["1", "2020-01-01"])
    staged = services.receive_upload(organisation=organisation, kind="people", file=data, file_name="p.xlsx")
    services.check_import(staged)
    match(staged, {"column_0": "person_id", "column_1": "hire_date"})
    assert (staged.state, staged.rows_new) == (ImportState.READY, 1)


# Words ----------------------------------------------------------------------------------------------------------------

EXITS = "person_id,hire_date,exit_date,exit_kind\n1,2020-01-01,2021-01-01,Kündigung\n2,2020-01-01,2021-01-01,involuntry\n"


def test_words_are_explained_once(receive):
    staged = receive("people", EXITS)
    assert staged.findings["words"] == {"exit_kind": ["involuntry", "Kündigung"]}
    data = suggested(staged)
    assert (data["word_exit_kind_0"], data["word_exit_kind_1"]) == ("involuntary", "")
    assert list(match(staged, data).errors) == ["word_exit_kind_1"]
    match(staged, data | {"word_exit_kind_1": "voluntary"})
    assert staged.state == ImportState.READY
    assert "“Kündigung” in exit_kind is read as voluntary." in staged.notes
    services.apply_import(staged)
    assert list(EmploymentStint.objects.order_by("person_id").values_list("exit_kind", flat=True)) == [
        "voluntary",
        "involuntary",
    ]
    assert receive("people", EXITS.replace("Kündigung", "KÜNDIGUNG")).state == ImportState.READY


def test_currencies_are_explained_too(receive):
    staged = receive("customers", "customer_id,start_date,annual_value,currency\nC1,2020-01-01,100,Franken\n")
    assert staged.findings["words"] == {"currency": ["Franken"]}
    match(staged, suggested(staged) | {"word_currency_0": "CHF"})
    services.apply_import(staged)
    assert list(CustomerStint.objects.values_list("currency", "annual_value")) == [("CHF", 10_000)]


def test_a_word_keeps_its_meaning_when_another_is_added(receive):
    staged = receive("people", EXITS)
    match(staged, suggested(staged) | {"word_exit_kind_1": "voluntary"})
    later = receive("people", EXITS + "3,2020-01-01,2021-01-01,Rente\n4,2020-01-01,2021-01-01,Umzug\n")
    assert later.findings["words"] == {"exit_kind": ["Rente", "Umzug"]}
    given = [value for name, value in suggested(later).items() if name.startswith("word")]
    assert given == ["involuntary", "voluntary", "other", ""]


# Skipped rows ---------------------------------------------------------------------------------------------------------

EMPTY = "The cell is empty. Every row needs a value here."
MIXED = (
    "person_id;hire_date;Notiz\n1;2020-01-01;a\n2;2020-02-30;b\n3;2020-01-01;=SUM(A1)\n;soon;\n4;2020-01-01;d;e\n5;2020-01-01\n"
)


def test_the_good_rows_are_applied_and_the_others_kept_with_what_is_wrong(receive):
    staged = receive("people", MIXED)
    assert (staged.state, staged.skippable_rows, staged.valid_rows) == (ImportState.REFUSED, 4, 2)
    services.skip_rows(staged)
    assert (staged.state, staged.rows_total, staged.rows_new, staged.skipped_rows) == (ImportState.READY, 6, 2, 4)
    services.apply_import(staged)
    staged.refresh_from_db()
    assert sorted(EmploymentStint.objects.values_list("person_id", flat=True)) == ["1", "3"]
    assert (staged.state, staged.rows_refused, staged.skipped_rows) == (ImportState.APPLIED, 4, 4)
    assert staged.summary == "2 new, 4 skipped"
    report = report_of(staged)
    assert (report["refused"], report["set_aside"], len(report["problems"])) == (4, 4, 5)
    width = "Look for a missing or extra separator, or for text that contains a separator and needs quotation marks."
    assert list(csv.reader(lines_aside(staged), delimiter=";")) == [
        ["person_id", "hire_date", "Notiz", "problem"],
        ["2", "2020-02-30", "b", "hire_date: The hire_date 2020-02-30 does not exist. Correct the date."],
        ["", "soon", "", f"person_id: {EMPTY} hire_date: The hire_date “soon” cannot be read. Write it as YYYY-MM-DD."],
        ["4", "2020-01-01", "d", f"The row has 4 cells where the header has 3. {width}", "e"],
        ["5", "2020-01-01", "", f"The row has 2 cells where the header has 3. {width}"],
    ]


def test_the_rows_set_aside_are_corrected_and_come_again(receive):
    staged = receive("people", "person_id,hire_date,note\n1,2020-01-01,x\n2,2020-02-30,y\n")
    services.skip_rows(staged)
    services.apply_import(staged)
    with staged.skipped_file.open("rb") as file:
        corrected = file.read().replace(b"2020-02-30", b"2020-02-29")
    again = receive("people", corrected)
    assert again.notes == ["Left out: “problem”.", NO_EXITS]
    services.apply_import(again)
    assert EmploymentStint.objects.get(person_id="2").covariates == {"note": "y"}


def test_rows_of_a_workbook_are_set_aside_too(organisation):
    staged = services.receive_upload(
        organisation=organisation,
        kind="people",
        file=workbook(["person_id", "hire_date", "note"], ["1", "2020-01-01"], ["2", "soon", "x"]),
        file_name="p.xlsx",
    )
    services.skip_rows(services.check_import(staged))
    services.apply_import(staged)
    assert EmploymentStint.objects.get().person_id == "1"
    assert [line[:9] for line in lines_aside(staged)] == ["person_id", "2,soon,x,"]


def test_formulas_in_rows_set_aside_are_made_text(receive):
    staged = receive("people", "person_id,hire_date,note\n1,2020-01-01,\n2,soon,=cmd()\n")
    services.skip_rows(staged)
    assert lines_aside(staged)[1].startswith("2,soon,'=cmd(),")


def test_rows_that_contradict_each_other_are_all_set_aside(receive):
    rows = ["1,2020-01-01,A", "1,2020-01-01,B", "1,2020-01-01,A", "2,2020-01-01,C", "3,soon,D"]
    staged = receive("people", "\n".join(["person_id,hire_date,team", *rows]) + "\n")
    assert staged.skippable_rows == 4
    services.skip_rows(staged)
    assert (staged.state, staged.skipped_rows, staged.rows_new) == (ImportState.READY, 4, 1)
    services.apply_import(staged)
    assert list(EmploymentStint.objects.values_list("person_id", flat=True)) == ["2"]


def test_people_who_stand_in_the_file_with_other_details_are_all_set_aside(receive, organisation):
    rows = ["a@b.org,Ann", "a@b.org,Eve", "a@b.org,Ann", "c@b.org,Cy", "d@b.org,Di"]
    staged = receive("enrolments", "\n".join(["email,first_name", *rows]) + "\n")
    assert staged.skippable_rows == 3
    services.skip_rows(staged)
    assert (staged.state, staged.rows_new, staged.skipped_rows) == (ImportState.READY, 2, 3)
    services.apply_import(staged)
    assert sorted(organisation.memberships.values_list("email", flat=True)) == ["c@b.org", "d@b.org"]
    assert staged.summary == "2 new, 3 skipped"


def test_what_concerns_the_whole_file_cannot_be_set_aside(receive):
    no_column = receive("people", "person_id\n1\n")
    open_quotation = receive("people", 'person_id,hire_date\n1,2020-01-01\n2,"2020-01-01"x\n3,2020-01-01\n')
    all_bad = receive("people", "person_id,hire_date\n1,soon\n2,later\n")
    assert [one.skippable_rows for one in (no_column, open_quotation, all_bad)] == [0, 0, 0]
    for staged in (no_column, open_quotation, all_bad):
        services.skip_rows(staged)
        assert (staged.state, bool(staged.skipped_file), staged.skipped_rows) == (ImportState.REFUSED, False, 0)


def test_checking_the_whole_file_again_forgets_what_was_set_aside(receive, django_capture_on_commit_callbacks):
    staged = services.skip_rows(receive("people", MIXED))
    kept = Path(staged.skipped_file.path)
    with django_capture_on_commit_callbacks(execute=True):
        services.check_import(staged)
    assert (staged.state, staged.rows_refused, staged.skipped_rows) == (ImportState.REFUSED, 4, 0)
    assert not kept.exists()


def test_a_worker_applies_the_others_at_once_when_as_many_are_set_aside_as_were_agreed(
    receive, user, django_capture_on_commit_callbacks
):
    staged = receive("people", MIXED)
    with django_capture_on_commit_callbacks(execute=True):
        services.start_skipping(staged, expected=4, actor=user)
    staged.refresh_from_db()
    assert (staged.state, EmploymentStint.objects.count()) == (ImportState.APPLIED, 2)
    assert (staged.file.name, bool(staged.skipped_file)) == ("", True)


def test_a_worker_stops_when_more_is_set_aside_than_was_agreed(receive, organisation, user, django_capture_on_commit_callbacks):
    staged = receive("people", "person_id,hire_date,annual_cost\n1,2020-01-01,€ 5\n2,2020-01-01,\n3,soon,\n")
    type(organisation).objects.filter(pk=organisation.pk).update(currency="GBP")
    with django_capture_on_commit_callbacks(execute=True):
        services.start_skipping(staged, expected=1, actor=user)
    staged.refresh_from_db()
    assert (staged.state, staged.skipped_rows, EmploymentStint.objects.count()) == (ImportState.READY, 2, 0)


def test_two_who_press_at_the_same_time_start_one_worker(receive, user):
    staged = receive("people", MIXED)
    as_the_other_sees_it = StagedImport.objects.get(pk=staged.pk)
    services.start_skipping(staged, expected=4, actor=user)
    with pytest.raises(services.NotReady, match="already being processed"):
        services.start_skipping(as_the_other_sees_it, expected=4, actor=user)


def test_another_number_than_the_page_said_is_not_agreed_to(receive, user):
    with pytest.raises(services.NotReady):
        services.start_skipping(receive("people", MIXED), expected=3, actor=user)


def test_withdrawing_takes_back_the_rows_that_were_applied(receive):
    staged = services.skip_rows(receive("people", MIXED))
    services.apply_import(staged)
    assert services.withdraw(staged=staged).removed == 2
    assert staged.summary == "2 new, 4 skipped"


# Forgetting -----------------------------------------------------------------------------------------------------------


def test_files_are_forgotten_after_some_days(receive, django_capture_on_commit_callbacks):
    refused, applied = receive("people", MIXED), receive("people", MIXED)
    ready = receive("people", "person_id,hire_date\n9,2020-01-01\n")
    services.skip_rows(applied)
    services.apply_import(applied)
    people = receive("enrolments", "email\na@b.org\n")
    paths = [Path(refused.file.path), Path(ready.file.path), Path(people.file.path), Path(applied.skipped_file.path)]

    def forget(days):
        StagedImport.objects.update(updated_at=timezone.now() - timedelta(days=days))
        with django_capture_on_commit_callbacks(execute=True):
            forget_waiting_files()
        return [path.exists() for path in paths]

    assert forget(DAYS_FILES_ARE_KEPT - 1) == [True] * 4
    assert forget(DAYS_FILES_ARE_KEPT + 1) == [False] * 4
    for staged in (refused, ready, people, applied):
        staged.refresh_from_db()
    assert [one.state for one in (refused, ready, people, applied)] == ["refused", "refused", "refused", "applied"]
    assert (bool(people.rows_file), applied.skipped_rows, refused.skippable_rows) == (False, 4, 0)
    assert [problem.message for problem in ready.problems.all()] == [
        "The file was not imported within 14 days, so it was deleted. Upload it again."
    ]


def test_kept_rows_of_a_worker_that_was_killed_are_forgotten_too(receive, django_capture_on_commit_callbacks):
    staged = receive("enrolments", "email\na@b.org\n")
    path = Path(staged.rows_file.path)
    # As it stands when the worker is killed after the file has gone and before its rows have.
    StagedImport.objects.update(state=ImportState.APPLIED, file="", updated_at=timezone.now() - timedelta(days=15))
    with django_capture_on_commit_callbacks(execute=True):
        forget_waiting_files()
    assert (path.exists(), StagedImport.objects.get().state) == (False, "applied")


def test_an_applied_file_is_forgotten_at_once(receive, django_capture_on_commit_callbacks):
    staged = receive("enrolments", "email\na@b.org\n")
    path = Path(staged.file.path)
    with django_capture_on_commit_callbacks(execute=True):
        services.apply_import(staged)
    assert (staged.file.name, path.exists()) == ("", False)


def test_addresses_are_shown_as_they_stand_in_the_file(receive):
    staged = receive("enrolments", "email,first_name\nAnn@B.org,Ann\nANN@b.org,Eve\nNobody,\n")
    assert [problem.value for problem in staged.problems.all()] == ["ANN@b.org", "Nobody"]


def test_dates_out_of_order_are_shown_as_they_stand_in_the_file(receive):
    staged = receive("people", "person_id,hire_date,exit_date\n1,31.12.2020,01.01.2019\n", date_format="DD.MM.YYYY")
    assert [(problem.column, problem.value) for problem in staged.problems.all()] == [("exit_date", "01.01.2019")]
