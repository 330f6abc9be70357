"""Skills by framework, and what a learner reads about their own. Nobody else reads that."""

from dataclasses import dataclass
from itertools import groupby

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from skills.enums import DEFAULT_FRAMEWORK
from skills.models import Evidence, Level, Skill
from skills.placed import Placed


def skills_of(framework: str = DEFAULT_FRAMEWORK) -> QuerySet[Skill]:
    """The skills of one framework in order. A slug means a skill only within its framework."""
    return Skill.objects.filter(framework__slug=framework)


def skill(slug: str, framework: str = DEFAULT_FRAMEWORK) -> Skill:
    """The skill of that slug. Raises `Skill.DoesNotExist` where the framework has none."""
    return skills_of(framework).get(slug=slug)


def skills_by_slug(framework: str = DEFAULT_FRAMEWORK) -> dict[str, Skill]:
    """Skills in order, with their levels. Two queries."""
    return {skill.slug: skill for skill in skills_of(framework).prefetch_related("levels")}


@dataclass(frozen=True)
class SkillRecord:
    """One skill of one learner: its levels, the evidence in force (oldest first), and a level where one was awarded."""

    skill: Skill
    levels: list[Level]
    evidence: list[Evidence]

    @property
    def awarded(self) -> Evidence | None:
        return next((evidence for evidence in reversed(self.evidence) if evidence.level is not None), None)

    @property
    def placements(self) -> list[tuple[Evidence, Placed]]:
        """The pieces that lie somewhere on the scale of levels, and where."""
        return [(evidence, placed) for evidence in self.evidence if (placed := evidence.placed) is not None]

    @property
    def measured(self) -> list[Evidence]:
        """The pieces with a share."""
        return [evidence for evidence in self.evidence if evidence.share is not None]

    @property
    def latest(self) -> Evidence | None:
        """The newest piece with a share."""
        return self.measured[-1] if self.measured else None

    @property
    def first(self) -> Evidence | None:
        """The oldest piece with a share, when there is a newer one to compare it with."""
        return self.measured[0] if len(self.measured) > 1 else None


def _with_evidence(user: User, framework: str) -> QuerySet[Skill]:
    evidence = Evidence.objects.in_force().filter(user=user).order_by("occurred_at", "pk")
    return skills_of(framework).prefetch_related("levels", Prefetch("evidence", queryset=evidence, to_attr="evidence_in_force"))


def _record(skill: Skill) -> SkillRecord:
    return SkillRecord(skill, list(skill.levels.all()), list(skill.evidence_in_force))  # type: ignore[attr-defined]  # prefetched


def records_of(user: User, framework: str = DEFAULT_FRAMEWORK) -> list[SkillRecord]:
    """All skills of the framework in order, with this learner's evidence in force. Three queries."""
    return [_record(skill) for skill in _with_evidence(user, framework)]


def record_of(user: User, slug: str, framework: str = DEFAULT_FRAMEWORK) -> SkillRecord:
    """One skill with this learner's evidence in force. Three queries. Raises `Skill.DoesNotExist`."""
    return _record(_with_evidence(user, framework).get(slug=slug))


def records_with_evidence(user: User, framework: str = DEFAULT_FRAMEWORK) -> list[SkillRecord]:
    """The skills of the framework on which this learner has evidence, in order, without their levels. One query."""
    records = Evidence.objects.in_force().filter(user=user, skill__framework__slug=framework)
    ordered = records.select_related("skill").order_by("skill__position", "skill_id", "occurred_at", "pk")
    return [SkillRecord(skill, [], list(evidence)) for skill, evidence in groupby(ordered, key=lambda evidence: evidence.skill)]
