"""What imported data can say: every figure is right, and no small one is printed."""

import re

import pytest

from common.small_counts import share_of, shown, shown_of
from stakeholders.coverage import coverage_of
from tests.factories import MembershipFactory, OrganisationFactory
from tests.stakeholders.conftest import address

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("n", "total", "expected"),
    [
        (0, 400, "0 of 400 (0%)"),
        (1, 400, "1–9 of 400"),
        (9, 400, "1–9 of 400"),
        (10, 400, "10 of 400 (2%)"),
        (390, 400, "390 of 400 (98%)"),
        (391, 400, "all but 1–9 of 400"),
        (400, 400, "400 of 400 (100%)"),
        (0, 0, "0 of 0 (0%)"),
    ],
)
def test_counts_of_one_to_nine_and_their_complements_are_not_printed(n, total, expected):
    assert shown_of(n, total) == expected
    assert shown(n) == ("1–9" if 0 < n < 10 else str(n))
    assert (share_of(n, total) == "not shown") == ("1–9" in expected)


def found(organisation, position=0):
    return {finding.title: finding.found for finding in coverage_of(organisation)[position].findings}


@pytest.fixture
def staff(organisation, bring):
    rows = ["person_id,hire_date,exit_date,exit_kind,email,team,grade,completion_date"]
    for i in range(120):
        left = f"2021-{1 + i % 12:02d}-20" if i < 60 else ""
        done = "2021-01-01" if i % 12 == 0 and i < 60 else ""
        kind = "voluntary" if left and i < 30 else ""
        rows.append(f"P{i:03d},2019-01-01,{left},{kind},p{i}@example.org,{'A' if i % 2 else ''},{'' if i < 40 else 3},{done}")
    rows += [f"P{i:03d},2022-02-01,,,,,," for i in range(12)]
    bring("people", "\n".join(rows) + "\n", leavers_from="2021-01-01", leavers_until="2022-06-30")
    for i in range(20):
        MembershipFactory(organisation=organisation, person_id=f"P{i:03d}")
    MembershipFactory(organisation=organisation, user__email="p30@example.org")
    MembershipFactory(organisation=OrganisationFactory(), person_id="P050")
    return organisation


def test_what_is_known_of_people(staff):
    assert found(staff) == {
        "Window": "1 January 2021 to 30 June 2022",
        "Size": "120 people, 60 exits",
        "Also known to Accord, by ID or e-mail address": "21 of 120 (18%)",
        "Completed in the 30 days before leaving": "1–9 of 60",
        "Completed in the 90 days before leaving": "1–9 of 60",
        "Kinds of exit": "30 of 60 (50%)",
        "Notice dates": "0 of 60 (0%)",
        "Teams": "60 of 132 (45%)",
        "History of teams": "0 of 120 (0%)",
        "Came back after leaving": "12",
    }
    [coverage] = coverage_of(staff)
    assert coverage.caption == "Exits in each quarter"
    assert coverage.months == [[f"{month} 2021", "15"] for month in ("Jan", "Apr", "Jul", "Oct")]
    assert coverage.missing == [["grade", "67%", "17%"]]
    assert coverage.picture.count("<rect") == 4
    assert len(set(re.findall(r'height="([\d.]+)"', coverage.picture))) == 1


def test_completions_before_an_exit_are_found_wherever_they_stand(organisation, bring):
    rows = [f"{i},2019-01-01,2021-06-20,p{i}@example.org" for i in range(60)]
    bring("people", "\n".join(["person_id,hire_date,exit_date,email", *rows]) + "\n")
    done = [f"{i},,Talk,2021-06-01" for i in range(10)] + [f",p{i}@example.org,Talk,2021-04-01" for i in range(10, 25)]
    bring("completions", "\n".join(["person_id,email,course,completed_on", *done]) + "\n")
    figures = found(organisation)
    assert figures["Completed in the 30 days before leaving"] == "10 of 60 (17%)"
    assert figures["Completed in the 90 days before leaving"] == "25 of 60 (42%)"
    assert figures["Window"] == "not known"


def test_what_is_known_of_customers(organisation, bring):
    bring("people", "person_id,hire_date\n" + "".join(f"P{i},2019-01-01\n" for i in range(10)))
    rows = [f"C{i},2020-01-01,{'X' if i < 30 else 'P'}{i % 10}," for i in range(100)]
    rows += [f"D{i},2020-01-01,,Team" for i in range(20)]
    bring(
        "customers",
        "\n".join(["customer_id,start_date,owner_person_id,team", *rows]) + "\n",
        leavers_from="2020-01-01",
        leavers_until="2021-12-31",
    )
    assert found(organisation, 1) == {
        "Window": "1 January 2020 to 31 December 2021",
        "Size": "120 customers, 0 exits",
        "With a colleague who looks after them": "100 of 120 (83%)",
        "Whose colleague is among the people in the data": "70 of 100 (70%)",
        "History of who looked after them": "0 of 120 (0%)",
        "Compared by their team": "20 of 120 (17%)",
    }


def test_the_page_is_for_those_who_may_see_outcomes_and_takes_the_same_queries_for_any_number(
    partner, staff, member, sign_in, bring, django_assert_max_num_queries
):
    with django_assert_max_num_queries(20):
        page = partner.get(address("outcomes_data", staff)).content.decode()
    assert "What these data can say" in page
    assert "1 January 2021 to 30 June 2022" in page
    assert address("outcomes_data", staff) in partner.get(address("outcomes", staff)).content.decode()
    assert sign_in(member(staff, "admin").user).get(address("outcomes_data", staff)).status_code == 403


def test_without_data_the_page_leads_to_the_import(partner, organisation):
    page = partner.get(address("outcomes_data", organisation)).content.decode()
    assert address("outcomes_import", organisation) in page


def test_of_durations_the_latest_figures_are_shown_and_no_small_number(organisation, bring):
    rows = [f"U{i},{i},{'yes' if i < 30 else 'no'},{'1' if 0 < i < 8 else ''},{'' if i % 2 else 'N'}" for i in range(100)]
    text = "\n".join(["unit_id,months,left,completed_months_before,region", *rows]) + "\n"
    bring("tenure", "unit_id,months,left\nOLD,3,no\n", as_of="2024-01-31")
    bring("tenure", text, as_of="2024-06-30")
    (coverage,) = coverage_of(organisation)
    assert [(finding.title, finding.found) for finding in coverage.findings] == [
        ("Day of the figures", "30 June 2024"),
        ("Size", "30 of 100 (30%)"),
        ("Months since completing", "1–9 of 100"),
    ]
    assert "if leavers of all years are in the file" in coverage.findings[1].meaning
    assert coverage.missing == [["region", "50%", "50%"]]
    assert coverage.picture is None
