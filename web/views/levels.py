"""My levels: the seven skills, and the evidence for each. Private to the learner."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from skills.models import Evidence
from skills.queries import SkillRecord, records_of


@dataclass(frozen=True)
class Measured:
    """One piece of evidence with its share, in whole per cent, and the same in words."""

    evidence: Evidence
    share: int
    low: int
    high: int
    words: str


def measured(record: SkillRecord) -> list[Measured]:
    return [_measured(one) for one in record.evidence if one.share is not None]


def _measured(evidence: Evidence) -> Measured:
    share, low, high = (
        round(100 * (evidence.share if value is None else value))  # type: ignore[operator]  # shares are there, see above
        for value in (evidence.share, evidence.share_low, evidence.share_high)
    )
    words = _("%(share)s %% of %(items)s answers agree with the key; the uncertainty runs from %(low)s to %(high)s %%.") % {
        "share": share,
        "items": evidence.items or "",
        "low": low,
        "high": high,
    }
    return Measured(evidence, share, low, high, words)


def _row(record: SkillRecord) -> dict[str, Any]:
    return {
        "record": record,
        "skill": record.skill,
        "measured": measured(record),
        "other": [one for one in record.evidence if one.share is None],
    }


@require_safe
@login_required
def levels(request: HttpRequest) -> HttpResponse:
    rows = [_row(record) for record in records_of(request.user)]
    context = {"rows": rows, "with_evidence": sum(bool(row["record"].evidence) for row in rows)}
    return render(request, "web/levels.html", context)
