"""A change of team or contract that a system writes as an exit and a hire: no exit, and the answer of a file without it."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest

from outcomes.analysis.computing import compute_result
from outcomes.evidence.changes import changes
from outcomes.models import AnalysisRequest, Release
from stakeholders.models import CustomerStint, EmploymentStint

from .crowd import PEOPLE

pytestmark = pytest.mark.django_db


def days(*texts):
    return np.array([text or "NaT" for text in texts], dtype="datetime64[D]")


def names(text):
    return np.array(list(text), dtype=object)


@pytest.mark.parametrize(
    ("start", "end", "goes_on", "origin"),
    [
        (("2024-01-01", "2024-03-01"), ("2024-02-29", ""), [True, False], ["2024-01-01", "2024-01-01"]),
        (("2024-01-01", "2024-03-07"), ("2024-02-29", ""), [True, False], ["2024-01-01", "2024-01-01"]),
        (("2024-01-01", "2024-03-08"), ("2024-02-29", ""), [False, False], ["2024-01-01", "2024-03-08"]),
        (("2024-01-01", "2024-02-01"), ("2024-02-29", "2024-02-10"), [False, True], ["2024-01-01", "2024-01-01"]),
        (("2024-01-01", "2024-02-01"), ("", ""), [False, False], ["2024-01-01", "2024-02-01"]),
    ],
)
def test_an_end_is_none_where_a_longer_stint_begins_within_a_week(start, end, goes_on, origin):
    found = changes(names("aa"), days(*start), days(*end))
    assert found.goes_on.tolist() == goes_on
    assert found.origin.astype(str).tolist() == origin
    assert found.n == (goes_on == [True, False])  # the other lies within one: no row follows its end


def test_stints_in_any_order_of_several_people():
    unit = names("bacab")
    start = days("2024-06-01", "2024-04-01", "2023-01-01", "2024-01-01", "2024-01-01")
    end = days("", "2024-05-01", "", "2024-03-31", "2024-03-01")
    found = changes(unit, start, end)
    assert found.goes_on.tolist() == [False, False, False, True, False]
    assert found.origin.astype(str).tolist() == ["2024-06-01", "2024-01-01", "2023-01-01", "2024-01-01", "2024-01-01"]
    seen = found.observed({"observed_from": start, "observed_until": days(*["2024-12-31"] * 5)}, end)
    assert seen["observed_until"].astype(str).tolist() == ["2024-12-31", "2024-12-31", "2024-12-31", "2024-03-31", "2024-12-31"]
    assert seen["observed_from"].astype(str).tolist() == start.astype(str).tolist()


def test_one_that_lies_within_another_breaks_no_chain():
    """A contract, an addition to it, and its renewal: counted as churn, as neighbours alone were compared."""
    start, end = days("2023-01-01", "2023-03-01", "2024-01-01"), days("2023-12-31", "2023-04-30", "")
    found = changes(names("aaa"), start, end)
    assert found.goes_on.tolist() == [True, True, False]
    assert set(found.origin.astype(str)) == {"2023-01-01"}
    seen = found.observed({"observed_from": days("", "", ""), "observed_until": days(*["2024-12-31"] * 3)}, end)
    assert found.is_over(seen).tolist() == [False, True, False]
    assert seen["observed_from"].astype(str).tolist() == ["NaT", "2023-12-31", "2024-01-01"]


def test_a_row_over_before_the_window_is_missed_by_nobody():
    start, end = days("2015-01-01", "2018-01-01"), days("2017-12-31", "")
    found = changes(names("aa"), start, end)
    seen = found.observed({"observed_from": days("2022-01-01", "2022-01-01"), "observed_until": days(*["2024-12-31"] * 2)}, end)
    assert found.is_over(seen).tolist() == [True, False]


def test_three_in_a_row_are_one_and_nobody_is_seen_twice_on_a_day():
    start, end = days("2024-01-01", "2024-01-20", "2024-03-01"), days("2024-02-01", "2024-02-28", "2024-09-01")
    found = changes(names("aaa"), start, end)
    assert found.goes_on.tolist() == [True, True, False]
    assert set(found.origin.astype(str)) == {"2024-01-01"}
    seen = found.observed({"observed_from": days("", "", ""), "observed_until": days(*["2024-12-31"] * 3)}, end)
    assert seen["observed_from"].astype(str).tolist() == ["NaT", "2024-02-01", "2024-03-01"]
    assert found.exits(end).astype(str).tolist() == ["NaT", "NaT", "2024-09-01"]


def split(model, start, end, **identity):
    """Every third row that lasts becomes two that follow one another."""
    later = []
    for i, row in enumerate(model.objects.filter(**identity).order_by("pk")):
        ends = getattr(row, end)
        if i % 3 or (ends and (ends - getattr(row, start)).days < 200):
            continue
        change = getattr(row, start) + timedelta(days=150)
        fields = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.primary_key}
        later.append(model(**fields | {start: change}))
        model.objects.filter(pk=row.pk).update(**{end: change})
    model.objects.bulk_create(later)
    return len(later)


def figures(answer):
    return {one["method"]: round(one["value"], 9) for one in answer.result["estimates"] if one["method"].startswith("cox_time")}


def ask(organisation, **question):
    Release.objects.all().delete()
    return compute_result(organisation, AnalysisRequest(as_of="2024-12-31", **question), with_charts=False)


def test_people_whose_team_changes_have_not_left(acme):
    """Exits, people and ratio are those of the file with one row for each."""
    before, by_month = ask(acme), ask(acme, clock="month").result["estimates"][0]["value"]
    n = split(EmploymentStint, "hire_date", "exit_date", organisation=acme)
    assert n > PEOPLE // 8
    after = ask(acme)
    assert figures(after) == figures(before)
    assert [one["value"] for one in after.result["estimates"]] == pytest.approx(
        [one["value"] for one in before.result["estimates"]], rel=1e-6
    )
    assert ask(acme, clock="month").result["estimates"][0]["value"] == pytest.approx(by_month)
    assert "rows_excluded" not in [one["code"] for one in after.result["warnings"]]
    for name in ("units", "events", "events_exposed"):
        assert after.result["counts"][name] == before.result["counts"][name]
    (said,) = [one["message"] for one in after.result["warnings"] if one["code"] == "ends_that_go_on"]
    assert said.startswith(f"About {(n + 5) // 10 * 10} rows end and another row of the same person begins within a week")
    assert "ends_that_go_on" not in [one["code"] for one in before.result["warnings"]]


@pytest.fixture
def customers(acme):
    """500 customers of four teams, of whom a third stay."""
    rng = np.random.default_rng(2)
    CustomerStint.objects.bulk_create(
        CustomerStint(
            organisation=acme,
            customer_id=f"C{i}",
            start_date=(start := date(2022, 1, 1) + timedelta(days=int(rng.integers(0, 300)))),
            end_date=start + timedelta(days=int(rng.integers(30, 700))) if i % 3 else None,
            owner_person_id=f"P{i % PEOPLE:03}",
            team=f"Patch {i % 4}",
            observed_from=date(2022, 1, 1),
            observed_until=date(2024, 12, 31),
        )
        for i in range(500)
    )
    return acme


def test_customers_who_get_a_new_contract_have_not_left(customers):
    before = ask(customers, outcome="customer_churn")
    n = split(CustomerStint, "start_date", "end_date", organisation=customers)
    after = ask(customers, outcome="customer_churn")
    assert n > 100
    assert before.result["estimates"]
    assert figures(after) == figures(before)
    (said,) = [one["message"] for one in after.result["warnings"] if one["code"] == "ends_that_go_on"]
    assert said.startswith(f"About {(n + 5) // 10 * 10} rows end and another row of the same one begins")


def test_a_customer_who_goes_on_in_another_team_has_not_left_the_first(customers):
    exits = ask(customers, outcome="customer_churn", teams=("Patch 0",)).result["counts"]["events"]
    split(CustomerStint, "start_date", "end_date", organisation=customers, team="Patch 0", end_date=None)
    later = CustomerStint.objects.filter(
        organisation=customers, team="Patch 0", end_date=None, customer_id__in=moved(customers)
    )
    assert later.update(team="Patch 1") > 10
    assert ask(customers, outcome="customer_churn", teams=("Patch 0",)).result["counts"]["events"] == exits


def moved(organisation):
    """Customers with two rows."""
    rows = CustomerStint.objects.filter(organisation=organisation).values_list("customer_id", flat=True)
    return {one for one, n in Counter(rows).items() if n == 2}
