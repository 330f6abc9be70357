"""The words of skills: loading Accord's, and what an organisation makes of its own."""

from dataclasses import asdict, dataclass
from itertools import chain, count
from typing import Any, Self

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import Organisation
from skills.enums import DEFAULT_FRAMEWORK, WordsFrom
from skills.errors import FrameworkProblem
from skills.events import framework_loaded
from skills.models import Framework, Level, Skill, SkillVersion
from skills.queries import skills_of


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
def add_own_skill(
    *,
    framework: Framework,
    words: SkillWords,
    measured_as: Skill | None,
    position: int,
    origin: WordsFrom = WordsFrom.CMS,
) -> Skill:
    """One more skill of an organisation's own framework. Raises `FrameworkProblem` for Accord's framework."""
    if framework.organisation_id is None:
        raise FrameworkProblem(_("Skills of Accord come with its courses and questions; only their words can be changed here."))
    refuse_measure(framework, measured_as, None)
    slug = _free_slug(framework, words.name)
    skill = Skill.objects.create(framework=framework, slug=slug, name=words.name, position=position, measured_as=measured_as)
    write_words(skill, words, origin)
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


@transaction.atomic
def measure_as(skill: Skill, measured_as: Skill | None) -> None:
    """Show the evidence of a skill of Accord under an organisation's own skill from now on, or that of none. Its address stays,
    unless it is that of another skill of Accord: that one leads to the evidence on it, whatever it is called.

    Raises `FrameworkProblem` as `refuse_measure` does.
    """
    refuse_measure(skill.framework, measured_as, skill)
    if measured_as == skill.measured_as:
        return
    skill.measured_as = measured_as
    if (measured_as is None or measured_as.slug != skill.slug) and skills_of().filter(slug=skill.slug).exists():
        skill.slug = _free_slug(skill.framework, skill.name)
    skill.save(update_fields=["measured_as", "slug", "updated_at"])


def _free_slug(framework: Framework, name: str) -> str:
    """Of none of its skills, and of none of Accord's."""
    stem = slugify(name)[:70] or "skill"
    taken = {*framework.skills.values_list("slug", flat=True), *skills_of().values_list("slug", flat=True)}
    return next(slug for slug in chain([stem], (f"{stem}-{n}" for n in count(2))) if slug not in taken)
