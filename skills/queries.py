"""Skills by framework, in whose words somebody reads of them, and what a learner reads about their own.

Nobody else reads that, except the organisation of a learner the pieces that they share with it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import QuerySet

from accounts.enums import MembershipState
from accounts.models import Membership, Organisation, User
from accounts.queries import users_with_role
from accounts.rules import READERS_OF_SHARED_EVIDENCE
from accounts.types import Visitor
from common.http import whole_number
from skills.enums import DEFAULT_FRAMEWORK
from skills.models import Evidence, Framework, Level, SharedEvidence, Skill
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
    return _frameworks_of(user).order_by("organisation__name", "pk").first()


def _frameworks_of(user: User) -> QuerySet[Framework]:
    joined = Membership.objects.filter(user=user, state=MembershipState.ACTIVE).values("organisation")
    return Framework.objects.read().filter(organisation__in=joined).select_related("organisation")


def framework_at(user: User, organisation: Organisation | int | None) -> Framework | None:
    """The same on a page about what somebody does for an organisation, such as the result of a course it gave them: its own one
    as long as they belong to it. Where there is no organisation, as on their own pages. One query.
    """
    if organisation is None:
        return framework_of(user)
    return _frameworks_of(user).filter(organisation=organisation).first()


def framework_in(organisation: Organisation) -> Framework | None:
    """The same on a page of the organisation's console. One query."""
    return Framework.objects.read().filter(organisation=organisation).select_related("organisation").first()


def own_framework_of(organisation: Organisation) -> Framework | None:
    """That of an organisation, also one that it has put away. One query."""
    return Framework.objects.filter(organisation=organisation).select_related("organisation").first()


def called(own: Framework | None) -> dict[str, Skill]:
    """The skills of Accord by slug, in order, each as an own framework calls it and with the levels in its words, or as Accord
    does where that has no name for it or there is none. Whatever names a skill to somebody takes the name from here.

    Two queries, four with a framework.
    """
    accords = skills_by_slug()
    if own is None:
        return accords
    named = {skill.measured_as_id: skill for skill in _shown(own.skills.all())}
    return {slug: named.get(skill.pk, skill) for slug, skill in accords.items()}


def called_by(reader: Visitor) -> dict[str, Skill]:
    """The same on pages for everybody: a visitor reads the words of Accord."""
    return called(framework_of(reader) if isinstance(reader, User) else None)


def calling(own: Framework | None) -> Callable[[Skill], str]:
    """Says what a skill of Accord is called. One query, none without a framework."""
    rows = own.skills.filter(is_hidden=False, measured_as__isnull=False) if own else Skill.objects.none()
    names = dict(rows.order_by().values_list("measured_as", "name"))
    return lambda skill: str(names.get(skill.pk, skill.name))


def names_of(own: Framework | None, skills: Iterable[Skill]) -> dict[int, str]:
    """What these skills of Accord are called, by primary key. One query, none without a framework."""
    call = calling(own)
    return {skill.pk: call(skill) for skill in skills}


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


# Sharing ------------------------------------------------------------------------------------------------------------------


def organisations_of(user: User) -> list[Organisation]:
    """Those that somebody belongs to and can share evidence with, by name. One query."""
    joined = Organisation.objects.filter(memberships__user=user, memberships__state=MembershipState.ACTIVE)
    return list(joined.order_by("name", "pk"))


def readers_in(organisation: Organisation) -> QuerySet[User]:
    """Who sees today what is shared with an organisation."""
    return users_with_role(organisation, *READERS_OF_SHARED_EVIDENCE)


def shares_of(user: User) -> QuerySet[SharedEvidence]:
    """What somebody shares, newest first, also what nobody sees now because it was scored again since."""
    own = SharedEvidence.objects.filter(evidence__user=user, membership__user=user, membership__state=MembershipState.ACTIVE)
    return own.select_related("membership__organisation", "evidence__skill")


def shared_with(organisation: Organisation, *, team: str = "") -> QuerySet[SharedEvidence]:
    """What an organisation sees, newest first; of a team by its number, or of people in none."""
    shares = SharedEvidence.objects.seen().filter(membership__organisation=organisation)
    if (number := whole_number(team)) is not None:
        shares = shares.filter(membership__team=number)
    elif team == "none":
        shares = shares.filter(membership__team=None)
    return shares.select_related("membership__team", "evidence__skill")
