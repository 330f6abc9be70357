"""Evidence of a skill, as an assessment gives it."""

from datetime import UTC, datetime
from typing import Any

from accounts.models import User
from skills.models import Evidence
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
    }
    return record_evidence(user=user, skill=skill(skill_slug), **given | fields)
