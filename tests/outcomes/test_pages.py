"""The console pages of outcomes: who may see them, what they say, and that no statistics are loaded to show them."""

import subprocess
import sys
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from imports.models import StagedImport
from needs.models import Expectation, Gap, Specification
from outcomes import services
from outcomes.models import AnalysisRequest, EvidenceRun
from stakeholders.models import EmploymentStint
from tests.factories import CourseFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


def address(name, organisation, *args):
    return reverse(f"org:{name}", args=[organisation.slug, *args])


@pytest.fixture
def partner(organisation, member, sign_in):
    return sign_in(member(organisation, "lnd_partner").user)


@pytest.fixture
def colleagues(bring):
    """240 colleagues, enough leave on both sides to be answered."""
    rows = ["person_id,hire_date,exit_date,completion_date,observed_until,grade"]
    for i in range(240):
        left = f"2022-{1 + i % 12:02d}-{1 + i % 28:02d}" if i % 2 else ""
        done = f"2021-{1 + i % 12:02d}-15" if i % 3 == 0 else ""
        rows.append(f"P{i:03d},2020-{1 + i % 12:02d}-01,{left},{done},2022-12-31,{i % 4}")
    return bring("people", "\n".join(rows) + "\n")


@pytest.fixture
def run(organisation, colleagues, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        found = services.request_analysis(organisation=organisation, request=AnalysisRequest(covariates="grade:category"))
    found.refresh_from_db()
    return found


@pytest.fixture
def expectation(organisation, user):
    gap = Gap.objects.create(organisation=organisation, title="Exits", who="Care", measure="Exits", expected=5, actual=9)
    specification = Specification.objects.create(
        organisation=organisation, gap=gap, title="Care", course=CourseFactory(), people=20, evaluation="…", state="approved"
    )
    return Expectation.objects.create(
        organisation=organisation,
        specification=specification,
        stakeholder_group="employees",
        owner="Head of care",
        statement="Fewer of us leave",
        measure="Exits a year",
        baseline=9,
        target=5,
        measured=6,
        measured_on=date(2024, 1, 1),
        due_on=date(2024, 6, 1),
    )


def addresses(organisation, staged, run):
    return {
        "get": [
            address("outcomes", organisation),
            address("outcomes_import", organisation),
            address("import_report", organisation, staged.uuid),
            address("evidence_run", organisation, run.uuid),
            address("evidence_run_json", organisation, run.uuid),
            address("evidence_run_table", organisation, run.uuid, "retention"),
        ],
        "post": [
            address("import_apply", organisation, staged.uuid),
            address("outcomes_file_withdraw", organisation, staged.uuid),
            address("import_discard", organisation, staged.uuid),
        ],
    }


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("lnd_partner", 200), ("admin", 403), ("manager", 403)])
def test_owners_and_partners_see_outcomes(organisation, member, sign_in, colleagues, run, role, status):
    client = sign_in(member(organisation, role).user)
    found = addresses(organisation, colleagues, run)
    assert [client.get(one).status_code for one in found["get"]] == [status] * 6
    if status == 403:
        assert [client.post(one).status_code for one in found["post"]] == [403] * 3


def test_people_of_another_organisation_find_nothing(organisation, member, sign_in, colleagues, run):
    other = OrganisationFactory()
    client = sign_in(member(other, "owner").user)
    mine, theirs = addresses(other, colleagues, run), addresses(organisation, colleagues, run)
    assert [client.get(one).status_code for one in theirs["get"]] == [404] * 6
    assert [client.get(one).status_code for one in mine["get"][2:]] == [404] * 4
    assert [client.post(one).status_code for one in mine["post"] + theirs["post"]] == [404] * 6
    assert EmploymentStint.objects.count() == 240


def test_visitors_are_asked_to_sign_in(client, organisation):
    assert client.get(address("outcomes", organisation)).status_code == 302


def test_without_data_the_page_says_what_to_do_first(partner, organisation):
    page = partner.get(address("outcomes", organisation)).content.decode()
    assert "No data on who stays and who leaves has been imported yet." in page
    assert address("outcomes_import", organisation) in page


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
        partner.post(address("outcomes_file_withdraw", organisation, staged.uuid))
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


def test_a_question_is_asked_and_answered(partner, organisation, colleagues, django_capture_on_commit_callbacks):
    data = {"outcome": "employee_exit", "covariates": "grade:category", "clock": "day"}
    with django_capture_on_commit_callbacks(execute=True):
        answer = partner.post(address("outcomes", organisation), data)
    run = EvidenceRun.objects.get()
    assert answer.url == address("evidence_run", organisation, run.uuid)
    page = partner.get(answer.url).content.decode()
    assert run.report["answer"] in page.replace("\N{NO-BREAK SPACE}", " ")
    assert 'role="img"' in page
    assert "style=" not in page
    assert "P001" not in page


def test_a_question_that_makes_no_sense_is_answered_beside_the_field(partner, organisation, colleagues):
    data = {"outcome": "employee_exit", "covariates": "grade:amount", "clock": "day"}
    answer = partner.post(address("outcomes", organisation), data)
    assert answer.status_code == 422
    assert "Only &#x27;:category&#x27; is supported" in answer.content.decode()


def test_a_run_that_waits_says_so(partner, organisation, colleagues):
    run = services.request_analysis(organisation=organisation, request=AnalysisRequest())
    page = partner.get(address("evidence_run", organisation, run.uuid)).content.decode()
    assert "This takes a few seconds" in page
    assert partner.get(address("evidence_run_json", organisation, run.uuid)).status_code == 404


def test_a_refusal_is_explained(partner, organisation, bring, django_capture_on_commit_callbacks):
    bring("people", "person_id,hire_date\n1,2020-01-01\n")
    with django_capture_on_commit_callbacks(execute=True):
        run = services.request_analysis(organisation=organisation, request=AnalysisRequest())
    page = partner.get(address("evidence_run", organisation, run.uuid)).content.decode()
    assert "Why there is no result" in page
    assert "At least 50 are needed for a meaningful estimate." in page


def test_the_report_shows_expectations_met_or_not(partner, organisation, run, expectation):
    page = partner.get(address("evidence_run", organisation, run.uuid)).content.decode()
    assert "0 met, 1 partly met, 0 not met, 0 not measured yet." in page
    assert "Fewer of us leave" in page


def test_the_report_of_a_specification_shows_why_training_went_ahead(partner, organisation, run, expectation):
    Specification.objects.update(despite_reason="The board asked for it.")
    EvidenceRun.objects.update(specification=expectation.specification)
    page = partner.get(address("evidence_run", organisation, run.uuid)).content.decode()
    assert "The board asked for it." in page


def test_the_report_takes_few_queries(partner, organisation, run, expectation, django_assert_num_queries):
    partner.get(address("evidence_run", organisation, run.uuid))
    with django_assert_num_queries(9):
        partner.get(address("evidence_run", organisation, run.uuid))


@pytest.mark.parametrize("n", [1, 3])
def test_the_overview_takes_the_same_queries_for_any_number_of_runs(
    partner, organisation, colleagues, django_capture_on_commit_callbacks, django_assert_num_queries, n
):
    with django_capture_on_commit_callbacks(execute=True):
        for _time in range(n):
            services.request_analysis(organisation=organisation, request=AnalysisRequest())
    partner.get(address("outcomes", organisation))
    with django_assert_num_queries(14):
        partner.get(address("outcomes", organisation))


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_of_files_takes_the_same_queries_for_any_number(partner, organisation, bring, django_assert_num_queries, n):
    for i in range(n):
        bring("people", f"person_id,hire_date\n{i},2020-01-01\n")
    partner.get(address("outcomes_import", organisation))
    with django_assert_num_queries(6):
        partner.get(address("outcomes_import", organisation))


def test_tables_are_downloaded_with_formulas_made_text(partner, organisation, run):
    answer = partner.get(address("evidence_run_table", organisation, run.uuid, "counts"))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[:2] == ["What,Number", "Followed,240"]
    assert partner.get(address("evidence_run_table", organisation, run.uuid, "nothing")).status_code == 404


def test_the_answer_is_downloaded_as_the_command_prints_it(partner, organisation, run):
    assert partner.get(address("evidence_run_json", organisation, run.uuid)).json() == run.result


def test_showing_pages_loads_no_statistics():
    """In a process of its own: everything a web process imports, and the drawing of a report."""
    program = """
import sys
import django
django.setup()
import config.urls, config.wsgi
from django.template.loader import render_to_string
from outcomes.models import EvidenceRun
from outcomes.reports import report_of
result = {"grade": "refused", "estimates": [], "curves": [], "suppressed": [], "refusals": [], "warnings": [], "question": {},
          "provenance": {}, "counts": dict.fromkeys(["units", "events", "exposed_units", "events_exposed", "unit_months",
          "teams", "excluded_rows"], 0)}
run = EvidenceRun(result=result, report={}, charts={}, outcome="employee_exit")
report_of(run)
for name in ("outcomes", "outcomes_run", "outcomes_import", "outcomes_file"):
    from django.template.loader import get_template
    get_template(f"console/{name}.html")
heavy = {"pandas", "lifelines", "statsmodels", "scipy", "altair", "numpy"}
print(sorted(heavy & {name.split(".")[0] for name in sys.modules}))
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
