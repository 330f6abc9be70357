"""The command that analyses, which others script against."""

import json

import pytest
from django.core.management import CommandError

from tests.stakeholders.conftest import DATA, run_command

pytestmark = pytest.mark.django_db


def ask(organisation, *arguments, outcome="employee_exit", exposure="completion"):
    return json.loads(
        run_command("evidence", organisation.slug, "--outcome", outcome, "--exposure", exposure, *arguments, "--json")
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("evidence", "nowhere", "--outcome", "employee_exit", "--exposure", "completion"),
        ("evidence", "{org}", "--outcome", "nonsense", "--exposure", "completion"),
        ("evidence", "{org}", "--outcome", "employee_exit", "--exposure", "completion", "--covariates", "a:b"),
        ("evidence", "{org}", "--outcome", "employee_exit", "--exposure", "completion", "--covariates", "a,a"),
    ],
)
def test_what_cannot_be_understood_ends_with_2(organisation, arguments):
    with pytest.raises(CommandError) as error:
        run_command(*(argument.format(org=organisation.slug) for argument in arguments))
    assert error.value.returncode == 2


def test_stanford_heart_gives_the_published_hazard_ratio_and_not_the_naive_one(heart):
    """Log hazard ratio -0.01025, standard error 0.31375: R survival 3.5-3, coxph on `heart`, Efron ties."""
    answer = ask(heart, "--covariates", "age_minus_48,accept_year,prior_surgery")
    primary = next(estimate for estimate in answer["estimates"] if estimate["primary"])
    assert (round(primary["value"], 4), round(primary["se"], 3)) == (-0.0103, 0.314)
    assert {name: answer["counts"][name] for name in ("units", "events", "exposed_units")} == {
        "units": 103,
        "events": 75,
        "exposed_units": 69,
    }
    assert answer["grade"] == "adjusted"
    assert "completion_is_self_selected" in [notice["code"] for notice in answer["warnings"]]
    assert all(estimate["value"] > -1 for estimate in answer["estimates"])  # ever completed would give -1.717


def test_sim_workforce_gives_its_known_figures(organisation):
    """-0.28601 (0.05366) by Cox, -0.27815 (0.054) by rates on cells: the README beside the data."""
    run_command("outcomes_import", organisation.slug, "people", str(DATA / "sim_workforce/people.csv"))
    answer = ask(organisation, "--covariates", "grade:category", "--clock", "month")
    figures = {estimate["method"]: (round(estimate["value"], 5), round(estimate["se"], 5)) for estimate in answer["estimates"]}
    assert figures["cox_time_varying"] == (-0.28601, 0.05366)
    assert figures["poisson_cells_clustered"][0] == -0.27815
    assert (answer["counts"]["unit_months"], answer["counts"]["events"]) == (322_534, 3_751)
    retained = next(p for p in answer["curves"] if p["group"] == "everyone" and p["month"] == 12)
    assert round(retained["retained"], 5) == 0.77358


def test_a_column_that_is_not_in_the_data_is_named_with_those_that_are(heart):
    with pytest.raises(CommandError) as caught:
        ask(heart, "--covariates", "prior_surgery,age")
    assert caught.value.returncode == 2
    assert str(caught.value) == (
        "There is no column 'age' in the data. Choose one of: team, manager_id, annual_cost, accept_year, age_minus_48, "
        "prior_surgery."
    )


def test_without_data_a_question_is_refused_and_no_column_is_missed(organisation):
    answer = ask(organisation, "--covariates", "age")
    assert [refusal["code"] for refusal in answer["refusals"]] == ["too_few_people"]
    assert answer["estimates"] == []


def test_words_are_printed_for_people(heart):
    printed = run_command("evidence", heart.slug, "--outcome", "employee_exit", "--exposure", "completion")
    assert printed.startswith("We could not tell whether those who had completed left less or more often.")


@pytest.mark.parametrize(("exposure", "code"), [("rollout", "no_team_offered"), ("assignment", "not_built_yet")])
def test_what_cannot_be_compared_is_turned_down_with_an_answer(heart, bring, exposure, code):
    bring("person_history", "person_id,from,team\nS002,1967-01-01,A\n", to=heart)
    answer = ask(heart, exposure=exposure)
    assert (answer["grade"], answer["estimates"], answer["curves"]) == ("refused", [], [])
    assert answer["question"]["exposure"] == exposure
    assert [notice["code"] for notice in answer["refusals"]] == [code]


def test_figures_are_turned_down_with_an_answer(organisation, bring):
    bring("team_metrics", "team,month,metric,value\nA,2024-01,nps,1\n")
    answer = ask(organisation, outcome="nps")
    assert (answer["grade"], answer["question"]["outcome"]) == ("refused", "nps")
    assert [notice["code"] for notice in answer["refusals"]] == ["outcome_not_built_yet"]


def test_every_answer_has_the_shape_of_the_formats_page(heart):
    shape = [
        "question",
        "grade",
        "refusals",
        "warnings",
        "counts",
        "estimates",
        "event_study",
        "curves",
        "diagnostics",
        "suppressed",
        "provenance",
    ]
    assert list(ask(heart)) == shape
    assert list(ask(heart, exposure="rollout")) == shape
