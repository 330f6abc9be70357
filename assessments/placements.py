"""Where the answers of submitted attempts lie on the scale of levels, skill by skill, as pages show it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from assessments.queries import Comparison, Result
from skills.placed import likely_words
from skills.queries import skills_by_slug


@dataclass(frozen=True)
class Mark:
    """One occasion on the scale: `at` within the band `low` to `high`, from 0.5 to 5.5; the same in whole levels; `items` are
    the questions that were answered and tell levels apart.
    """

    at: float
    low: float
    high: float
    level: int
    likely_low: int
    likely_high: int
    items: int
    words: str


@dataclass(frozen=True)
class SkillPlacement:
    name: str
    level_names: list[str]
    before: Mark | None
    after: Mark | None

    @property
    def latest(self) -> Mark | None:
        return self.after or self.before

    @property
    def earlier(self) -> Mark | None:
        """The mark before the course, where there is one after it."""
        return self.before if self.after else None

    @property
    def words(self) -> str:
        """What the picture says."""
        if self.latest is None:
            return ""
        if self.earlier is None:
            return self.latest.words
        return _("%(after)s Before the course: %(before)s") % {"after": self.latest.words, "before": self.earlier.words}


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


def _by_skill(result: Result | None) -> dict[str, Mark]:
    parts = result.record.detail["skills"] if result else {}
    return {slug: _mark(part["placement"]) for slug, part in parts.items() if "placement" in part}


def _mark(placement: dict[str, Any]) -> Mark:
    level, low, high = placement["level"], placement["low"], placement["high"]
    return Mark(
        at=min(max(placement["estimate"], placement["band_low"]), placement["band_high"]),
        low=placement["band_low"],
        high=placement["band_high"],
        level=level,
        likely_low=low,
        likely_high=high,
        items=placement["items"],
        words=likely_words(level, low, high),
    )
