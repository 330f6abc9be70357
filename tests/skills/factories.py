"""Evidence of a skill, as an assessment gives it."""

from datetime import UTC, datetime
from typing import Any

from accounts.models import User
from skills.models import Evidence
from skills.placed import Placed
from skills.queries import skill
from skills.services import record_evidence

AT = datetime(2026, 3, 1, tzinfo=UTC)


def measured(user: User, skill_slug: str = "discover-expectations", **fields: Any) -> Evidence:
    """A share of one half before a course, if `fields` say nothing else."""
    given = {
        "kind": "assessment",
        "source": "attempt:1",
        "label": "Before the course",
        "occurred_at": AT,
        "share": 0.5,
        "share_low": 0.25,
        "share_high": 0.75,
        "items": 12,
        "may_be_shared": True,
    }
    return record_evidence(user=user, skill=skill(skill_slug), **given | fields)


FIRST, NEWEST = Placed(2.1, 1.3, 2.9, 2, 1, 3), Placed(3.3, 2.6, 4.1, 3, 3, 4)


def placed(
    user: User, place: Placed = FIRST, number: int = 1, skill_slug: str = "discover-expectations", **fields: Any
) -> Evidence:
    """An assessment of the first of March that places somebody on the scale of levels, if `fields` say nothing else."""
    return measured(user, skill_slug, **{"source": f"attempt:{number}", "placed": place} | fields)


def practised(user: User, number: int = 1, skill_slug: str = "discover-expectations", **fields: Any) -> Evidence:
    given = {"kind": "practice", "source": f"simulation:{number}", "label": "Lunch at Larch House", "items": None}
    return measured(user, skill_slug, **given | {"share": None, "share_low": None, "share_high": None} | fields)
