"""What an organisation does with a framework of its own, in its console: each act is on its record."""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import Organisation
from accounts.types import Actor
from skills.enums import WordsFrom
from skills.errors import FrameworkProblem, WordsChanged
from skills.models import Framework, Skill
from skills.services.frameworks import LevelWords, SkillWords, add_own_skill, give_own_framework, measure_as, write_words


@transaction.atomic
def begin_framework(*, organisation: Organisation, actor: Actor) -> Framework:
    """One of its own, with Accord's words, in force at once. Where it has one already, that one: begun twice is once."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    found = Framework.objects.filter(organisation=organisation).first()
    if found is not None:
        return found
    title = _("Skills of %(organisation)s") % {"organisation": organisation}
    framework = give_own_framework(organisation=organisation, title=title[:200])
    _record(AuditVerb.FRAMEWORK_BEGUN, _("Began a skills framework of their own"), framework, actor)
    return framework


@transaction.atomic
def reword_skill(*, skill: Skill, words: SkillWords, measured_as: Skill | None, seen: int, actor: Actor) -> None:
    """Say a skill in these words from now on, and show the evidence of `measured_as` under it. `seen`: the version that whoever
    wrote them had before them.

    Raises `WordsChanged` where somebody else has reworded it since, and `FrameworkProblem` as `refuse_measure` does.
    """
    _lock(skill.framework)
    newest = skill.versions.first()
    if newest is not None and newest.number != seen:
        raise WordsChanged(
            _(
                "Somebody else has saved other words since you opened this page. Yours are still here; save again to replace "
                "theirs."
            )
        )
    before = skill.measured_as.slug if skill.measured_as else ""
    measure_as(skill, measured_as)
    written = write_words(skill, words, WordsFrom.CONSOLE)
    after = measured_as.slug if measured_as else ""
    if written.number != seen or before != after:
        _record_change(_("Reworded a skill"), skill, actor, version=(seen, written.number), measured_as=(before, after))


@transaction.atomic
def add_skill(*, framework: Framework, words: SkillWords, measured_as: Skill | None, actor: Actor) -> Skill:
    """After the others. Raises `FrameworkProblem` as `refuse_measure` does."""
    _lock(framework)
    last = framework.skills.aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    skill = add_own_skill(
        framework=framework, words=words, measured_as=measured_as, position=position, origin=WordsFrom.CONSOLE
    )
    _record_change(_("Added a skill"), skill, actor)
    return skill


@transaction.atomic
def use_words_again(*, skill: Skill, number: int, actor: Actor) -> None:
    """Words of an earlier version, as a new one. Raises `FrameworkProblem` where there is no such version."""
    _lock(skill.framework)
    version = skill.versions.filter(number=number).first()
    if version is None:
        raise FrameworkProblem(_("This skill has no version %(n)s.") % {"n": number})
    newest = skill.versions.first()
    levels = tuple(LevelWords(level["number"], level["name"], level["behaviour"]) for level in version.levels)
    written = write_words(skill, SkillWords(version.name, version.summary, levels), WordsFrom.CONSOLE)
    if newest is None or written.pk != newest.pk:
        change = (newest.number if newest else 0, written.number)
        _record_change(_("Took up earlier words of a skill"), skill, actor, version=change)


@transaction.atomic
def move_skill(*, skill: Skill, is_up: bool, actor: Actor) -> None:
    """One place; the first goes no higher, the last no lower."""
    ordered = list(_lock(skill.framework).skills.all())
    place = next(place for place, one in enumerate(ordered) if one.pk == skill.pk)
    other = place - 1 if is_up else place + 1
    if not 0 <= other < len(ordered):
        return
    ordered[place], ordered[other] = ordered[other], ordered[place]
    for position, one in enumerate(ordered):
        one.position = position
    Skill.objects.bulk_update(ordered, ["position"])
    _record_change(_("Changed the order of skills"), skill, actor, position=(place, other))


@transaction.atomic
def hide_skill(*, skill: Skill, is_hidden: bool, actor: Actor) -> None:
    """Show it to nobody, or to members again. Evidence stays, and is read under Accord's name meanwhile."""
    _lock(skill.framework)
    changed = Skill.objects.filter(pk=skill.pk).exclude(is_hidden=is_hidden).update(is_hidden=is_hidden)
    if changed:
        summary = _("Hid a skill") if is_hidden else _("Showed a skill again")
        _record_change(summary, skill, actor, is_hidden=(not is_hidden, is_hidden))


@transaction.atomic
def put_framework_away(*, framework: Framework, actor: Actor) -> None:
    """Members read the words of Accord again; their own are kept."""
    _lock(framework)
    if Framework.objects.filter(pk=framework.pk, put_away_at=None).update(put_away_at=timezone.now()):
        _record(AuditVerb.FRAMEWORK_PUT_AWAY, _("Gave members the words of Accord for skills again"), framework, actor)


@transaction.atomic
def take_framework_up(*, framework: Framework, actor: Actor) -> None:
    """Members read the organisation's own words again, as they were left."""
    _lock(framework)
    if Framework.objects.filter(pk=framework.pk, put_away_at__isnull=False).update(put_away_at=None):
        _record(AuditVerb.FRAMEWORK_TAKEN_UP, _("Took up their own skills framework again"), framework, actor)


def _lock(framework: Framework) -> Framework:
    """So that two who order, map or word the same skills do it one after the other."""
    return Framework.objects.select_for_update(of=("self",)).get(pk=framework.pk)


def _record(verb: AuditVerb, summary: str, framework: Framework, actor: Actor) -> None:
    record(verb=verb, summary=summary, organisation=framework.organisation, actor=actor, target=framework)


def _record_change(summary: str, skill: Skill, actor: Actor, **changes: tuple[object, object]) -> None:
    record(
        verb=AuditVerb.FRAMEWORK_CHANGED,
        summary=summary,
        organisation=skill.framework.organisation,
        actor=actor,
        target=skill,
        before={"skill": skill.slug} | {name: before for name, (before, _after) in changes.items()},
        after={"skill": skill.slug} | {name: after for name, (_before, after) in changes.items()},
    )
