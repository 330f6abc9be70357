"""Where the answers of submitted attempts lie on the scale of levels, skill by skill, as pages show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from assessments.queries import Comparison, Result, placed_of
from skills.placed import Placed
from skills.proficiency import placed_words, short_words
from skills.queries import skills_by_slug


@dataclass(frozen=True)
class SkillPlacement:
    name: str
    level_names: list[str]
    before: Placed | None
    after: Placed | None

    @property
    def latest(self) -> Placed | None:
        return self.after or self.before

    @property
    def earlier(self) -> Placed | None:
        """The mark before the course, where there is one after it."""
        return self.before if self.after else None

    @property
    def answer(self) -> str:
        """What the newest answers look like."""
        return placed_words(self.latest) if self.latest else ""

    @property
    def words(self) -> str:
        """What the picture says."""
        if self.latest is None:
            return ""
        if self.earlier is None:
            return self.answer
        return _("%(after)s Before the course: %(before)s.") % {"after": self.answer, "before": short_words(self.earlier)}


def placements_of(comparison: Comparison) -> list[SkillPlacement]:
    """In the order of the skills; without those of which no answer tells levels apart. Two queries, none without results."""
    before, after = _by_skill(comparison.before), _by_skill(comparison.after)
    if not before and not after:
        return []
    return [
        SkillPlacement(skill.name, [level.name for level in skill.levels.all()], before.get(slug), after.get(slug))
        for slug, skill in skills_by_slug().items()
        if slug in before or slug in after
    ]


def placements_by_skill(parts: Mapping[str, dict[str, Any]]) -> list[SkillPlacement]:
    """Of one sitting that belongs to no course: `parts` as in the detail of a scoring record."""
    placed = _placed(parts)
    if not placed:
        return []
    return [
        SkillPlacement(skill.name, [level.name for level in skill.levels.all()], placed[slug], None)
        for slug, skill in skills_by_slug().items()
        if slug in placed
    ]


def _by_skill(result: Result | None) -> dict[str, Placed]:
    return _placed(result.record.detail["skills"]) if result else {}


def _placed(parts: Mapping[str, dict[str, Any]]) -> dict[str, Placed]:
    return {slug: placed_of(part["placement"]) for slug, part in parts.items() if "placement" in part}
