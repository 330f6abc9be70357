"""One person in Accord under many names, and what hangs on one of them: nothing that is said differs by whether they completed.

Each question is asked where the one completed, and where they did not; all else is the same.
"""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from accounts.models import Membership
from learning.models import Enrolment
from outcomes.analysis.at_stake import NOBODY, able_owners, objects_of, representatives, terms_of, there_from
from outcomes.analysis.floors import carrying, open_completions
from outcomes.analysis.loading.loaded import Loaded
from outcomes.evidence import engine
from outcomes.evidence.question import Question
from outcomes.evidence.result import Members
from outcomes.evidence.units import Units
from stakeholders.models import Completion, CustomerPeriod, CustomerStint, EmploymentStint
from tests.factories import OrganisationFactory
from tests.outcomes.test_made_up_people import (
    AS_OF,
    BEGAN,
    FIRST,
    LAST,
    ask,
    both_ways,
    codes,
    made_up,
    members,
    stint,
    told,
)
from tests.stakeholders.conftest import complete_in_accord

pytestmark = pytest.mark.django_db

MANY = 60


def honest(organisation, completed, n=40):
    """An organisation of `n` members, half of whom completed, and the one."""
    rows = [stint(organisation, f"R{i:02}", FIRST - timedelta(days=30 * i), None) for i in range(n)]
    joined = members(organisation, [*rows, stint(organisation, "TARGET", FIRST, None)])
    complete_in_accord([*joined[: n // 2], *joined[n:][: int(completed)]], BEGAN.isoformat())


def known_owners(organisation):
    """Made up, half of them completed by a file."""
    names = [f"K{i:02}" for i in range(MANY)]
    EmploymentStint.objects.bulk_create(stint(organisation, name, FIRST, None) for name in names)
    day = BEGAN + timedelta(days=100)
    Completion.objects.bulk_create(
        Completion(organisation=organisation, person_id=name, course="x", completed_on=day) for name in names[::2]
    )
    return names


def customers(organisation, owners, *, seed, by_team=False):
    rng = np.random.default_rng(seed)
    CustomerStint.objects.bulk_create(
        CustomerStint(
            organisation=organisation,
            customer_id=f"{owner}-{k}",
            owner_person_id="" if by_team else owner,
            team=owner if by_team else "",
            start_date=FIRST - timedelta(days=int(rng.integers(0, 300))),
            end_date=FIRST + timedelta(days=int(rng.integers(1, 1090))) if rng.random() < 0.5 else None,
            observed_from=FIRST,
            observed_until=LAST,
            covariates={},
        )
        for owner in owners
        for k in range(10)
    )


@pytest.mark.parametrize("by_team", [False, True])
def test_made_up_owners_and_teams_who_are_all_one_member_are_one_person(each_alone, by_team):
    def asked(organisation, completed):
        honest(organisation, completed)
        names = [f"O{i:02}" for i in range(MANY)]
        rows = [stint(organisation, name, FIRST, None) for name in names]
        for row in rows:
            row.email, row.team = "target@acme.example", row.person_id
        EmploymentStint.objects.bulk_create(rows)
        customers(organisation, names, seed=1, by_team=by_team)
        customers(organisation, known_owners(organisation), seed=2)
        return ask(organisation, outcome="customer_churn")

    yes, no = both_ways(asked)
    assert codes(yes) == ["too_few_in_accord"]
    assert told(yes) == told(no)


def test_who_may_have_exposed_a_customer_does_not_depend_on_who_did(each_alone):
    """Of one customer the file says that it was handed over to a member."""

    def asked(organisation, completed):
        honest(organisation, completed)
        customers(organisation, known_owners(organisation), seed=2)
        one, handover = CustomerStint.objects.get(customer_id="K01-0"), BEGAN + timedelta(days=30)
        CustomerStint.objects.filter(pk=one.pk).update(end_date=None)
        periods = (("K01", one.start_date, handover), ("TARGET", handover, None))
        CustomerPeriod.objects.bulk_create(
            CustomerPeriod(
                organisation=organisation, customer_id=one.customer_id, owner_person_id=owner, from_date=first, to_date=last
            )
            for owner, first, last in periods
        )
        return ask(organisation, outcome="customer_churn")

    yes, no = both_ways(asked)
    assert codes(yes) == ["too_few_in_accord"]
    assert told(yes) == told(no)


def test_stints_of_one_person_with_the_addresses_of_others_are_one_person(each_alone):
    def asked(organisation, completed):
        made_up(organisation)
        names = [f"A{i:02}" for i in range(20)]
        joined = members(organisation, [stint(organisation, name, FIRST, None) for name in (*names, "TARGET", "EARLY")])
        EmploymentStint.objects.filter(email__in=[one.email for one in joined]).delete()
        starts = (FIRST + timedelta(days=17 * i) for i in range(20))
        rows = [stint(organisation, "TARGET", start, start + timedelta(days=8)) for start in starts]
        for row, name in zip(rows, names, strict=True):
            row.email = f"{name.lower()}@acme.example"
        EmploymentStint.objects.bulk_create(rows)
        complete_in_accord([joined[21], *joined[20:21][: int(completed)]], FIRST.isoformat())
        return ask(organisation)

    yes, no = both_ways(asked)
    assert codes(yes) == ["too_few_in_accord"]
    assert told(yes) == told(no)


def test_members_who_joined_after_the_day_asked_about_hide_nobody(each_alone):
    def asked(organisation, completed):
        made_up(organisation)
        later = [stint(organisation, f"A{i:02}", FIRST, LAST if i % 3 else None) for i in range(MANY)]
        joined = members(organisation, [*later, *(stint(organisation, name, FIRST, None) for name in ("TARGET", "EARLY"))])
        new = Membership.objects.filter(pk__in=[one.pk for one in joined[:MANY]])
        new.update(joined_at=datetime(2025, 6, 1, tzinfo=UTC))
        complete_in_accord([joined[-1], *joined[MANY : MANY + int(completed)]], BEGAN.isoformat())
        return ask(organisation)

    yes, no = both_ways(asked)
    assert codes(yes) == ["too_few_in_accord"]
    assert told(yes) == told(no)


def test_a_late_completion_of_a_file_says_of_no_member_that_there_was_no_earlier_one(each_alone):
    def asked(organisation, completed):
        made_up(organisation)
        honest(organisation, completed)
        left = date(2023, 6, 1)
        EmploymentStint.objects.filter(person_id="TARGET").update(exit_date=left, exit_kind="voluntary")
        exits = dict(EmploymentStint.objects.exclude(exit_date=None).values_list("person_id", "exit_date"))
        for row in Completion.objects.filter(organisation=organisation):
            if row.completed_on > exits.get(row.person_id, LAST):
                row.delete()  # of nobody else
        late = left + timedelta(days=1)
        Completion.objects.create(organisation=organisation, person_id="TARGET", course="x", completed_on=late)
        return ask(organisation)

    yes, no = both_ways(asked)
    assert [codes(answer, "warnings") for answer in (yes, no)] == [codes(no, "warnings")] * 2
    assert "completion_after_exit" not in codes(no, "warnings")


TEAM = 22


def company(organisation, *, left=None, kind=""):
    """121 members; in the team of the one everybody else was hired long before."""
    rng = np.random.default_rng(4)
    rows = []
    for i in range(120):
        hired = FIRST + timedelta(days=int(rng.integers(1, 300)))
        leaves = FIRST + timedelta(days=int(rng.integers(301, 900))) if i >= TEAM and i % 3 == 0 else None
        rows.append(stint(organisation, f"A{i:03}", hired, leaves))
        rows[-1].team = "T" if i < TEAM - 1 else f"U{i % 4}"
    target = stint(organisation, "TARGET", date(2023, 11, 10), left)
    target.team, target.exit_kind = "T", kind
    return members(organisation, [*rows, target])


def complete_later(member, day):
    first = Enrolment.objects.earliest("pk")
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC)
    Enrolment.objects.create(
        user=member.user,
        course=first.course,
        organisation=member.organisation,
        version=first.version,
        completed_at=noon,
    )


@pytest.mark.parametrize(
    "questions",
    [
        [{"as_of": day} for day in ("2024-10-10", "2024-10-19", "2024-10-22")],
        [{"horizon_months": months, "as_of": AS_OF} for months in (10, 11, 12, 13)],
    ],
)
def test_two_days_or_horizons_between_which_nobody_completed_are_told_from_no_two_between_which_one_did(
    each_alone, however_few, questions
):
    """By somebody who asks and brings no file, of a team in which one person is known by the day of hire."""

    def asked(organisation, completed):
        joined = company(organisation)
        complete_in_accord(joined[:60:2], "2024-09-02")
        if completed:
            complete_later(joined[-1], "2024-10-20")
        return [codes(ask(organisation, teams=("T",), **question)) for question in questions]

    yes, no = both_ways(asked)
    assert yes == no == [["too_few_events"]] + [["too_close_to_earlier_answer"]] * (len(questions) - 1)


def test_whether_the_only_leaver_of_a_team_was_dismissed_is_not_told_by_two_questions(each_alone, however_few):
    def asked(organisation, is_voluntary):
        joined = company(organisation, left=date(2024, 6, 3), kind="voluntary" if is_voluntary else "involuntary")
        complete_in_accord(joined[:60:2], "2024-09-02")
        return [codes(ask(organisation, teams=("T",), events=kinds, as_of=AS_OF)) for kinds in (("voluntary",), ())]

    yes, no = both_ways(asked)
    assert yes == no == [["too_few_events"], ["too_close_to_earlier_answer"]]


def test_a_member_is_one_from_the_first_time_that_they_joined_on(each_alone):
    organisation = OrganisationFactory(time_zone="Europe/Berlin")
    back, unknown, invited = members(organisation, [stint(organisation, name, FIRST, None) for name in ("B", "U", "I")])
    Membership.objects.update(created_at=datetime(2022, 2, 28, 23, 30, tzinfo=UTC))
    Membership.objects.filter(pk=back.pk).update(joined_at=datetime(2024, 1, 1, tzinfo=UTC))
    Membership.objects.filter(pk=unknown.pk).update(joined_at=None)
    Membership.objects.filter(pk=invited.pk).update(user=None)
    assert terms_of(organisation) == {back.email: date(2022, 3, 1), unknown.email: date.min}


def test_whoever_joins_on_the_day_asked_about_was_not_there_before_it():
    terms = {"early": date(2022, 3, 5), "late": date(2022, 3, 9)}
    able = objects_of(
        [frozenset({"early"}), frozenset({"early", "late"}), frozenset({"late"}), frozenset({"long ago"}), NOBODY]
    )
    first = date(2022, 3, 1)
    there, since = there_from(able, terms, first, date(2022, 3, 9))
    assert there.tolist() == [{"early"}, {"early"}, NOBODY, {"long ago"}, NOBODY]
    assert since.tolist() == [date(2022, 3, 5), date(2022, 3, 5), first, first, first]


def test_nothing_is_open_of_whoever_completed_by_a_file_before_they_could_in_accord():
    """The last three: on the day of the first completion in Accord, on the day on which they came, and a day later."""
    began = np.array(["2022-01-01", "2022-01-01", "2022-01-01", "2022-05-01", "2022-05-01"], dtype="datetime64[D]")
    brought = np.array(["NaT", "2022-02-01", "2022-03-01", "2022-05-01", "2022-05-02"], dtype="datetime64[D]")
    names = [f"P{i}" for i in range(5)]
    units = Units.from_columns({"unit_id": names, "origin": began, "observed_from": began, "observed_until": [LAST] * 5})
    able = objects_of([frozenset({name}) for name in names])
    loaded = Loaded(units, able=able, brought=brought, in_accord_since=BEGAN)
    everybody, nobody = np.ones(5, dtype=bool), np.zeros(5, dtype=bool)
    opened = open_completions(loaded, Members(everybody, nobody, nobody, nobody), LAST)
    assert opened.mask.tolist() == [True, False, False, False, True]
    assert opened.whose.tolist() == ["P0", "", "", "", "P4"]
    assert opened.n == 2


@pytest.mark.parametrize(("has_left", "heaviest"), [(False, 1 / 39), (True, 0.1747)])
def test_the_only_leaver_weighs_more_than_each_of_those_who_stayed(has_left, heaviest):
    """Of forty members who were there equally long one left, or none, beside 300 of whom a file says whether they completed.

    Of each 0.62 exits are expected, to which that of the one is added: 1.62 squared beside 39 times 0.62 squared.
    """
    n_members, n = 40, 340
    chance = np.random.default_rng(4)
    origin = np.datetime64(FIRST, "D") + chance.integers(0, 300, n)
    origin[:n_members] = np.datetime64(FIRST, "D")
    left = origin + chance.integers(200, 2000, n)
    left[:n_members] = np.datetime64("NaT", "D")
    if has_left:
        left[0] = np.datetime64("2023-06-01", "D")
    completed = np.where(np.arange(n) % 2, origin + chance.integers(90, 180, n), np.datetime64("NaT", "D"))
    completed[:n_members] = np.datetime64("NaT", "D")
    columns = {"unit_id": [f"P{i}" for i in range(n)], "origin": origin, "exit": left, "exposed_on": completed}
    units = Units.from_columns(columns | {"observed_from": [FIRST] * n, "observed_until": [LAST] * n})
    able = objects_of([frozenset({f"P{i}"}) if i < n_members else NOBODY for i in range(n)])
    loaded = Loaded(units, able=able, brought=units.exposed_on, in_accord_since=FIRST)
    exact = engine.estimate(Question("Acme", as_of=LAST), units)
    opened = open_completions(loaded, exact.members, LAST)
    found = carrying(exact, opened, units, LAST)
    assert (opened.n, found.leavers) == (n_members, int(has_left))
    assert found.heaviest == pytest.approx(heaviest, rel=0.05)


def test_nobody_weighs_more_than_whoever_is_counted_for_a_row():
    able = objects_of([frozenset("ab"), frozenset("b"), frozenset("bc"), frozenset("c"), NOBODY])
    everywhere, alike = np.ones(5, dtype=bool), np.ones(5)
    assert list(representatives(able, everywhere, alike)) == ["b", "b", "b", "c", ""]
    assert list(representatives(able, ~everywhere, alike)) == [""] * 5
    assert list(representatives(able, np.array([True, False, False, False, True]), alike)) == ["b", "", "", "", ""]
    light = np.array([1.0, 0.0, 0.5, 2.0, 1.0])
    assert list(representatives(able, everywhere, light)) == ["b", "b", "c", "c", ""], "by weight, not by number"


def test_rows_of_which_no_exit_is_expected_lend_nobody_weight(each_alone):
    """Fifty-five who joined two days before the day asked about each share one row with the one, and have many of their own."""

    def asked(organisation, completed):
        made_up(organisation)
        names = [f"N{i:02}" for i in range(55)]
        joined = members(organisation, [stint(organisation, name, FIRST, None) for name in (*names, "TARGET", "EARLY")])
        Membership.objects.filter(pk__in=[one.pk for one in joined[:55]]).update(joined_at=datetime(2024, 12, 29, tzinfo=UTC))
        EmploymentStint.objects.filter(email__in=[one.email for one in joined]).delete()
        rows = []
        for i, name in enumerate(names):
            rows.append(stint(organisation, name, FIRST - timedelta(days=i), LAST - timedelta(days=9 * i) if i % 2 else None))
            rows[-1].email = "target@acme.example"
            for n in range(56):
                rows.append(stint(organisation, f"D{i}-{n}", date(2010, 1, 1), None, observed_from=date(2024, 12, 20)))
                rows[-1].email = f"{name.lower()}@acme.example"
        EmploymentStint.objects.bulk_create(rows)
        complete_in_accord([joined[56], *joined[55:56][: int(completed)]], BEGAN.isoformat())
        return ask(organisation)

    yes, no = both_ways(asked)
    assert codes(yes) == ["too_few_in_accord"]
    assert told(yes) == told(no)


def test_another_day_and_another_column_are_answered_where_ten_or_more_are_between(each_alone):
    """Of an honest company of 2,000, half of whom learn in Accord."""
    organisation = OrganisationFactory()
    rng = np.random.default_rng(8)
    rows = []
    for i in range(2000):
        hired = FIRST + timedelta(days=int(rng.integers(-900, 900)))
        left = hired + timedelta(days=1 + int(rng.exponential(900)))
        rows.append(
            stint(organisation, f"P{i:04}", hired, left if max(hired, FIRST) < left <= LAST else None, site="NS"[i % 2])
        )
    joined = members(organisation, rows)
    for quarter in range(12):
        complete_in_accord(joined[quarter::24], f"{2022 + quarter // 4}-{1 + 3 * (quarter % 4):02}-15")
    for question in ({}, {"covariates": "site:category"}, {"as_of": "2024-06-30"}, {"as_of": "2023-12-31"}):
        assert codes(ask(organisation, **question)) == [], question


def test_what_exposed_a_customer_in_one_stint_may_have_done_so_in_the_next():
    addresses = {"owner A": frozenset({"a"}), "team T": frozenset({"b", "c"})}
    found = able_owners(["1", "1", "2"], [("owner A",), ("team T", "owner made up"), ("owner made up",)], addresses)
    assert list(found) == [frozenset("a"), frozenset("abc"), NOBODY]
