"""Uploading, asking and reading are three rights: every role, at every address, by every method."""

import re

import pytest
from django.urls import reverse

from accounts.enums import Role
from outcomes import services
from outcomes.models import AnalysisRequest, EvidenceRun
from stakeholders.models import EmploymentStint, Objection
from stakeholders.views import DOCUMENTS
from tests.outcomes.arranged import console_addresses
from tests.stakeholders.conftest import address

pytestmark = pytest.mark.django_db

UPLOAD, ASK, READ = {"owner", "data_steward"}, {"owner", "lnd_partner"}, {"owner", "lnd_partner", "outcomes_reader"}
MAY = {
    ("get", "outcomes"): UPLOAD | READ,
    ("post", "outcomes"): ASK,
    ("get", "outcomes_data"): UPLOAD | ASK,
    ("get", "objections"): UPLOAD,
    ("post", "objections"): UPLOAD,
    ("post", "objection_withdraw"): UPLOAD,
    ("get", "outcomes_template"): UPLOAD,
    ("get", "outcomes_import"): UPLOAD,
    ("post", "outcomes_import"): UPLOAD,
    ("get", "outcomes_file"): UPLOAD,
    ("get", "outcomes_window"): UPLOAD,
    ("post", "outcomes_window"): UPLOAD,
    ("get", "outcomes_missing"): UPLOAD,
    ("get", "import_report"): UPLOAD,
    ("get", "import_template"): UPLOAD,
    ("post", "import_apply"): UPLOAD,
    ("post", "import_check"): UPLOAD,
    ("post", "import_stop"): UPLOAD,
    ("post", "import_restart"): UPLOAD,
    ("post", "import_discard"): UPLOAD,
    ("get", "import_withdraw"): UPLOAD,
    ("post", "import_withdraw"): UPLOAD,
    ("post", "refresh_run"): ASK,
    ("get", "evidence_run"): READ,
    ("get", "evidence_run_json"): READ,
    ("get", "evidence_run_table"): READ,
}
ROLES = [*Role.values, None]


@pytest.fixture
def run(organisation, colleagues, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        return services.request_analysis(organisation=organisation, request=AnalysisRequest(covariates="grade:category"))


@pytest.fixture
def visitor(organisation, member, sign_in):
    """Signed in, with a role and no other right; a manager's role names no team here."""

    def make(role):
        return sign_in(member(organisation, *([role] if role else [])).user)

    return make


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_each_address_is_open_to_the_right_it_needs_and_to_no_other(organisation, visitor, colleagues, run, role):
    client = visitor(role)
    places = {"outcomes_file": colleagues, "outcomes_window": colleagues, "evidence_run": run, "evidence_run_json": run}
    places |= {"refresh_run": run, "outcomes_missing": colleagues}
    wrong = {}
    for (method, name), roles in MAY.items():
        parts = {"uuid": places[name].uuid} if name in places else {}
        if name == "evidence_run_table":
            parts = {"uuid": run.uuid, "table": "retention"}
        elif name == "import_template":
            parts = {"kind": "people"}
        elif name == "objection_withdraw":
            parts = {"uuid": Objection.objects.create(organisation=organisation, person_id=f"X{role}").uuid}
        elif name == "outcomes_template":
            parts = {"name": "dpia"}
        elif name.startswith("import_"):
            parts = {"uuid": colleagues.uuid}
        url = reverse(f"org:{name}", kwargs={"organisation": organisation.slug} | parts)
        status = getattr(client, method)(url).status_code
        if (status != 403) is not (role in roles):
            wrong[method, name] = status
    assert wrong == {}
    assert role in UPLOAD or EmploymentStint.objects.count() == 240


def test_the_table_has_every_address_of_outcomes():
    """A new page says whose it is."""
    assert console_addresses() - {name for _method, name in MAY} == set()


def test_only_those_who_ask_have_a_form_and_only_those_who_upload_a_list_of_files(organisation, visitor, colleagues, run):
    seen = {}
    for role in ("owner", "lnd_partner", "data_steward", "outcomes_reader"):
        page = visitor(role).get(address("outcomes", organisation)).content.decode()
        parts = {"ask": 'id="ask"', "files": "people.csv", "run": str(run.uuid), "data": address("outcomes_data", organisation)}
        seen[role] = {name for name, text in parts.items() if text in page}
    assert seen == {
        "owner": {"ask", "files", "run", "data"},
        "lnd_partner": {"ask", "run", "data"},
        "data_steward": {"files", "data"},
        "outcomes_reader": {"run"},
    }


def test_the_headcount_is_for_those_who_upload(organisation, visitor, colleagues):
    said = {}
    for role in ("owner", "data_steward", "lnd_partner", "outcomes_reader"):
        page = visitor(role).get(address("outcomes", organisation)).content.decode()
        said[role] = ("Data on 240 people" in page, "Data on employees." in page)
    assert said == dict.fromkeys(("owner", "data_steward"), (True, False)) | dict.fromkeys(
        ("lnd_partner", "outcomes_reader"), (False, True)
    )


def test_the_two_documents_are_downloaded_as_they_are_in_the_repository(organisation, visitor):
    client = visitor("data_steward")
    for name, path in DOCUMENTS.items():
        answer = client.get(address("outcomes_template", organisation, name))
        assert answer["Content-Disposition"] == f'attachment; filename="{name}.md"'
        assert answer.content == path.read_bytes()
    assert client.get(address("outcomes_template", organisation, "other")).status_code == 404


def test_the_page_on_the_data_leads_on_by_right(organisation, visitor, colleagues):
    seen = {}
    for role in ("owner", "lnd_partner", "data_steward"):
        page = visitor(role).get(address("outcomes_data", organisation)).content.decode()
        seen[role] = (address("outcomes_import", organisation) in page, "#ask" in page)
    assert seen == {"owner": (True, True), "lnd_partner": (False, True), "data_steward": (True, False)}


def test_what_is_not_finished_is_for_those_who_ask(organisation, visitor, colleagues):
    waiting = services.request_analysis(organisation=organisation, request=AnalysisRequest())
    report = address("evidence_run", organisation, waiting.uuid)
    overview = address("outcomes", organisation)
    assert visitor("lnd_partner").get(report).status_code == 200
    assert str(waiting.uuid) in visitor("lnd_partner").get(overview).content.decode()
    assert visitor("outcomes_reader").get(report).status_code == 404
    assert str(waiting.uuid) not in visitor("outcomes_reader").get(overview).content.decode()


def test_a_question_of_somebody_who_may_not_ask_is_not_recorded(organisation, visitor, colleagues):
    sent = {"outcome": "employee_exit", "covariates": "", "clock": "day"}
    for role in ("data_steward", "outcomes_reader", "admin"):
        assert visitor(role).post(address("outcomes", organisation), sent).status_code == 403
    assert EvidenceRun.objects.count() == 0


@pytest.mark.parametrize("lost", ["data_steward", "outcomes_reader"])
def test_an_analysis_of_somebody_who_may_not_ask_any_more_is_not_run(
    organisation, member, colleagues, django_capture_on_commit_callbacks, lost
):
    asked = member(organisation, "lnd_partner")
    with django_capture_on_commit_callbacks(execute=True):
        run = services.request_analysis(organisation=organisation, request=AnalysisRequest(), actor=asked.user)
        asked.roles.update(role=lost)
    run.refresh_from_db()
    assert (run.result, run.job.state) == (None, "failed")


def test_readers_find_nothing_to_do_while_there_is_nothing(organisation, visitor):
    page = visitor("outcomes_reader").get(address("outcomes", organisation)).content.decode()
    assert "A data steward or an owner of your organisation can import them." in page
    assert address("outcomes_import", organisation) not in page


def test_a_small_count_of_everybody_is_read_by_those_who_bring_the_data_alone(acme, member, sign_in):
    """Page, table and JSON: whoever reads only gets no counts of data that hold too few exits for any question."""
    people = EmploymentStint.objects.filter(organisation=acme)
    kept = people.exclude(exit_date=None).order_by("pk").values_list("pk", flat=True)[:5]
    people.exclude(pk__in=list(kept)).update(exit_date=None, exit_kind="")
    run = services.run_analysis(run=services.request_analysis(organisation=acme, request=AnalysisRequest(clock="month")))
    told = {}
    for role in ("owner", "outcomes_reader"):
        client = sign_in(member(acme, role).user)
        addresses = [
            run.get_absolute_url(),
            reverse("org:evidence_run_table", args=[acme.slug, run.uuid, "counts"]),
            reverse("org:evidence_run_json", args=[acme.slug, run.uuid]),
        ]
        page, table, answer = (client.get(address) for address in addresses)
        words = "".join(re.findall(r">Left</th><td[^>]*>([^<]*)</td>", page.content.decode()))
        told[role] = words, '"Left","5"' in table.getvalue().decode(), answer.json()["counts"]["events"]
    assert told == {"owner": ("5", True, 5), "outcomes_reader": ("", False, 0)}
