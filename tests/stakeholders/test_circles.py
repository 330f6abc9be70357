"""Whoever objects is left out with a circle, and whichever of the circle it was, everything is the same."""

import random
from importlib import import_module

import pytest
from django.apps import apps

from accounts.personal_data import erase
from outcomes.analysis.computing import compute_result
from outcomes.analysis.loading.customers import load_customers
from outcomes.analysis.loading.people import load_people
from outcomes.models import AnalysisRequest, Release
from stakeholders import services
from stakeholders.circles import circles_of
from stakeholders.enums import CircleKind
from stakeholders.models import CirclePlace, EmploymentStint, Objection
from stakeholders.queries import excluded_from
from tests import factories
from tests.stakeholders.conftest import left_out_yesterday, took_part_yesterday

pytestmark = pytest.mark.django_db

FEWEST = 10


def object_to(organisation, person_id):
    services.record_objection(organisation=organisation, person_id=person_id, email="", actor=None)


def circle(organisation, people, person):
    return frozenset(circles_of(organisation, CircleKind.PEOPLE, people, {person}))


def all_circles(organisation, people):
    """Those who wait for one are in each."""
    circles, left = [], set(people)
    waiting = set.intersection(*(set(circle(organisation, people, person)) for person in sorted(left)[:40]))
    waiting = waiting if len(waiting) < FEWEST else set()
    left -= waiting
    while left:
        circles.append(circle(organisation, people, min(left)) - waiting)
        assert {circle(organisation, people, other) - waiting for other in sorted(circles[-1])[-3:]} == {circles[-1]}
        assert circles[-1] <= left
        left -= circles[-1]
    return circles


@pytest.mark.parametrize("n", [20, 25, 60, 400, 2000])
def test_everybody_is_in_one_circle_of_ten_to_nineteen_and_all_of_it_have_the_same(organisation, n):
    sizes = [len(one) for one in all_circles(organisation, [f"P{i}" for i in range(n)])]
    assert sum(sizes) == n
    assert FEWEST <= min(sizes) <= max(sizes) < 2 * FEWEST


def test_in_an_organisation_of_few_all_wait_and_are_out_together(organisation):
    assert circle(organisation, ["a", "b", "c"], "b") == {"a", "b", "c"}
    assert circle(organisation, ["a", "b", "c"], "who is in no file") == set()
    assert not CirclePlace.objects.exists()


@pytest.mark.parametrize("joining", [1, 9, 10, 35, 2000])
def test_whoever_joins_changes_no_circle(organisation, joining):
    """Else, of those who were left out together first, only the one who objects stays out while a company grows."""
    people = [f"P{i}" for i in range(100)]
    before = all_circles(organisation, people)
    after = all_circles(organisation, [*people, *(f"N{i}" for i in range(joining))])
    assert set(before) <= set(after)
    assert sum(map(len, after)) == 100 + (joining if joining >= FEWEST else 0)


def test_fewer_than_ten_who_come_later_wait_whoever_of_them_objects(organisation):
    """One who came alone and went out alone would have said by it that they object."""
    people, late = [f"P{i}" for i in range(40)], [f"N{i}" for i in range(9)]
    first = circle(organisation, people, "P3")
    assert circle(organisation, people + late, "P3") == first | set(late)
    assert circle(organisation, people + late, "N4") == set(late)
    assert circles_of(organisation, CircleKind.PEOPLE, people + late, ()) == set(late), "nor who objects later"
    assert circle(organisation, [*people, *late, "N9"], "P3") == first
    assert circle(organisation, [*people, *late, "N9"], "N4") == {*late, "N9"}


def test_circles_stay_as_they_are_while_a_company_grows_by_a_few_at_a_time(organisation):
    """They were joined before, and one objection left out half of a company that had begun with ten."""
    people = []
    for week in range(40):
        people += [f"P{week}-{i}" for i in range(7)]
        found = circle(organisation, people, "P0-0")
        assert len(found) < 2 * FEWEST + FEWEST
    assert max(map(len, all_circles(organisation, people))) < 2 * FEWEST


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
    assert set(load_people(organisation, ()).units.unit_id) == {f"P{i:03d}" for i in range(400)} - excluded.person_ids
    owners = {unit[1:4] for unit in load_customers(organisation, ()).units.unit_id}
    assert {f"P{owner}" for owner in owners} & excluded.person_ids == set()


# Accounts, whatever files say ---------------------------------------------------------------------------------------------


@pytest.fixture
def members(organisation):
    return [
        factories.MembershipFactory(
            organisation=organisation, person_id=f"P{i:03d}", email=f"p{i}@example.org", user=factories.UserFactory()
        )
        for i in range(60)
    ]


def out_of(organisation, members):
    """Numbers, in the list of people, of the members who are left out."""
    found = excluded_from(organisation)
    return {one.person_id for one in members if found.has(one.person_id, one.email)}


def people_file(bring, rows):
    return bring("people", "person_id,hire_date,email\n" + "".join(f"{number},2020-01-01,{mail}\n" for number, mail in rows))


def test_whoever_objects_by_themselves_hides_among_those_with_an_account(organisation, bring):
    """A steward sees what was recorded for others, so whoever else is left out has an account."""
    company(organisation, bring)
    members = [factories.MembershipFactory(organisation=organisation, person_id=f"P{i:03d}") for i in range(25)]
    left_out_yesterday(user=members[0].user, organisation=organisation)
    left_out = excluded_from(organisation).person_ids
    assert FEWEST <= len(left_out) < 20
    assert left_out <= {member.person_id for member in members}


def test_whoever_joins_after_circles_were_drawn_is_out_whether_they_object_or_not(organisation):
    """Else one objection that is taken back makes every later one, of a newcomer, one of whoever came since."""
    early = [factories.MembershipFactory(organisation=organisation, person_id=f"P{i:02d}") for i in range(40)]
    left_out_yesterday(user=early[0].user, organisation=organisation)
    assert FEWEST <= len(excluded_from(organisation).person_ids) < 20
    took_part_yesterday(user=early[0].user, organisation=organisation)
    assert excluded_from(organisation).person_ids == set()
    late = factories.MembershipFactory(organisation=organisation, person_id="NEW")
    before = excluded_from(organisation).person_ids
    left_out_yesterday(user=late.user, organisation=organisation)
    assert (before, excluded_from(organisation).person_ids) == ({"NEW"}, {"NEW"})
    later = [factories.MembershipFactory(organisation=organisation, person_id=f"N{i}") for i in range(9)]
    assert excluded_from(organisation).person_ids == {"NEW", *(one.person_id for one in later)}
    took_part_yesterday(user=late.user, organisation=organisation)
    assert excluded_from(organisation).person_ids == set()


def test_where_all_wait_an_erased_account_leaves_the_others_out_with_it(organisation, bring):
    """In a company of eight; and once more have come, the circle that they are in."""
    few = [factories.MembershipFactory(organisation=organisation, person_id=f"P{i}") for i in range(8)]
    bring("people", "person_id,hire_date,email\n" + "".join(f"P{i},2020-01-01,{one.email}\n" for i, one in enumerate(few)))
    left_out_yesterday(user=few[0].user, organisation=organisation)
    before = excluded_from(organisation).person_ids
    erase(few[0].user)
    assert before == {f"P{i}" for i in range(8)} == excluded_from(organisation).person_ids
    more = {factories.MembershipFactory(organisation=organisation, person_id=f"N{i}").person_id for i in range(5)}
    assert excluded_from(organisation).person_ids == before | more, "one circle of twelve"


def test_the_same_accounts_are_out_under_other_numbers_and_addresses(organisation, members, bring):
    """Places by number were drawn anew for each new number, and whoever objects was who was out each time."""
    left_out_yesterday(user=members[7].user, organisation=organisation)
    people_file(bring, [(one.person_id, one.email) for one in members])
    out = out_of(organisation, members)
    assert FEWEST <= len(out) < 20
    assert excluded_from(organisation).person_ids == out
    for turn in range(3):
        EmploymentStint.objects.all().delete()
        people_file(bring, [(f"T{turn}-{i}", one.email) for i, one in enumerate(members)])
        assert excluded_from(organisation).person_ids == out | {
            f"T{turn}-{i}" for i, one in enumerate(members) if one.person_id in out
        }


def test_a_file_with_one_member_says_of_them_what_every_file_says(organisation, members, bring):
    """The circle was drawn from whoever was in the first file: there it was a circle of one."""
    left_out_yesterday(user=members[7].user, organisation=organisation)
    people_file(bring, [(members[7].person_id, members[7].email), *((f"X{i}", f"x{i}@example.org") for i in range(60))])
    first = out_of(organisation, members)
    assert FEWEST <= len(first) < 20
    assert members[7].person_id in first
    companion = next(one for one in members if one.person_id in first and one != members[7])
    Objection.objects.all().delete()
    left_out_yesterday(user=companion.user, organisation=organisation)
    assert out_of(organisation, members) == first


def test_an_address_beside_anothers_row_takes_that_row_along_whoever_of_the_circle_objects(organisation, members, bring):
    left_out_yesterday(user=members[7].user, organisation=organisation)
    out = out_of(organisation, members)
    companion = next(one for one in members if one.person_id in out and one != members[7])
    colleague = next(one for one in members if one.person_id not in out)
    found = []
    for one in (members[7], companion):
        EmploymentStint.objects.all().delete()
        people_file(bring, [(colleague.person_id, one.email)])
        found.append(colleague.person_id in excluded_from(organisation).person_ids)
    assert found == [True, True]


def test_a_renumbered_list_of_people_changes_nothing(organisation, members):
    left_out_yesterday(user=members[7].user, organisation=organisation)
    out = {one.pk for one in members if one.person_id in out_of(organisation, members)}
    for i, one in enumerate(members):
        one.person_id = f"N{i}"
        one.save()
    assert {one.pk for one in members if one.person_id in excluded_from(organisation).person_ids} == out


def test_after_the_account_is_erased_the_same_others_stay_out(organisation, members, bring):
    people_file(bring, [(one.person_id, one.email) for one in members])
    left_out_yesterday(user=members[7].user, organisation=organisation)
    before = excluded_from(organisation).person_ids
    erase(members[7].user)
    assert Objection.objects.get().user is None
    assert excluded_from(organisation).person_ids == before


def test_circles_of_the_version_before_are_kept(organisation, members):
    migration = import_module("stakeholders.migrations.0007_circles_of_accounts")
    for i, one in enumerate(members[:50]):
        name = migration.digest(organisation, one.person_id)
        CirclePlace.objects.create(organisation=organisation, kind="members", name=name, circle=i % 5)
    migration.keep_circles(apps, None)
    assert CirclePlace.objects.count() == 50
    left_out_yesterday(user=members[7].user, organisation=organisation)
    assert out_of(organisation, members) == {one.person_id for i, one in enumerate(members[:50]) if i % 5 == 2}


def test_a_ward_that_shares_an_address_is_not_left_out_with_one_of_it(organisation, bring):
    people_file(bring, [(f"P{i:03d}", "ward3@example.org" if i < 150 else f"p{i}@example.org") for i in range(200)])
    object_to(organisation, "P001")
    assert len(excluded_from(organisation).person_ids) < 20


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
