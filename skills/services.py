"""Loading the framework, and adding to a learner's record of evidence."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import chain, count
from typing import Any, Self

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from skills.enums import DEFAULT_FRAMEWORK, EvidenceKind, WordsFrom
from skills.errors import FrameworkProblem
from skills.events import framework_loaded
from skills.models import Evidence, Framework, Level, Skill, SkillVersion
from skills.placed import Placed
from skills.queries import skills_of

# Frameworks ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LevelWords:
    number: int
    name: str
    behaviour: str


@dataclass(frozen=True)
class SkillWords:
    """What people read of a skill. Five levels, from 1 to 5."""

    name: str
    summary: str
    levels: tuple[LevelWords, ...]

    @classmethod
    def of(cls, skill: Skill) -> Self:
        """As they are now."""
        levels = tuple(LevelWords(level.number, level.name, level.behaviour) for level in skill.levels.all())
        return cls(skill.name, skill.summary, levels)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Self:
        """As content/skills.yaml writes them."""
        levels = (LevelWords(one["level"], one["name"], one["behaviour"].strip()) for one in data["levels"])
        return cls(data["name"], data.get("summary", "").strip(), tuple(sorted(levels, key=lambda level: level.number)))


@transaction.atomic
def load_framework(data: dict[str, Any]) -> Framework:
    """Skills and levels as content/skills.yaml writes them. Idempotent; a skill that is gone from the data is kept, and so are
    words that were written in the CMS since.

    Evidence hangs on skills, so none is ever deleted here.
    """
    framework, _new = Framework.objects.update_or_create(
        slug=data["id"], defaults={"title": data["title"], "version": data.get("version", 1)}
    )
    for position, skill_data in enumerate(data["skills"]):
        words = SkillWords.from_data(skill_data)
        skill, is_new = Skill.objects.get_or_create(
            framework=framework, slug=skill_data["id"], defaults={"name": words.name, "position": position}
        )
        if skill.position != position:
            Skill.objects.filter(pk=skill.pk).update(position=position)
        newest = skill.versions.first()
        if is_new or newest is None or newest.origin == WordsFrom.FILE:
            write_words(skill, words, WordsFrom.FILE)
    framework_loaded.send(framework)
    return framework


@transaction.atomic
def write_words(skill: Skill, words: SkillWords, origin: WordsFrom) -> SkillVersion:
    """Say a skill in these words from now on; the earlier ones stay as a version. The same words again make none."""
    Skill.objects.select_for_update().get(pk=skill.pk)
    levels = [asdict(level) for level in words.levels]
    newest = skill.versions.first()
    if newest and (newest.name, newest.summary, newest.levels) == (words.name, words.summary, levels):
        return newest
    Skill.objects.filter(pk=skill.pk).update(name=words.name, summary=words.summary, updated_at=timezone.now())
    for level in words.levels:
        Level.objects.update_or_create(
            skill=skill, number=level.number, defaults={"name": level.name, "behaviour": level.behaviour}
        )
    number = newest.number + 1 if newest else 1
    return SkillVersion.objects.create(
        skill=skill, number=number, origin=origin, name=words.name, summary=words.summary, levels=levels
    )


@transaction.atomic
def give_own_framework(*, organisation: Organisation, title: str) -> Framework:
    """A framework of the organisation's own, which begins with the skills of Accord, each measured as itself.

    Its members read its words from then on. Raises `FrameworkProblem` where it has one.
    """
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    if Framework.objects.filter(organisation=organisation).exists():
        raise FrameworkProblem(_("“%(organisation)s” has a framework of its own already.") % {"organisation": organisation})
    framework = Framework.objects.create(slug=f"own-{organisation.uuid.hex[:12]}", title=title, organisation=organisation)
    for skill in skills_of().prefetch_related("levels"):
        own = Skill.objects.create(
            framework=framework, slug=skill.slug, name=skill.name, position=skill.position, measured_as=skill
        )
        write_words(own, SkillWords.of(skill), WordsFrom.CMS)
    return framework


@transaction.atomic
def add_own_skill(*, framework: Framework, words: SkillWords, measured_as: Skill | None, position: int) -> Skill:
    """One more skill of an organisation's own framework. Raises `FrameworkProblem` for Accord's framework."""
    if framework.organisation_id is None:
        raise FrameworkProblem(_("Skills of Accord come with its courses and questions; only their words can be changed here."))
    refuse_measure(framework, measured_as, None)
    slug = _free_slug(framework, words.name)
    skill = Skill.objects.create(framework=framework, slug=slug, name=words.name, position=position, measured_as=measured_as)
    write_words(skill, words, WordsFrom.CMS)
    return skill


def refuse_measure(framework: Framework, measured_as: Skill | None, skill: Skill | None) -> None:
    """Raises `FrameworkProblem` where the skill of Accord has another name in the framework already, or is none of Accord's."""
    if measured_as is None:
        return
    if measured_as.framework.slug != DEFAULT_FRAMEWORK:
        raise FrameworkProblem(_("Evidence is about the skills of Accord. Choose one of these, or none."))
    others = framework.skills.filter(measured_as=measured_as)
    if other := (others if skill is None else others.exclude(pk=skill.pk)).first():
        raise FrameworkProblem(
            _("“%(skill)s” is called “%(other)s” in this framework already. Two names would show the same evidence twice.")
            % {"skill": measured_as, "other": other}
        )


def _free_slug(framework: Framework, name: str) -> str:
    stem = slugify(name)[:70] or "skill"
    taken = set(framework.skills.values_list("slug", flat=True))
    return next(slug for slug in chain([stem], (f"{stem}-{n}" for n in count(2))) if slug not in taken)


# Evidence -----------------------------------------------------------------------------------------------------------------

_PLACEMENT = ("place", "place_low", "place_high", "likely_level", "likely_low", "likely_high")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a source says of one skill. Shares lie between 0 and 1; `placed` says what level the evidence looks like, `level`
    which one it awards.

    Raises `ValueError` for a share outside its interval.
    """

    skill: Skill
    share: float | None = None
    share_low: float | None = None
    share_high: float | None = None
    items: int | None = None
    placed: Placed | None = None
    level: int | None = None

    def __post_init__(self) -> None:
        given = [value for value in (self.share_low, self.share, self.share_high) if value is not None]
        if given != sorted(given) or not all(0 <= value <= 1 for value in given):
            raise ValueError("A share and its interval must be between 0 and 1, in ascending order.")

    @property
    def columns(self) -> dict[str, float | int | None]:
        """Of `Evidence`."""
        shares = {"share": self.share, "share_low": self.share_low, "share_high": self.share_high}
        return {**shares, "items": self.items, **_placement_columns(self.placed), "level": self.level}


def record_findings(
    *,
    user: User,
    kind: str,
    source: str,
    label: str,
    occurred_at: datetime,
    findings: Sequence[Finding],
    is_provisional: bool = True,
) -> None:
    """A piece of evidence for each finding, in one statement; one that this source has left before stays as it is.

    Raises `ValueError` for a kind we do not have and for a level that provisional evidence would award.
    """
    if kind not in EvidenceKind.values:
        raise ValueError(f"Unknown kind of evidence: {kind!r}.")
    _refuse_awards(findings, is_provisional)
    common = {"kind": kind, "source": source, "label": label, "occurred_at": occurred_at, "is_provisional": is_provisional}
    rows = [Evidence(user=user, skill=finding.skill, **common, **finding.columns) for finding in findings]
    Evidence.objects.bulk_create(rows, ignore_conflicts=True)


def correct_evidence(*, user: User, source: str, findings: Sequence[Finding], is_provisional: bool) -> int:
    """A new row beside each piece of this source whose skill it now finds otherwise, naming the one it replaces; how many.

    Day and label stay, and a skill of which the source has said nothing before gets nothing. Whoever calls it has locked the
    source: a piece that two correct at once is an IntegrityError. Raises `ValueError` as `record_findings` does.
    """
    _refuse_awards(findings, is_provisional)
    earlier = {piece.skill_id: piece for piece in Evidence.objects.in_force().filter(user=user, source=source)}
    rows = [
        _correction(piece, finding, is_provisional)
        for finding in findings
        if (piece := earlier.get(finding.skill.pk)) is not None and _differs(piece, finding, is_provisional)
    ]
    return len(Evidence.objects.bulk_create(rows))


def _differs(piece: Evidence, finding: Finding, is_provisional: bool) -> bool:
    found = finding.columns
    return found != {name: getattr(piece, name) for name in found} or piece.is_provisional != is_provisional


def _correction(piece: Evidence, finding: Finding, is_provisional: bool) -> Evidence:
    return Evidence(
        user_id=piece.user_id,
        skill_id=piece.skill_id,
        kind=piece.kind,
        source=piece.source,
        label=piece.label,
        occurred_at=piece.occurred_at,
        is_provisional=is_provisional,
        replaces=piece,
        **finding.columns,
    )


def record_evidence(
    *,
    user: User,
    skill: Skill,
    kind: str,
    source: str,
    label: str,
    occurred_at: datetime,
    share: float | None = None,
    share_low: float | None = None,
    share_high: float | None = None,
    items: int | None = None,
    placed: Placed | None = None,
    level: int | None = None,
    is_provisional: bool = True,
) -> Evidence:
    """One piece of evidence per person, skill and source. Shares lie between 0 and 1; provisional evidence awards no level.

    `placed` says what level the evidence looks like, `level` which one it awards.

    Raises `ValueError` as `Finding` and `record_findings` do.
    """
    finding = Finding(
        skill=skill, share=share, share_low=share_low, share_high=share_high, items=items, placed=placed, level=level
    )
    record_findings(
        user=user,
        kind=kind,
        source=source,
        label=label,
        occurred_at=occurred_at,
        findings=[finding],
        is_provisional=is_provisional,
    )
    return Evidence.objects.get(user=user, skill=skill, source=source, replaces=None)


def _placement_columns(placed: Placed | None) -> dict[str, float | int | None]:
    if placed is None:
        return dict.fromkeys(_PLACEMENT)
    return {
        "place": placed.place,
        "place_low": placed.low,
        "place_high": placed.high,
        "likely_level": placed.likely_level,
        "likely_low": placed.likely_low,
        "likely_high": placed.likely_high,
    }


def _refuse_awards(findings: Sequence[Finding], is_provisional: bool) -> None:
    if is_provisional and any(finding.level is not None for finding in findings):
        raise ValueError("Provisional evidence cannot award a level.")
