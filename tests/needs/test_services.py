"""Training is offered only for what training can change, and what was agreed beforehand stands."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEvent
from needs import services
from needs.errors import AlreadyApproved, NotReadyToApprove, TrainingIsNotTheAnswer
from needs.models import Cause, Expectation, ExpectationResult, GapState, Specification, SpecificationState
from needs.queries import tallies, verdict
from tests.courses.factories import published_course
from tests.factories import UserFactory
from tests.needs.factories import ExpectationFactory, GapFactory, SkillFactory, SpecificationFactory, find_causes, name_skill

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("weights", "answer"),
    [
        ({"knowledge": "main"}, "yes"),
        ({"knowledge": "part"}, "yes"),
        ({"knowledge": "part", "incentives": "main"}, "partly"),
        ({"incentives": "main"}, "no"),
        ({}, "no"),
        ({"resources": "main", "capacity": "unknown"}, "unknown"),
        ({"knowledge": "main", "capacity": "unknown"}, "yes"),
    ],
)
def test_training_is_the_answer_to_a_lack_of_knowledge_only(weights, answer):
    gap = GapFactory()
    find_causes(gap, **weights)
    assert verdict(gap).answer == answer


def test_main_causes_come_first_and_open_factors_are_named():
    gap = GapFactory()
    find_causes(gap, information="part", incentives="main", motives="unknown")
    conclusion = verdict(gap)
    assert [cause.factor for cause in conclusion.causes] == ["incentives", "information"]
    assert conclusion.open_factors == ("Motives: do they want what the job offers?",)


def test_specification_needs_a_reason_where_training_is_not_the_answer():
    gap = GapFactory()
    find_causes(gap, incentives="main")
    course, skill, actor = published_course(), SkillFactory(), UserFactory()
    fields = {"title": "Train all", "course": course, "people": 12, "evaluation": "Complaints"}
    with pytest.raises(TrainingIsNotTheAnswer):
        services.write_specification(gap=gap, actor=actor, skills=[(skill, 1, 3)], despite_reason="  ", **fields)
    assert Specification.objects.count() == 0

    written = services.write_specification(
        gap=gap, actor=actor, skills=[(skill, 1, 3)], despite_reason="The regulator asks for it", **fields
    )
    assert written.despite_reason == "The regulator asks for it"
    assert [(row.skill, row.from_level, row.to_level) for row in written.skills.all()] == [(skill, 1, 3)]


def test_causes_are_recorded_once_per_factor():
    gap, actor = GapFactory(), UserFactory()
    finding = {"weight": "main", "evidence_for": "Nobody was shown", "evidence_against": "", "remedy": "Show it"}
    for _time in range(2):
        services.record_causes(gap=gap, actor=actor, findings={"knowledge": finding})
    assert list(Cause.objects.values_list("gap", "factor", "weight")) == [(gap.pk, "knowledge", "main")]


@pytest.mark.parametrize(
    ("value", "state"),
    [
        ("4", GapState.CLOSED),
        ("3.5", GapState.CLOSED),
        ("7", GapState.NARROWED),
        ("11", GapState.NOT_CLOSED),
        ("13", GapState.NOT_CLOSED),
    ],
)
def test_a_gap_is_measured_again_in_the_end(value, state):
    gap = GapFactory()  # expected 4, actual 11, lower is better
    services.remeasure_gap(gap=gap, actor=UserFactory(), value=Decimal(value), measured_on=date(2027, 4, 1))
    gap.refresh_from_db()
    assert (gap.state, gap.remeasured) == (state, Decimal(value))
    assert AuditEvent.objects.filter(verb="gap.remeasured", organisation=gap.organisation).count() == 1


def test_approval_names_everything_that_is_missing():
    specification = SpecificationFactory()
    with pytest.raises(NotReadyToApprove) as refused:
        services.approve_specification(specification=specification, actor=UserFactory())
    assert str(refused.value) == (
        "This cannot be approved yet. Record at least one expectation with a baseline and a target. Name at least one skill "
        "and the level to reach. Choose the cohort that takes the course."
    )


def approved_specification() -> Specification:
    from learning.services import create_cohort

    specification = SpecificationFactory()
    ExpectationFactory(specification=specification)
    name_skill(specification)
    specification.cohort = create_cohort(
        organisation=specification.organisation, name="Spring", course=specification.course, actor=UserFactory()
    )
    specification.save()
    return services.approve_specification(specification=specification, actor=UserFactory())


def test_approving_twice_changes_nothing():
    specification = approved_specification()
    first = specification.approved_at
    again = services.approve_specification(specification=specification, actor=UserFactory())
    assert (again.state, again.approved_at) == (SpecificationState.APPROVED, first)
    assert AuditEvent.objects.filter(verb="specification.approved").count() == 1


def test_what_was_agreed_beforehand_is_not_rewritten():
    specification = approved_specification()
    expectation, actor = specification.expectations.get(), UserFactory()
    with pytest.raises(AlreadyApproved):
        services.change_expectation(expectation=expectation, actor=actor, target=Decimal(10))
    with pytest.raises(AlreadyApproved):
        services.withdraw_expectation(expectation=expectation, actor=actor)
    with pytest.raises(AlreadyApproved):
        services.state_expectation(specification=specification, actor=actor, statement="Later wish")
    assert Expectation.objects.get().target == Decimal(5)
    services.measure_expectation(expectation=expectation, actor=actor, measured=Decimal(5), measured_on=date(2027, 4, 1))
    assert Expectation.objects.get().result == ExpectationResult.MET


@pytest.mark.parametrize(
    ("measured", "result"),
    [(None, "open"), ("5", "met"), ("4", "met"), ("8", "partly"), ("8.1", "not_met"), ("12", "not_met")],
)
def test_result_follows_from_baseline_and_target(measured, result):
    expectation = ExpectationFactory.build(
        specification=None, organisation=None, baseline=Decimal(11), target=Decimal(5), measured=measured and Decimal(measured)
    )
    assert expectation.result == result


def test_return_on_expectations_weighs_by_importance_and_leaves_out_what_is_not_measured():
    specification = SpecificationFactory()
    for measured, importance in [("5", 5), ("8", 1), ("11", 2), (None, 5)]:
        ExpectationFactory(specification=specification, measured=measured and Decimal(measured), importance=importance)
    (tally,) = tallies(list(Expectation.objects.all()))
    assert (tally.group, tally.met, tally.partly, tally.not_met, tally.open) == ("customers", 1, 1, 1, 1)
    assert tally.share_met == pytest.approx((5 * 1 + 1 * 0.5 + 2 * 0) / 8)


@given(st.decimals(-1000, 1000, places=2), st.decimals(-1000, 1000, places=2), st.decimals(-1000, 1000, places=2))
def test_the_target_itself_always_meets_and_the_baseline_never(baseline, target, measured):
    if baseline == target:
        return
    expectation = Expectation(baseline=baseline, target=target, measured=target)
    assert expectation.result == ExpectationResult.MET
    expectation.measured = baseline
    assert expectation.result == ExpectationResult.NOT_MET
