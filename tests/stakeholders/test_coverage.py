"""What imported data can say: every figure is right, and no small one is printed."""

import re

import pytest

from common.small_counts import share_of, shown, shown_of
from stakeholders.coverage import coverage_of
from stakeholders.findings import part_of
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
        (0, 0, "none"),
    ],
)
def test_counts_of_one_to_nine_and_their_complements_are_not_printed(n, total, expected):
    assert shown_of(n, total) == expected
    assert shown(n) == ("1–9" if 0 < n < 10 else str(n))
    assert (share_of(n, total) == "not shown") == ("1–9" in expected)


def found(organisation, position=0):
    return {finding.title: finding.found for finding in coverage_of(organisation, exact=True)[position].findings}


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
        "Also known to Accord, by ID or e-mail address": "about 20%",
        "Completed in the 30 days before leaving, by the files": "fewer than ten",
        "Completed in the 90 days before leaving, by the files": "fewer than ten",
        "Completed in Accord in the 30 days before leaving": "fewer than ten",
        "Completed in Accord in the 90 days before leaving": "fewer than ten",
        "Completed before leaving, by half-year and the files": "2021-H1 fewer than ten, 2021-H2 fewer than ten",
        "Kinds of exit": "30 of 60 (50%)",
        "Notice dates": "0 of 60 (0%)",
        "Teams": "60 of 132 (45%)",
        "History of teams": "0 of 120 (0%)",
        "Came back after leaving": "12",
    }
    [coverage] = coverage_of(staff, exact=True)
    assert coverage.caption == "Exits in each quarter"
    assert coverage.months == [[f"{month} 2021", "15", ""] for month in ("Jan", "Apr", "Jul", "Oct")]
    assert coverage.missing == [["grade", "67%", "17%"]]
    assert coverage.picture.count("<rect") == 4
    assert len(set(re.findall(r'height="([\d.]+)"', coverage.picture))) == 1


@pytest.mark.parametrize(("left", "expected"), [(1, "1–9"), (20, "20 of 20 (100%)")])
def test_notice_dates_are_counted_among_those_who_have_left(organisation, bring, left, expected):
    """Who has given notice and is still there is no part of them, however many they are."""
    rows = [f"L{i},2019-01-01,2021-06-20,2021-05-01" for i in range(left)]
    rows += [f"S{i},2019-01-01,,2021-05-01" for i in range(left + 3)]
    bring("people", "\n".join(["person_id,hire_date,exit_date,notice_date", *rows]) + "\n")
    assert found(organisation)["Notice dates"] == expected


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
        "Whose colleague is among the people in the data": "about 70%",
        "History of who looked after them": "0 of 120 (0%)",
        "Compared by their team": "20 of 120 (17%)",
        "Their teams that are teams of people in the data": "none",
    }


@pytest.mark.parametrize(
    ("known", "said", "tone"),
    [(0, "none", "caution"), (1, "about 10%", "caution"), (15, "about 80%", "caution"), (16, "about 80%", ""), (20, "all", "")],
)
@pytest.mark.parametrize(("kind", "key"), [("customers", "customer_id"), ("partners", "partner_id")])
def test_how_many_of_their_teams_are_teams_of_people_is_said_coarsely(organisation, bring, kind, key, known, said, tone):
    """Only of those who have no colleague of their own, and so go by their team."""
    bring("people", "person_id,hire_date,team\nP,2019-01-01,\n" + "".join(f"P{i},2019-01-01,T{i}\n" for i in range(known)))
    rows = [f"C{i},2020-01-01,,T{i}" for i in range(20)] + ["D,2020-01-01,P,Unknown", "E,2020-01-01,,"]
    bring(kind, "\n".join([f"{key},start_date,owner_person_id,team", *rows]) + "\n")
    title = "Their teams that are teams of people in the data"
    [finding] = [finding for finding in coverage_of(organisation, exact=True)[1].findings if finding.title == title]
    assert (finding.found, finding.tone) == (said, tone)
    assert "questions are refused" in finding.meaning


def test_owners_of_the_time_and_of_today_are_both_shown(organisation, bring):
    """Half of the customers were with strangers before, and are with a colleague today; some are in the history alone."""
    bring("people", "person_id,hire_date\n" + "".join(f"P{i},2019-01-01\n" for i in range(10)))
    rows = "".join(f"C{i:02d},2020-01-01,P{i % 10}\n" for i in range(80))
    bring("customers", f"customer_id,start_date,owner_person_id\n{rows}")
    history = [f"C{i:02d},2020-01-01,2020-12-31,{'X' if i < 40 else 'P'}{i % 10}\nC{i:02d},2021-01-01,,P1" for i in range(60)]
    history += [f"D{i},2020-01-01,,P1" for i in range(12)]
    # Before the customer came, and in which nobody is named.
    history += ["C70,2018-01-01,2019-12-31,X1", "C71,2020-01-01,,"]
    staged = bring("customer_history", "\n".join(["customer_id,from,to,owner_person_id", *history]) + "\n")
    assert (
        "1 row has nothing in owner_person_id and team, so it says of nobody. It is kept and makes no difference."
        in staged.notes
    )
    figures = found(organisation, 1)
    assert figures["Whose colleague is among the people in the data"] == "about 100%"
    assert figures["History of who looked after them"] == "60 of 80 (75%)"
    assert figures["Whose colleagues over time are among the people in the data"] == "about 30%"
    assert figures["In the history, and in no file of customers"] == "12"


def test_what_is_known_of_partners(organisation, bring):
    bring("people", "person_id,hire_date\n" + "".join(f"P{i},2019-01-01\n" for i in range(10)))
    rows = [f"C{i},2020-01-01,{'2021-03-01' if i < 20 else ''},{'X' if i < 30 else 'P'}{i % 10}" for i in range(100)]
    known = {"leavers_from": "2020-01-01", "leavers_until": "2021-12-31"}
    bring("partners", "\n".join(["partner_id,start_date,end_date,owner_person_id", *rows]) + "\n", **known)
    assert [coverage.title for coverage in coverage_of(organisation)] == ["People", "Partners"]
    assert found(organisation, 1) == {
        "Window": "1 January 2020 to 31 December 2021",
        "Size": "100 partners, 20 exits",
        "With a colleague who looks after them": "100 of 100 (100%)",
        "Whose colleague is among the people in the data": "about 70%",
        "Compared by their team": "0 of 100 (0%)",
    }


def contracts(bring, results, **window):
    """Contracts of a customer each, as many as `results` says of each, ended in 2021; "runs" for no end yet."""
    names = [name for name, n in results.items() for _time in range(n)]
    ends = ["2999-12-31" if name == "runs" else "2021-12-31" for name in names]
    said = ["" if name == "runs" else name for name in names]
    rows = [f"C{i:03d},2021-01-01,{end},{name}" for i, (end, name) in enumerate(zip(ends, said, strict=True))]
    bring("contracts", "\n".join(["customer_id,start_date,end_date,result", *rows]) + "\n", **window)


def test_what_is_known_of_contracts(organisation, bring):
    ended = {"renewed": 40, "expanded": 12, "reduced": 0, "lost": 30, "": 18, "runs": 20}
    contracts(bring, ended, leavers_from="2021-01-01", leavers_until="2021-12-31")
    rows = [f"C{i:03d},2020-01-01,{'2021-12-31' if 60 <= i < 70 else ''}" for i in range(90)]
    bring("customers", "\n".join(["customer_id,start_date,end_date", *rows]) + "\n")
    assert found(organisation, 1) == {
        "Window": "1 January 2021 to 31 December 2021",
        "Size": "120 contracts of 120 customers",
        "Ended, with a result": "82 of 100 (82%)",
        "Results of those that ended": "renewed: 40, expanded: 12, reduced: 0, lost: 30",
        "Customers that are not in the file of customers": "30 of 120 (25%)",
        "Lost, but the customer has no end date": "20 of 30 (67%)",
    }
    tones = {finding.title: finding.tone for finding in coverage_of(organisation)[1].findings}
    assert tones["Lost, but the customer has no end date"] == "caution"
    assert tones["Ended, with a result"] == ""


@pytest.mark.parametrize(
    ("results", "said", "still_there"),
    [
        ({"renewed": 40, "expanded": 12, "lost": 5}, "renewed: 40, expanded: not shown, reduced: 0, lost: 1–9", "1–9"),
        ({"renewed": 40, "expanded": 3, "lost": 12}, "renewed: 40, expanded: 1–9, reduced: 0, lost: not shown", "12"),
        ({"renewed": 40, "expanded": 3, "lost": 5}, "renewed: 40, expanded: 1–9, reduced: 0, lost: 1–9", "1–9"),
    ],
)
def test_a_small_result_cannot_be_worked_out_from_the_others(organisation, bring, results, said, still_there):
    contracts(bring, results)
    bring("customers", "customer_id,start_date\n" + "".join(f"C{i:03d},2020-01-01\n" for i in range(60)))
    figures = found(organisation, 1)
    assert figures["Results of those that ended"] == said
    assert figures["Lost, but the customer has no end date"] == still_there
    assert figures["Window"] == "not known"


def test_what_is_known_of_performance(organisation, bring):
    bring("people", "person_id,hire_date\n" + "".join(f"P{i:02d},2019-01-01\n" for i in range(12)))
    rows = [f"P{i:02d},,complaints,5,{i},{period},no" for i in range(24) for period in ("2024-Q1", "2024-Q2")]
    rows += [f",T{i},revenue,5,6,2024," for i in range(11)]
    names = "person_id,team,measure,expected,actual,period,higher_is_better"
    bring("performance", "\n".join([names, *rows]) + "\n")
    assert found(organisation, 1) == {
        "Size": "People: 24. Teams: 11.",
        "Measures and periods": "Measures: 2. Periods: 3.",
        "Known whether higher is better": "48 of 59 (81%)",
        "People who are in the file of people": "12 of 24 (50%)",
    }


def test_who_only_reads_is_told_of_contracts_coarsely(organisation, bring):
    """Files of two days of which one has a contract more say the same."""
    for n in (38, 39):
        contracts(bring, {"renewed": n, "expanded": 12, "lost": 5})
        bring("customers", "customer_id,start_date\n" + "".join(f"C{i:03d},2020-01-01\n" for i in range(60)))
        figures = {finding.title: finding.found for finding in coverage_of(organisation)[1].findings}
        assert figures == {
            "Window": "not known",
            "Size": "about 55 contracts of about 55 customers",
            "Ended, with a result": "about 100%",
            "Results of those that ended": "renewed: about 40, expanded: not shown, reduced: 0, lost: 1–9",
            "Customers that are not in the file of customers": "fewer than ten",
            "Lost, but the customer has no end date": "fewer than ten",
        }


def test_who_only_reads_is_told_of_performance_coarsely(organisation, bring):
    bring("people", "person_id,hire_date\n" + "".join(f"P{i:02d},2019-01-01\n" for i in range(12)))
    rows = [f"P{i:02d},,complaints,5,{i},2024-Q1,{'no' if i < 15 else ''}" for i in range(24)]
    names = "person_id,team,measure,expected,actual,period,higher_is_better"
    bring("performance", "\n".join([names, *rows, ",T1,revenue,5,6,2024,"]) + "\n")
    findings = coverage_of(organisation)[1].findings
    assert {finding.title: (finding.found, finding.tone) for finding in findings} == {
        "Size": ("People: about 25. Teams: 1–9.", ""),
        "Measures and periods": ("Measures: 2. Periods: 2.", ""),
        "Known whether higher is better": ("about 60%", "caution"),
        "People who are in the file of people": ("about 50%", "caution"),
    }


def test_the_page_shows_contracts_and_performance_and_names_nobody(partner, organisation, bring):
    contracts(bring, {"renewed": 3})
    bring("performance", "person_id,measure,expected,actual,period\nP-77,complaints,5,6,2024\n")
    page = partner.get(address("outcomes_data", organisation)).content.decode()
    assert re.findall(r'<h2 id="of-\d">(\w+)', page) == ["Contracts", "Performance"]
    assert "P-77" not in page
    assert "C000" not in page
    assert "complaints" not in page
    assert "1–9 contracts of 1–9 customers" in page


def test_the_page_is_for_those_who_may_see_outcomes_and_takes_the_same_queries_for_any_number(
    partner, staff, member, sign_in, bring, django_assert_max_num_queries
):
    with django_assert_max_num_queries(32):
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
    (coverage,) = coverage_of(organisation, exact=True)
    assert [(finding.title, finding.found) for finding in coverage.findings] == [
        ("Day of the figures", "30 June 2024"),
        ("Size", "30 of 100 (30%)"),
        ("Months since completing", "1–9 of 100"),
    ]
    assert "if leavers of all years are in the file" in coverage.findings[1].meaning
    assert coverage.missing == [["region", "50%", "50%"]]
    assert coverage.picture is None


def test_of_a_whole_of_one_to_nine_nothing_is_said():
    assert [shown_of(n, total) for n, total in ((0, 7), (3, 7), (7, 7))] == ["not shown"] * 3


def test_of_fewer_than_ten_exits_those_who_bring_them_see_a_run_chart_with_exact_limits(organisation, bring):
    rows = "".join(f"P{i},2020-01-01,{f'2021-0{1 + i}-15' if i < 7 else ''}\n" for i in range(60))
    bring("people", f"person_id,hire_date,exit_date\n{rows}", leavers_from="2020-06-01", leavers_until="2021-12-31")
    (exact,), (veiled,) = coverage_of(organisation, exact=True), coverage_of(organisation)
    assert exact.months == [["Jan 2021", "3", "0.6 to 8.8"], ["Apr 2021", "3", "0.6 to 8.8"], ["Jul 2021", "1", "0.0 to 5.6"]]
    assert exact.with_limits
    assert [(words, limits) for _month, words, limits in veiled.months] == [("1–9", "")] * 3
    assert [finding.found for finding in veiled.findings if finding.title == "Size"] == ["about 60 people, 1–9 exits"]


def test_bars_of_one_to_nine_exits_are_of_one_height_for_those_who_may_not_know(organisation, bring):
    """A picture has heights that can be measured."""
    left = [f"2021-{month:02d}-15" for month, n in ((2, 12), (5, 3), (8, 7), (11, 14)) for _time in range(n)]
    rows = "".join(f"P{i},2020-01-01,{day}\n" for i, day in enumerate([*left, *[""] * 60]))
    bring("people", f"person_id,hire_date,exit_date\n{rows}", leavers_from="2020-06-01", leavers_until="2021-12-31")
    (exact,), (veiled,) = coverage_of(organisation, exact=True), coverage_of(organisation)
    heights = [
        [float(height) for height in re.findall(r'<rect[^>]*height="([\d.]+)"', coverage.picture)]
        for coverage in (exact, veiled)
    ]
    assert len(set(heights[0])) == 4
    assert len(set(heights[1])) == 3


def test_the_only_small_month_cannot_be_taken_from_the_total(organisation, bring):
    """Quarters of 12, 12, 4 and 14: with the total known, the 4 would be what is left."""
    left = [f"2021-{month:02d}-15" for month, n in ((2, 12), (5, 12), (8, 4), (11, 14)) for _time in range(n)]
    rows = "".join(f"P{i},2020-01-01,{day}\n" for i, day in enumerate([*left, *[""] * 60]))
    bring("people", f"person_id,hire_date,exit_date\n{rows}", leavers_from="2020-06-01", leavers_until="2021-12-31")
    (veiled,) = coverage_of(organisation)
    told = [words for _month, words, _limits in veiled.months if words not in ("0",)]
    assert sorted(told) == ["1–9", "about 10", "about 15", "not shown"]


def test_a_part_that_is_more_than_the_whole_is_never_printed():
    with pytest.raises(ValueError, match="900 is no part of 895"):
        part_of(900, 895)
    assert part_of(895, 895) == "895 of 895 (100%)"


def test_one_is_not_counted_as_many(organisation, bring):
    bring("people", "person_id,hire_date,exit_date\nP1,2019-01-01,2020-01-01\n")
    bring("partners", "partner_id,start_date\nR1,2019-01-01\n")
    bring("customers", "customer_id,start_date\nC1,2019-01-01\nC2,2019-01-01\n")
    sizes = [
        next(finding.found for finding in coverage.findings if finding.title == "Size")
        for exact in (True, False)
        for coverage in coverage_of(organisation, exact=exact)
    ]
    assert sizes == [
        "1 person, 1 exit",
        "2 customers, 0 exits",
        "1 partner, 0 exits",
        "1–9 people, 1–9 exits",
        "1–9 customers, exits not shown",
        "1–9 partners, exits not shown",
    ]


@pytest.mark.parametrize(("n", "said"), [(30, "the columns that"), (31, "the first 30 of the 31 columns that")])
def test_which_columns_are_looked_at_for_missing_values_is_said(partner, organisation, bring, n, said):
    header, cells = ",".join(f"extra{i:02d}" for i in range(n)), ",".join("1" for _i in range(n))
    bring("people", f"person_id,hire_date,{header}\nP1,2019-01-01,{cells}\n")
    assert f"Listed are {said} the latest rows have" in partner.get(address("outcomes_data", organisation)).content.decode()


def test_two_looks_do_not_tell_whoever_reads_only_how_one_left(organisation, bring):
    """Neither that somebody left since the last file, nor whether they had given notice, nor of which kind it was."""
    known = {"leavers_from": "2020-06-01", "leavers_until": "2021-12-31"}
    header = "person_id,hire_date,exit_date,exit_kind,notice_date,team\n"
    ends = [f"2021-{1 + i % 12:02}-15,{'voluntary' if i % 5 else ''},," for i in range(121)]
    rows = [f"P{i:03},2020-01-01,{end}T\n" for i, end in enumerate([*ends, *[",,,"] * 100])]
    bring("people", header + "".join(rows), **known)
    before = coverage_of(organisation)
    bring("people", header + "P220,2020-01-01,2021-06-20,voluntary,2021-05-01,T\n", **known)
    assert coverage_of(organisation) == before
    assert {finding.title: finding.found for finding in before[0].findings}["Size"] == "about 220 people, about 120 exits"
