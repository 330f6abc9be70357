"""What a check keeps of a file for the pages about its columns, which never open it themselves."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.fields.files import FieldFile
from django.urls import reverse
from openpyxl import Workbook

from imports import services
from imports.enums import ImportState
from imports.models import StagedImport

pytestmark = pytest.mark.django_db
TITLED = "Report of May\n\nKey,Start\nas,of May\nperson_id,from\n0017,2020-01-01\n0018,2020-02-01\n"


@pytest.fixture
def partner(organisation, member, sign_in):
    return sign_in(member(organisation, "lnd_partner", "data_steward").user)


@pytest.fixture
def run_jobs(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def received(organisation):
    """A file that was received and checked: `received("people.csv", data)`."""

    def receive(name, data):
        file = SimpleUploadedFile(name, data)
        return services.check_import(
            services.receive_upload(organisation=organisation, kind="people", file=file, file_name=name)
        )

    return receive


def workbook(*rows):
    book, data = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(data)
    return data.getvalue()


def url(name, staged):
    return reverse(f"org:{name}", args=[staged.organisation.slug, staged.uuid])


FILES = [
    ("people.csv", TITLED.encode()),
    ("people.csv", "Kennziffer;Beginn\n0017;2020-01-01\nMüller;2020-02-01\n".encode("cp1252")),
    ("people.xlsx", workbook(["Key", "Start"], ["as", "of May"], ["person_id", "from"], ["0017", "2020-01-01"])),
]


@pytest.mark.parametrize(("name", "data"), FILES, ids=["titles", "legacy", "workbook"])
def test_no_page_about_columns_opens_the_file(partner, received, monkeypatch, name, data):
    staged = received(name, data)
    monkeypatch.setattr(FieldFile, "open", lambda *_args: pytest.fail("A request opened the file."))
    page = partner.get(url("import_match", staged))
    assert (page.status_code, "Row 1: " in page.content.decode(), "2020-01-01" in page.content.decode()) == (200, True, True)
    for posted in ({"header_row": "99", "encoding": "rot13"}, {"column_0": "person_id"}):
        assert partner.post(url("import_match", staged), posted).status_code == 422
    for posted in ({"header_row": "1", "encoding": "cp1250"}, {"column_0": "person_id", "column_1": "hire_date"}):
        StagedImport.objects.filter(pk=staged.pk).update(job=None, state=ImportState.REFUSED)
        assert partner.post(url("import_match", staged), posted).url == url("import_report", staged)
        staged.refresh_from_db()
        assert (staged.state, staged.job.kind) == (ImportState.CHECKING, "import_check")


def test_nothing_that_is_kept_of_a_file_has_a_nul(partner, received):
    """PostgreSQL would refuse it."""
    staged = received("people.csv", b"Report\0\nperson_id,hire_date\n0017,2020-01-01\n0\x0018,2020-02-01\n0019,2020-03-01\n")
    assert [text for _number, text in staged.look["rows"]][::3] == ["Report␀", "0␀18, 2020-02-01"]
    assert staged.look["columns"][0] == ["person_id", ["0017", "0␀18", "0019"]]
    assert [(problem.row_number, problem.column, problem.value) for problem in staged.problems.all()] == [
        (4, "person_id", "0␀18")
    ]
    assert "\0" not in "".join(staged.notes)
    assert partner.get(url("import_report", staged)).status_code == 200


def test_rows_above_the_names_can_be_chosen_before_and_after(partner, received, run_jobs):
    staged = received("people.csv", TITLED.encode())
    rows = ["Report of May", "Key, Start", "as, of May", "person_id, from", "0017, 2020-01-01", "0018, 2020-02-01"]
    assert [text for _number, text in staged.look["rows"]] == rows
    assert [number for number, _text in staged.look["rows"]] == [1, 3, 4, 5, 6, 7]
    with run_jobs():
        partner.post(url("import_match", staged), {"header_row": "5", "encoding": "utf-8"})
    staged.refresh_from_db()
    assert [text for _number, text in staged.look["rows"]] == rows
    assert (staged.look["header_row"], staged.look["columns"]) == (
        5,
        [["person_id", ["0017", "0018"]], ["from", ["2020-01-01", "2020-02-01"]]],
    )


def test_an_encoding_that_does_not_do_is_found_out_by_the_check_and_remembered(partner, received, run_jobs):
    staged = received("people.csv", "person_id,hire_date,team\n1,2020-01-01,Łódź\n".encode("cp1250"))
    chosen = {"header_row": "1", "encoding": "cp932"}
    with run_jobs():
        assert partner.post(url("import_match", staged), chosen).url == url("import_report", staged)
    page = partner.get(url("import_report", staged)).content.decode()
    assert "The file cannot be read as Shift JIS. Choose another encoding" in page
    assert "The file itself may need no correction. Choose another encoding under “Map columns”." in page
    again = partner.post(url("import_match", staged), chosen)
    assert (again.status_code, "cannot be read as Shift JIS" in again.content.decode()) == (422, True)
    with run_jobs():
        partner.post(url("import_match", staged), {"header_row": "1", "encoding": "cp1250"})
    staged.refresh_from_db()
    assert (staged.state, staged.encoding) == (ImportState.READY, "Windows-1250 (Central European)")


def test_a_file_that_was_checked_by_an_earlier_version_is_checked_again(partner, received, run_jobs):
    staged = received("people.csv", b"Foo,Bar\n0017,2020-01-01\n")
    StagedImport.objects.filter(pk=staged.pk).update(look={})
    for page in (partner.get(url("import_match", staged)), partner.post(url("import_match", staged), {"header_row": "1"})):
        assert page.status_code == 200
        assert "The columns of this file have not been read yet." in page.content.decode()
        assert f'action="{url("import_check", staged)}"' in page.content.decode()
    with run_jobs():
        partner.post(url("import_check", staged))
    assert "0017" in partner.get(url("import_match", staged)).content.decode()


@pytest.mark.slow
def test_what_is_kept_is_short_however_wide_the_file(received):
    long, wide = "x" * 5000, ",".join(f"column {n}" for n in range(3000))
    data = f"person_id,{long},{wide}\n" + f"{long},{long},{','.join([long] * 300)}\n" * 60
    staged = received("people.csv", data.encode())
    assert len(json.dumps(staged.look)) < 60_000
    assert len(staged.look["columns"]) == 200
    assert long not in [name for name, _values in staged.look["columns"]]


def test_it_goes_with_the_file(organisation, received):
    staged = received("people.csv", b"person_id,hire_date\n0017,2020-01-01\n")
    assert staged.look["columns"] == [["person_id", ["0017"]], ["hire_date", ["2020-01-01"]]]
    services.apply_import(staged)
    staged.refresh_from_db()
    assert (staged.file.name, staged.look) == ("", {})
    at_once = services.import_file(
        organisation=organisation, kind="people", file=io.BytesIO(b"person_id\n1\n"), file_name="people.csv"
    )
    at_once.refresh_from_db()
    assert (at_once.state, at_once.look) == (ImportState.REFUSED, {})


def test_a_row_that_names_nothing_can_be_left_again(partner, received, run_jobs):
    staged = received("people.csv", b"Foo,Bar\n0017,2020-01-01\n")
    StagedImport.objects.filter(pk=staged.pk).update(options={"header_row": 40})
    with run_jobs():
        partner.post(url("import_check", staged))
    page = partner.get(url("import_match", staged)).content.decode()
    assert "Row 1: Foo, Bar" in page
    with run_jobs():
        partner.post(url("import_match", staged), {"header_row": "1", "encoding": "utf-8"})
    staged.refresh_from_db()
    assert staged.findings["columns"] is True
