"""The pages that say which column is which, and that apply the good rows of a refused file."""

import io
import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from accounts.models import AuditEvent, User
from imports import services
from imports.enums import ImportState
from imports.models import KeptMapping, StagedImport
from stakeholders.models import EmploymentStint
from stakeholders.windows import FileWindow
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db

GERMAN = "Kennziffer;Beginn;Standort\n0017;2020-01-01;S1\n"
MIXED = "person_id,hire_date\n1,2020-01-01\n2,soon\n3,2020-03-01\n"
AGREED = {"rows": "1", "extent": "everybody"}


@pytest.fixture
def partner(organisation, member, sign_in):
    return sign_in(member(organisation, "lnd_partner", "data_steward").user)


@pytest.fixture
def admin(organisation, member, sign_in):
    return sign_in(member(organisation, "admin").user)


@pytest.fixture
def run_jobs(django_capture_on_commit_callbacks):
    """Runs what a request hands to a worker."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def upload(organisation, run_jobs):
    """Upload and check a file: the import."""

    def send(client, text, kind="people", date_format="YYYY-MM-DD"):
        file = SimpleUploadedFile(f"{kind}.csv", text if isinstance(text, bytes) else text.encode())
        name = "people_import" if kind == "enrolments" else "outcomes_import"
        with run_jobs():
            client.post(
                reverse(f"org:{name}", args=[organisation.slug]), {"kind": kind, "file": file, "date_format": date_format}
            )
        return StagedImport.objects.latest("pk")

    return send


@pytest.fixture
def staged_without_an_answer(organisation):
    return services.import_file(
        organisation=organisation, kind="people", file=io.BytesIO(b"person_id,hire_date\n1,2020-01-01\n"), file_name="p.csv"
    )


def url(name, staged):
    return reverse(f"org:{name}", args=[staged.organisation.slug, staged.uuid])


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_columns_of_a_file_are_matched_and_it_is_checked_again(partner, upload, run_jobs):
    staged = upload(partner, GERMAN)
    report = partner.get(url("import_report", staged))
    assert "Do its columns have different names?" in words(report)
    assert "We keep the file for 14 days" in words(report)
    page = partner.get(url("import_match", staged))
    assert "Kennziffer 0017" in words(page)
    assert '<label for="id_column_0">Kennziffer</label>' in page.content.decode()
    assert '<option value="*" selected>Keep it under its own name</option>' in page.content.decode()
    with run_jobs():
        answer = partner.post(url("import_match", staged), {"column_0": "person_id", "column_1": "hire_date", "column_2": "-"})
    assert answer.url == url("import_report", staged)
    page = words(partner.get(answer.url))
    assert "Import 1 row" in page
    assert "“Kennziffer” is read as person_id." in page
    assert AuditEvent.objects.get(verb="import.mapped").after == {"columns": 3, "words": 0}
    assert upload(partner, GERMAN.replace("0017", "0018")).state == ImportState.READY


def test_a_choice_that_does_not_do_is_said_beside_its_place(partner, upload):
    staged = upload(partner, GERMAN)
    answer = partner.post(url("import_match", staged), {"column_0": "person_id", "column_1": "person_id", "column_2": "*"})
    assert answer.status_code == 422
    assert "Map one of your columns to “hire_date”; the file cannot be read without it." in words(answer)
    assert "“Kennziffer” is already mapped to person_id." in words(answer)
    assert KeptMapping.objects.count() == 0


def test_words_are_asked_for_only_where_they_are_not_known(partner, upload, run_jobs):
    staged = upload(partner, "person_id,hire_date,exit_date,exit_kind\n1,2020-01-01,2021-01-01,fired\n")
    assert "Map values" in words(partner.get(url("import_report", staged)))
    page = words(partner.get(url("import_match", staged)))
    assert "fired exit_kind" in page
    chosen = {f"column_{n}": name for n, name in enumerate(["person_id", "hire_date", "exit_date", "exit_kind"])}
    with run_jobs():
        partner.post(url("import_match", staged), chosen | {"word_exit_kind_0": "involuntary"})
    staged.refresh_from_db()
    assert staged.state == ImportState.READY
    assert "Values" not in words(partner.get(url("import_match", upload(partner, GERMAN))))


AMBIGUOUS = "person_id,hire_date\n1,03/04/2020\n2,05/06/2020\n"


def test_dates_that_can_be_read_two_ways_are_confirmed(partner, organisation, upload, run_jobs):
    staged = upload(partner, AMBIGUOUS, date_format="")
    page = partner.get(url("import_report", staged))
    assert "What does “03/04/2020” mean?" in words(page)
    assert 'name="date_format" value="MM/DD/YYYY">4 March 2020 (MM/DD/YYYY)</button>' in page.content.decode()
    with run_jobs():
        assert partner.post(url("import_dates", staged), {"date_format": "nonsense"}).url == url("import_report", staged)
    staged.refresh_from_db()
    assert staged.state == ImportState.REFUSED
    with run_jobs():
        partner.post(url("import_dates", staged), {"date_format": "MM/DD/YYYY"})
    page = words(partner.get(url("import_report", staged)))
    assert ("Import 2 rows" in page, "“03/04/2020” in hire_date is read as 4 March 2020" in page) == (True, True)
    assert AuditEvent.objects.get(verb="import.mapped").after == {"date_format": "MM/DD/YYYY"}
    stranger = upload(partner, AMBIGUOUS.replace("03/04", "03/14"), date_format="")
    partner.post(url("import_dates", stranger), {"date_format": "DD/MM/YYYY"})
    stranger.refresh_from_db()
    assert (stranger.state, stranger.options) == (ImportState.READY, {})


def test_why_a_column_is_kept_is_asked_beside_it(partner, upload, run_jobs):
    staged = upload(partner, "person_id,hire_date,Gender\n1,2020-01-01,f\n2,2020-01-01,m\n")
    page = words(partner.get(url("import_match", staged)))
    assert "Reason for keeping “Gender” Seems to hold" in page
    assert "Seems to hold sex or gender, so it is left out unless you say why the analysis needs it." in page
    chosen = {"column_0": "person_id", "column_1": "hire_date", "column_2": "*"}
    answer = partner.post(url("import_match", staged), chosen)
    assert (answer.status_code, "Say why you keep this column, or leave it out." in words(answer)) == (422, True)
    with run_jobs():
        partner.post(url("import_match", staged), chosen | {"reason_2": "Pay equity report"})
    assert "The reason given: Pay equity report" in words(partner.get(url("import_report", staged)))
    assert AuditEvent.objects.get(verb="import.mapped").after["reasons"] == {"Gender": "Pay equity report"}


def test_people_to_enrol_are_matched_too(admin, upload, run_jobs):
    staged = upload(admin, "Dienstadresse,Hobby\nann@example.org,Chess\n", "enrolments")
    page = admin.get(url("import_match", staged)).content.decode()
    assert "Keep it under its own name" not in page
    with run_jobs():
        admin.post(url("import_match", staged), {"column_0": "email", "column_1": "-"})
    assert "Add 1 person" in words(admin.get(url("import_report", staged)))


def test_the_row_with_the_names_is_chosen(partner, upload, run_jobs):
    staged = upload(partner, "Key,Start\nas,of May\nperson_id,from\n0017,2020-01-01\n")
    page = partner.get(url("import_match", staged)).content.decode()
    assert '<option value="1" selected>Row 1: Key, Start</option>' in page
    assert '<option value="3">Row 3: person_id, from</option>' in page
    with run_jobs():
        assert partner.post(url("import_match", staged), {"header_row": "3", "encoding": "utf-8"}).url == url(
            "import_report", staged
        )
    page = words(partner.get(url("import_match", staged)))
    assert "person_id 0017" in page
    assert AuditEvent.objects.get(verb="import.mapped").after == {"header_row": 3, "encoding": "utf-8"}
    with run_jobs():
        partner.post(url("import_match", staged), {"column_0": "person_id", "column_1": "hire_date"})
    staged.refresh_from_db()
    assert (staged.state, staged.rows_new) == (ImportState.READY, 1)
    assert "The column names were found in row 3. The rows above them were ignored: “Key Start”, “as of May”." in staged.notes


def test_the_encoding_is_chosen_among_those_in_which_the_file_can_be_read(admin, upload, run_jobs):
    text = "email,first_name\na@b.org,Łukasz\nb@b.org,¯ó³æ\n".encode("cp1250", "replace")
    staged = upload(admin, text, "enrolments")
    answer = admin.post(url("import_match", staged), {"header_row": "1", "encoding": "utf-8"})
    assert (answer.status_code, "The file cannot be read as UTF-8. Choose another encoding" in words(answer)) == (422, True)
    with run_jobs():
        admin.post(url("import_match", staged), {"header_row": "1", "encoding": "cp1250"})
    staged.refresh_from_db()
    assert (staged.encoding, staged.state) == ("Windows-1250 (Central European)", ImportState.READY)
    assert '<option value="cp1250" selected>' in admin.get(url("import_match", staged)).content.decode()
    assert admin.post(url("import_match", staged), {"header_row": "1", "encoding": "rot13"}).status_code == 422


def test_a_workbook_says_itself_how_it_is_written(admin, organisation):
    book, file = Workbook(), io.BytesIO()
    for row in (["People"], ["email"], ["a@b.org"]):
        book.active.append(row)
    book.save(file)
    staged = services.receive_upload(organisation=organisation, kind="enrolments", file=file, file_name="people.xlsx")
    services.check_import(staged)
    page = admin.get(url("import_match", staged)).content.decode()
    assert ('<option value="2" selected>Row 2: email</option>' in page, 'name="encoding"' in page) == (True, False)


def test_an_applied_file_is_not_matched_any_more(partner, upload, run_jobs):
    staged = upload(partner, "person_id,hire_date\n1,2020-01-01\n")
    with run_jobs():
        partner.post(url("import_apply", staged), AGREED)
    assert partner.get(url("import_match", staged)).url == url("import_report", staged)
    assert partner.post(url("import_match", staged), {"column_0": "-"}).url == url("import_report", staged)
    assert KeptMapping.objects.count() == 0


def test_the_good_rows_are_applied_after_a_page_that_says_what_will_happen(partner, upload, run_jobs, proves_identity):
    staged = upload(partner, MIXED)
    assert "Skip 1 row and import the other 2" in words(partner.get(url("import_report", staged)))
    page = words(partner.get(url("import_skip", staged)))
    assert "1 row is skipped and not imported." in page
    # Whether every row says its own days, nobody knows of a file with rows that cannot be read.
    assert "Rows that say themselves when they were observed need no more than that;" in page
    assert EmploymentStint.objects.count() == 0
    with run_jobs():
        assert partner.post(url("import_skip", staged), AGREED).url == url("import_report", staged)
    assert EmploymentStint.objects.count() == 2
    page = words(partner.get(url("import_report", staged)))
    assert "2 new, 1 skipped" in page
    assert "1 of 3 rows was skipped." in page
    assert partner.get(url("import_skipped_rows", staged)).url.startswith(reverse("account_reauthenticate"))
    proves_identity(partner, User.objects.get(pk=partner.session["_auth_user_id"]))
    rows = (
        b"".join(partner.get(url("import_skipped_rows", staged)).streaming_content)
        .decode("utf-8-sig")
        .replace('"', "")
        .splitlines()
    )
    assert rows == [
        "person_id,hire_date,problem",
        "2,soon,hire_date: The hire_date “soon” cannot be read. Write it as YYYY-MM-DD.",
    ]
    for name in ("outcomes_import", "outcomes"):
        assert "1 skipped" in words(partner.get(reverse(f"org:{name}", args=[staged.organisation.slug])))
    events = AuditEvent.objects.filter(verb__in=["import.rows_skipped", "outcomes.imported"]).order_by("pk")
    assert [event.after["set_aside"] for event in events] == [1, 1]


def test_the_good_rows_of_people_to_enrol_are_applied(admin, organisation, upload, run_jobs):
    staged = upload(admin, "email\nann@example.org\nnobody\n", "enrolments")
    with run_jobs():
        admin.post(url("import_skip", staged), {"rows": "1"})
    assert "1 new, 1 skipped" in words(admin.get(url("import_report", staged)))
    assert organisation.memberships.filter(email="ann@example.org").count() == 1
    assert "1 skipped" in words(admin.get(reverse("org:people_import", args=[organisation.slug])))


def test_nothing_is_set_aside_without_the_number_that_was_agreed(partner, upload, run_jobs):
    staged = upload(partner, MIXED)
    for agreed in ({}, {"rows": "2"}, {"rows": "x"}):
        with run_jobs():
            partner.post(url("import_skip", staged), {"extent": "everybody"} | agreed)
    staged.refresh_from_db()
    assert (staged.state, EmploymentStint.objects.count()) == (ImportState.REFUSED, 0)
    assert AuditEvent.objects.filter(verb="import.rows_skipped").count() == 0


def test_a_file_that_is_refused_as_a_whole_has_no_good_rows(partner, upload):
    staged = upload(partner, GERMAN)
    assert "import the other" not in words(partner.get(url("import_report", staged)))
    assert partner.get(url("import_skip", staged)).url == url("import_report", staged)
    assert partner.get(url("import_skipped_rows", staged)).status_code == 404


def test_more_than_was_agreed_is_shown_before_it_is_applied(partner, organisation, upload, run_jobs):
    staged = upload(partner, "person_id,hire_date,annual_cost\n1,2020-01-01,€ 5\n2,2020-01-01,\n3,soon,\n")
    type(organisation).objects.filter(pk=organisation.pk).update(currency="GBP")
    with run_jobs():
        partner.post(url("import_skip", staged), AGREED)
    page = words(partner.get(url("import_report", staged)))
    assert "The other rows are valid. Nothing has been changed yet." in page
    assert "2 of 3 rows were skipped." in page
    assert "You agreed to skip 1, and 2 have to be skipped. Nothing has been imported yet." in page
    assert "“€ 5” is not in GBP, the currency of this row." in page
    with run_jobs():
        partner.post(url("import_apply", staged), AGREED)
    assert list(EmploymentStint.objects.values_list("person_id", flat=True)) == ["2"]


CHANGES = {"rows": "1", "leavers_from": "2020-01-01", "leavers_until": "2020-06-30", "extent": "changes"}


def test_what_the_file_knows_is_asked_before_its_good_rows_are_applied(partner, upload, run_jobs):
    staged = upload(partner, MIXED)
    page = partner.get(url("import_skip", staged)).content.decode()
    assert 'name="leavers_from"' in page
    assert 'value="changes"' in page
    with run_jobs():
        partner.post(url("import_skip", staged), CHANGES)
    staged.refresh_from_db()
    said = FileWindow.of(staged)
    assert (staged.state, said.first, said.last, said.is_whole) == ("applied", date(2020, 1, 1), date(2020, 6, 30), False)


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [({"leavers_from": "2020-12-31"}, "which is earlier"), ({"extent": ""}, "This field is required.")],
)
def test_an_answer_that_will_not_do_is_shown_again_and_nothing_is_skipped(partner, upload, run_jobs, typed, complaint):
    staged = upload(partner, MIXED)
    with run_jobs():
        answer = partner.post(url("import_skip", staged), CHANGES | typed)
    page = answer.content.decode()
    assert (answer.status_code, complaint in page, 'value="2020-06-30"' in page) == (422, True, True)
    staged.refresh_from_db()
    assert (staged.state, "leavers_until" in staged.options) == ("refused", False)


def test_an_answer_is_kept_on_the_page_where_another_number_has_to_be_skipped(partner, upload, run_jobs):
    staged = upload(partner, MIXED)
    with run_jobs():
        answer = partner.post(url("import_skip", staged), CHANGES | {"rows": "2"})
    page = answer.content.decode()
    assert (answer.status_code, 'value="2020-06-30"' in page, 'name="rows" value="1"' in page) == (409, True, True)
    staged.refresh_from_db()
    assert (staged.state, "leavers_until" in staged.options) == ("refused", False)


def test_nothing_is_taken_from_a_file_of_which_nobody_has_said_what_it_lists(staged_without_an_answer):
    said = FileWindow.of(staged_without_an_answer)
    assert (said.extent, said.is_whole, said.is_changes, said.every_exit) == (None, False, False, False)


ACTS = ["import_match", "import_dates", "import_skip", "import_skipped_rows"]


@pytest.mark.parametrize("name", ACTS)
def test_only_who_may_bring_such_files_may_decide_about_them(admin, partner, upload, name):
    staged = upload(partner, MIXED)
    assert admin.get(url(name, staged)).status_code in (403, 405)
    assert admin.post(url(name, staged)).status_code in (403, 405)


@pytest.mark.parametrize("name", ACTS)
def test_another_organisation_finds_nothing(partner, upload, member, sign_in, name):
    staged = upload(partner, MIXED)
    other = OrganisationFactory()
    stranger = sign_in(member(other, "owner").user)
    for slug in (staged.organisation.slug, other.slug):
        assert stranger.get(reverse(f"org:{name}", args=[slug, staged.uuid])).status_code in (404, 405)
        assert stranger.post(reverse(f"org:{name}", args=[slug, staged.uuid])).status_code in (404, 405)


def test_a_mapping_of_another_organisation_is_not_suggested(partner, upload):
    staged = upload(partner, GERMAN)
    theirs = KeptMapping.objects.create(
        organisation=OrganisationFactory(), kind="people", header="0" * 64, columns={"Standort": "team"}
    )
    assert '<option value="team" selected>' not in partner.get(url("import_match", staged)).content.decode()
    KeptMapping.objects.filter(pk=theirs.pk).update(organisation=staged.organisation)
    assert '<option value="team" selected>' in partner.get(url("import_match", staged)).content.decode()
