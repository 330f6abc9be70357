"""Recording gaps and causes, writing specifications, agreeing expectations beforehand and measuring them afterwards."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.enums import AuditVerb
from accounts.models import Organisation
from accounts.types import Actor
from needs.errors import AlreadyApproved, NotReadyToApprove, TrainingIsNotTheAnswer
from needs.models import Cause, CauseFactor, Expectation, Gap, GapState, Specification, SpecificationSkill, SpecificationState
from needs.queries import verdict
from skills.models import Skill

SkillLevels = tuple[Skill, int, int]
"""What a specification asks of one skill: the skill, the level people have, the level to reach."""


def _save(row: Model, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()


@transaction.atomic
def record_gap(*, organisation: Organisation, actor: Actor, **fields: Any) -> Gap:
    gap = Gap.objects.create(organisation=organisation, recorded_by=actor, **fields)
    audit.record(
        verb=AuditVerb.GAP_RECORDED,
        summary=_("Recorded a performance gap"),
        organisation=organisation,
        actor=actor,
        target=gap,
        after={"measure": gap.measure, "expected": str(gap.expected), "actual": str(gap.actual)},
    )
    return gap


@transaction.atomic
def change_gap(*, gap: Gap, actor: Actor, **fields: Any) -> Gap:
    """Change what is known of a gap; the audit keeps the figures that stood there before."""
    before = {name: str(getattr(gap, name)) for name in ("measure", "expected", "actual")}
    _save(gap, fields)
    audit.record(
        verb=AuditVerb.GAP_CHANGED,
        summary=_("Changed a performance gap"),
        organisation=gap.organisation,
        actor=actor,
        target=gap,
        before=before,
        after={name: str(getattr(gap, name)) for name in before},
    )
    return gap


@transaction.atomic
def record_causes(*, gap: Gap, actor: Actor, findings: dict[str, dict[str, str]]) -> None:
    """Keep what was found on each factor: {factor: {weight, evidence_for, evidence_against, remedy}}."""
    for factor, finding in findings.items():
        Cause.objects.update_or_create(gap=gap, factor=CauseFactor(factor), defaults=finding)
    audit.record(
        verb=AuditVerb.GAP_CAUSES_RECORDED,
        summary=_("Recorded the causes of a gap"),
        organisation=gap.organisation,
        actor=actor,
        target=gap,
        after={factor: finding["weight"] for factor, finding in findings.items()},
    )


@transaction.atomic
def remeasure_gap(*, gap: Gap, actor: Actor, value: Decimal, measured_on: date) -> Gap:
    """Measure again the gap that began it: closed at the expected value, narrowed where it came nearer, otherwise not."""
    before = {"state": gap.state} | _known("remeasured", gap.remeasured)
    gap.remeasured, gap.remeasured_on, gap.state = value, measured_on, _state_after(gap, value)
    gap.save(update_fields=["remeasured", "remeasured_on", "state", "updated_at"])
    audit.record(
        verb=AuditVerb.GAP_REMEASURED,
        summary=_("Measured a gap again"),
        organisation=gap.organisation,
        actor=actor,
        target=gap,
        before=before,
        after={"state": gap.state, "remeasured": str(value)},
    )
    return gap


def _state_after(gap: Gap, value: Decimal) -> GapState:
    reached = value >= gap.expected if gap.higher_is_better else value <= gap.expected
    if reached:
        return GapState.CLOSED
    nearer = abs(gap.expected - value) < abs(gap.expected - gap.actual)
    return GapState.NARROWED if nearer else GapState.NOT_CLOSED


@transaction.atomic
def write_specification(
    *, gap: Gap, actor: Actor, skills: list[SkillLevels], despite_reason: str = "", **fields: Any
) -> Specification:
    """Write a specification for a gap; `skills` are (skill, from level, to level).

    Raises `TrainingIsNotTheAnswer` where no lack of knowledge was found and no reason is given to train all the same.
    """
    _refuse_needless(gap, despite_reason)
    specification = Specification.objects.create(
        organisation=gap.organisation, gap=gap, despite_reason=despite_reason.strip(), **fields
    )
    _set_skills(specification, skills)
    audit.record(
        verb=AuditVerb.SPECIFICATION_WRITTEN,
        summary=_("Created a training specification"),
        organisation=gap.organisation,
        actor=actor,
        target=specification,
        after={"course": specification.course.key, "people": specification.people},
    )
    return specification


@transaction.atomic
def change_specification(
    *, specification: Specification, actor: Actor, skills: list[SkillLevels], despite_reason: str = "", **fields: Any
) -> Specification:
    _refuse_approved(specification)
    _refuse_needless(specification.gap, despite_reason)
    _save(specification, fields | {"despite_reason": despite_reason.strip()})
    specification.skills.all().delete()
    _set_skills(specification, skills)
    audit.record(
        verb=AuditVerb.SPECIFICATION_CHANGED,
        summary=_("Changed a training specification"),
        organisation=specification.organisation,
        actor=actor,
        target=specification,
        after={"course": specification.course.key, "people": specification.people},
    )
    return specification


def _set_skills(specification: Specification, skills: list[SkillLevels]) -> None:
    SpecificationSkill.objects.bulk_create(
        SpecificationSkill(specification=specification, skill=skill, from_level=low, to_level=high)
        for skill, low, high in skills
    )


def _refuse_needless(gap: Gap, despite_reason: str) -> None:
    if not verdict(gap).allows_training and not despite_reason.strip():
        raise TrainingIsNotTheAnswer(
            _(
                "No lack of knowledge or skill was found for this gap, so training would not close it. Review the"
                " causes, or explain why training goes ahead anyway; every later report shows the reason."
            )
        )


def _refuse_approved(specification: Specification) -> None:
    if specification.state == SpecificationState.APPROVED:
        raise AlreadyApproved(
            _(
                "This specification has been approved, so what was agreed can no longer be changed. Record the "
                "measured values instead."
            )
        )


@transaction.atomic
def state_expectation(*, specification: Specification, actor: Actor, **fields: Any) -> Expectation:
    """Write down what a stakeholder expects, before the training begins."""
    _refuse_approved(_locked(specification))
    expectation = Expectation.objects.create(organisation=specification.organisation, specification=specification, **fields)
    audit.record(
        verb=AuditVerb.EXPECTATION_STATED,
        summary=_("Recorded an expectation"),
        organisation=specification.organisation,
        actor=actor,
        target=expectation,
        after=_figures(expectation),
    )
    return expectation


@transaction.atomic
def change_expectation(*, expectation: Expectation, actor: Actor, **fields: Any) -> Expectation:
    _refuse_approved(_locked(expectation.specification))
    before = _figures(expectation)
    _save(expectation, fields)
    audit.record(
        verb=AuditVerb.EXPECTATION_CHANGED,
        summary=_("Changed an expectation"),
        organisation=expectation.organisation,
        actor=actor,
        target=expectation,
        before=before,
        after=_figures(expectation),
    )
    return expectation


@transaction.atomic
def withdraw_expectation(*, expectation: Expectation, actor: Actor) -> None:
    _refuse_approved(_locked(expectation.specification))
    audit.record(
        verb=AuditVerb.EXPECTATION_WITHDRAWN,
        summary=_("Withdrew an expectation"),
        organisation=expectation.organisation,
        actor=actor,
        target=expectation,
        before=_figures(expectation),
    )
    expectation.delete()


@transaction.atomic
def measure_expectation(
    *, expectation: Expectation, actor: Actor, measured: Decimal, measured_on: date, remark: str = ""
) -> Expectation:
    """Record what was measured; met, partly met or not met follows from baseline and target."""
    before = _known("measured", expectation.measured)
    expectation.measured, expectation.measured_on, expectation.remark = measured, measured_on, remark
    expectation.save(update_fields=["measured", "measured_on", "remark", "updated_at"])
    audit.record(
        verb=AuditVerb.EXPECTATION_MEASURED,
        summary=_("Recorded the value of an expectation"),
        organisation=expectation.organisation,
        actor=actor,
        target=expectation,
        before=before,
        after={"measured": str(measured), "result": expectation.result},
    )
    return expectation


@transaction.atomic
def approve_specification(*, specification: Specification, actor: Actor) -> Specification:
    """Agree: from now on baseline, target and date of every expectation stand. Approving twice changes nothing."""
    specification = _locked(specification)
    if specification.state == SpecificationState.APPROVED:
        return specification
    missing = _missing(specification)
    if missing:
        raise NotReadyToApprove(_("This cannot be approved yet. %(missing)s") % {"missing": " ".join(missing)})
    specification.state, specification.approved_at, specification.approved_by = (
        SpecificationState.APPROVED,
        timezone.now(),
        actor,
    )
    specification.save(update_fields=["state", "approved_at", "approved_by", "updated_at"])
    audit.record(
        verb=AuditVerb.SPECIFICATION_APPROVED,
        summary=_("Approved a training specification"),
        organisation=specification.organisation,
        actor=actor,
        target=specification,
        after={"expectations": specification.expectations.count()},
    )
    return specification


def _missing(specification: Specification) -> list[str]:
    missing = []
    if not specification.expectations.exists():
        missing.append(_("Record at least one expectation with a baseline and a target."))
    if not specification.skills.exists():
        missing.append(_("Name at least one skill and the level to reach."))
    if not specification.cohort_id:
        missing.append(_("Choose the cohort that takes the course."))
    return missing


def _locked(specification: Specification) -> Specification:
    return Specification.objects.select_for_update().get(pk=specification.pk)


def _known(name: str, value: Decimal | None) -> dict[str, str]:
    return {} if value is None else {name: str(value)}


def _figures(expectation: Expectation) -> dict[str, str]:
    return {name: str(getattr(expectation, name)) for name in ("measure", "baseline", "target", "due_on", "importance")}
