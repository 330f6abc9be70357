"""My levels: the seven skills, and the evidence for each. Private to the learner."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.console import signed_in
from skills.proficiency import share_estimates
from skills.queries import SkillRecord, records_of


def _row(record: SkillRecord) -> dict[str, Any]:
    return {
        "record": record,
        "skill": record.skill,
        "measured": share_estimates(record),
        "other": [evidence for evidence in record.evidence if evidence.share is None],
    }


@require_safe
@login_required
def levels(request: HttpRequest) -> HttpResponse:
    rows = [_row(record) for record in records_of(signed_in(request))]
    context = {"rows": rows, "with_evidence": sum(bool(row["record"].evidence) for row in rows)}
    return render(request, "skills/levels.html", context)
