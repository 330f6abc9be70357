"""What a drawn form can do, in sentences for its author: whether the bank fills it, how often, and what a sitting tells."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.models import Instrument
from assessments.scoring.awards import MIN_ITEMS
from assessments.scoring.forecast import SkillForecast
from assessments.services.drawing import forecast, lack_words


def coverage_of(instrument: Instrument) -> list[str]:
    """Of an instrument that is drawn. Simulates; it takes a second where levels can be awarded."""
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
            "options have the levels that their author gave them): %(populations)s."
        ) % {"skill": skill.skill, "n": skill.items, "populations": populations}
    yield _("%(skill)s: %(awards)s") % {"skill": skill.skill, "awards": _awards(skill)}


def _awards(skill: SkillForecast) -> str:
    if not skill.is_keyed:
        return _("no level is awarded to anybody, because some keys are their author's alone.")
    if not skill.is_long_enough:
        return _("no level is awarded to anybody: that takes %(n)s questions of the skill.") % {"n": MIN_ITEMS}
    shares = [
        _("level %(level)s: %(shares)s")
        % {"level": level, "shares": ", ".join(f"{name} {round(by[level] * 100)}" for name, by in skill.awarded.items())}
        for level in sorted({level for by in skill.awarded.values() for level in by})
    ]
    if not shares:
        return _("no level is awarded to anybody: under no rule would enough awards be right.")
    return _("of 100 learners so many are expected to be awarded at least %(shares)s.") % {"shares": "; ".join(shares)}
