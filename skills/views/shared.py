"""What learners share of their evidence, in the console of the organisation that they share it with."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.console import console_view
from accounts.models import Organisation
from accounts.rules import can_manage_framework, can_see_shared_evidence
from skills.queries import shared_with
from skills.rows import shared_pieces

PER_PAGE = 50


@require_safe
@console_view(can_see_shared_evidence)
def shared_evidence(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Newest first, of all or of one team. What was taken back is not among them, nor is that it was."""
    team = request.GET.get("team", "")
    page = Paginator(shared_with(organisation, team=team), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "organisation": organisation,
        "active": "framework",
        "page": page,
        "pieces": shared_pieces(organisation, page.object_list),
        "team": team,
        "teams": organisation.teams.order_by("name"),
        "may_manage": can_manage_framework(request.user, organisation),
    }
    return render(request, "console/shared_evidence.html", context)
