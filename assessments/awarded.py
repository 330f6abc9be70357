"""What learners read of the levels that their sittings awarded, and of who has decided which answers are best."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.queries import Comparison, Result
from assessments.scoring.awards import MIN_ITEMS
from assessments.services.awarding import Reason
from skills.models import Skill


@dataclass(frozen=True)
class AwardWords:
    """Of one skill in one sitting. `level`: at least that one is awarded; None where nothing is, and `words` say why."""

    level: int | None
    words: str


def awards_of(comparison: Comparison, skills: Mapping[str, Skill]) -> list[AwardWords]:
    """Of results that are not provisional, the newest first. `skills`: by slug, as their reader calls them."""
    keyed = [result for result in reversed(comparison.results) if not result.record.is_provisional]
    names = {slug: skill.name for slug, skill in skills.items()}
    return [words for result in keyed for words in _of_result(result, names)]


def _of_result(result: Result, names: dict[str, str]) -> Iterator[AwardWords]:
    for slug, part in result.record.detail["skills"].items():
        if "award" in part:
            yield AwardWords(part["award"]["level"], _words(result, names.get(slug, slug), part["award"]))


def _words(result: Result, skill: str, award: dict[str, Any]) -> str:
    told = {
        "skill": skill,
        "occasion": result.attempt.get_occasion_display(),
        "level": award["level"],
        "asked": award["asked"],
        "sure": _percent(award["probability"]),
        "cut": _percent(award["cut"]),
        "n": MIN_ITEMS,
        "day": _day(result),
    }
    if award["level"] is not None:
        return (
            _("%(skill)s: at least level %(level)s of 5, awarded on %(day)s. It is %(sure)s%% likely; it takes %(cut)s%%.")
            % told
        )
    return {
        Reason.FEW: _("%(skill)s, %(occasion)s: no level is awarded. That takes answers to %(n)s questions of the skill."),
        Reason.UNSURE: _(
            "%(skill)s, %(occasion)s: no level is awarded. Level %(asked)s or higher is %(sure)s%% likely by your answers; "
            "it takes %(cut)s%%."
        ),
        Reason.WITHHELD: _(
            "%(skill)s, %(occasion)s: no level is awarded to anybody, because too few awards by these questions would be right."
        ),
    }[Reason(award["reason"])] % told


def _percent(share: float | None) -> str:
    """Rounded down, so that nothing seems to reach what it missed."""
    return "" if share is None else f"{int(share * 1000 + 1e-9) / 10:g}"


def _day(result: Result) -> str:
    return date_format(localtime(result.attempt.submitted_at), "DATE_FORMAT")


def keyed_words(comparison: Comparison) -> list[str]:
    """Of each sitting all of whose keys come from more than their authors: who decided."""
    return [_keyed(result) for result in comparison.results if not result.record.is_provisional]


def _keyed(result: Result) -> str:
    experts = result.record.detail.get("experts")
    told = {"occasion": result.attempt.get_occasion_display(), "n": experts}
    if experts is None:
        return _("%(occasion)s: more than the author of the questions has decided which answers are best.") % told
    words = ngettext(
        "%(occasion)s: a panel of %(n)s expert judged every answer of every question independently. Their judgement decided "
        "which answers are best.",
        "%(occasion)s: a panel of %(n)s experts or more judged every answer of every question independently. Their judgement "
        "decided which answers are best.",
        experts,
    )
    return words % told


def is_by_panel(comparison: Comparison) -> bool:
    """Whether no result rests on an author's key alone."""
    return bool(comparison.results) and not comparison.is_provisional


def is_newest_provisional(comparison: Comparison) -> bool:
    return bool(comparison.results) and comparison.results[-1].record.is_provisional
