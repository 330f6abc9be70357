"""What a learner reads about their own skills. Nobody else does."""

from dataclasses import dataclass
from itertools import groupby

from django.db.models import Prefetch

from accounts.models import User
from skills.models import Evidence, Level, Skill


@dataclass(frozen=True)
class SkillRecord:
    """One skill of one learner: its levels, the evidence so far (oldest first), and a level where one was awarded."""

    skill: Skill
    levels: list[Level]
    evidence: list[Evidence]

    @property
    def awarded(self) -> Evidence | None:
        return next((one for one in reversed(self.evidence) if one.level is not None), None)

    @property
    def latest(self) -> Evidence | None:
        """The newest piece with a share."""
        return next((one for one in reversed(self.evidence) if one.share is not None), None)

    @property
    def first(self) -> Evidence | None:
        """The oldest piece with a share, when there is a newer one to compare it with."""
        measured = [one for one in self.evidence if one.share is not None]
        return measured[0] if len(measured) > 1 else None


def records_of(user: User) -> list[SkillRecord]:
    """All skills of the framework in order, with this learner's evidence that nothing has replaced. Three queries."""
    mine = Evidence.objects.filter(user=user, replaced_by__isnull=True).order_by("occurred_at", "pk")
    skills = Skill.objects.order_by("framework_id", "position", "pk").prefetch_related(
        "levels", Prefetch("evidence", queryset=mine, to_attr="mine")
    )
    return [SkillRecord(skill, list(skill.levels.all()), list(skill.mine)) for skill in skills]


def skills_by_slug() -> dict[str, Skill]:
    """Skills in order, with their levels. Two queries."""
    return {skill.slug: skill for skill in Skill.objects.order_by("position").prefetch_related("levels")}


def records_with_evidence(user: User) -> list[SkillRecord]:
    """The skills on which this learner has evidence, in order, without their levels. One query."""
    mine = Evidence.objects.filter(user=user, replaced_by__isnull=True).select_related("skill")
    ordered = mine.order_by("skill__framework_id", "skill__position", "skill_id", "occurred_at", "pk")
    return [SkillRecord(skill, [], list(evidence)) for skill, evidence in groupby(ordered, key=lambda one: one.skill)]
