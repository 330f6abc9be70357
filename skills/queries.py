"""Skills by framework, and what a learner reads about their own. Nobody else reads that."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import QuerySet

from accounts.enums import MembershipState
from accounts.models import Membership, User
from skills.enums import DEFAULT_FRAMEWORK
from skills.models import Evidence, Framework, Level, Skill
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


def framework_of(user: User) -> Framework | None:
    """The own framework of an organisation in whose words this learner reads of skills; None for Accord's. One query.

    Of somebody in several such organisations, that of the first by name.
    """
    joined = Membership.objects.filter(user=user, state=MembershipState.ACTIVE).values("organisation")
    own = Framework.objects.filter(organisation__in=joined).select_related("organisation")
    return own.order_by("organisation__name", "pk").first()


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


def records_of(user: User) -> list[SkillRecord]:
    """All skills in order, in the words of the learner's organisation where it has its own, with their evidence in force.

    Skills of Accord that have evidence and no other name there come last: what somebody has shown is never out of sight.
    Four queries, five with a framework of one's own.
    """
    own = framework_of(user)
    if own is None:
        return _records(user, _shown(skills_of()))
    shown = _shown(own.skills.all())
    named = {skill.measured.pk for skill in shown}
    others = [skill for skill in _shown(skills_of()) if skill.pk not in named]
    records = _records(user, [*shown, *others])
    return [record for i, record in enumerate(records) if i < len(shown) or record.evidence]


def record_of(user: User, slug: str) -> SkillRecord:
    """One skill, by its slug in the framework in whose words the learner reads, or in Accord's. Raises `Skill.DoesNotExist`."""
    own = framework_of(user)
    found = _in_own_words(own, slug) if own else None
    [record] = _records(user, [found or _with_levels(skills_of()).get(slug=slug)])
    return record


def _in_own_words(own: Framework, slug: str) -> Skill | None:
    """The skill of this slug there, else the one that stands for Accord's skill of this slug."""
    skills = _shown(own.skills.all())
    by_slug = {skill.slug: skill for skill in skills}
    return by_slug.get(slug) or next((s for s in skills if s.measured_as and s.measured_as.slug == slug), None)


def _shown(skills: QuerySet[Skill]) -> list[Skill]:
    return list(_with_levels(skills.filter(is_hidden=False)))


def _with_levels(skills: QuerySet[Skill]) -> QuerySet[Skill]:
    return skills.select_related("measured_as", "framework__organisation").prefetch_related("levels")


def _records(user: User, skills: Sequence[Skill]) -> list[SkillRecord]:
    evidence: dict[int, list[Evidence]] = {}
    found = Evidence.objects.in_force().filter(user=user, skill__in={skill.measured.pk for skill in skills})
    for piece in found.order_by("occurred_at", "pk"):
        evidence.setdefault(piece.skill_id, []).append(piece)
    return [SkillRecord(skill, list(skill.levels.all()), evidence.get(skill.measured.pk, [])) for skill in skills]


def records_with_evidence(user: User) -> list[SkillRecord]:
    """The skills on which this learner has evidence, in order and by the names they read, without their levels. Two queries,
    three with a framework of their organisation's own."""
    own = framework_of(user)
    named = {skill.measured_as_id: skill for skill in own.skills.filter(is_hidden=False)} if own else {}
    evidence = Evidence.objects.in_force().filter(user=user, skill__framework__slug=DEFAULT_FRAMEWORK)
    ordered = evidence.select_related("skill").order_by("skill__position", "skill_id", "occurred_at", "pk")
    grouped = groupby(ordered, key=lambda piece: piece.skill)
    records = [SkillRecord(named.get(skill.pk, skill), [], list(pieces)) for skill, pieces in grouped]
    return sorted(records, key=lambda record: (own is not None and record.skill.framework_id != own.pk, record.skill.position))
