"""Whose completion exposes whom, and from which day on."""

import io
import random
from datetime import date, timedelta

import pytest

from imports import services
from imports.services import withdraw
from jobs.services import Progress, perform, stop_job
from outcomes.analysis.computing import compute_result
from outcomes.analysis.loading.completions import completions_of
from outcomes.analysis.loading.customers import load_customers, load_partners
from outcomes.analysis.loading.owners import owners_of
from outcomes.analysis.loading.people import load_people
from outcomes.errors import QuestionNotUnderstood
from outcomes.evidence.question import parse_covariates
from outcomes.evidence.result import HEADLINE
from outcomes.models import AnalysisRequest, EvidenceRun, Release
from outcomes.services import request_analysis, require_known, run_analysis
from stakeholders.models import EmploymentStint
from stakeholders.queries import known_courses
from tests.factories import CourseFactory, MembershipFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(organisation, member):
    """Somebody who may ask for analyses."""
    return member(organisation, "lnd_partner").user


def exposed(loaded):
    return {unit: str(day) for unit, day in zip(loaded.units.unit_id, loaded.units.exposed_on, strict=True)}


def complete_in_accord(membership, day):
    from datetime import UTC, datetime

    from courses.models import CourseVersion
    from learning.models import Enrolment

    course = CourseFactory()
    version = CourseVersion.objects.create(course=course, number=1, digest="x", content={}, requirements=[])
    Enrolment.objects.create(
        user=membership.user,
        course=course,
        organisation=membership.organisation,
        version=version,
        completed_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
    )


def test_the_earliest_of_all_known_completions_exposes_a_colleague(organisation, bring):
    bring(
        "people",
        "person_id,hire_date,email,completion_date\n"
        "1,2020-01-01,ann@example.org,2023-05-01\n2,2020-01-01,bob@example.org,2023-05-01\n"
        "3,2020-01-01,cat@example.org,\n4,2020-01-01,,\n5,2020-01-01,,\n",
    )
    bring(
        "completions",
        "person_id,email,course,completed_on\n1,,Talk,2023-03-01\n,bob@example.org,Talk,2023-02-01\n5,,Talk,2023-07-01\n5,,Ask,2023-06-01\n",
    )
    complete_in_accord(MembershipFactory(organisation=organisation, user__email="cat@example.org"), date(2023, 4, 1))
    complete_in_accord(MembershipFactory(organisation=OrganisationFactory(), person_id="4"), date(2023, 4, 1))
    assert exposed(load_people(organisation, ())) == {
        "1": "2023-03-01",
        "2": "2023-02-01",
        "3": "2023-04-01",
        "4": "NaT",
        "5": "2023-06-01",
    }


def test_a_completion_in_a_later_stint_does_not_touch_the_earlier_one(organisation, bring):
    bring("people", "person_id,hire_date,exit_date\n1,2020-01-01,2021-01-01\n1,2022-01-01,\n2,2020-01-01,2021-01-01\n")
    bring("completions", "person_id,course,completed_on\n1,Talk,2022-05-01\n2,Talk,2022-05-01\n")
    days = [str(day) for day in load_people(organisation, ()).units.exposed_on]
    assert days == ["NaT", "2022-05-01", "2022-05-01"]


def test_covariates_come_from_our_columns_and_from_theirs(organisation, bring):
    bring("people", "person_id,hire_date,team,grade,site\n1,2020-01-01,Sales,3,S1\n2,2020-01-01,Care,,S2\n")
    covariates = load_people(organisation, parse_covariates("team:category,grade,site:category,unknown")).units.covariates
    assert {name: list(values) for name, values in covariates.items()} == {
        "team": ["Sales", "Care"],
        "grade": [3, None],
        "site": ["S1", "S2"],
    }


def test_customers_are_exposed_by_their_owner_and_failing_that_by_their_team(organisation, bring):
    bring(
        "people",
        "person_id,hire_date,email,team,completion_date\n"
        "1,2020-01-01,,Sales,2023-05-01\n2,2020-01-01,bob@example.org,Sales,\n3,2020-01-01,,Care,\n",
    )
    bring("completions", "email,course,completed_on\nbob@example.org,Talk,2023-02-01\n")
    bring(
        "customers",
        "customer_id,start_date,owner_person_id,team\n"
        "A,2020-01-01,1,Care\nB,2020-01-01,,Sales\nC,2020-01-01,3,Sales\nD,2020-01-01,,\nE,2020-01-01,,Care\n",
    )
    loaded = load_customers(organisation, ())
    assert exposed(loaded) == {"A": "2023-05-01", "B": "2023-02-01", "C": "NaT", "E": "NaT"}
    assert list(loaded.units.team) == ["owner 1", "team sales", "owner 3", "team care"]
    assert (loaded.by_team, loaded.unowned) == (2, 1)


def test_partners_are_exposed_as_customers_are(organisation, bring):
    bring("people", "person_id,hire_date,team,completion_date\n1,2020-01-01,Alliances,2023-05-01\n3,2020-01-01,Care,\n")
    rows = "A,2020-01-01,1,Care,5\nB,2020-01-01,,Alliances,5\nC,2020-01-01,3,Alliances,5\nD,2020-01-01,,,\nE,2020-01-01,X,,\n"
    bring("partners", "partner_id,start_date,owner_person_id,team,annual_value\n" + rows)
    bring("customers", "customer_id,start_date,owner_person_id\nZ,2020-01-01,1\n")
    loaded = load_partners(organisation, parse_covariates("annual_value"))
    assert exposed(loaded) == {"A": "2023-05-01", "B": "2023-05-01", "C": "NaT"}
    assert list(loaded.units.team) == ["owner 1", "team alliances", "owner 3"]
    assert (loaded.by_team, loaded.unowned, loaded.owner_unknown) == (1, 1, 1)
    assert list(loaded.units.covariates["annual_value"]) == [500, 500, 500]


def test_completions_of_another_organisation_expose_nobody(organisation, bring):
    other = OrganisationFactory()
    bring("completions", "person_id,course,completed_on\n1,Talk,2023-01-01\n", to=other)
    assert completions_of(organisation).everywhere.by_person == {}
    owners = owners_of(organisation)
    assert (owners.people, owners.teams, owners.known) == ({}, {}, frozenset())


def test_what_a_person_completed_counts_in_every_later_stint_whichever_file_it_stands_in(organisation, bring):
    """The same dates in two files gave 2.07 and 0.97."""
    stints = "1,2020-01-01,2021-01-01,{}\n1,2022-01-01,2023-01-01,\n1,2024-01-01,,\n2,2020-01-01,2020-06-01,\n"
    bring("people", "person_id,hire_date,exit_date,completion_date\n" + stints.format("2020-05-01"))
    in_people_file = [str(day) for day in load_people(organisation, ()).units.exposed_on]
    other = OrganisationFactory()
    bring("people", "person_id,hire_date,exit_date,completion_date\n" + stints.format(""), to=other)
    bring("completions", "person_id,course,completed_on\n1,Talk,2020-05-01\n1,Ask,2022-02-01\n", to=other)
    assert [str(day) for day in load_people(other, ()).units.exposed_on] == in_people_file
    assert in_people_file == ["2020-05-01", "2020-05-01", "2020-05-01", "NaT"]


def test_only_the_course_that_is_asked_about_exposes(organisation, bring):
    bring("people", "person_id,hire_date,email,completion_date\n1,2020-01-01,,2023-05-01\n2,2020-01-01,bob@example.org,\n")
    bring("completions", "person_id,email,course,completed_on\n1,,Fire safety,2021-03-01\n2,,Listening,2023-02-01\n")
    membership = MembershipFactory(organisation=organisation, user__email="bob@example.org")
    complete_in_accord(membership, date(2022, 4, 1))
    key = membership.user.enrolments.get().course.key
    known = known_courses(organisation)
    assert list(known) == [key, "fire safety", "listening", "elsewhere"]
    by_course = {course: exposed(load_people(organisation, (), [course])) for course in known}
    assert by_course == {
        key: {"1": "NaT", "2": "2022-04-01"},
        "fire safety": {"1": "2021-03-01", "2": "NaT"},
        "listening": {"1": "NaT", "2": "2023-02-01"},
        "elsewhere": {"1": "2023-05-01", "2": "NaT"},
    }
    assert exposed(load_people(organisation, (), [key, "listening"])) == {"1": "NaT", "2": "2022-04-01"}


def test_a_course_of_accord_that_a_file_names_by_its_title_is_the_same_course(organisation, bring):
    membership = MembershipFactory(organisation=organisation, user__email="bob@example.org")
    complete_in_accord(membership, date(2022, 4, 1))
    course = membership.user.enrolments.get().course
    bring("completions", f"person_id,course,completed_on\n1,{course.title.upper()},2021-03-01\n")
    assert list(known_courses(organisation)) == [course.key]


def test_with_completions_of_several_courses_one_has_to_be_named(organisation, bring):
    dates = {"leavers_from": "2020-01-01", "leavers_until": "2022-12-31"}
    bring("people", "person_id,hire_date\n" + "".join(f"{n},2020-01-01\n" for n in range(12)), **dates)
    bring("completions", "person_id,course,completed_on\n1,Fire safety,2021-03-01\n2,Listening,2021-02-01\n")
    result = compute_result(organisation, AnalysisRequest(), with_charts=False).result
    assert [notice["code"] for notice in result["refusals"]] == ["course_needed"]
    assert result["refusals"][0]["message"].endswith("Choose the course: Fire safety; Listening.")
    named = compute_result(organisation, AnalysisRequest(courses=("listening",)), with_charts=False).result
    assert "course_needed" not in [notice["code"] for notice in named["refusals"]]
    assert named["question"]["courses"] == ["listening"]
    assert [one["provenance"]["data_digest"] for one in (named, result)] == ["", ""]  # of refusals nothing is told
    with pytest.raises(QuestionNotUnderstood, match="Choose one of: Fire safety, Listening"):
        require_known(AnalysisRequest(courses=("juggling",)), organisation)


def test_sentence_and_estimand_name_the_course(organisation, colleagues, bring):
    name = "Training elsewhere, from the people file"
    only = compute_result(organisation, AnalysisRequest(), with_charts=False)
    assert f"who have not yet ({name}), among everyone employed, for any exit, as of " in only.result["question"]["estimand"]
    assert only.result["question"]["courses"] == ["elsewhere"]
    assert f"The course is “{name}”. This answer is about everyone" in only.report["answer"]
    bring("completions", "person_id,course,completed_on\nP001,Listening,2021-03-01\n")
    Release.objects.all().delete()  # one completion more is too few to ask again
    both = compute_result(organisation, AnalysisRequest(courses=("elsewhere", "listening")), with_charts=False)
    assert f"The courses are “{name}” and “Listening”. This" in both.report["answer"]


def test_notice_is_the_event_where_it_is_known(organisation, bring):
    bring(
        "people",
        "person_id,hire_date,exit_date,notice_date\n1,2020-01-01,2021-03-31,2021-01-15\n2,2020-01-01,2021-03-31,\n"
        "3,2020-01-01,,2021-02-01\n",
    )
    assert [str(day) for day in load_people(organisation, ()).units.exit] == ["2021-01-15", "2021-03-31", "2021-02-01"]


def test_exits_of_other_kinds_than_asked_for_compete(organisation, bring):
    kinds = ["voluntary", "involuntary", "other"]
    rows = [f"{i},2020-01-01,2021-{1 + i % 12:02d}-15,{kinds[i % 3]}" for i in range(120)]
    rows += [f"s{i},2020-01-01,," for i in range(120)]
    text = "\n".join(["person_id,hire_date,exit_date,exit_kind", *rows]) + "\n"
    bring("people", text, leavers_from="2021-01-01", leavers_until="2021-12-31")

    def events(*kinds):
        result = compute_result(organisation, AnalysisRequest(events=kinds), with_charts=False).result
        return result["counts"]["events"], result["question"]["event"]

    assert events() == (120, "any exit")
    assert events("voluntary") == (40, "voluntary exit")
    assert events("voluntary", "other") == (80, "voluntary or other exit")


@pytest.mark.parametrize(("unknown", "code"), [(10, "exit_kinds_missing"), (60, "exit_kinds_unknown")])
def test_exits_without_a_kind_are_said_and_too_many_of_them_refused(organisation, bring, unknown, code):
    rows = [f"{i},2020-01-01,2021-{1 + i % 12:02d}-15,{'' if i < unknown else 'voluntary'}" for i in range(120)]
    text = "\n".join(["person_id,hire_date,exit_date,exit_kind", *rows]) + "\n"
    bring("people", text, leavers_from="2021-01-01", leavers_until="2021-12-31")
    result = compute_result(organisation, AnalysisRequest(events=("voluntary",)), with_charts=False).result
    assert code in [notice["code"] for notice in [*result["refusals"], *result["warnings"]]]


@pytest.mark.parametrize(
    ("kind", "key", "outcome", "load"),
    [
        ("customers", "customer_id", "customer_churn", load_customers),
        ("partners", "partner_id", "partner_exit", load_partners),
    ],
)
@pytest.mark.parametrize(("strangers", "is_refused"), [(10, False), (40, True)])
def test_those_of_owners_nobody_knows_are_left_out_and_too_many_of_them_refused(
    organisation, bring, kind, key, outcome, load, strangers, is_refused
):
    bring("people", "person_id,hire_date\n" + "".join(f"P{i},2019-01-01\n" for i in range(10)))
    rows = [f"C{i},2020-01-01,{'X' if i < strangers else 'P'}{i % 10}" for i in range(100)]
    text = "\n".join([f"{key},start_date,owner_person_id", *rows]) + "\n"
    bring(kind, text, leavers_from="2020-01-01", leavers_until="2021-12-31")
    loaded = load(organisation, ())
    assert (len(loaded.units), loaded.owner_unknown) == (100 - strangers, strangers)
    result = compute_result(organisation, AnalysisRequest(outcome), with_charts=False).result
    said = {notice["code"]: notice["message"] for notice in result["refusals"]}
    assert ("owners_unknown" in said) == is_refused
    assert is_refused == (f"of these {kind} have neither an owner" in said.get("owners_unknown", ""))


@pytest.mark.parametrize(("blank", "strangers", "is_refused"), [(12, 8, False), (13, 8, True), (30, 0, True)])
def test_those_without_owner_and_team_count_among_those_of_whom_nobody_knows(organisation, bring, blank, strangers, is_refused):
    bring("people", "person_id,hire_date\n" + "".join(f"P{i},2019-01-01\n" for i in range(10)))
    owners = ["" if i < blank else f"{'X' if i < blank + strangers else 'P'}{i % 10}" for i in range(100)]
    rows = [f"C{i},2020-01-01,{owner}" for i, owner in enumerate(owners)]
    known = {"leavers_from": "2020-01-01", "leavers_until": "2021-12-31"}
    bring("customers", "\n".join(["customer_id,start_date,owner_person_id", *rows]) + "\n", **known)
    result = compute_result(organisation, AnalysisRequest("customer_churn", as_of="2021-12-31"), with_charts=False).result
    assert ("owners_unknown" in [notice["code"] for notice in result["refusals"]]) == is_refused


@pytest.mark.parametrize(
    ("of_leavers", "of_stayers", "owner", "more"),
    [
        (16, 0, "", "more often"),
        (16, 0, "GONE", "more often"),
        (0, 20, "", "less often"),
        (6, 8, "", None),
    ],
)
def test_owners_that_are_missing_among_leavers_are_refused_and_the_words_say_what_to_do(
    organisation, bring, of_leavers, of_stayers, owner, more
):
    """60 customers left within the window and 140 stayed; 20 had left before it, of whom nobody has an owner."""
    bring("people", "person_id,hire_date\n" + "".join(f"P{i},2019-01-01\n" for i in range(10)))
    rows = [f"L{i},2020-01-01,2020-{1 + i % 12:02d}-20,{owner if i < of_leavers else f'P{i % 10}'}" for i in range(60)]
    rows += [f"S{i},2020-01-01,,{owner if i < of_stayers else f'P{i % 10}'}" for i in range(140)]
    rows += [f"E{i},2018-01-01,2019-06-01," for i in range(20)]
    known = {"leavers_from": "2020-01-01", "leavers_until": "2020-12-31"}
    bring("customers", "\n".join(["customer_id,start_date,end_date,owner_person_id", *rows]) + "\n", **known)
    result = compute_result(organisation, AnalysisRequest("customer_churn", as_of="2020-12-31"), with_charts=False).result
    said = [notice["message"] for notice in result["refusals"] if notice["code"] == "owners_missing_among_leavers"]
    assert [f"those who left have no known owner or team {more} than" in message for message in said] == [True] * bool(more)
    assert all("Import who looked after them before they left" in message for message in said)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"as_of": "tomorrow"}, "is not a day"),
        ({"as_of": "2999-01-01"}, "has not come yet"),
        ({"events": ("dismissed",)}, "Choose one of: voluntary"),
        ({"outcome": "customer_churn", "events": ("voluntary",)}, "Only exits of employees have kinds"),
        ({"outcome": "partner_exit", "events": ("voluntary",)}, "Only exits of employees have kinds"),
        ({"horizon_months": 0}, "Choose one from 1"),
    ],
)
def test_a_question_that_cannot_be_is_turned_down_before_anything_runs(more, message):
    with pytest.raises(QuestionNotUnderstood, match=message):
        AnalysisRequest(**more)


def owned(key):
    """600 customers or partners of 40 colleagues, half of whom complete in the middle of 2022: the file of both."""
    chance = random.Random(7)
    people = ["person_id,hire_date,completion_date"]
    people += [f"P{i:02d},2019-01-01,{'2022-06-30' if i % 2 else ''}" for i in range(40)]
    rows = [f"{key},start_date,end_date,owner_person_id,segment"]
    for i in range(600):
        start = date(2020, 1, 1) + timedelta(days=chance.randrange(700))
        end = start + timedelta(days=200 + chance.randrange(2000))
        rows.append(f"C{i:03d},{start},{end if end < date(2024, 12, 31) else ''},P{i % 40:02d},S{i % 3}")
    return "\n".join(people) + "\n", "\n".join(rows) + "\n"


@pytest.fixture
def many_customers(bring):
    people, customers = owned("customer_id")
    bring("people", people)
    bring("customers", customers, leavers_from="2020-01-01", leavers_until="2024-12-31")


@pytest.fixture
def many_partners(bring):
    people, partners = owned("partner_id")
    bring("people", people)
    bring("partners", partners, leavers_from="2020-01-01", leavers_until="2024-12-31")


@pytest.mark.parametrize(
    ("units", "unit", "outcome"), [("customers", "customer", "customer_churn"), ("partners", "partner", "partner_exit")]
)
def test_an_answer_about_those_whom_colleagues_look_after_speaks_of_these(organisation, request, units, unit, outcome):
    request.getfixturevalue(f"many_{units}")
    result = compute_result(organisation, AnalysisRequest(outcome, covariates="segment:category"))
    assert result.result["question"]["outcome"] == outcome
    assert result.result["question"]["estimand"].startswith(f"hazard ratio of {units} whose owner at baseline")
    assert result.result["question"]["population"].startswith(f"all {units} at some time")
    assert result.result["refusals"] == []
    assert result.result["grade"] == "adjusted"
    by_method = {estimate["method"]: estimate["clusters"] for estimate in result.result["estimates"]}
    assert {name: by_method.get(name) for name in HEADLINE} == dict(zip(HEADLINE, (None, 40, None), strict=True))
    assert by_method["poisson_cells_clustered"] == 40
    codes = [notice["code"] for notice in result.result["warnings"]]
    assert codes[0] == "completion_is_self_selected"
    assert f"{units} are not assigned at random" in result.result["warnings"][0]["message"]
    assert f"better, or worse, for {units} than it is" in result.result["warnings"][0]["message"]
    assert codes[-2:] == ["exposure_by_owner", "exposure_shared_by_owner"]
    assert codes[-3] == "data_older_than_question"
    said = " ".join(
        [result.report["answer"], *result.report["how_we_know"], *(w["message"] for w in result.result["warnings"])]
    )
    assert f"{unit}s, of whom nobody has said who looked after them before." in said
    assert f"{units.capitalize()} of one colleague share their exposure" in said
    other = {"customers": "partner", "partners": "customer"}[units]
    printed = str(result.result) + str(result.report)
    assert other not in printed.lower()
    assert "$" not in printed
    assert "tenure" not in said
    assert "people who" not in said.lower()
    assert "those who had completed" not in result.report["answer"]
    assert "colleague" in result.report["answer"]


def test_partners_known_by_their_team_alone_are_not_said_to_have_a_colleague(organisation, bring, however_few):
    people, _partners = owned("partner_id")
    bring("people", people)
    ends = [f"{2021 + i % 4}-{1 + i % 12:02}-15" if i % 2 else "" for i in range(120)]
    rows = "".join(f"P{i},2021-01-01,{end},Night {i % 12}\n" for i, end in enumerate(ends))
    bring("partners", "partner_id,start_date,end_date,team\n" + rows, leavers_from="2020-01-01", leavers_until="2024-12-31")
    bring("people", "person_id,hire_date,team\n" + "".join(f"E{i},2020-01-01,Night {i}\n" for i in range(12)))
    found = compute_result(organisation, AnalysisRequest("partner_exit"), with_charts=False)
    codes = [notice["code"] for notice in found.result["warnings"]]
    assert ("exposure_by_team" in codes, "exposure_by_owner" in codes) == (True, False)


def test_the_same_rows_give_partners_and_customers_the_same_figures(organisation, many_customers, many_partners):
    by_outcome = [compute_result(organisation, AnalysisRequest(name)).result for name in ("customer_churn", "partner_exit")]
    customers, partners = ([(one["method"], one["value"], one["se"]) for one in result["estimates"]] for result in by_outcome)
    assert partners == customers


def test_a_run_is_answered_once(organisation, many_customers, user):
    run = request_analysis(organisation=organisation, request=AnalysisRequest("customer_churn"), actor=user)
    run_analysis(run=run)
    kept = (run.result, run.report, run.charts, run.data_digest)
    assert run.charts["retention"].keys() == {"page", "narrow", "light", "dark", "label"}
    assert run.charts["split"].keys() == {"page", "narrow", "label"}
    assert "style=" not in run.charts["retention"]["page"]
    assert "var(--ink)" in run.charts["retention"]["page"]
    assert "var(--primary)" in run.charts["split"]["page"]
    run.refresh_from_db()
    run_analysis(run=run)
    assert (run.result, run.report, run.charts, run.data_digest) == kept
    again = request_analysis(organisation=organisation, request=AnalysisRequest("customer_churn"), actor=user)
    run_analysis(run=again)
    assert again.result["estimates"] == run.result["estimates"]
    assert again.data_digest == run.data_digest


def test_of_two_workers_the_first_result_stays(organisation, bring, however_few):
    known = {"leavers_from": "2020-01-01", "leavers_until": "2020-12-31"}
    bring("people", "person_id,hire_date\n" + "".join(f"{i},2020-01-01\n" for i in range(20)), **known)
    run = request_analysis(organisation=organisation, request=AnalysisRequest())
    first, second = (EvidenceRun.objects.get(pk=run.pk) for _worker in range(2))
    run_analysis(run=first)
    bring("people", "person_id,hire_date\nnew,2020-01-01\n", **known)
    run_analysis(run=second)
    run.refresh_from_db()
    assert run.result["counts"]["units"] == 20
    kept = (first.result, first.report, first.charts, first.data_digest)
    assert [(each.result, each.report, each.charts, each.data_digest) for each in (run, second)] == [kept, kept]


@pytest.mark.parametrize(("covariates", "is_refused"), [("grade", True), ("team", True), ("annual_cost", False)])
def test_a_column_of_words_asked_for_as_numbers_is_refused_before_anything_runs(organisation, bring, covariates, is_refused):
    bring("people", "person_id,hire_date,grade,team,annual_cost\n1,2020-01-01,A,X,100\n2,2020-01-01,3,X,100\n")
    request = AnalysisRequest(covariates=covariates)
    if is_refused:
        with pytest.raises(QuestionNotUnderstood, match="holds words"):
            require_known(request, organisation)
    else:
        require_known(request, organisation)


def test_nobody_there_is_refused_kindly(organisation):
    result = compute_result(organisation, AnalysisRequest())
    assert (result.result["grade"], result.result["estimates"], result.charts) == ("refused", [], {})
    assert result.report["answer"].startswith("The data cannot answer this yet.")


def test_an_answer_counts_the_rows_that_its_files_were_applied_without(organisation):
    def said():
        printed = compute_result(organisation, AnalysisRequest(), with_charts=False).result
        return [notice["message"] for notice in printed["warnings"] if notice["code"] == "rows_set_aside"]

    rows = b"person_id,hire_date\n1,2020-01-01\n2,soon\n3,later\n"
    staged = services.receive_upload(organisation=organisation, kind="people", file=io.BytesIO(rows), file_name="p.csv")
    services.skip_rows(services.check_import(staged))
    assert said() == []
    services.apply_import(staged)
    assert said() == ["1–9 rows of the imported files were skipped. Unless a later file contained them, they are missing here."]
    withdraw(staged=staged)
    assert said() == []


@pytest.fixture
def neighbour(db):
    """Another organisation with a column and a measure that are its alone."""
    other = OrganisationFactory()
    import_file(other, "people", "person_id,hire_date,shift\n1,2020-01-01,night\n")
    import_file(other, "team_metrics", "team,month,metric,value\nSales,2024-01,nps,9\n")
    return other


def import_file(organisation, kind, text):
    services.import_file(organisation=organisation, kind=kind, file=io.BytesIO(text.encode()), file_name="file.csv")


@pytest.mark.parametrize("asked", [AnalysisRequest(outcome="nps"), AnalysisRequest(covariates="shift:category")])
def test_what_only_another_organisation_has_is_neither_known_nor_offered(organisation, neighbour, asked):
    import_file(organisation, "people", "person_id,hire_date,grade\n1,2020-01-01,3\n")
    import_file(organisation, "team_metrics", "team,month,metric,value\nCare,2024-01,absence,2\n")
    with pytest.raises(QuestionNotUnderstood) as caught:
        require_known(asked, organisation)
    assert "Choose one of" in str(caught.value)
    assert not {"nps", "shift"} & set(str(caught.value).split("Choose one of: ")[1].rstrip(".").split(", "))
    require_known(asked, neighbour)


def test_an_analysis_that_is_stopped_before_it_is_stored_has_no_result(organisation, user, monkeypatch):
    run = request_analysis(organisation=organisation, request=AnalysisRequest(), actor=user)
    report = Progress.report

    def report_and_be_stopped(progress, *args, **kwargs):
        report(progress, *args, **kwargs)
        stop_job(progress.job)

    monkeypatch.setattr(Progress, "report", report_and_be_stopped)
    perform(run.job_id)
    run.refresh_from_db()
    assert (run.result, run.job.state, run.job.error) == (
        None,
        "failed",
        "You stopped this before it finished. Nothing was changed.",
    )


def test_an_analysis_that_comes_again_after_its_commit_is_finished(organisation, user, monkeypatch):
    run = request_analysis(organisation=organisation, request=AnalysisRequest(), actor=user)

    def killed(*_args, **_changes):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("jobs.services._finish", killed)
        with pytest.raises(KeyboardInterrupt):
            perform(run.job_id)
    stop_job(run.job)
    perform(run.job_id)
    run.refresh_from_db()
    assert (run.result is not None, run.job.state, run.job.result) == (True, "done", {"message": "Analysis finished."})


def test_columns_are_asked_for_by_the_names_they_have_in_the_file(organisation):
    import_file(organisation, "people", "person_id,hire_date,Pay Grade\n1,2020-01-01,3\n")
    require_known(AnalysisRequest(covariates="Pay Grade:category"), organisation)
    with pytest.raises(QuestionNotUnderstood, match="no column 'pay'"):
        require_known(AnalysisRequest(covariates="Pay"), organisation)


def test_a_question_about_some_teams_is_about_their_members_alone(acme):
    def asked(*teams):
        return compute_result(acme, AnalysisRequest(teams=teams), with_charts=False)

    everybody, some = asked(), asked("T0", "T1")
    teams = EmploymentStint.objects.filter(organisation=acme, team__in=["T0", "T1"]).values("person_id").distinct()
    assert some.result["counts"]["units"] == teams.count() < everybody.result["counts"]["units"]
    assert some.result["question"]["population"].startswith("people of T0 and T1 at some time between")
    assert "This answer is about people of “T0” and “T1” alone and counts every exit, as of " in some.report["answer"]
    assert ", among people of T0 and T1, for any exit, as of " in some.result["question"]["estimand"]
    assert some.result["question"]["teams"] == ["T0", "T1"]
    assert some.totals == {}
    assert some.result["provenance"]["data_digest"] != everybody.result["provenance"]["data_digest"]
    with pytest.raises(
        QuestionNotUnderstood, match=r"No employee in the data is in the team “T9”\. Choose one of: Few, T0, T1, T2, T3\."
    ):
        require_known(AnalysisRequest(teams=("T9",)), acme)


def test_customers_of_some_teams(organisation, bring, however_few):
    known = {"leavers_from": "2020-01-01", "leavers_until": "2021-12-31"}
    bring("people", "person_id,hire_date\n" + "".join(f"P{i},2019-01-01\n" for i in range(20)), **known)
    rows = "".join(f"C{i},2020-02-01,P{i % 20},{'North' if i % 3 else 'South'}\n" for i in range(60))
    bring("customers", f"customer_id,start_date,owner_person_id,team\n{rows}", **known)
    result = compute_result(organisation, AnalysisRequest("customer_churn", teams=("South",)), with_charts=False).result
    assert result["counts"]["units"] == 20
    with pytest.raises(
        QuestionNotUnderstood, match=r"No customer in the data belongs to the team “Care”\. Choose one of: North, South\."
    ):
        require_known(AnalysisRequest("customer_churn", teams=("Care",)), organisation)
    with pytest.raises(
        QuestionNotUnderstood, match=r"The data name no teams of employees\. Choose no team, to ask about everybody\."
    ):
        require_known(AnalysisRequest(teams=("South",)), organisation)
