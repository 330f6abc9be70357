"""What a reader found who tried to read one colleague from the answers: each way stays shut."""

from datetime import date, timedelta

import numpy as np
import pytest
from django.db import transaction
from django.db.models import F

from accounts.models import Membership
from learning import queries as learning
from outcomes.analysis.computing import compute_result
from outcomes.analysis.loading import completions
from outcomes.evidence.observation import look_at_window
from outcomes.evidence.units import Units
from outcomes.models import AnalysisRequest, Release
from stakeholders.models import Completion, CustomerStint, EmploymentStint, Objection, TenureRow
from stakeholders.queries import known_courses
from stakeholders.services import record_objection
from tests.stakeholders.conftest import complete_in_accord

from .crowd import FIRST, LAST, TARGET

pytestmark = pytest.mark.django_db


def ask(organisation, **question):
    return compute_result(organisation, AnalysisRequest(**question), with_charts=False)


def codes(answer, of="refusals"):
    return [notice["code"] for notice in answer.result[of]]


def read(answer):
    """All of it that could tell; when it ran and of which rows it is a digest tell nothing more."""
    result = answer.result | {"provenance": {k: v for k, v in answer.result["provenance"].items() if k != "ran_at"}}
    return result, answer.report


def object_to_use(organisation, *people):
    for person_id in people:
        record_objection(organisation=organisation, person_id=person_id, email="", actor=None)


# Who objects ------------------------------------------------------------------------------------------------------------------


def a_patch_each(organisation, *, of_each=3):
    """Every colleague looks after some customers, who are a team of their own."""
    CustomerStint.objects.bulk_create(
        CustomerStint(
            organisation=organisation,
            customer_id=f"C{i}",
            start_date=FIRST,
            end_date=date(2024, 1 + i % 12, 1 + i % 28) if i % 3 else None,
            owner_person_id=f"P{i // of_each:03}",
            team=f"Patch {i // of_each:03}",
            observed_from=FIRST,
            observed_until=LAST,
        )
        for i in range(220 * of_each)
    )


def figures_of_tenure(organisation):
    TenureRow.objects.bulk_create(
        TenureRow(
            organisation=organisation,
            unit_id=f"P{i:03}",
            as_of=date(2024, 6, 30),
            months=5 + i % 30,
            has_left=bool(i % 2),
            team=f"Desk {i // 40}" if i >= 40 else f"Seat {i}",
            completed_months_before=None,
        )
        for i in range(200)
    )


@pytest.mark.parametrize(
    ("outcome", "team"), [("customer_churn", "Patch 001"), ("tenure_exit", "Seat 1"), ("employee_exit", "Seat 1")]
)
def test_by_a_team_of_one_nobody_reads_who_objects(acme, outcome, team):
    a_patch_each(acme)
    figures_of_tenure(acme)
    EmploymentStint.objects.filter(organisation=acme, person_id="P001").update(team="Seat 1")
    told = []
    for person_id in ("P001", "P002"):
        object_to_use(acme, person_id)
        told.append(ask(acme, outcome=outcome, teams=(team,)))
        Objection.objects.all().delete()
    assert codes(told[0]) == ["too_few_owners" if outcome == "customer_churn" else "too_few_people"]
    assert "people_excluded" in codes(told[0], "warnings")
    assert read(told[0]) == read(told[1])


# Teams of one -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("in_team", [1, 19])
def test_of_a_small_team_nothing_is_told_whoever_completed_or_left(acme, in_team):
    """Neither by another refusal, nor by the kinds of exit, nor as of two days running, nor by who objects."""
    people = EmploymentStint.objects.filter(organisation=acme)
    team = [TARGET, *people.exclude(person_id=TARGET).values_list("person_id", flat=True)[: in_team - 1]]
    people.filter(person_id__in=team).update(team="Board office")
    target = people.filter(person_id=TARGET)
    target.update(hire_date=date(2021, 1, 1), exit_date=None, exit_kind="")
    Completion.objects.filter(organisation=acme, person_id=TARGET).delete()
    questions = [{}, {"events": ("voluntary",)}, {"events": ("other",)}, {"as_of": "2024-05-04"}, {"as_of": "2024-05-05"}]

    def told():
        answers = [ask(acme, teams=("Board office",), **question).result for question in questions]
        return [(answer["refusals"], answer["counts"]) for answer in answers]

    before = told()
    assert {refusals[0]["code"] for refusals, _counts in before} == {"too_few_people"}
    Completion.objects.create(organisation=acme, person_id=TARGET, course="Listening", completed_on=date(2022, 6, 1))
    assert told() == before
    target.update(exit_date=date(2024, 5, 5), exit_kind="other")
    assert told() == before
    object_to_use(acme, TARGET)
    assert told() == before


def test_none_and_nine_exits_are_said_alike(acme):
    """As of two days running, nobody reads that somebody left between them."""
    EmploymentStint.objects.filter(organisation=acme).update(exit_date=None, exit_kind="")
    message = ask(acme, as_of="2024-05-04").result["refusals"][0]["message"]
    assert message.endswith("Ask again when more have left.")
    EmploymentStint.objects.filter(organisation=acme, person_id=TARGET).update(exit_date=date(2024, 5, 4), exit_kind="other")
    Release.objects.all().delete()
    again = ask(acme, as_of="2024-05-04")
    assert again.result["refusals"][0]["message"] == message
    assert "More exits, from more months or more people." in again.report["what_would_change_our_mind"]


# Two outcomes, and people who cannot complete --------------------------------------------------------------------------------


def complete(organisation, day):
    Completion.objects.create(organisation=organisation, person_id=TARGET, course="Listening", completed_on=day)


def target_completed(organisation, completed):
    """One colleague who is there all the time, and completed or did not."""
    Completion.objects.filter(organisation=organisation, person_id=TARGET).delete()
    people = EmploymentStint.objects.filter(organisation=organisation, person_id=TARGET)
    people.update(hire_date=date(2021, 1, 1), exit_date=None, exit_kind="")
    if completed:
        Completion.objects.create(
            organisation=organisation, person_id=TARGET, course="Listening", completed_on=date(2022, 6, 1)
        )


def customer_of(stint, **fields):
    days = {"start_date": stint.hire_date, "end_date": stint.exit_date, "observed_from": FIRST, "observed_until": LAST}
    identity = {"organisation": stint.organisation, "customer_id": f"C{stint.person_id}", "owner_person_id": stint.person_id}
    return CustomerStint(**identity | days | fields)


def of_sides(answer):
    """Whatever of an answer is about its sides."""
    counts = answer.result["counts"]
    points = [point for point in answer.result["curves"] if point["group"] != "everyone"]
    return counts["exposed_units"], counts["events_exposed"], points, codes(answer), codes(answer, "warnings")


def test_the_same_people_at_other_times_show_no_sides(sales_of_same_days):
    """The customer of one colleague left a day after the first completion: the two counts of sides would differ by that one."""
    told = []
    for completed in (True, False):
        target_completed(sales_of_same_days, completed)
        Release.objects.all().delete()
        ask(sales_of_same_days)
        told.append(of_sides(ask(sales_of_same_days, outcome="customer_churn")))
    assert told[0] == told[1]
    assert told[0][:3] == (None, None, [])


@pytest.fixture
def sales_of_same_days(acme):
    EmploymentStint.objects.filter(organisation=acme, exit_date__lt="2022-03-01").update(exit_date=None)
    target_completed(acme, completed=False)
    first = Completion.objects.filter(organisation=acme).order_by("completed_on").first().completed_on
    stints = EmploymentStint.objects.filter(organisation=acme)
    CustomerStint.objects.bulk_create(
        customer_of(stint, **({"end_date": first + timedelta(days=1)} if stint.person_id == TARGET else {})) for stint in stints
    )
    return acme


@pytest.mark.parametrize("completed", [True, False])
def test_where_sides_are_hidden_no_refusal_says_which_is_empty(acme, completed):
    """A team of whom nobody completed, then its customers with those of one more: too few completed, or nobody?"""
    EmploymentStint.objects.filter(organisation=acme, exit_date__lt="2022-03-01").update(exit_date=None)
    team = EmploymentStint.objects.filter(organisation=acme, team="T0")
    Completion.objects.filter(organisation=acme, person_id__in=team.values("person_id")).delete()
    target_completed(acme, completed)
    owners = [*team, EmploymentStint.objects.get(organisation=acme, person_id=TARGET)]
    CustomerStint.objects.bulk_create(
        customer_of(
            stint, customer_id=f"C{i}", start_date=FIRST, end_date=date(2022 + i % 3, 1 + i % 12, 1 + i % 28) if i % 3 else None
        )
        for i, stint in enumerate(owners * 2)
    )
    ask(acme, teams=("T0",))
    answer = ask(acme, outcome="customer_churn")
    assert codes(answer) == ["sides_too_few"]
    assert of_sides(answer)[:3] == (None, None, [])
    (said,) = [notice["message"] for notice in answer.result["warnings"] if notice["code"] == "sides_not_shown"]
    assert said.endswith("Of two outcomes, ask first about the one whose sides matter to you.")


def invite(organisation, *people):
    Membership.objects.bulk_create(
        Membership(organisation=organisation, email=f"{person_id.lower()}@acme.example", person_id=person_id)
        for person_id in people
    )


def test_people_who_never_joined_fill_no_difference_between_outcomes(acme):
    EmploymentStint.objects.filter(organisation=acme, exit_date__lt="2022-03-01").update(exit_date=None)
    invited = [f"X{i:03}" for i in range(10)]
    invite(acme, *invited)
    stints = EmploymentStint.objects.filter(organisation=acme).exclude(person_id=TARGET)
    customers = [customer_of(stint) for stint in stints]
    customers += [customer_of(stints[0], customer_id=person_id, owner_person_id=person_id) for person_id in invited]
    CustomerStint.objects.bulk_create(customers)
    ask(acme)
    assert of_sides(ask(acme, outcome="customer_churn"))[:3] == (None, None, [])


@pytest.mark.parametrize("way", ["observed too short", "never joined"])
@pytest.mark.parametrize("completed", [True, False])
def test_people_who_cannot_complete_in_accord_hide_nobody(acme, monkeypatch, way, completed):
    target_completed(acme, completed=False)
    people = EmploymentStint.objects.filter(organisation=acme)
    beside = [f"P{i:03}" for i in range(20, 50)]
    days = {"hire_date": date(2021, 1, 1), "exit_date": None, "exit_kind": "", "team": "Mine"}
    people.filter(person_id__in=[*beside, TARGET]).update(**days)
    if way == "never joined":
        Membership.objects.filter(organisation=acme, person_id__in=beside).update(user=None)
    else:
        people.filter(person_id__in=beside).update(observed_until=date(2022, 1, 5))
    (course,) = known_courses(acme)
    kept = [learning.Completion("p001@acme.example", "P001", course, date(2022, 1, 10))]
    kept += [learning.Completion("p007@acme.example", TARGET, course, date(2022, 6, 1))] if completed else []
    monkeypatch.setattr(completions, "completions_in_accord", lambda _organisation: iter(kept))
    assert codes(ask(acme, teams=("Mine",))) == ["too_few_in_accord"]


# What a changed file brings ---------------------------------------------------------------------------------------------------


def one_completion(organisation, _first):
    """An early one, in a file of one row: whether it changes anything depends on whether there is one in Accord."""
    complete(organisation, date(2022, 5, 1))


def shorter_observation(organisation, _first):
    EmploymentStint.objects.filter(organisation=organisation, person_id=TARGET).update(observed_until=date(2022, 2, 2))


def another_exit_and_all_days_moved(organisation, first):
    people = EmploymentStint.objects.filter(organisation=organisation)
    people.update(hire_date=F("hire_date") - timedelta(days=1))
    people.filter(person_id=TARGET).update(exit_date=first + timedelta(days=1), exit_kind="voluntary")


@pytest.mark.parametrize("bring_again", [one_completion, shorter_observation, another_exit_and_all_days_moved])
def test_no_refusal_of_the_ledger_tells_who_completed(acme, monkeypatch, bring_again):
    """The file again with one person changed: refused beside the first answer whether or not that person completed."""
    (course,) = known_courses(acme)
    target_completed(acme, completed=False)
    EmploymentStint.objects.filter(organisation=acme, person_id=TARGET).update(exit_date=date(2024, 6, 1))
    first = Completion.objects.filter(organisation=acme).order_by("completed_on").first().completed_on
    others = [
        learning.Completion(f"p{i:03}@acme.example", f"P{i:03}", course, first + timedelta(days=i)) for i in range(100, 140)
    ]
    target = learning.Completion("p007@acme.example", TARGET, course, date(2022, 6, 1))
    for kept in (others, [*others, target]):
        with transaction.atomic():
            monkeypatch.setattr(completions, "completions_in_accord", lambda _organisation, kept=kept: iter(kept))
            assert codes(ask(acme)) == []
            bring_again(acme, first)
            assert codes(ask(acme)) == ["too_close_to_earlier_answer"]
            transaction.set_rollback(True)


def test_a_file_of_many_completions_is_answered(acme):
    ask(acme)
    done = Completion.objects.filter(organisation=acme).values("person_id")
    for stint in EmploymentStint.objects.filter(organisation=acme, exit_date=None).exclude(person_id__in=done)[:12]:
        Completion.objects.create(
            organisation=acme, person_id=stint.person_id, course="Listening", completed_on=date(2024, 12, 1)
        )
    assert codes(ask(acme)) == []


@pytest.mark.parametrize(("people", "doubted"), [(49, []), (60, ["observation_start_doubtful"])])
def test_the_window_is_not_doubted_for_want_of_the_exits_of_a_few(people, doubted):
    """The day that is named is the month in which the first of them left: of a small team, that of one person."""
    position = np.arange(people)
    units = Units.from_columns(
        {
            "unit_id": [f"P{i}" for i in range(people)],
            "origin": np.datetime64(FIRST, "D") - 20 * position,
            "exit": np.datetime64("2023-09-01", "D") + 7 * position,
            "observed_from": np.full(people, np.datetime64(FIRST, "D")),
            "observed_until": np.full(people, np.datetime64(LAST, "D")),
        }
    )
    refusals, warnings = look_at_window(units, LAST, "employee_exit")
    assert [notice.code for notice in refusals] == doubted
    assert warnings == []


# Completions that come too late -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("in_a_file", [False, True])
def test_a_completion_after_the_exit_of_whoever_is_in_accord_is_not_remarked_on(acme, in_a_file):
    """It changes no answer. A remark would say of the one who had left that they completed; without one, beside a late
    completion of a file, that they had done so before.
    """
    EmploymentStint.objects.filter(organisation=acme, person_id=TARGET).update(exit_date=date(2022, 2, 1), exit_kind="other")
    left = EmploymentStint.objects.filter(organisation=acme).exclude(exit_date=None).values_list("person_id", "exit_date")
    for person_id, day in left:
        Completion.objects.filter(organisation=acme, person_id=person_id, completed_on__gt=day).delete()
    Completion.objects.filter(organisation=acme, person_id=TARGET).delete()
    complete_in_accord([Membership.objects.get(organisation=acme, person_id=TARGET)], "2022-06-01")
    if in_a_file:
        complete(acme, date(2022, 6, 1))
    every = tuple(known_courses(acme))
    answer = ask(acme, as_of="2024-05-04", courses=every)
    assert answer.result["estimates"]
    assert "completion_after_exit" not in codes(answer, "warnings")


@pytest.mark.parametrize("completed", [True, False])
def test_counts_of_the_sides_do_not_tell_whether_the_only_leaver_with_an_account_completed(acme, completed):
    """All others are made up: whoever brings the file knows of whom it says that they completed."""
    target_completed(acme, completed=False)
    EmploymentStint.objects.filter(organisation=acme, person_id=TARGET).update(exit_date=date(2023, 2, 1), exit_kind="other")
    members = list(Membership.objects.filter(organisation=acme).order_by("person_id"))
    stays = [one for one in members if one.person_id != TARGET][:40]
    EmploymentStint.objects.filter(organisation=acme, person_id__in=[one.person_id for one in stays]).update(exit_date=None)
    Completion.objects.filter(organisation=acme, person_id__in=[one.person_id for one in stays]).delete()
    kept = {TARGET, *(one.person_id for one in stays)}
    Membership.objects.filter(organisation=acme).exclude(person_id__in=kept).delete()
    target = [one for one in members if one.person_id == TARGET]
    complete_in_accord([*stays[:20], *(target if completed else [])], "2022-06-01")
    answer = ask(acme, as_of="2024-05-04", courses=tuple(known_courses(acme)))
    assert answer.result["estimates"]
    counts = answer.result["counts"]
    assert (counts["exposed_units"], counts["events_exposed"]) == (None, None)
    assert {point["group"] for point in answer.result["curves"]} <= {"everyone"}
