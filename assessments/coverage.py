"""What forms can do, in sentences for their authors: of drawn ones whether the bank fills them, and how often; of all what a
sitting tells and awards, and what a question means for them that is retired, or taken back.
"""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.models import Instrument, Item
from assessments.scoring.awards import AWARDABLE, MIN_ITEMS
from assessments.scoring.blueprint import NotFilled
from assessments.scoring.forecast import SkillForecast
from assessments.services.drawing import draw_for, forecast, forecast_of_fixed, lack_words


def coverage_of(instrument: Instrument) -> list[str]:
    """What a sitting is expected to tell, and of a form that is drawn whether the bank fills it. Simulates; it takes a second
    the first time where levels can be awarded.
    """
    if not instrument.is_drawn:
        return [line for skill in forecast_of_fixed(instrument) for line in _of_skill(skill)]
    found = forecast(instrument)
    if found.lacks:
        return [_("The bank cannot fill it: %(lacks)s.") % {"lacks": "; ".join(lack_words(found.lacks))}]
    sittings = ngettext(
        "The bank fills it, for %(n)s sitting of one person at least: nobody meets a question twice.",
        "The bank fills it, for %(n)s sittings of one person at least: nobody meets a question twice.",
        found.sittings,
    )
    return [sittings % {"n": found.sittings}, *(line for skill in found.skills for line in _of_skill(skill))]


def _of_skill(skill: SkillForecast) -> Iterator[str]:
    if skill.accuracy:
        populations = ", ".join(f"{name} {round(share * 100)}" for name, share in skill.accuracy.items())
        yield _(
            "%(skill)s, %(n)s questions: of 100 learners so many are expected to be placed at their own level (Rudner 2005, if "
            "options have the levels that they were given): %(populations)s."
        ) % {"skill": skill.skill, "n": skill.items, "populations": populations}
    yield _("%(skill)s: %(awards)s") % {"skill": skill.skill, "awards": _awards(skill)}


def _awards(skill: SkillForecast) -> str:
    if not skill.is_keyed:
        return _("no level is awarded to anybody, because some keys are their author's alone.")
    if not skill.is_long_enough:
        words = _(
            "no level is awarded to anybody: that takes %(n)s questions of the skill whose options have levels; there are "
            "%(there)s."
        )
        return words % {"n": MIN_ITEMS, "there": skill.levelled}
    shares = [
        _("level %(level)s: %(shares)s")
        % {"level": level, "shares": ", ".join(f"{name} {round(by[level] * 100)}" for name, by in skill.awarded.items())}
        for level in sorted({level for by in skill.awarded.values() for level in by})
    ]
    if not shares:
        return _("no level is awarded to anybody: under no rule would enough awards be right.")
    return _("of 100 learners so many are expected to be awarded at least %(shares)s%(withheld)s.") % {
        "shares": "; ".join(shares),
        "withheld": _withheld(skill),
    }


def _withheld(skill: SkillForecast) -> str:
    """Which levels nobody is awarded; nothing where every level can be."""
    given = {level for by in skill.awarded.values() for level in by}
    missing = [str(level) for level in AWARDABLE if level not in given]
    return (
        _("; withheld, because too few awards would be right or no answer shows it: level %(levels)s")
        % {"levels": ", ".join(missing)}
        if missing
        else ""
    )


def forms_without(item: Item) -> list[str]:
    """What each form in use asks from now on, after a question of it was retired or taken back; of drawn forms only what the
    bank cannot fill any more.
    """
    fixed = Instrument.objects.filter(is_active=True, entries__item=item, blueprint={}).select_related("course")
    drawn = Instrument.objects.filter(is_active=True).exclude(blueprint={}).select_related("course")
    if item.course_id is not None:
        drawn = drawn.filter(course=item.course_id)
    return [_length(form) for form in fixed] + [words for form in drawn if (words := _unfilled(form, item))]


def _name(form: Instrument) -> str:
    return _("“%(form)s” of “%(course)s”") % {"form": form, "course": form.course} if form.course else f"“{form}”"


def _length(form: Instrument) -> str:
    asked = form.entries.asked().count()
    if not asked:
        return _("%(form)s has no question left: nobody can begin it until it has one.") % {"form": _name(form)}
    words = ngettext("%(form)s now asks %(n)s question.", "%(form)s now asks %(n)s questions.", asked)
    return words % {"form": _name(form), "n": asked}


def _unfilled(form: Instrument, item: Item) -> str:
    """Only where the question counts for it: a form of other skills that lacks questions lacks them anyway."""
    named = {cell["skill"] for cell in form.blueprint["cells"]}
    is_wanted = item.key in form.blueprint["anchors"] or (item.skill is not None and item.skill.slug in named)
    if not item.is_retired or not is_wanted:
        return ""
    try:
        draw_for(form, seed=form.key, met=())
    except NotFilled as error:
        text = _("The bank cannot fill %(form)s any more: %(lacks)s. Nobody can begin it until it can.")
        return text % {"form": _name(form), "lacks": "; ".join(lack_words(error.lacks))}
    return ""
