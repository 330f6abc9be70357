"""What a reader found who tried to read one colleague from the answers: each way stays shut."""

from datetime import date

import pytest

from outcomes.analysis.computing import compute_result
from outcomes.models import AnalysisRequest, Release
from stakeholders.models import Completion, CustomerStint, EmploymentStint, Objection, TenureRow
from stakeholders.services import record_objection

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


@pytest.mark.parametrize("outcome", ["customer_churn", "tenure_exit"])
def test_of_larger_teams_the_warning_comes_for_all_alike(acme, outcome):
    a_patch_each(acme)
    figures_of_tenure(acme)
    object_to_use(acme, "P041")
    names = ("Patch {:03}", range(40, 65), range(70, 95)) if outcome == "customer_churn" else ("Desk {}", (1,), (2,))
    for numbers in names[1:]:
        answer = ask(acme, outcome=outcome, teams=tuple(names[0].format(i) for i in numbers))
        assert answer.result["counts"]["units"] % 5 == 0
        assert answer.result["counts"]["units"] > 0
        assert answer.result["counts"]["excluded_rows"] is None
        assert {"people_excluded", "counts_rounded"} <= set(codes(answer, "warnings"))


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


def test_whether_so_few_are_followed_does_not_depend_on_who_objects(acme):
    """Nineteen on the day: with an objection anywhere they are refused, also where it is somebody else's."""
    people = EmploymentStint.objects.filter(organisation=acme)
    kept = list(people.order_by("person_id").values_list("person_id", flat=True)[:19])
    people.filter(person_id__in=kept).update(hire_date=date(2021, 1, 1))
    people.exclude(person_id__in=kept).update(hire_date=date(2024, 11, 1), exit_date=None, exit_kind="")
    assert codes(ask(acme, as_of="2022-01-02")) != ["too_few_people"]
    for person_id in (kept[0], "P200"):
        object_to_use(acme, person_id)
        assert codes(ask(acme, as_of="2022-01-02")) == ["too_few_people"]
        Objection.objects.all().delete()


def test_none_and_nine_exits_are_said_alike(acme):
    """As of two days running, nobody reads that somebody left between them."""
    EmploymentStint.objects.filter(organisation=acme).update(exit_date=None, exit_kind="")
    message = ask(acme, as_of="2024-05-04").result["refusals"][0]["message"]
    assert message.endswith("the data contain fewer than ten.")
    EmploymentStint.objects.filter(organisation=acme, person_id=TARGET).update(exit_date=date(2024, 5, 4), exit_kind="other")
    Release.objects.all().delete()
    again = ask(acme, as_of="2024-05-04")
    assert again.result["refusals"][0]["message"] == message
    assert "More exits, from more months or more people." in again.report["what_would_change_our_mind"]
