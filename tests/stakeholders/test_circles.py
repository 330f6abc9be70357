"""Whoever objects is left out with a circle, and whichever of the circle it was, everything is the same."""

import random

import pytest

from outcomes.analysis.computing import compute_result
from outcomes.analysis.loading import load_customers, load_people
from outcomes.models import AnalysisRequest, Release
from stakeholders import services
from stakeholders.circles import circles_of
from stakeholders.enums import CircleKind
from stakeholders.models import CirclePlace, Objection
from stakeholders.queries import excluded_from, who_objects
from tests import factories
from tests.stakeholders.conftest import left_out_yesterday

pytestmark = pytest.mark.django_db

FEWEST = 10


def object_to(organisation, person_id):
    services.record_objection(organisation=organisation, person_id=person_id, email="", actor=None)


def circle(organisation, people, person, same=()):
    return frozenset(circles_of(organisation, CircleKind.PEOPLE, people, {person}, dict(same)))


def all_circles(organisation, people):
    circles, left = [], set(people)
    while left:
        circles.append(circle(organisation, people, min(left)))
        assert {circle(organisation, people, other) for other in sorted(circles[-1])[-3:]} == {circles[-1]}
        assert circles[-1] <= left
        left -= circles[-1]
    return circles


@pytest.mark.parametrize("n", [20, 25, 60, 400, 2000])
def test_everybody_is_in_one_circle_of_ten_to_nineteen_and_all_of_it_have_the_same(organisation, n):
    sizes = [len(one) for one in all_circles(organisation, [f"P{i}" for i in range(n)])]
    assert sum(sizes) == n
    assert FEWEST <= min(sizes) <= max(sizes) < 2 * FEWEST


def test_in_an_organisation_of_few_everybody_is_one_circle(organisation):
    assert circle(organisation, ["a", "b", "c"], "b") == {"a", "b", "c"}
    assert circle(organisation, ["a", "b", "c"], "who is in no file") == set()


@pytest.mark.parametrize("joining", [1, 9, 10, 35, 2000])
def test_whoever_joins_parts_no_circle(organisation, joining):
    """Else, of those who were left out together first, only the one who objects stays out while a company grows."""
    people = [f"P{i}" for i in range(100)]
    before = all_circles(organisation, people)
    joined = [*people, *(f"N{i}" for i in range(joining))]
    after = all_circles(organisation, joined)
    assert all(any(one <= other for other in after) for one in before)
    assert min(map(len, after)) >= FEWEST


def test_circles_of_fewer_than_ten_are_filled_up_first(organisation):
    assert len(circle(organisation, [f"P{i}" for i in range(4)], "P0")) == 4
    sizes = sorted(map(len, all_circles(organisation, [f"P{i}" for i in range(30)])))
    assert sizes == [10, 20] or sizes == [10, 10, 10]


def test_numbers_of_one_person_are_in_one_circle(organisation):
    people = [f"P{i}" for i in range(100)]
    same = {"P1": "P1", "P2": "P1", "P3": "P1"}
    assert {"P1", "P2", "P3"} <= circle(organisation, people, "P2", same)
    assert "N1" in circle(organisation, [*people, "N1"], "P3", same | {"N1": "P1"})


def company(organisation, bring, n=400):
    """People of twenty teams, half of them completed; each looks after two customers."""
    rng = random.Random(3)
    people, customers = [], []
    for i in range(n):
        hired, left = rng.randint(2015, 2021), rng.random() < 0.4
        exit_date = f"{rng.randint(2022, 2023)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}" if left else ""
        completed = f"2022-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}" if rng.random() < 0.5 else ""
        people.append(f"P{i:03d},{hired}-0{rng.randint(1, 9)}-01,{exit_date},{completed},Team {i % 20}")
        for j in range(2):
            ended = f"2023-0{rng.randint(1, 9)}-11" if rng.random() < 0.4 else ""
            customers.append(f"C{i:03d}-{j},2021-01-01,{ended},P{i:03d}")
    window = {"leavers_from": "2022-01-01", "leavers_until": "2023-12-31"}
    bring("people", "\n".join(["person_id,hire_date,exit_date,completion_date,team", *people]) + "\n", **window)
    window = {"leavers_from": "2021-06-01", "leavers_until": "2024-06-30"}
    bring("customers", "\n".join(["customer_id,start_date,end_date,owner_person_id", *customers]) + "\n", **window)


QUESTIONS = [
    AnalysisRequest(),
    AnalysisRequest(clock="month"),
    AnalysisRequest(teams=tuple(f"Team {i}" for i in range(10))),
    AnalysisRequest("customer_churn"),
]


@pytest.fixture
def answers(organisation, bring):
    """All that is told of each question, exact to the last digit, by who objects."""
    company(organisation, bring)

    def told(*objecting):
        Objection.objects.all().delete()
        Release.objects.all().delete()
        for person in objecting:
            object_to(organisation, person)
        found = []
        for question in QUESTIONS:
            answer = compute_result(organisation, question)
            answer.result["provenance"].pop("ran_at")
            found.append((answer.result, answer.report, answer.charts, answer.totals))
        return found

    return told


@pytest.mark.slow
def test_no_answer_says_who_of_a_circle_objects_or_how_many_of_them_do(organisation, answers):
    object_to(organisation, "P007")
    circle_of_one = sorted(excluded_from(organisation).person_ids)
    assert FEWEST <= len(circle_of_one) < 40
    told = answers(circle_of_one[0])
    assert all(result["estimates"] and charts for result, _report, charts, _totals in told)
    assert answers(circle_of_one[-1]) == told
    assert answers(*circle_of_one[2:5]) == told
    assert answers() != told


@pytest.mark.slow
def test_nothing_else_is_coarser_while_somebody_objects(answers):
    """Months, curves and ratios are as they are; before, they were rounded or not shown."""
    for question, before, after in zip(QUESTIONS, answers(), answers("P007"), strict=True):
        assert "people_excluded" in [notice["code"] for notice in after[0]["warnings"]]
        assert 0 < after[0]["counts"]["unit_months"] <= before[0]["counts"]["unit_months"]
        assert after[0]["estimates"]
        assert all(len(str(one["value"])) > 8 for one in after[0]["estimates"])
        if not question.teams:  # of so few a circle may take so many that more months are merged
            assert len(after[0]["curves"]) >= 0.8 * len(before[0]["curves"])


def test_those_whom_a_circle_looks_after_are_left_out_with_it(organisation, bring):
    company(organisation, bring)
    object_to(organisation, "P007")
    excluded = excluded_from(organisation)
    assert who_objects(organisation).person_ids == {"P007"}
    assert set(load_people(organisation, ()).units.unit_id) == {f"P{i:03d}" for i in range(400)} - excluded.person_ids
    owners = {unit[1:4] for unit in load_customers(organisation, ()).units.unit_id}
    assert {f"P{owner}" for owner in owners} & excluded.person_ids == set()


def test_whoever_objects_by_themselves_hides_among_those_with_an_account(organisation, bring):
    """A steward sees what was recorded for others, so whoever else is left out has an account."""
    company(organisation, bring)
    members = [factories.MembershipFactory(organisation=organisation, person_id=f"P{i:03d}") for i in range(25)]
    left_out_yesterday(user=members[0].user, organisation=organisation)
    left_out = excluded_from(organisation).person_ids
    assert FEWEST <= len(left_out) < 20
    assert left_out <= {member.person_id for member in members}


def test_owners_in_the_file_of_customers_alone_have_a_circle_and_rows_of_tenure_hide_no_colleague(organisation, bring):
    customers = "".join(f"C{i},2020-01-01,W{i % 40}\n" for i in range(80))
    bring("customers", "customer_id,start_date,owner_person_id\n" + customers)
    bring("tenure", "unit_id,months,left\n" + "".join(f"U{i},5,no\n" for i in range(300)), as_of="2024-06-30")
    object_to(organisation, "W7")
    excluded = excluded_from(organisation)
    assert FEWEST <= len(excluded.person_ids) < 20
    assert all(person.startswith("W") for person in excluded.person_ids)
    object_to(organisation, "U7")
    assert len({person for person in excluded_from(organisation).person_ids if person.startswith("U")}) >= FEWEST


def test_numbers_that_share_an_address_go_together(organisation, bring):
    rows = "".join(f"P{i:02d},2020-01-01,p{i % 30}@example.org\n" for i in range(60))
    bring("people", "person_id,hire_date,email\n" + rows)
    object_to(organisation, "P07")
    left_out = excluded_from(organisation).person_ids
    assert {f"P{int(person[1:]) % 30:02d}" for person in left_out} <= left_out
    assert {f"P{int(person[1:]) % 30 + 30:02d}" for person in left_out} <= left_out


def test_a_place_names_nobody(organisation, bring):
    bring("people", "person_id,hire_date\n" + "".join(f"P{i:02d},2020-01-01\n" for i in range(40)))
    excluded_from(organisation)
    assert not CirclePlace.objects.exists()
    object_to(organisation, "P07")
    excluded_from(organisation)
    assert CirclePlace.objects.count() == 40
    assert not any("P" in name for name in CirclePlace.objects.values_list("name", flat=True))


def test_an_address_of_somebody_in_the_circle_is_left_out_too(organisation, bring):
    rows = "".join(f"P{i:02d},2020-01-01,p{i}@example.org\n" for i in range(15))
    bring("people", "person_id,hire_date,email\n" + rows)
    object_to(organisation, "P03")
    assert excluded_from(organisation).emails == {f"p{i}@example.org" for i in range(15)}


def test_whoever_objects_and_is_in_no_data_takes_nobody_along(organisation, bring):
    bring("people", "person_id,hire_date\n" + "".join(f"P{i:02d},2020-01-01\n" for i in range(40)))
    object_to(organisation, "Z1")
    assert excluded_from(organisation).person_ids == {"Z1"}
