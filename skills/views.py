"""My skills: all of them at a glance, and each with its evidence. Private to the learner."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.console import signed_in
from skills.models import Skill
from skills.picture import label_of, pictures_of, table_of
from skills.proficiency import proficiency
from skills.queries import SkillRecord, record_of, records_of
from skills.rows import evidence_rows
from skills.settling import soonest

# Evidence before that is folded away: twenty pieces are a long way down on a phone.
ROWS_SHOWN = 8


@require_safe
@login_required
def levels(request: HttpRequest) -> HttpResponse:
    """Skills with evidence first, both in the framework's order: what there is to see is seen at once."""
    records = records_of(signed_in(request))
    shown = [proficiency(record) for record in records if record.evidence]
    context = {
        "proficiencies": shown,
        "has_outline": any(stands.has_outline for stands in shown),
        "is_any_awarded": any(stands.awarded for stands in shown),
        "without": [record.skill for record in records if not record.evidence],
        "all": len(records),
        "organisation": next((one.skill.framework.organisation for one in records if one.skill.framework.organisation), None),
    }
    return render(request, "skills/levels.html", context)


@require_safe
@login_required
def skill(request: HttpRequest, slug: str) -> HttpResponse:
    """One skill: where the reader is, what would settle it, how it came about, what each piece of evidence weighs."""
    user = signed_in(request)
    try:
        record = record_of(user, slug)
    except Skill.DoesNotExist as error:
        raise Http404 from error
    own = record.skill.framework.organisation
    stands, steps, rows = proficiency(record), soonest(user, record.skill.measured), evidence_rows(user, record)
    context = {
        "record": record,
        "skill": record.skill,
        "proficiency": stands if record.evidence else None,
        "current_level": stands.level,
        "organisation": own,
        "earlier_words": list(record.skill.versions.all())[1:],
        "steps": steps,
        "is_placed_by_a_step": any(step.places for step in steps),
        "rows": rows[:ROWS_SHOWN],
        "earlier_rows": rows[ROWS_SHOWN:],
        **_over_time(record),
    }
    return render(request, "skills/skill.html", context)


def _over_time(record: SkillRecord) -> dict[str, Any]:
    pictures = pictures_of(record)
    if pictures is None:
        return {}
    header = [_("Day"), _("Assessment"), _("Most like level"), _("Place within its band")]
    return {"pictures": pictures, "picture_label": label_of(record), "header": header, "table": table_of(record)}
