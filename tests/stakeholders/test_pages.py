"""The console pages of stakeholder data: uploading, checking, applying, listing and withdrawing files."""

import csv
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditEvent
from common.kept_forms import OWNER_FIELD, owner_token
from imports import services
from imports.kinds import import_kinds
from imports.models import StagedImport
from imports.services import withdraw
from jobs.models import Job
from stakeholders.kinds import KINDS
from stakeholders.models import EmploymentStint
from stakeholders.windows import missing_from
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
        assert partner.post(address("import_apply", organisation, staged.uuid), {"extent": "everybody"}).url == report
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


# What a file knows of leavers ---------------------------------------------------------------------------------------------

SINCE_2015 = "person_id,hire_date,exit_date\n" + "".join(
    f"{i},{2012 + i % 9}-03-01,{'' if i % 3 else f'202{2 + i % 2}-{1 + i % 12:02d}-15'}\n" for i in range(300)
)


@pytest.fixture
def waiting(organisation, bring):
    return bring("people", SINCE_2015, apply=False)


def ready(organisation, text, kind="people"):
    staged = services.receive_upload(
        organisation=organisation, kind=kind, file=io.BytesIO(text.encode()), file_name="staff.csv"
    )
    return services.check_import(staged)


def test_the_window_of_a_file_is_proposed_from_its_dates_and_kept_with_it(
    partner, organisation, django_capture_on_commit_callbacks
):
    staged = ready(organisation, SINCE_2015)
    page = partner.get(address("import_report", organisation, staged.uuid)).content.decode()
    assert "nobody in the file left before then" in page
    proposed = re.findall(r'name="leavers_(?:from|until)" value="([\d-]*)"', page)
    assert proposed == ["2022-01-01", "2023-10-15"]
    said = {"leavers_from": "2022-01-01", "leavers_until": "2024-01-31", "extent": "everybody"}
    with django_capture_on_commit_callbacks(execute=True):
        partner.post(address("import_apply", organisation, staged.uuid), said)
    staged.refresh_from_db()
    assert {name: staged.options[name] for name in said} == said
    page = partner.get(address("import_report", organisation, staged.uuid)).content.decode()
    assert "Leavers are in it from 1 January 2022 until 31 January 2024. It lists everybody." in page


@pytest.mark.parametrize(
    ("days", "proposed"),
    [
        (("2022-01-01,2023-10-15",) * 40, []),
        ((",",) * 40, ["2022-01-01", "2023-10-15"]),
        (("2022-01-01,2023-10-15", *(",",) * 39), ["2022-01-01", "2023-10-15"]),
        (("2022-01-01,",) * 40, ["2022-01-01", "2023-10-15"]),
    ],
)
def test_a_window_is_proposed_unless_every_row_says_its_own(partner, organisation, days, proposed):
    header, *rows = SINCE_2015.splitlines()
    days = [days[i % 40] for i in range(len(rows))]
    text = "\n".join([f"{header},observed_from,observed_until", *map(",".join, zip(rows, days, strict=True))]) + "\n"
    staged = ready(organisation, text)
    page = partner.get(address("import_report", organisation, staged.uuid)).content.decode()
    assert re.findall(r'name="leavers_(?:from|until)" value="([\d-]*)"', page) == proposed
    assert ("The file says for each row when it was observed." in page) is (not proposed)


def test_customers_are_not_spoken_of_as_people(partner, organisation):
    text = SINCE_2015.replace("person_id,hire_date,exit_date", "customer_id,start_date,end_date")
    staged = ready(organisation, text, kind="customers")
    page = partner.get(address("import_report", organisation, staged.uuid)).content.decode()
    assert ("none in the file ended before then" in page, "People were there" in page) == (True, False)


@pytest.mark.parametrize(("n", "is_said"), [(200, False), (500, True)])
def test_columns_that_are_not_listed_are_counted(partner, organisation, n, is_said):
    header = ",".join(["Kennziffer", "Beginn", *(f"extra{i:03d}" for i in range(n - 2))])
    staged = ready(organisation, header + "\n1,2020-01-01" + ",1" * (n - 2) + "\n")
    page = partner.get(address("import_match", organisation, staged.uuid)).content.decode()
    assert page.count('<select name="column_') == min(n, 200)
    assert ("This file has 500 columns. The first 200 are listed here" in page) is is_said
    # One box for the values of a column, in which words break on a phone.
    assert page.count('<div class="sample">') == min(n, 200)


def test_a_name_that_is_too_long_is_told_from_the_others(organisation):
    staged = ready(organisation, f"person_id,hire_date,{'x' * 100},{'y' * 101}\n1,2020-01-01,1,1\n")
    [problem] = staged.problems.all()
    told = f"The name of column 4 has 101 characters; the maximum is 100. Shorten “{'y' * 40}…”."
    assert problem.message == told


def test_an_impossible_window_is_shown_again_and_nothing_is_imported(partner, organisation):
    staged = ready(organisation, SINCE_2015)
    said = {"leavers_from": "2023-01-01", "leavers_until": "2022-01-31", "extent": "everybody"}
    answer = partner.post(address("import_apply", organisation, staged.uuid), said)
    assert answer.status_code == 422
    assert (
        "from 1 January 2023 until 31 January 2022, which is earlier. Correct one of the two days." in answer.content.decode()
    )
    assert 'value="2023-01-01"' in answer.content.decode()
    staged.refresh_from_db()
    assert (staged.state, "leavers_from" in staged.options) == ("ready", False)


def test_a_file_with_nothing_new_still_moves_the_window(partner, organisation):
    first = ready(organisation, "person_id,hire_date\n1,2020-01-01\n")
    services.apply_import(first)
    again = ready(organisation, "person_id,hire_date\n1,2020-01-01\n")
    page = partner.get(address("import_report", organisation, again.uuid)).content.decode()
    assert address("import_apply", organisation, again.uuid) in page


def test_what_is_said_of_an_imported_file_can_be_changed_by_whoever_may_import(partner, organisation, member, sign_in):
    staged = ready(organisation, "person_id,hire_date\n1,2020-01-01\n")
    services.apply_import(staged)
    page = partner.get(address("import_report", organisation, staged.uuid)).content.decode()
    assert "Nobody has said from when until when leavers are in it." in page
    where = address("outcomes_window", organisation, staged.uuid)
    assert partner.get(where).status_code == 200
    said = {"leavers_from": "2020-01-01", "leavers_until": "2021-01-31", "extent": "changes", "every_exit_listed": "on"}
    assert partner.post(where, said).url == address("import_report", organisation, staged.uuid)
    staged.refresh_from_db()
    assert (staged.options["extent"], staged.options["every_exit_listed"]) == ("changes", True)
    entry = AuditEvent.objects.filter(verb="import.mapped").latest("pk")
    assert entry.after["leavers_until"] == "2021-01-31"
    wrong = partner.post(where, said | {"leavers_until": "2999-01-01"})
    assert (wrong.status_code, "1 January 2999 has not come yet" in wrong.content.decode()) == (422, True)
    admin = sign_in(member(organisation, "admin").user)
    assert admin.get(where).status_code == 403


def is_missing(bring, n):
    """Of `n` people, and one who stays, a later file of everybody has the last alone."""
    rows = "".join(f"P{i:03d},2020-01-01\n" for i in range(n))
    bring("people", f"person_id,hire_date\n{rows}stays,2020-01-01\n")
    return bring("people", "person_id,hire_date\nstays,2020-01-01\n")


def test_who_is_not_in_a_file_of_everybody_is_listed_with_their_number(partner, organisation, bring):
    staged = is_missing(bring, 2)
    page = partner.get(address("import_report", organisation, staged.uuid)).content.decode()
    assert "2 rows of earlier files are not in it" in page
    assert re.findall(r'<tr><th scope="row">(.*?)</th><td data-label="hire_date">(.*?)</td>', page) == [
        ("P000", "1 January 2020"),
        ("P001", "1 January 2020"),
    ]
    assert "are listed here" not in page
    where = address("outcomes_missing", organisation, staged.uuid)
    assert where in page
    file = b"".join(partner.get(where).streaming_content).decode("utf-8-sig")
    assert list(csv.reader(file.splitlines())) == [["person_id", "hire_date"], ["P000", "2020-01-01"], ["P001", "2020-01-01"]]


def test_of_many_who_are_not_in_a_file_the_first_hundred_are_listed_and_all_can_be_downloaded(partner, organisation, bring):
    staged = is_missing(bring, 102)
    page = partner.get(address("import_report", organisation, staged.uuid)).content.decode()
    assert ("102 rows of earlier files" in page, "The first 100 of 102 are listed here." in page) == (True, True)
    assert (page.count('<tr><th scope="row">P'), "P099" in page, "P100" in page) == (100, True, False)
    file = b"".join(partner.get(address("outcomes_missing", organisation, staged.uuid)).streaming_content)
    assert len(file.split()) == 103


def test_nobody_is_missing_from_a_file_that_has_all_or_lists_changes_or_came_first(partner, organisation, bring):
    first = bring("people", "person_id,hire_date\n1,2020-01-01\n2,2020-01-01\n")
    whole = bring("people", "person_id,hire_date\n1,2020-01-01\n2,2020-01-01\n3,2020-01-01\n")
    changes = bring("people", "person_id,hire_date\n4,2020-01-01\n", extent="changes")
    for staged in (first, whole, changes):
        assert "not in it" not in partner.get(address("import_report", organisation, staged.uuid)).content.decode()
    found = {
        staged: partner.get(address("outcomes_missing", organisation, staged.uuid)).status_code for staged in (whole, changes)
    }
    assert found == {whole: 200, changes: 404}


def test_whose_first_file_was_withdrawn_is_missing_no_more(partner, organisation, bring):
    bring("people", "person_id,hire_date\n1,2020-01-01\n")
    second = bring("people", "person_id,hire_date\n2,2020-01-01\n")
    third = bring("people", "person_id,hire_date\n1,2020-01-01\n")
    assert missing_from(third).first(9) == [("2", "2020-01-01")]
    withdraw(staged=second)
    assert len(missing_from(third)) == 0
    assert "not in it" not in partner.get(address("import_report", organisation, third.uuid)).content.decode()


@pytest.fixture
def returns(organisation, member, client):
    """Sends a form after the session has ended, signs in again, and returns the page that follows."""
    steward = member(organisation, "owner").user

    def send(address, data):
        assert client.post(address, data | {OWNER_FIELD: owner_token(steward)}).status_code == 302
        client.force_login(steward)
        return client.get(address)

    return send


SAID = {
    "leavers_from": "2022-02-03",
    "leavers_until": "2021-01-31",
    "extent": "changes",
    "every_exit_listed": "on",
    "rows": "1",
}


@pytest.mark.parametrize("name", ["import_apply", "import_skip", "outcomes_window"])
def test_what_was_said_of_a_file_outlives_the_session(organisation, returns, name):
    bad = "2,soon,\n" if name == "import_skip" else ""
    staged = ready(organisation, f"person_id,hire_date,exit_date\n1,2020-01-01,\n{bad}")
    if name == "outcomes_window":
        services.apply_import(staged)
    answer = returns(address(name, organisation, staged.uuid), SAID)
    page = answer.content.decode()
    assert (answer.status_code, "has not been sent yet" in page, "There is a problem" in page) == (200, True, False)
    assert ('value="2022-02-03"' in page, 'value="2021-01-31"' in page) == (True, True)
    assert re.search(r'value="changes"[^>]*checked', page)
    staged.refresh_from_db()
    assert "leavers_from" not in staged.options


def test_what_was_mapped_outlives_the_session(organisation, returns):
    staged = ready(organisation, "Kennziffer,Beginn\n1,2020-01-01\n")
    answer = returns(address("import_match", organisation, staged.uuid), {"column_0": "manager_id", "column_1": "exit_date"})
    page = answer.content.decode()
    assert (answer.status_code, "has not been sent yet" in page, "There is a problem" in page) == (200, True, False)
    assert re.search(r'<option value="exit_date" selected>', page)


def test_an_objection_that_was_typed_outlives_the_session(organisation, returns):
    answer = returns(address("objections", organisation), {"person_id": "0017", "email": "not an address"})
    page = answer.content.decode()
    assert (answer.status_code, "has not been sent yet" in page, 'value="0017"' in page) == (200, True, True)
    assert "There is a problem" not in page


ACTS = ["import_apply", "import_check", "import_stop", "import_restart", "import_discard", "import_dates"]


@pytest.mark.parametrize("name", ACTS)
def test_whoever_opens_the_address_of_an_act_sees_the_report(partner, organisation, waiting, name, member, sign_in):
    where = address(name, organisation, waiting.uuid)
    assert partner.get(where).url == address("import_report", organisation, waiting.uuid)
    waiting.refresh_from_db()
    assert waiting.state == "ready"
    assert sign_in(member(organisation, "admin").user).get(where).status_code == 403


@pytest.mark.parametrize(
    ("kind", "text", "label"),
    [
        (
            "partners",
            "partner_id,start_date,end_date\n1,2020-01-01,2021-03-01\n2,2020-01-01,\n",
            "Leavers are in this file since",
        ),
        (
            "contracts",
            "customer_id,start_date,end_date\n1,2020-01-01,2021-03-01\n2,2020-01-01,2999-01-01\n",
            "Contracts that ended are in this file since",
        ),
    ],
)
def test_files_of_partners_and_contracts_are_asked_for_their_window(
    partner, organisation, kind, text, label, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        upload(partner, organisation, text, kind=kind)
    staged = StagedImport.objects.get()
    page = partner.get(address("import_report", organisation, staged.uuid)).content.decode()
    assert label in page
    said = {"leavers_from": "2020-01-01", "leavers_until": "2021-06-30", "extent": "everybody"}
    with django_capture_on_commit_callbacks(execute=True):
        partner.post(address("import_apply", organisation, staged.uuid), said)
    staged.refresh_from_db()
    assert (staged.state, staged.options["leavers_until"]) == ("applied", "2021-06-30")
    page = partner.get(address("import_report", organisation, staged.uuid)).content.decode()
    what = {"partners": "Leavers", "contracts": "Contracts that ended"}[kind]
    assert f"{what} are in it from 1 January 2020 until 30 June 2021." in page
    assert (f"It lists {'all contracts' if kind == 'contracts' else 'everybody'}.") in page
    page = partner.get(address("outcomes_data", organisation)).content.decode()
    assert "1 January 2020 to 30 June 2021" in page


def test_what_is_said_of_contracts_is_changed_in_words_for_contracts(partner, organisation, bring):
    staged = bring("contracts", "customer_id,start_date,end_date\n1,2020-01-01,2021-03-01\n")
    page = partner.get(address("outcomes_window", organisation, staged.uuid)).content.decode()
    assert ("Contracts that ended are in this file since" in page, "Leavers" in page, "Everybody" in page) == (
        True,
        False,
        False,
    )


def test_files_that_know_no_leavers_are_not_asked(partner, organisation):
    staged = ready(organisation, "team\nSales\n", kind="teams")
    assert "What this file knows" not in partner.get(address("import_report", organisation, staged.uuid)).content.decode()
    services.apply_import(staged)
    assert partner.get(address("outcomes_window", organisation, staged.uuid)).status_code == 404
    waiting = ready(organisation, "person_id,hire_date\n1,2020-01-01\n")
    assert partner.get(address("outcomes_window", organisation, waiting.uuid)).status_code == 404
