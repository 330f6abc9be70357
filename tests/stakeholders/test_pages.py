"""The console pages of stakeholder data: uploading, checking, applying, listing and withdrawing files."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from imports import services
from imports.kinds import import_kinds
from imports.models import StagedImport
from jobs.models import Job
from stakeholders.kinds import KINDS
from stakeholders.models import EmploymentStint
from tests.stakeholders.conftest import address

pytestmark = pytest.mark.django_db


def upload(client, organisation, text, kind="people"):
    file = SimpleUploadedFile("people.csv", text.encode(), content_type="text/csv")
    data = {"kind": kind, "file": file, "date_format": "YYYY-MM-DD"}
    return client.post(address("outcomes_import", organisation), data)


def test_a_file_is_uploaded_checked_applied_and_withdrawn(partner, organisation, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(partner, organisation, "person_id,hire_date,team\n1,2020-01-01,Sales\n2,2020-02-01,Care\n")
    staged = StagedImport.objects.get()
    report = address("import_report", organisation, staged.uuid)
    assert (answer.status_code, answer.url) == (302, report)
    assert "Import 2 rows" in partner.get(report).content.decode()
    assert EmploymentStint.objects.count() == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert partner.post(address("import_apply", organisation, staged.uuid)).url == report
    assert EmploymentStint.objects.count() == 2
    staged.refresh_from_db()
    assert (staged.state, staged.file.name) == ("applied", "")
    page = partner.get(report).content.decode()
    assert "2 rows that were added by this file will be deleted" in page
    with django_capture_on_commit_callbacks(execute=True):
        partner.post(address("import_withdraw", organisation, staged.uuid))
    assert EmploymentStint.objects.count() == 0
    assert "Nothing from this file remains in your data" in partner.get(report).content.decode()


def test_progress_is_shown_until_the_worker_is_done(partner, organisation):
    upload(partner, organisation, "person_id,hire_date\n1,2020-01-01\n")
    staged = StagedImport.objects.get()
    fragment = partner.get(address("import_report", organisation, staged.uuid), headers={"hx-request": "true"})
    assert fragment.content.decode().lstrip().startswith('<div class="stack" id="import-progress"')
    assert partner.post(address("import_discard", organisation, staged.uuid)).url.endswith(f"{staged.uuid}/")
    assert StagedImport.objects.count() == 1


def test_the_address_that_reports_had_leads_to_where_they_are(partner, organisation, colleagues):
    answer = partner.get(address("outcomes_file", organisation, colleagues.uuid))
    assert answer.url == address("import_report", organisation, colleagues.uuid)


def test_a_refused_file_shows_its_problems_by_row(partner, organisation, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        upload(partner, organisation, "person_id,hire_date\n1,2023-02-30\n")
    staged = StagedImport.objects.get()
    page = partner.get(address("import_report", organisation, staged.uuid)).content.decode()
    assert "The hire_date 2023-02-30 does not exist. Correct the date." in page
    assert "Nothing was changed." in page


def test_a_file_that_is_no_table_is_refused_at_the_door(partner, organisation):
    file = SimpleUploadedFile("people.pdf", b"%PDF-1.7")
    data = {"kind": "people", "file": file, "date_format": "YYYY-MM-DD"}
    answer = partner.post(address("outcomes_import", organisation), data)
    assert answer.status_code == 422
    assert "is not a table we can read" in answer.content.decode()
    assert StagedImport.objects.count() == 0


def test_a_checked_file_can_be_discarded(partner, organisation, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        upload(partner, organisation, "person_id,hire_date\n1,2020-01-01\n")
    staged = StagedImport.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        assert partner.post(address("import_discard", organisation, staged.uuid)).status_code == 302
    assert not StagedImport.objects.exists()
    assert not staged.file.storage.exists(staged.file.name)


def test_files_are_listed_with_what_they_hold_in_words(partner, organisation, colleagues):
    page = partner.get(address("outcomes_import", organisation)).content.decode()
    assert '<td data-label="Contents">People</td>' in page


def test_an_applied_file_is_not_discarded(partner, organisation, colleagues):
    partner.post(address("import_discard", organisation, colleagues.uuid))
    assert StagedImport.objects.filter(pk=colleagues.pk, state="applied").exists()


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_of_files_takes_the_same_queries_for_any_number(partner, organisation, bring, django_assert_num_queries, n):
    for i in range(n):
        bring("people", f"person_id,hire_date\n{i},2020-01-01\n")
    partner.get(address("outcomes_import", organisation))
    with django_assert_num_queries(5):
        partner.get(address("outcomes_import", organisation))


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_the_example_of_every_kind_passes_its_check(partner, organisation, kind, django_capture_on_commit_callbacks):
    example = b"".join(partner.get(address("import_template", organisation, kind)).streaming_content)
    with django_capture_on_commit_callbacks(execute=True):
        upload(partner, organisation, example.decode("utf-8-sig"), kind=kind)
    staged = StagedImport.objects.get()
    assert [str(problem) for problem in staged.problems.all()] == []
    assert (staged.state, staged.rows_new) == ("ready", len(import_kinds[kind].sample))


@pytest.mark.parametrize(("kind", "keeps"), [("people", True), ("assignments", False)])
def test_mapping_says_what_keeping_a_column_is_for(partner, organisation, kind, keeps, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        upload(partner, organisation, "a,b\n1,2\n", kind=kind)
    page = partner.get(address("import_match", organisation, StagedImport.objects.get().uuid)).content.decode()
    assert ("A column kept under its own name can be used to adjust an analysis." in page) is keeps
    assert "Columns you leave out are not stored." in page


def test_a_withdrawal_that_is_under_way_is_not_asked_for_again(partner, organisation, colleagues):
    """The worker is busy elsewhere: nothing is run in this test."""
    page = address("import_withdraw", organisation, colleagues.uuid)
    partner.post(page)
    answer = partner.post(page, follow=True)
    assert "This file is already being processed." in answer.content.decode()
    assert Job.objects.filter(kind="import_withdraw").count() == 1


def test_the_page_lists_files_of_its_own_kinds_only(partner, organisation, member, sign_in, bring):
    bring("people", "person_id,hire_date\n1,2020-01-01\n")
    services.import_file(
        organisation=organisation, kind="enrolments", file=io.BytesIO(b"email\na@b.org\n"), file_name="staff.csv"
    )
    assert "staff.csv" not in partner.get(address("outcomes_import", organisation)).content.decode()
    admin = sign_in(member(organisation, "admin").user)
    page = admin.get(address("people_import", organisation)).content.decode()
    assert page.count("staff.csv") == page.count(".csv</a>") == 1
