"""No page, download or picture of outcomes names a colleague or customer, or says anything that is about one of them."""

import io
import json
import re

import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from outcomes import services
from outcomes.models import AnalysisRequest, EvidenceRun
from stakeholders.coverage import coverage_of
from stakeholders.models import EmploymentStint, Objection, PersonMetric
from tests import factories
from tests.outcomes.arranged import console_addresses

pytestmark = pytest.mark.django_db

MARK, FIGURE = "zanzibar", "98765"
N = 240
QUESTIONS = {
    "adjusted": AnalysisRequest(covariates="grade:category"),
    "by month": AnalysisRequest(clock="month"),
    "by manager": AnalysisRequest(covariates="manager_id:category"),
    "by nickname": AnalysisRequest(covariates="nickname:category"),
    "amount": AnalysisRequest(covariates="annual_cost"),
    "customers": AnalysisRequest(outcome="customer_churn", covariates="segment:category"),
    "by owner": AnalysisRequest(outcome="customer_churn", covariates="owner_person_id:category"),
    "rollout": AnalysisRequest(exposure="rollout"),
}
# Where whoever has the right to upload sees the words of a file, or an ID that they have typed.
FOR_UPLOADERS = {"objections", "objection_withdraw", "import_report", "outcomes_missing"}


@pytest.fixture
def planted(organisation, bring):
    """Everything that a file can hold of somebody has the mark in it, or the figure."""
    people = ["person_id,hire_date,exit_date,completion_date,email,manager_id,annual_cost,team,grade,nickname"]
    owned = ["customer_id,start_date,end_date,owner_person_id,annual_value,segment"]
    metrics = ["person_id,month,metric,value"]
    for n in range(N):
        person = f"{MARK}-{n:03d}"
        left = f"2022-{1 + n % 12:02d}-{1 + n % 28:02d}" if n % 2 else ""
        done = f"2021-{1 + n % 12:02d}-15" if n % 3 == 0 else ""
        hired = f"2020-{1 + n % 12:02d}-01"
        people.append(
            f"{person},{hired},{left},{done},{person}@x.org,{MARK}-m{n % 6},{FIGURE}{n:02d},T{n % 8},{n // 2 % 4},{person}"
        )
        owned.append(f"{MARK}-c{n},{hired},{left},{MARK}-{n % 60:03d},{FIGURE}{n:02d},S{n % 3}")
        metrics.append(f"{person},2022-01,absence_days,{FIGURE}.{n:03d}")
    for kind, rows in (("people", people), ("customers", owned), ("person_metrics", metrics)):
        window = {"leavers_from": "2021-01-01", "leavers_until": "2022-12-31"} if kind != "person_metrics" else {}
        bring(kind, "\n".join(rows) + "\n", **window)
    user = factories.UserFactory(first_name=MARK.title(), email=f"{MARK}-001@x.org")
    factories.MembershipFactory(
        organisation=organisation, user=user, person_id=f"{MARK}-001", email=user.email, first_name=MARK.title()
    )
    return organisation


@pytest.fixture
def runs(planted, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for request in QUESTIONS.values():
            services.request_analysis(organisation=planted, request=request)
    return list(EvidenceRun.objects.all())


def places(organisation, runs):
    """Every address of outcomes, and every table of every run."""
    parts = {name: [{}] for name in console_addresses() - FOR_UPLOADERS}
    parts |= {name: [{"uuid": run.uuid} for run in runs] for name in ("evidence_run", "evidence_run_json", "refresh_run")}
    tables = ("retention", "everyone", "split", "estimates", "sensitivity", "counts")
    parts["evidence_run_table"] = [{"uuid": run.uuid, "table": table} for run in runs for table in tables]
    staged = [{"uuid": staged.uuid} for staged in organisation.imports.filter(kind__in=["people", "customers"])]
    parts |= {"outcomes_file": staged, "outcomes_window": staged}
    parts["outcomes_template"] = [{"name": "dpia"}]
    for name, all_parts in parts.items():
        for one in all_parts:
            yield name, reverse(f"org:{name}", kwargs={"organisation": organisation.slug} | one)


def told(text: str) -> bool:
    return MARK in text.lower() or FIGURE in re.sub(r"[,\s]", "", text)


@pytest.mark.parametrize("role", ["lnd_partner", "outcomes_reader", "data_steward", "owner"])
def test_no_page_and_no_download_names_anybody(planted, runs, member, sign_in, role):
    client = sign_in(member(planted, role).user)
    opened, telling = set(), set()
    for name, url in places(planted, runs):
        answer = client.get(url, follow=name != "outcomes_file")
        if answer.status_code != 200:
            continue
        opened.add(name)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if told(content.decode()):
            telling.add(url)
    assert telling == set()
    reading = {"outcomes", "evidence_run", "evidence_run_json", "evidence_run_table"}
    uploading = {"outcomes", "outcomes_data", "outcomes_import", "outcomes_window", "outcomes_template"}
    asking = reading | {"outcomes_data"}
    expected = {"lnd_partner": asking, "outcomes_reader": reading, "data_steward": uploading, "owner": asking | uploading}
    assert opened == expected[role]


def test_nothing_that_is_stored_of_a_run_names_anybody(runs):
    """Pictures, words and figures, refusals among them, whoever may be shown them later."""
    kept = {run.question["covariates"]: json.dumps([run.result, run.report, run.charts]) for run in runs}
    assert [question for question, text in kept.items() if told(text)] == []
    assert {run.job.state for run in runs} == {"done"}


def test_the_command_names_nobody(planted):
    for covariates in ("grade:category", "manager_id:category"):
        out = io.StringIO()
        asked = ["--outcome", "employee_exit", "--exposure", "completion", "--covariates", covariates, "--json"]
        call_command("evidence", planted.slug, *asked, stdout=out)
        assert not told(out.getvalue())


def test_what_the_data_can_say_names_nobody(planted):
    assert not told(str(coverage_of(planted)))


def test_no_api_gives_outcomes(planted):
    """What is not there cannot say anything; whoever adds it adds it to the walk above."""
    assert [route for route in routes(get_resolver().url_patterns) if route.startswith("api/") and "outcome" in route] == []


def test_no_model_keeps_a_score_of_somebody():
    names = {field.name for model in (EmploymentStint, PersonMetric, Objection) for field in model._meta.get_fields()}
    assert [name for name in names if "risk" in name or "score" in name or "predict" in name] == []


def routes(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern)
