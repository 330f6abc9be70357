"""The console pages of outcomes: who may see them, what they say, and that no statistics are loaded to show them."""

import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.kept_forms import OWNER_FIELD, owner_token
from jobs.models import Job
from jobs.services import sweep_jobs
from needs.models import Expectation, Gap, Specification
from outcomes import services
from outcomes.errors import QuestionNotUnderstood
from outcomes.forms import QuestionForm
from outcomes.models import AnalysisRequest, EvidenceRun
from outcomes.reports import latest_answers, report_of
from stakeholders.models import EmploymentStint
from stakeholders.windows import WindowForm
from tests.factories import CourseFactory, OrganisationFactory
from tests.stakeholders.conftest import address

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(organisation, colleagues, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        requested = services.request_analysis(organisation=organisation, request=AnalysisRequest(covariates="grade:category"))
    requested.refresh_from_db()
    return requested


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
            address("import_withdraw", organisation, staged.uuid),
            address("import_discard", organisation, staged.uuid),
        ],
    }


def test_people_of_another_organisation_find_nothing(organisation, member, sign_in, colleagues, run):
    other = OrganisationFactory()
    client = sign_in(member(other, "owner").user)
    through_other, through_organisation = addresses(other, colleagues, run), addresses(organisation, colleagues, run)
    assert [client.get(url).status_code for url in through_organisation["get"]] == [404] * 6
    assert [client.get(url).status_code for url in through_other["get"][2:]] == [404] * 4
    assert [client.post(url).status_code for url in through_other["post"] + through_organisation["post"]] == [404] * 6
    assert EmploymentStint.objects.count() == 240


def test_visitors_are_asked_to_sign_in(client, organisation):
    assert client.get(address("outcomes", organisation)).status_code == 302


def test_without_data_the_page_says_what_to_do_first(partner, organisation):
    page = partner.get(address("outcomes", organisation)).content.decode()
    assert "No data on who stays and who leaves has been imported yet." in page
    assert address("outcomes_import", organisation) in page


def test_the_page_counts_one_person_in_the_singular(partner, organisation, bring):
    bring("people", "person_id,hire_date\n1,2020-01-01\n")
    assert "Data on 1 person." in partner.get(address("outcomes", organisation)).content.decode()


def test_a_question_is_asked_and_answered(partner, organisation, colleagues, django_capture_on_commit_callbacks):
    data = {"outcome": "employee_exit", "covariates": ["employee_exit.grade"], "clock": "day"}
    with django_capture_on_commit_callbacks(execute=True):
        answer = partner.post(address("outcomes", organisation), data)
    run = EvidenceRun.objects.get()
    assert answer.url == address("evidence_run", organisation, run.uuid)
    page = partner.get(answer.url).content.decode()
    assert run.report["answer"] in page.replace("\N{NO-BREAK SPACE}", " ")
    assert 'role="img"' in page
    assert "style=" not in page
    assert "P001" not in page


@pytest.mark.parametrize(
    ("posted", "message"),
    [
        ({"covariates": ["employee_exit.shoe_size"]}, "“shoe_size” is no column that can be adjusted for."),
        ({"covariates": ["grade"]}, "is no column that can be adjusted for."),
        ({"covariates": ["customer_churn.grade"]}, "“grade” is no column that can be adjusted for."),
        (
            {"covariates": ["employee_exit.grade"], "covariates.employee_exit.grade": "amount"},
            "“grade” cannot be used in this way.",
        ),
    ],
)
def test_a_column_that_was_not_offered_is_refused_beside_the_field(partner, organisation, colleagues, posted, message):
    answer = partner.post(address("outcomes", organisation), {"outcome": "employee_exit", "clock": "day"} | posted)
    assert (answer.status_code, EvidenceRun.objects.count()) == (422, 0)
    assert message in answer.content.decode()


def test_a_run_that_waits_says_so(partner, organisation, colleagues):
    run = services.request_analysis(organisation=organisation, request=AnalysisRequest())
    page = partner.get(address("evidence_run", organisation, run.uuid)).content.decode()
    assert "This takes a few seconds" in page
    assert f'<meta http-equiv="refresh" content="2;url={run.get_absolute_url()}">' in page
    assert partner.get(address("evidence_run_json", organisation, run.uuid)).status_code == 404


def test_an_analysis_waits_while_the_broker_is_away_and_is_done_afterwards(
    partner, organisation, colleagues, broker_is_away, django_capture_on_commit_callbacks
):
    question = {"outcome": "employee_exit", "covariates": ["employee_exit.grade"], "clock": "day"}
    with django_capture_on_commit_callbacks(execute=True):
        waiting = partner.post(address("outcomes", organisation), question).url
    page = partner.get(waiting).content.decode()
    run = EvidenceRun.objects.get()
    stop = reverse("job_stop", args=[run.job.uuid])
    assert (run.job.queue, "Waiting for its turn" in page, f'action="{stop}"' in page) == ("bulk", True, True)
    Job.objects.update(updated_at=timezone.now() - timedelta(minutes=11))
    page = partner.get(waiting).content.decode()
    assert ("No progress since" in page, "Start again" in page) == (True, True)
    broker_is_away.is_back()
    sweep_jobs()
    run.refresh_from_db()
    assert (run.result is not None, run.job.state) == (True, "done")


def test_times_are_those_of_the_reader(partner, organisation, run):
    """In Auckland it is the next day."""
    EvidenceRun.objects.filter(pk=run.pk).update(
        created_at=datetime(2024, 3, 1, 20, 30, tzinfo=UTC),
        result=run.result | {"provenance": run.result["provenance"] | {"ran_at": "2024-03-01T20:30:00+00:00"}},
    )
    session = partner.session
    session["time_zone"] = "Pacific/Auckland"
    session.save()
    download = partner.get(address("evidence_run_json", organisation, run.uuid))
    assert download["Content-Disposition"] == 'attachment; filename="evidence-employee_exit-2024-03-02.json"'
    page = partner.get(run.get_absolute_url()).content.decode()
    assert "<dt>Analysed</dt><dd>2 March 2024, 09:30</dd>" in page


def test_who_did_not_ask_for_an_analysis_has_no_button_to_stop_it(member, sign_in, organisation, run):
    EvidenceRun.objects.update(result=None)
    Job.objects.filter(pk=run.job_id).update(state="queued", finished_at=None)
    page = sign_in(member(organisation, "owner").user).get(address("evidence_run", organisation, run.uuid)).content.decode()
    assert ("Waiting for its turn" in page, reverse("job_stop", args=[run.job.uuid]) in page) == (True, False)


def test_a_refusal_is_explained(partner, organisation, bring, django_capture_on_commit_callbacks):
    rows = "".join(f"{i},2020-01-01\n" for i in range(12))
    bring("people", "person_id,hire_date\n" + rows, leavers_from="2020-01-01", leavers_until="2020-12-31")
    with django_capture_on_commit_callbacks(execute=True):
        run = services.request_analysis(organisation=organisation, request=AnalysisRequest())
    page = partner.get(address("evidence_run", organisation, run.uuid)).content.decode()
    assert "Why there is no result" in page
    assert "At least 50 exits are needed for a meaningful estimate, and all data together contain fewer" in page
    assert "With so little data, any figure here would be down to chance. It is better to give no result" in page


def test_a_refusal_before_anybody_was_counted_shows_no_counts(partner, organisation, colleagues, run):
    counts = dict.fromkeys(run.result["counts"], 0)
    run.result |= {"grade": "refused", "refusals": [{"code": "x", "message": "Not this."}], "estimates": [], "counts": counts}
    run.report |= {"how_we_know": []}
    run.totals = {}
    run.save()
    page = partner.get(run.get_absolute_url()).content.decode()
    assert ("Not this." in page, "Followed after a completion" in page, "How we know" in page) == (True, False, False)


def test_a_refusal_that_is_not_about_numbers_does_not_blame_them(partner, organisation, colleagues, run):
    refusal = {"code": "no_overlap", "message": "They hardly overlapped in tenure."}
    EvidenceRun.objects.update(result=run.result | {"refusals": [refusal]})
    page = partner.get(address("evidence_run", organisation, run.uuid)).content.decode()
    assert "It is better to give no result than a wrong one." in page
    assert "down to chance" not in page


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
    with django_assert_num_queries(10):
        partner.get(address("evidence_run", organisation, run.uuid))


def test_the_report_of_a_specification_and_its_downloads_take_few_queries(
    partner, organisation, run, expectation, django_assert_max_num_queries
):
    EvidenceRun.objects.update(specification=expectation.specification)
    page = address("evidence_run", organisation, run.uuid)
    figures = address("evidence_run_json", organisation, run.uuid)
    table = address("evidence_run_table", organisation, run.uuid, "retention")
    partner.get(page)
    with django_assert_max_num_queries(15):
        assert "Fewer of us leave" in partner.get(page).content.decode()
    for download in (figures, table):
        with django_assert_max_num_queries(8):
            assert b"".join(partner.get(download))


@pytest.mark.parametrize("n", [1, 3])
def test_the_overview_takes_the_same_queries_for_any_number_of_runs(
    partner, organisation, colleagues, django_capture_on_commit_callbacks, django_assert_num_queries, n
):
    with django_capture_on_commit_callbacks(execute=True):
        for _time in range(n):
            services.request_analysis(organisation=organisation, request=AnalysisRequest())
    partner.get(address("outcomes", organisation))
    with django_assert_num_queries(26):
        partner.get(address("outcomes", organisation))


def test_tables_are_downloaded_with_formulas_made_text(partner, organisation, run):
    answer = partner.get(address("evidence_run_table", organisation, run.uuid, "counts"))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert text.replace(chr(34), "").splitlines()[:2] == ["What,Number", "Followed,240"]
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
heavy = {"pandas", "lifelines", "statsmodels", "diff_diff", "scipy", "altair", "mirt"}  # numpy plays negotiations
print(sorted(heavy & {name.split(".")[0] for name in sys.modules}))
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_question_names_course_kinds_day_and_horizon(partner, organisation, bring, django_capture_on_commit_callbacks):
    rows = [f"{i},2020-01-01,2021-{1 + i % 12:02d}-15,voluntary" for i in range(40)]
    text = "\n".join(["person_id,hire_date,exit_date,exit_kind", *rows]) + "\n"
    bring("people", text, leavers_from="2021-01-01", leavers_until="2021-12-31")
    bring("completions", "person_id,course,completed_on\n1,Fire safety,2021-03-01\n2,Listening,2021-02-01\n")
    page = partner.get(address("outcomes", organisation)).content.decode()
    assert page.count('type="checkbox" name="courses"') == 2
    assert re.search(r'name="events" value="voluntary"[^>]* checked', page)
    data = {
        "outcome": "employee_exit",
        "courses": ["listening"],
        "events": ["voluntary"],
        "as_of": "2021-11-30",
        "horizon_months": "24",
        "clock": "month",
    }
    with django_capture_on_commit_callbacks(execute=True):
        partner.post(address("outcomes", organisation), data)
    run = EvidenceRun.objects.get()
    asked = {"courses": ["listening"], "events": ["voluntary"], "as_of": "2021-11-30", "horizon_months": 24, "clock": "month"}
    assert {name: run.question[name] for name in asked} == asked
    assert run.result["question"]["horizon_months"] == 24
    assert run.result["question"]["event_kinds"] == ["voluntary"]
    unnamed = partner.post(address("outcomes", organisation), data | {"courses": []})
    assert (unnamed.status_code, EvidenceRun.objects.count()) == (422, 1)
    wrong = partner.post(address("outcomes", organisation), data | {"as_of": "2999-01-01"})
    assert wrong.status_code == 422
    assert "This day has not come yet." in wrong.content.decode()


@pytest.mark.parametrize(("day", "shown"), [(date(2022, 6, 30), True), (date(2999, 1, 1), False), (None, False)])
def test_a_specification_prefills_the_day_of_its_analysis_once_it_has_come(
    partner, organisation, bring, expectation, day, shown
):
    bring("people", "person_id,hire_date\nP1,2020-01-01\n")
    specification = expectation.specification
    type(specification).objects.filter(pk=specification.pk).update(analysis_on=day)
    page = partner.get(address("outcomes", organisation) + f"?for={specification.uuid}").content.decode()
    assert ('value="2022-06-30"' in page, 'value="2999-01-01"' in page) == (shown, False)


def test_a_specification_prefills_its_team_kinds_of_exit_and_horizon(partner, organisation, bring, expectation):
    """The team is that of its gap."""
    rows = "P1,2020-01-01,2021-01-01,voluntary,Ward 3\nP2,2020-01-01,,,Ward 4\n"
    bring("people", f"person_id,hire_date,exit_date,exit_kind,team\n{rows}")
    specification = expectation.specification
    page = f"{address('outcomes', organisation)}?for={specification.uuid}"
    unsaid = partner.get(page).context["form"]
    assert [unsaid[name].value() for name in ("teams", "events", "horizon_months")] == [[], ["voluntary"], None]
    type(specification).objects.filter(pk=specification.pk).update(event_kinds=["involuntary", "other"], horizon_months=24)
    Gap.objects.filter(pk=specification.gap_id).update(team=organisation.teams.create(name="Ward 3"))
    answer = partner.get(page)
    said = answer.context["form"]
    assert [said[name].value() for name in ("teams", "events", "horizon_months")] == [["Ward 3"], ["involuntary", "other"], 24]
    html = answer.content.decode()
    assert re.search(r'<option value="Ward 3" selected', html)
    assert re.search(r'name="horizon_months" value="24"', html)
    assert re.findall(r'name="events" value="(\w+)"[^>]* checked', html) == ["involuntary", "other"]


def test_a_specification_prefills_its_course(partner, organisation, bring, expectation):
    key = expectation.specification.course.key
    bring("completions", f"person_id,course,completed_on\n1,Fire safety,2021-03-01\n2,{key},2021-02-01\n")
    bring("people", "person_id,hire_date\n1,2020-01-01\n")
    page = partner.get(address("outcomes", organisation) + f"?for={expectation.specification.uuid}").content.decode()
    assert re.search(rf'name="courses" value="{key}"[^>]* checked', page)
    assert re.search(rf'<option value="{expectation.specification.pk}" selected', page)
    assert partner.get(address("outcomes", organisation) + "?for=nonsense").status_code == 200


def page_of(client, organisation, run):
    return client.get(address("evidence_run", organisation, run.uuid)).content.decode().replace("\N{NO-BREAK SPACE}", " ")


def days_of_programs(page: str) -> list[str]:
    """What a page shows of days as programs write them; values of fields and checksums are for programs."""
    shown = re.sub(r"<[^>]+>", " ", re.sub(r"<(code|script)\b.*?</\1>", " ", page, flags=re.DOTALL))
    return re.findall(r"\b\d{4}-\d{2}-\d{2}\b", shown)


def test_every_day_of_a_report_is_written_as_its_reader_writes_it(partner, organisation, run):
    page = page_of(partner, organisation, run)
    assert days_of_programs(page) == []
    assert "everyone employed at some time between 1 " in page


def test_a_day_in_the_words_of_an_answer_is_written_as_its_reader_writes_it(partner, organisation, run):
    """Whichever of them it is in: a refusal names the day from which on an answer can be given."""
    said = "Ask as of 2024-11-30 or later."
    names = ("answer", "grade_meaning", "how_we_know", "what_would_change_our_mind")
    words = {name: [said] if isinstance(run.report[name], list) else said for name in names}
    run.report |= words | {"data_from": None, "data_until": None}
    run.save()
    pages = page_of(partner, organisation, run) + partner.get(address("outcomes", organisation)).content.decode()
    assert days_of_programs(pages) == []
    assert pages.count("Ask as of 30 November 2024 or later.") >= 4


def test_one_curve_for_everyone_comes_first_and_the_split_is_behind_a_disclosure(partner, organisation, run):
    page = page_of(partner, organisation, run)
    everyone, disclosure = page.index("Retention of everyone"), page.index("(not adjusted)")
    split = page.index("Not adjusted: retention before and after completing")
    assert everyone < disclosure < split
    assert page[everyone:disclosure].count("<details") == 2  # the table behind the first picture, and the disclosure itself
    assert "Not yet completed" not in page[everyone:disclosure]
    assert "Not adjusted" in run.charts["split"]["page"]
    assert "Not adjusted" not in run.charts["retention"]["page"]


def test_a_report_from_before_the_split_shows_what_was_drawn(partner, organisation, run):
    EvidenceRun.objects.update(charts={"retention": run.charts["retention"]})
    page = page_of(partner, organisation, run)
    assert "Retention, with 95% confidence interval" in page
    assert "(not adjusted)" not in page


def test_expectations_stand_after_how_we_know(partner, organisation, run, expectation):
    page = page_of(partner, organisation, run)
    assert page.index('id="how"') < page.index('id="expectations"') < page.index('id="change"')
    assert "What stakeholders expected" in page
    assert "It does not follow from the comparison above." in page


def test_the_report_says_from_when_its_data_are(partner, organisation, run):
    EvidenceRun.objects.update(report=run.report | {"data_from": "2022-01-01", "data_until": "2024-12-31"})
    assert "Data from 1 January 2022 to 31 December 2024, analysed on" in page_of(partner, organisation, run)
    EvidenceRun.objects.update(report={name: text for name, text in run.report.items() if not name.startswith("data_")})
    assert "Data from" not in page_of(partner, organisation, run)


def test_names_of_columns_are_never_shown_raw(partner, organisation, run):
    question = run.result["question"] | {"covariates": ["pay_band:category", "age"]}
    EvidenceRun.objects.update(result=run.result | {"question": question}, question={"covariates": "role:category"})
    page = page_of(partner, organisation, run)
    assert "<dd>pay band, age</dd>" in page
    assert ":category" not in page
    assert "hazard ratio" not in page.lower().replace("log hazard ratio", "")
    overview = partner.get(address("outcomes", organisation)).content.decode()
    assert "role:category" not in overview


def test_the_middle_of_the_scale_is_the_same_rate(partner, organisation, run):
    page = page_of(partner, organisation, run)
    labels = page[page.index("interval__labels") :]
    assert labels.index("of the rate") < labels.index("<span>same rate</span>") < labels.index("times the rate")


@pytest.mark.parametrize(
    ("outcome", "name", "question", "others"),
    [
        ("customer_churn", "Customer retention", "Do customers stay?", ["And employees?"]),
        ("partner_exit", "Partner retention", "Do partners stay?", ["And employees?", "And customers?"]),
    ],
)
def test_a_report_names_those_it_is_about_and_leads_to_the_others(partner, organisation, run, outcome, name, question, others):
    runs = {
        made: EvidenceRun.objects.create(
            organisation=organisation, outcome=made, exposure="completion", question={}, result=run.result, report=run.report
        )
        for made in ("customer_churn", "partner_exit")
    }
    page = page_of(partner, organisation, runs[outcome])
    assert f"<title>{name} report" in page
    assert question in page
    assert re.findall(r'<h2 id="other-\w+">(.*?)</h2>', page) == others
    overview = partner.get(address("outcomes", organisation)).content.decode()
    assert [f">{text}</a>" in overview for text in (name, "Employee retention")] == [True, True]
    assert f"View the {name.lower()} report" in overview


def test_a_specification_about_partners_asks_about_partners(partner, organisation, expectation):
    EmploymentStint.objects.create(organisation=organisation, person_id="1", hire_date="2020-01-01")
    Gap.objects.update(stakeholder_group="partners")
    page = partner.get(address("outcomes", organisation) + f"?for={expectation.specification.uuid}").content.decode()
    assert '<option value="partner_exit" selected' in page


@pytest.fixture
def by_team(run):
    """The run with an interval by team that holds 1 beside a primary one that does not."""
    primary = run.result["estimates"][0] | {"value": -0.3, "ci_low": -0.5, "ci_high": -0.1, "primary": True}
    clustered = primary | {"method": "cox_time_varying_clustered", "ci_low": -0.65, "ci_high": 0.05, "primary": False}
    run.result = run.result | {"estimates": [primary, clustered]}
    run.save()
    return run


@pytest.mark.parametrize(
    ("question", "result", "takes_its_place"),
    [
        ({}, {}, True),
        ({"teams": []}, {}, True),
        ({"teams": ["Care"]}, {}, False),
        ({}, {"counts": {"units": 0}}, False),
        ({}, {"counts": {"units": None}}, True),
    ],
    ids=["everybody, as before", "everybody", "one team", "nobody", "1 to 9"],
)
def test_latest_results_are_about_everybody(organisation, run, question, result, takes_its_place):
    newer = EvidenceRun.objects.create(
        organisation=organisation,
        outcome="employee_exit",
        exposure="completion",
        question=question,
        result=run.result | result,
    )
    assert latest_answers(organisation) == {"employee_exit": newer if takes_its_place else run}


def test_the_list_of_analyses_names_teams_and_columns_as_people_write_them(partner, organisation, run):
    run.question |= {"teams": ["Care", "Office"], "covariates": "annual_value,pay_grade:category"}
    run.save()
    page = partner.get(address("outcomes", organisation)).content.decode()
    assert '<span class="muted small">Teams: Care, Office</span>' in page
    assert '<span class="muted small">Adjusted for annual value, pay grade</span>' in page


def test_the_list_of_analyses_tells_two_questions_apart(partner, organisation, run):
    more = {"as_of": "2024-06-30", "horizon_months": 12, "courses": ["care"], "events": ["voluntary"]}
    EvidenceRun.objects.filter(pk=run.pk).update(question=run.question | more)
    page = " ".join(re.sub(r"<[^>]+>", " ", partner.get(address("outcomes", organisation)).content.decode()).split())
    assert "Course: care Exits that count: Voluntary As of 30 June 2024 · horizon 12 months" in page


def test_a_day_on_which_several_answers_were_given_is_named_once(partner, organisation, run):
    days = [datetime(2024, 8, 22, 9, tzinfo=UTC), datetime(2024, 8, 22, 8, tzinfo=UTC), datetime(2024, 5, 2, 8, tzinfo=UTC)]
    for day in days:
        earlier = EvidenceRun.objects.create(
            organisation=organisation,
            outcome=run.outcome,
            exposure=run.exposure,
            question={},
            result=run.result,
            replaced_by=run,
        )
        EvidenceRun.objects.filter(pk=earlier.pk).update(created_at=day)
    page = " ".join(page_of(partner, organisation, run).split())
    assert "Earlier answers to the same question, of 22 August 2024, 2 May 2024</dd>" in page


def test_who_uploads_does_not_read_that_nothing_was_analysed(organisation, member, sign_in, run):
    page = sign_in(member(organisation, "data_steward").user).get(address("outcomes", organisation)).content.decode()
    assert "No analysis has been run yet." not in page


def test_teams_of_others_are_offered_as_theirs_and_refused_beside_the_field(partner, organisation, bring):
    known = {"leavers_from": "2020-01-01", "leavers_until": "2021-12-31"}
    bring("people", "person_id,hire_date,team\nP1,2019-01-01,Care\nP2,2019-01-01,Office\n", **known)
    bring("customers", "customer_id,start_date,owner_person_id\nC1,2020-02-01,P1\n", **known)
    page = partner.get(address("outcomes", organisation)).content.decode()
    assert '<option value="Care">Care (Employees)</option>' in page
    posted = {"outcome": "customer_churn", "clock": "day", "teams": ["Care"], "as_of": "2999-01-01", "horizon_months": "0"}
    answer = partner.post(address("outcomes", organisation), posted)
    page = answer.content.decode()
    assert (answer.status_code, EvidenceRun.objects.count()) == (422, 0)
    assert "The data name no teams for customers. Choose no team, to ask about all of them." in page
    assert "This day has not come yet." in page, "all that is wrong is said at once"
    assert "Ensure this value is greater than or equal to 1." in page


def test_names_of_columns_break_between_their_words_alone(partner, organisation, bring, member, sign_in):
    known = {"leavers_from": "2020-01-01", "leavers_until": "2021-12-31"}
    rows = "".join(f"P{i},2019-01-01,{'2021-03-01' if i % 2 else ''},{i % 3 or ''}\n" for i in range(120))
    bring("people", f"person_id,hire_date,exit_date,pay_grade\n{rows}", **known)
    formats = sign_in(member(organisation, "owner").user).get(address("outcomes_import", organisation)).content.decode()
    assert '<th scope="row" class="whole"><code>person_<wbr>id</code></th>' in formats
    data = partner.get(address("outcomes_data", organisation)).content.decode()
    assert '<th scope="row" class="whole">pay_<wbr>grade</th>' in data
    question = partner.get(address("outcomes", organisation)).content.decode()
    assert re.search(
        r'<th scope="row" class="whole"><label><input type="checkbox" name="covariates"[^>]*> <span>pay <wbr>grade<br>',
        question,
    )


def test_the_scale_shows_the_widest_interval_and_not_the_primary_one(by_team):
    scale = report_of(by_team).scale
    assert (scale.low, scale.estimate, scale.high) == (-0.65, -0.3, 0.05)
    assert scale.words == "0.74 times the rate of leaving (95% confidence interval 0.52 to 1.05)."


def test_figures_from_other_sides_have_a_table_of_their_own(run):
    tables = report_of(run).tables
    methods = [estimate["method"] for estimate in run.result["estimates"]]
    assert {"cox_lag_1_month", "cox_by_month"} < set(methods)
    n_shown = len(tables["estimates"].rows) + len(tables["sensitivity"].rows)
    assert n_shown == len(methods) - 1  # without the difference of risks
    assert tables["estimates"].rows[0][0] == "Cox regression with time-varying completion"
    assert tables["sensitivity"].rows[0][0] == "First month after a completion left out"


def test_a_question_that_could_not_be_asked_does_not_replace_the_answer(organisation, run):
    refused = EvidenceRun.objects.create(
        organisation=organisation,
        outcome="employee_exit",
        exposure="completion",
        question={},
        result=run.result | {"grade": "refused", "refusals": [{"code": "covariate_not_numeric", "message": "…"}]},
    )
    assert latest_answers(organisation) == {"employee_exit": run}
    EvidenceRun.objects.filter(pk=refused.pk).update(
        result=run.result | {"grade": "refused", "refusals": [{"code": "too_few_events", "message": "…"}]}
    )
    assert latest_answers(organisation) == {"employee_exit": refused}


def test_a_question_that_was_typed_outlives_the_session(organisation, colleagues, member, client):
    owner = member(organisation, "owner").user
    where = address("outcomes", organisation)
    typed = {"outcome": "employee_exit", "as_of": "2022-11-05", "horizon_months": "0", "clock": "month"}
    assert client.post(where, typed | {OWNER_FIELD: owner_token(owner)}).status_code == 302
    client.force_login(owner)
    answer = client.get(where)
    page = answer.content.decode()
    assert (answer.status_code, "has not been sent yet" in page, 'value="2022-11-05"' in page) == (200, True, True)
    assert not organisation.evidence_runs.exists()


@pytest.fixture
def night_in_new_york(monkeypatch):
    """02:50 UTC on 30 November: still the 29th in New York, and the 30th in Lisbon and Tokyo."""
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 30, 2, 50, tzinfo=UTC))


@pytest.mark.parametrize("reader", ["America/New_York", "Europe/Lisbon", "Asia/Tokyo"])
@pytest.mark.parametrize(("where", "last"), [("Europe/Lisbon", "2026-11-30"), ("America/New_York", "2026-11-29")])
def test_which_day_it_is_goes_by_the_organisation_and_not_by_the_reader(
    organisation, colleagues, night_in_new_york, reader, where, last
):
    organisation.time_zone = where
    day = date.fromisoformat(last)
    asked = {"outcome": "employee_exit", "clock": "day"}
    with timezone.override(reader):
        assert AnalysisRequest().as_of_today_in(organisation).as_of == last
        for later, refused in ((0, []), (1, ["as_of"])):
            as_of = (day + timedelta(days=later)).isoformat()
            asking = QuestionForm(asked | {"as_of": as_of}, organisation=organisation, initial={"specification": None})
            assert list(asking.errors) == refused
            form = WindowForm({"leavers_until": as_of, "extent": "everybody"}, initial={"today": organisation.today})
            assert form.is_valid() is not bool(refused)
        services.require_known(AnalysisRequest(as_of=last), organisation)
        with pytest.raises(QuestionNotUnderstood, match="has not come yet"):
            services.require_known(AnalysisRequest(as_of=(day + timedelta(days=1)).isoformat()), organisation)
