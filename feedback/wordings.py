"""The sentences of a round: which behaviours of a skill are asked about, how they are put to others, and how often in words."""

from functools import cache

import yaml
from django.conf import settings
from django.utils.translation import gettext as _

from feedback.enums import Frequency
from skills.models import Level

FIRST_LEVEL = 3
"""What levels 1 and 2 describe is what people do before they are good at it: seeing it often is no praise."""


def behaviours_of(levels: list[Level]) -> list[tuple[str, str]]:
    """Each as the learner reads it, and as others do."""
    asked = [level.behaviour for level in levels if level.number >= FIRST_LEVEL]
    return [(sentence, _words_for_others().get(sentence) or _("“%(words)s”") % {"words": sentence}) for sentence in asked]


@cache
def _words_for_others() -> dict[str, str]:
    rows = yaml.safe_load((settings.CONTENT_DIR / "feedback.yaml").read_text(encoding="utf-8"))
    return {row["you"]: row["they"] for row in rows}


def frequency_words(mean: float) -> str:
    """A mean between 1 and 5 as people would say it: within a quarter of a step of a point, or between two."""
    nearest = round(mean)
    if abs(mean - nearest) <= 0.25:
        return str(Frequency(nearest).label).lower()
    low = int(mean)
    words = {"low": str(Frequency(low).label).lower(), "high": str(Frequency(low + 1).label).lower()}
    return _("between %(low)s and %(high)s") % words
