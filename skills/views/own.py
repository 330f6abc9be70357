"""My skills: all of them at a glance, and each with its evidence. Private to the learner, but for what they share."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.console import signed_in
from accounts.models import Membership, Organisation, User
from common.http import whole_number
from skills.errors import NotShared
from skills.models import Evidence, SharedEvidence, Skill
from skills.picture import label_of, pictures_of, table_of
from skills.proficiency import proficiency
from skills.queries import (
    SkillRecord,
    calling,
    framework_in,
    framework_of,
    organisations_of,
    readers_in,
    record_of,
    records_of,
    shares_of,
)
from skills.rows import SharedPiece, evidence_rows, shared_piece, sharing_of, why_not_shared
from skills.services import share_evidence, take_back_evidence
from skills.settling import soonest

# Evidence before that is folded away: twenty pieces are a long way down on a phone.
ROWS_SHOWN = 8
# Of those who see what is shared; the others are counted.
NAMED = 12


@require_safe
@login_required
def levels(request: HttpRequest) -> HttpResponse:
    """Skills with evidence first, both in the framework's order: what there is to see is seen at once."""
    user = signed_in(request)
    records, organisations = records_of(user), organisations_of(user)
    shown = [proficiency(record) for record in records if record.evidence]
    context = {
        "proficiencies": shown,
        "has_outline": any(stands.has_outline for stands in shown),
        "is_any_awarded": any(stands.awarded for stands in shown),
        "without": [record.skill for record in records if not record.evidence],
        "all": len(records),
        "shares": _shares(user) if organisations else [],
        "is_member": bool(organisations),
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
        "is_member": any(row.sharing for row in rows),
        "refusals": sorted({row.sharing.refusal for row in rows if row.sharing and row.sharing.refusal}),
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


def _shares(user: User) -> list[tuple[SharedEvidence, str]]:
    """What is seen of theirs now, and what the skill is called."""
    shares = list(shares_of(user).filter(pk__in=SharedEvidence.objects.seen()))
    call = calling(framework_of(user)) if shares else str
    return [(share, call(share.evidence.skill)) for share in shares]


@dataclass(frozen=True)
class Offer:
    """One organisation of the reader: what it would see of a piece, and who there."""

    organisation: Organisation
    pieces: list[SharedPiece]
    readers: list[str]
    more_readers: int
    shared_at: datetime | None


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def evidence(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What an organisation sees of one piece where it is shared, and who sees it; POST shares it or takes it back."""
    user = signed_in(request)
    piece = get_object_or_404(Evidence.objects.select_related("skill"), uuid=uuid, user=user)
    if request.method == "POST":
        return _share_or_take_back(request, user, piece)
    if newer := _corrected(piece):
        return redirect("skill_evidence", newer.uuid)
    sharing = sharing_of(user, [piece]).get(piece.pk)
    context = {
        "evidence": piece,
        "skill_name": calling(framework_of(user))(piece.skill),
        "refusal": why_not_shared(piece),
        "lapsed": sharing.lapsed if sharing else [],
        "offers": [] if why_not_shared(piece) else list(_offers(user, piece)),
    }
    return render(request, "skills/evidence.html", context)


def _corrected(piece: Evidence) -> Evidence | None:
    """What the source says now, where that is another row."""
    newest = Evidence.objects.in_force().filter(user=piece.user_id, skill=piece.skill_id, source=piece.source)
    return newest.exclude(pk=piece.pk).first()


def _offers(user: User, piece: Evidence) -> Iterator[Offer]:
    """One for each organisation, of which people have few: some queries each."""
    shared_at = {share.membership_id: share.created_at for share in shares_of(user).filter(evidence=piece)}
    joined = Membership.objects.filter(user=user).active().select_related("organisation", "team")
    for membership in joined.order_by("organisation__name", "pk"):
        organisation, since = membership.organisation, shared_at.get(membership.pk)
        readers = list(readers_in(organisation))
        yield Offer(
            organisation,
            [shared_piece(membership, piece, since or timezone.now(), calling(framework_in(organisation)))],
            [reader.display_name for reader in readers[:NAMED]],
            max(0, len(readers) - NAMED),
            since,
        )


def _share_or_take_back(request: HttpRequest, user: User, piece: Evidence) -> HttpResponse:
    given = whole_number(request.POST.get("organisation", ""))
    organisation = get_object_or_404(Organisation.objects.filter(memberships__user=user), pk=given)
    words = {"organisation": organisation.name}
    if request.POST.get("action") == "take-back":
        take_back_evidence(evidence=piece, organisation=organisation, user=user)
        messages.success(request, _("Taken back: %(organisation)s no longer sees it.") % words)
    elif request.POST.get("action") == "share":
        try:
            share_evidence(evidence=piece, organisation=organisation, user=user)
        except NotShared as error:
            messages.error(request, str(error))
            return redirect("skill_evidence", piece.uuid)
        messages.success(request, _("Shared: %(organisation)s sees this piece of evidence until you take it back.") % words)
    if request.POST.get("from") == "skills":
        return redirect("skills")
    response = redirect("skill", piece.skill.slug)
    response["Location"] += "#evidence"
    return response
