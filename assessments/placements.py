"""Where the answers of submitted attempts lie on the scale of levels, skill by skill, as pages show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from assessments.queries import Comparison, Result, placed_of
from skills.models import Skill
from skills.placed import Placed
from skills.proficiency import placed_words, short_words

Parts = Mapping[str, dict[str, Any]]
Words = Mapping[str, Skill]
"""Skills by slug as their reader calls them (`skills.queries.called`)."""


@dataclass(frozen=True)
class SkillPlacement:
    """`problem`: why the newest answers tell no level, in words; empty where they do."""

    name: str
    level_names: list[str]
    before: Placed | None
    after: Placed | None
    problem: str = ""

    @property
    def latest(self) -> Placed | None:
        return None if self.problem else self.after or self.before

    @property
    def earlier(self) -> Placed | None:
        """The mark before the course, where something was asked after it."""
        return self.before if self.after or self.problem else None

    @property
    def answer(self) -> str:
        """What the newest answers look like."""
        return placed_words(self.latest) if self.latest else self.problem

    @property
    def headline(self) -> str:
        """The same, with the level before the course where that is in no picture."""
        return self.words if self.problem else self.answer

    @property
    def words(self) -> str:
        """What the picture says."""
        if self.earlier is None:
            return self.answer
        return _("%(after)s Before the course: %(before)s.") % {"after": self.answer, "before": short_words(self.earlier)}


def placements_of(comparison: Comparison, words: Words) -> list[SkillPlacement]:
    """In the order of the skills; nothing where no question answered tells levels apart."""
    return _placements(_parts(comparison.before), _parts(comparison.after), words)


def placements_by_skill(parts: Parts, words: Words) -> list[SkillPlacement]:
    """Of one sitting that belongs to no course: `parts` as in the detail of a scoring record."""
    return _placements(parts, {}, words)


def _placements(before: Parts, after: Parts, words: Words) -> list[SkillPlacement]:
    """Of every skill asked, also of those of which too little was answered: silence would read as if nothing had been asked."""
    if not any("placement" in part for part in [*before.values(), *after.values()]):
        return []
    return [
        SkillPlacement(
            name=skill.name,
            level_names=[level.name for level in skill.levels.all()],
            before=_placed(before.get(slug, {})),
            after=_placed(after.get(slug, {})),
            problem=_problem(after.get(slug) or before[slug]),
        )
        for slug, skill in words.items()
        if slug in before or slug in after
    ]


def _parts(result: Result | None) -> Parts:
    return result.record.detail["skills"] if result else {}


def _placed(part: Mapping[str, Any]) -> Placed | None:
    return placed_of(part["placement"]) if "placement" in part else None


def _problem(part: Mapping[str, Any]) -> str:
    if _placed(part) is not None:
        return ""
    if "placement" in part:
        return _("There are too few answers to tell a level.")
    return _("No answer tells a level.")
